//! Bluesky's Jetstream: public posts, as JSON over a websocket.
//!
//! Source of the shapes: the README of `bluesky-social/jetstream` (`/subscribe`). Posts are
//! asked for by their collection; what becomes of accounts is always sent, and needed to
//! honour deletions. The place is `time_us`, microseconds since 1970 by the server's
//! clock, which only grows: places of two servers don't go together, so name one.
//!
//! Compression by zstd needs a dictionary that only the project's repository has, and no
//! package; it isn't used.

use std::time::Duration;

use serde::Deserialize;
use service::Context;

use crate::Token;
use crate::protocol::{Missed, Protocol, Read, identity};
use crate::socket;
use crate::{Error, NAME};

/// What is asked for.
const POSTS: &str = "app.bsky.feed.post";
/// How far back behind the last place a connection begins, microseconds. What is repeated
/// is recognised.
const REWIND: u64 = 1_000_000;
/// Longest way between two events in a row, microseconds: of all posts there are dozens a
/// second. A server keeps some days; asked for older ones it begins with its oldest.
const STRIDE: u64 = 60_000_000;

/// Settings of the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// Address of the Jetstream: `wss://HOST/subscribe`.
    pub url: String,
    /// How long the first connection may take; tried for ever if `None`.
    pub patience: Option<Duration>,
}

impl Settings {
    /// Posts of the Jetstream at `url`.
    #[must_use]
    pub fn new(service: service::Settings, url: &str) -> Self {
        let url = url.to_owned();
        Self {
            service,
            url,
            patience: None,
        }
    }
}

/// Listens until stopping is asked for.
///
/// # Errors
/// A lasting fault; its text says what to do.
pub fn run(settings: &Settings, context: &Context) -> Result<(), Error> {
    tracing::info!(service = NAME, "listening to Bluesky");
    let stream = Jetstream(&settings.url);
    socket::run(&stream, &settings.service, settings.patience, context)
}

struct Jetstream<'a>(&'a str);

#[derive(Deserialize)]
struct Event<'a> {
    did: &'a str,
    time_us: u64,
    kind: &'a str,
    #[serde(borrow)]
    commit: Option<Commit<'a>>,
}

#[derive(Deserialize)]
struct Commit<'a> {
    #[serde(default)]
    rev: &'a str,
    operation: &'a str,
    collection: &'a str,
    rkey: &'a str,
}

impl Protocol for Jetstream<'_> {
    fn name(&self) -> &'static str {
        "bluesky"
    }

    fn format(&self) -> &'static str {
        "jetstream"
    }

    fn address(&self, place: Option<u64>) -> String {
        let mark = if self.0.contains('?') { '&' } else { '?' };
        let address = format!("{}{mark}wantedCollections={POSTS}", self.0);
        match place {
            None => address,
            Some(place) => format!("{address}&cursor={}", place.saturating_sub(REWIND)),
        }
    }

    fn token(&self) -> Option<&Token> {
        None
    }

    fn read(&self, text: &str) -> Read {
        let Ok(event) = serde_json::from_str::<Event<'_>>(text) else {
            return Read::Unreadable;
        };
        let place = Some(event.time_us);
        let identity = match (event.kind, &event.commit) {
            ("commit", Some(commit)) if commit.collection == POSTS => {
                identity(&[event.did, commit.rkey, commit.operation, commit.rev])
            }
            ("commit", None) => return Read::Unreadable,
            ("account", _) => identity(&[event.did, &event.time_us.to_string()]),
            _ => return Read::Other(place),
        };
        let key = event.did.to_owned();
        Read::Event {
            key,
            identity,
            place,
        }
    }

    fn missed(&self, _: Option<u64>) -> Missed {
        Missed::Nothing
    }

    fn stride(&self) -> Option<u64> {
        Some(STRIDE)
    }

    fn millis(&self, place: u64) -> Option<u64> {
        Some(place / 1_000)
    }

    fn fetched(&self, id: &str) -> (u64, Option<u64>) {
        (identity(&[id]), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_goes_on_a_second_before_the_place() {
        let stream = Jetstream("wss://a.example/subscribe");
        assert_eq!(
            stream.address(Some(5_000_000)),
            "wss://a.example/subscribe?wantedCollections=app.bsky.feed.post&cursor=4000000"
        );
        assert!(!stream.address(None).contains("cursor"));
    }

    #[test]
    fn messages_are_events_others_or_unreadable() {
        let stream = Jetstream("");
        let post = r#"{"did":"did:plc:a","time_us":7,"kind":"commit","commit":{"rev":"1","operation":"create","collection":"app.bsky.feed.post","rkey":"k","record":{}}}"#;
        assert!(matches!(
            stream.read(post),
            Read::Event { place: Some(7), .. }
        ));
        assert_eq!(stream.read(post), stream.read(post));
        assert_ne!(
            stream.read(post),
            stream.read(&post.replace("\"1\"", "\"2\""))
        );
        let like = post.replace("feed.post", "feed.like");
        assert_eq!(stream.read(&like), Read::Other(Some(7)));
        assert_eq!(stream.read("{\"did\":"), Read::Unreadable);
    }
}
