//! `instance SERVICE NAME BROKERS PREFIX PROTOCOL SNAPSHOTS`: one service, to be killed by tests.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use brands::{Matcher, Rules};
use decode::Options;
use ingest::Stored;
use kafka::GroupProtocol;
use redact::{Key, Pseudonyms};
use sentiment::Model;
use service::{Context, Error, launch, logging};
use sources::{bluesky, http, mastodon};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [service, name, brokers, prefix, protocol, snapshots] = arguments.as_slice() else {
        return ExitCode::from(64);
    };
    let Ok(snapshots) = snapshots.parse() else {
        return ExitCode::from(64);
    };
    let mut connection = kafka::Connection::plaintext(brokers);
    connection.topic_prefix.clone_from(prefix);
    let mut settings = service::Settings::new(connection);
    settings.instance.clone_from(name);
    if protocol == "consumer" {
        settings.group_protocol = GroupProtocol::Consumer;
    }
    // Tests can't wait ten seconds for each instance that was killed.
    settings.session_timeout = Duration::from_secs(2);
    settings.snapshot_interval = Duration::from_millis(snapshots);
    // It may be started while the broker is down, on a machine that does much else.
    settings.patience = Duration::from_secs(300);
    let is_logging = logging::init(logging::Format::Text, "info").is_ok();
    let service = service.clone();
    let result = launch(None, &Context::default(), move |context| {
        run(&service, settings, context)
    });
    if let (Err(error), true) = (&result, is_logging) {
        tracing::error!(error = %error, "ended");
    }
    ExitCode::from(u8::from(result.is_err()))
}

/// The token that a door of a test knows.
const TOKEN: &str = "a token that is long enough";

/// A source at a place: an address to listen at, or a stream's URL.
fn source(
    kind: &str,
    place: &str,
    settings: service::Settings,
    context: &Context,
) -> Result<(), Error> {
    let result = match kind {
        "bluesky" => bluesky::run(&bluesky::Settings::new(settings, place), context),
        "mastodon" => mastodon::run(&mastodon::Settings::new(settings, place, None), context),
        _ => {
            let listen = place.parse().map_err(std::io::Error::other)?;
            let tokens = vec![TOKEN.to_owned().into()];
            let settings = http::Settings {
                head_timeout: Duration::from_secs(2),
                max_connections: 64,
                max_body_bytes: 1024 * 1024,
                max_pending_bytes: 8 * 1024 * 1024,
                max_mentions_per_second: number("RATE").unwrap_or(1_000_000),
                ..http::Settings::new(settings, listen, tokens)
            };
            http::run(&settings, context)
        }
    };
    result.map_err(|error| std::io::Error::other(error.to_string()).into())
}

/// A number that a test gives.
fn number(name: &str) -> Option<u32> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's process, without settings"
    )]
    std::env::var(name).ok()?.parse().ok()
}

fn run(service: &str, settings: service::Settings, context: &Context) -> Result<(), Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "a test's process, without settings"
    )]
    if let Ok(place) = std::env::var("PLACE") {
        return source(service, &place, settings, context);
    }
    match service {
        "watch" => return watch::run(&watch::Settings::new(settings), context),
        "care" => return care::run(&care::Settings::new(settings), context),
        "insight" => return insight::run(&insight::Settings::new(settings), context),
        "ingest" => return ingest::run(of_brands(settings), context),
        _ => {}
    }
    let model = Model::embedded().map_err(|error| std::io::Error::other(error.to_string()))?;
    score::run(&settings, Arc::new(model), context)
}

/// Looks for the brands that the tests of ingest invent.
fn of_brands(service: service::Settings) -> ingest::Settings {
    let rules = ["pluimvos", "donsbeer"].map(|name| Rules {
        names: vec![name.to_owned()],
        handles: vec![name.to_owned()],
        ..Rules::new(name)
    });
    ingest::Settings {
        service,
        options: Options::default(),
        matcher: Matcher::new(rules.into()).unwrap_or_else(|error| unreachable!("{error}")),
        privacy: Arc::new(stored()),
        keep_urls: false,
        heartbeats: false,
    }
}

/// Everybody's data taken out, by a key that everybody knows.
fn stored() -> Stored {
    let key = Key::new("t", &[7; 32]).unwrap_or_else(|error| unreachable!("{error}"));
    Stored::new(Pseudonyms::new(key, Vec::new()), ["pluimvos", "donsbeer"])
}
