//! What the types can't say: ranges, slugs, time zones, and what belongs together.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use brands::Matcher;

use crate::locate::Path;
use crate::{Brand, Kafka, Protocol, Security, Settings, Watch};

/// A key and what is wrong with its value.
pub(crate) type Fault = (Path, String);

/// False alarms a week that can be asked for: from one in two years to fourteen a day.
pub const BUDGET: RangeInclusive<f64> = 0.01..=100.0;

/// Most spans of a score: with more a record could outgrow the room for its score.
const SPANS_MAX: usize = 16;

pub(crate) fn check(settings: &Settings) -> Vec<Fault> {
    let mut faults = check_kafka(&settings.kafka);
    faults.extend(check_security(&settings.kafka.security));
    faults.extend(check_watch(&settings.watch));
    if let Some(file) = settings
        .score
        .model_file
        .as_ref()
        .filter(|file| !file.is_file())
    {
        let message = format!("there is no file {}", file.display());
        faults.push(fault("score", "model_file", message));
    }
    faults.extend(within(
        "score",
        "spans",
        &settings.score.spans,
        &(0..=SPANS_MAX),
    ));
    faults.extend(crate::ingest::check(&settings.ingest));
    faults.extend(settings.score.onnx.iter().flat_map(crate::onnx::check));
    faults.extend(crate::source::check(&settings.source));
    faults.extend(crate::care::check(&settings.care));
    faults.extend(within(
        "canary",
        "interval_seconds",
        &settings.canary.interval_seconds,
        &(1..=120),
    ));
    faults.extend(crate::console::check(&settings.console));
    let mut seen = BTreeSet::new();
    for (index, brand) in settings.brand.iter().enumerate() {
        faults.extend(check_brand(brand, index));
        if !seen.insert(&brand.slug) {
            faults.push(brand_fault(index, "slug", "is used by another brand too"));
        }
    }
    faults.extend(crate::insight::check(settings));
    faults.extend(crate::event::check(settings));
    faults
}

pub(crate) fn fault(section: &str, key: &str, message: impl Into<String>) -> Fault {
    let path = section.split('.').chain([key]).map(str::to_owned).collect();
    (path, message.into())
}

fn brand_fault(index: usize, key: &str, message: impl Into<String>) -> Fault {
    (
        vec!["brand".to_owned(), index.to_string(), key.to_owned()],
        message.into(),
    )
}

pub(crate) fn within<T: PartialOrd + std::fmt::Display>(
    section: &str,
    key: &str,
    value: &T,
    range: &RangeInclusive<T>,
) -> Option<Fault> {
    let message = || format!("{value} is outside {} to {}", range.start(), range.end());
    (!range.contains(value)).then(|| fault(section, key, message()))
}

fn check_kafka(kafka: &Kafka) -> Vec<Fault> {
    let mut faults: Vec<Fault> = [
        within(
            "kafka",
            "commit_interval_ms",
            &kafka.commit_interval_ms,
            &(10..=10_000),
        ),
        within(
            "kafka",
            "dead_letter_limit",
            &kafka.dead_letter_limit,
            &(0.01..=1.0),
        ),
        within("kafka", "partitions", &kafka.partitions, &(1..=10_000)),
        within(
            "kafka",
            "replication_factor",
            &kafka.replication_factor,
            &(1..=32_767),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if kafka
        .brokers
        .split(',')
        .any(|broker| !is_address(broker.trim()))
    {
        faults.push(fault(
            "kafka",
            "brokers",
            "isn't a list of host:port, comma-separated",
        ));
    }
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if kafka.topic_prefix.len() > 100 || !kafka.topic_prefix.bytes().all(legal) {
        faults.push(fault(
            "kafka",
            "topic_prefix",
            "isn't up to 100 letters, digits, . _ -",
        ));
    }
    if kafka.instance.is_empty() || !kafka.instance.bytes().all(legal) {
        faults.push(fault(
            "kafka",
            "instance",
            "isn't a name of letters, digits, . _ -",
        ));
    }
    faults
}

/// Whether `brokers` is a list of `host:port`, comma-separated.
#[must_use]
pub fn is_address_list(brokers: &str) -> bool {
    brokers.split(',').all(|broker| is_address(broker.trim()))
}

fn is_address(broker: &str) -> bool {
    broker.rsplit_once(':').is_some_and(|(host, port)| {
        !host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0)
    })
}

fn check_security(security: &Security) -> Vec<Fault> {
    let section = "kafka.security";
    let is_sasl = matches!(
        security.protocol,
        Protocol::SaslPlaintext | Protocol::SaslSsl
    );
    let is_tls = matches!(security.protocol, Protocol::Ssl | Protocol::SaslSsl);
    let mut faults = Vec::new();
    let given = [
        ("mechanism", security.mechanism.is_some()),
        ("username", security.username.is_some()),
        ("password", security.password.is_some()),
    ];
    for (key, is_given) in given {
        if is_sasl && !is_given {
            faults.push(fault(section, key, "is needed by this protocol"));
        } else if !is_sasl && is_given {
            faults.push(fault(
                section,
                key,
                "has no effect without a sasl_ protocol",
            ));
        }
    }
    if security.certificate_file.is_some() != security.key_file.is_some() {
        let message = "certificate_file and key_file belong together";
        faults.push(fault(section, "certificate_file", message));
    }
    let files = [
        ("ca_file", &security.ca_file),
        ("certificate_file", &security.certificate_file),
        ("key_file", &security.key_file),
    ];
    for (key, file) in files {
        match file {
            Some(_) if !is_tls => {
                faults.push(fault(
                    section,
                    key,
                    "has no effect without TLS (ssl or sasl_ssl)",
                ));
            }
            Some(file) if !file.is_file() => {
                faults.push(fault(
                    section,
                    key,
                    format!("there is no file {}", file.display()),
                ));
            }
            _ => {}
        }
    }
    faults
}

fn check_watch(watch: &Watch) -> Vec<Fault> {
    let section = "watch";
    [
        within(section, "alarms_per_week", &watch.alarms_per_week, &BUDGET),
        within(
            section,
            "lateness_minutes",
            &watch.lateness_minutes,
            &(1..=60),
        ),
        within(section, "max_brands", &watch.max_brands, &(1..=1_000_000)),
        within(
            section,
            "snapshot_interval_seconds",
            &watch.snapshot_interval_seconds,
            &(1..=3_600),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn check_brand(brand: &Brand, index: usize) -> Vec<Fault> {
    let mut faults = Vec::new();
    if brand.slug.is_empty() {
        faults.push(brand_fault(
            index,
            "slug",
            "is missing: each brand needs one",
        ));
    } else if !mention::is_brand_slug(&brand.slug) {
        let message = "isn't 1 to 64 of a-z 0-9 - _ . beginning with a letter or digit";
        faults.push(brand_fault(index, "slug", message));
    }
    if jiff::tz::TimeZone::get(&brand.time_zone).is_err() {
        let message = format!(
            "{:?} isn't an IANA time zone, such as Europe/Amsterdam",
            brand.time_zone
        );
        faults.push(brand_fault(index, "time_zone", message));
    }
    if !brand.ambiguous.is_empty() && brand.context.is_empty() {
        let message = "is missing: without it no ambiguous name ever counts";
        faults.push(brand_fault(index, "context", message));
    }
    faults.extend(check_rules(brand, index));
    if let Some(budget) = brand
        .alarms_per_week
        .filter(|budget| !BUDGET.contains(budget))
    {
        let message = format!("{budget} is outside {} to {}", BUDGET.start(), BUDGET.end());
        faults.push(brand_fault(index, "alarms_per_week", message));
    }
    let hours = crate::care::HOURS;
    if let Some(within) = brand.answer_within_hours.filter(|own| !hours.contains(own)) {
        let message = format!("{within} is outside {} to {}", hours.start(), hours.end());
        faults.push(brand_fault(index, "answer_within_hours", message));
    }
    faults
}

/// Words that `ophef run ingest` couldn't look for.
fn check_rules(brand: &Brand, index: usize) -> Option<Fault> {
    let error = Matcher::new(vec![brand.rules()]).err()?;
    Some(brand_fault(index, error.key, error.message))
}
