//! From settings to running services.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use detect::share::Rates;
use detect::{BrandSettings, RateTable};
use jiff::tz::TimeZone;
use kafka::{Connection, Delivery, GroupProtocol, Mechanism, Protocol, Secret, Security};
use mention::{EventTime, Platform};
use sentiment::{Family, Model};
use service::tasks::{self, Thread};
use settings::Settings;

use crate::calendar::Calendars;
use crate::classify::model;
use crate::cli::Service;
use crate::second::{self, Pace};

/// Runs one service until it is asked to stop.
///
/// # Errors
/// A lasting fault, as one sentence that says what to do.
pub(crate) fn service(service: Service, settings: &Settings) -> anyhow::Result<()> {
    let listen: SocketAddr = settings.http.listen;
    let (settings, shared) = (settings.clone(), service_settings(settings));
    service::launch(
        Some(listen),
        &service::Context::default(),
        move |context| match service {
            Service::Ingest => ingest(&settings, shared, context),
            Service::Score => score(&settings, &shared, context),
            Service::Watch => watch(&settings, &shared, context),
            Service::Care => crate::care::run(&settings, shared, context),
            Service::Insight => insight(&settings, shared, context),
            Service::Canary => Ok(canary::run(&canary_settings(&settings, shared), context)?),
            Service::Console => console(&settings, shared, settings.console.listen, context),
            Service::All => all(&settings, &shared, context),
            Service::Source {
                source,
                from,
                format,
            } => {
                let file = from.as_deref();
                crate::door::source(source, file, format, &settings, shared, context)
            }
        },
    )
}

/// The ingesting service, on this thread.
///
/// # Errors
/// A lasting fault.
pub(crate) fn ingest(
    settings: &Settings,
    service: service::Settings,
    context: &service::Context,
) -> anyhow::Result<()> {
    let ingest = ingest::Settings {
        service,
        options: crate::matching::options(&settings.ingest),
        matcher: crate::matching::matcher(settings)?,
        privacy: Arc::new(crate::matching::privacy(settings)?),
        keep_urls: settings.ingest.keep_urls,
        // Somebody else's topic is theirs to write to.
        heartbeats: (settings.ingest.heartbeats).unwrap_or(settings.ingest.topic.is_none()),
    };
    Ok(ingest::run(ingest, context)?)
}

/// The scoring service, on this thread.
///
/// # Errors
/// A lasting fault.
pub(crate) fn score(
    settings: &Settings,
    service: &service::Settings,
    context: &service::Context,
) -> anyhow::Result<()> {
    let model = model(settings.score.model_file.as_deref())?;
    let extras = score::Extras {
        spans: settings.score.spans,
        second: second::load(settings, Pace::Stream)?,
    };
    Ok(score::run_with(service, model, extras, context)?)
}

/// The watching service, on this thread.
///
/// # Errors
/// A lasting fault.
pub(crate) fn watch(
    settings: &Settings,
    service: &service::Settings,
    context: &service::Context,
) -> anyhow::Result<()> {
    Ok(watch::run(
        &watch_settings(settings, service.clone())?,
        context,
    )?)
}

/// The insight service, on this thread.
///
/// # Errors
/// A lasting fault.
pub(crate) fn insight(
    settings: &Settings,
    service: service::Settings,
    context: &service::Context,
) -> anyhow::Result<()> {
    Ok(insight::run(&insight_settings(settings, service), context)?)
}

/// Score, watch, care, insight and console, each on a thread of its own, and ingest where
/// its key is set; one that ends ends the others.
fn all(
    settings: &Settings,
    shared: &service::Settings,
    context: &service::Context,
) -> anyhow::Result<()> {
    let start = |name: &str, work: Work| {
        let (settings, shared) = (settings.clone(), shared.clone());
        guard(name, context, move |context| {
            work(&settings, shared, context)
        })
    };
    let mut services: Vec<(&str, Work)> = vec![
        ("score", |settings, shared, context| {
            score(settings, &shared, context)
        }),
        ("watch", |settings, shared, context| {
            watch(settings, &shared, context)
        }),
        ("care", crate::care::run),
        ("console", |settings, shared, context| {
            console(settings, shared, settings.console.listen, context)
        }),
        ("insight", insight),
    ];
    // Without it there is nothing that may be read from sources.
    if settings.ingest.pseudonym_keys.is_some() {
        services.push(("ingest", ingest));
    }
    let started: Vec<_> = services
        .into_iter()
        .map(|(name, work)| start(name, work))
        .collect();
    // All are waited for, whatever became of the first.
    let ends = started.into_iter();
    let results: Vec<_> = ends
        .map(|thread| -> anyhow::Result<()> { thread?.join()? })
        .collect();
    results.into_iter().collect()
}

type Work = fn(&Settings, service::Settings, &service::Context) -> anyhow::Result<()>;

/// Runs `work` on a thread of its own. When it ends, however it does, the process is asked
/// to stop, so that nothing is left waiting for it.
///
/// # Errors
/// The system gives no thread.
pub(crate) fn guard(
    name: &str,
    context: &service::Context,
    work: impl FnOnce(&service::Context) -> anyhow::Result<()> + Send + 'static,
) -> Result<Thread<anyhow::Result<()>>, service::Error> {
    let context = context.clone();
    tasks::thread(name, move || {
        let result = work(&context);
        context.shutdown.request();
        result
    })
}

/// The console, on this thread, at `listen`.
///
/// # Errors
/// A lasting fault.
pub(crate) fn console(
    settings: &Settings,
    service: service::Settings,
    listen: SocketAddr,
    context: &service::Context,
) -> anyhow::Result<()> {
    let own = &settings.console;
    let settings = console::Settings {
        time_zone: TimeZone::get(&own.time_zone)?,
        access: console::Access {
            token: own.token().map(str::to_owned),
            user_header: own.user_header.clone(),
            url: own.url.clone(),
        },
        links: console::Links {
            grafana: own.grafana_url.clone(),
            runbooks: own.runbooks_url.clone(),
        },
        backtest: own.backtest_file.clone(),
        ..console::Settings::new(service, listen)
    };
    Ok(console::run(&settings, context)?)
}

fn canary_settings(settings: &Settings, service: service::Settings) -> canary::Settings {
    canary::Settings {
        interval: Duration::from_secs(settings.canary.interval_seconds),
        heartbeats: settings.canary.heartbeats,
        ..canary::Settings::new(service)
    }
}

/// What the services share.
#[must_use]
pub(crate) fn service_settings(settings: &Settings) -> service::Settings {
    service::Settings {
        delivery: match settings.kafka.delivery {
            settings::Delivery::ExactlyOnce => Delivery::ExactlyOnce,
            settings::Delivery::AtLeastOnce => Delivery::AtLeastOnce,
        },
        instance: settings.kafka.instance.clone(),
        group_protocol: match settings.kafka.group_protocol {
            settings::GroupProtocol::Classic => GroupProtocol::Classic,
            settings::GroupProtocol::Consumer => GroupProtocol::Consumer,
        },
        commit_interval: Duration::from_millis(settings.kafka.commit_interval_ms),
        dead_letter_limit: settings.kafka.dead_letter_limit,
        snapshot_interval: Duration::from_secs(settings.watch.snapshot_interval_seconds),
        ..service::Settings::new(connection(settings))
    }
}

/// How to reach Kafka.
#[must_use]
pub(crate) fn connection(settings: &Settings) -> Connection {
    let kafka = &settings.kafka;
    Connection {
        brokers: kafka.brokers.clone(),
        topic_prefix: kafka.topic_prefix.clone(),
        raw_topic: settings.ingest.topic.clone(),
        client_id: format!("ophef-{}", kafka.instance),
        security: security(&kafka.security),
        ..Connection::default()
    }
}

fn security(security: &settings::Security) -> Security {
    let secret = |secret: &Option<settings::Secret>| {
        secret
            .as_ref()
            .map(|secret| Secret::from(secret.expose().to_owned()))
    };
    Security {
        protocol: match security.protocol {
            settings::Protocol::Plaintext => Protocol::Plaintext,
            settings::Protocol::Ssl => Protocol::Ssl,
            settings::Protocol::SaslPlaintext => Protocol::SaslPlaintext,
            settings::Protocol::SaslSsl => Protocol::SaslSsl,
        },
        mechanism: security.mechanism.map(|mechanism| match mechanism {
            settings::Mechanism::Plain => Mechanism::Plain,
            settings::Mechanism::ScramSha256 => Mechanism::ScramSha256,
            settings::Mechanism::ScramSha512 => Mechanism::ScramSha512,
        }),
        username: security.username.clone(),
        password: secret(&security.password),
        ca_file: security.ca_file.clone(),
        certificate_file: security.certificate_file.clone(),
        key_file: security.key_file.clone(),
        key_password: secret(&security.key_password),
    }
}

/// What the watcher watches.
///
/// # Errors
/// The configured model can't be used.
pub(crate) fn watch_settings(
    settings: &Settings,
    service: service::Settings,
) -> anyhow::Result<watch::Settings> {
    let lateness_ms = i64::from(settings.watch.lateness_minutes) * EventTime::MINUTE_MS;
    let mut calendars = Calendars::new(settings);
    let brands = settings.brand.iter().map(|brand| {
        Ok(BrandSettings {
            alarms_per_week: brand
                .alarms_per_week
                .unwrap_or(settings.watch.alarms_per_week),
            calendar: calendars.of(brand)?,
            lateness_ms,
            names: brand.names.clone(),
            ..BrandSettings::new(brand.slug.as_str())
        })
    });
    Ok(watch::Settings {
        brands: brands.collect::<anyhow::Result<_>>()?,
        calendar: calendars.of(&settings::Brand::default())?,
        calendars: calendars.of_named()?,
        alarms_per_week: settings.watch.alarms_per_week,
        lateness_ms,
        max_brands: settings.watch.max_brands,
        rates: Arc::new(rates(settings)?),
        ..watch::Settings::new(service)
    })
}

/// What the insight service follows.
pub(crate) fn insight_settings(
    settings: &Settings,
    service: service::Settings,
) -> insight::Settings {
    let lateness_ms = i64::from(settings.watch.lateness_minutes) * EventTime::MINUTE_MS;
    let brands = settings.brand.iter().map(|brand| BrandSettings {
        alarms_per_week: brand
            .alarms_per_week
            .unwrap_or(settings.watch.alarms_per_week),
        lateness_ms,
        names: brand.names.clone(),
        ..BrandSettings::new(brand.slug.as_str())
    });
    let rival = |name: &String| trends::Rival {
        name: name.clone(),
        names: vec![name.clone()],
    };
    let rivals = settings.brand.iter().map(|brand| {
        let rivals = brand.competitors.iter().map(rival);
        (brand.slug.clone(), rivals.collect())
    });
    insight::Settings {
        brands: brands.collect(),
        rivals: rivals.collect(),
        sampled: settings.insight.sampled(),
        lateness_ms,
        max_brands: settings.watch.max_brands,
        ..insight::Settings::new(service::Settings {
            snapshot_interval: Duration::from_secs(settings.insight.snapshot_interval_seconds),
            ..service
        })
    }
}

/// The error rates of the models that this installation knows: the built-in one and the
/// one that is configured. Scores name their model, so others are told from these.
fn rates(settings: &Settings) -> anyhow::Result<RateTable> {
    let mut table = RateTable::default();
    add_rates(&*model(None)?, &mut table);
    if let Some(file) = settings.score.model_file.as_deref() {
        add_rates(&*model(Some(file))?, &mut table);
    }
    Ok(table)
}

fn add_rates(model: &Model, table: &mut RateTable) {
    for platform in Platform::ALL {
        // A family that the model wasn't measured on is taken to be like social posts.
        let of = |lang| {
            let rates = model.rates_of(lang, Family::of(platform));
            rates.or_else(|| model.rates(lang)).map(plain)
        };
        let languages = ["nl", "en"].map(|lang| (lang, of(lang)));
        for (lang, rates) in languages {
            if let Some(rates) = rates {
                table.insert(model.name(), lang, platform, rates);
            }
        }
        // Texts of no certain language, such as emoji, are read in both alike.
        let both = languages.map(|(_, rates)| rates.map(|rates| (1.0, rates)));
        let both: Vec<_> = both.into_iter().flatten().collect();
        if let Some(rates) = Rates::mixed(&both) {
            table.insert(model.name(), "und", platform, rates);
        }
    }
}

const fn plain(rates: sentiment::Rates) -> Rates {
    Rates {
        tpr: rates.tpr,
        fpr: rates.fpr,
        positives: rates.positives,
        negatives: rates.negatives,
    }
}
