//! Mastodon's streaming API, of any instance, over a websocket.
//!
//! Source of the shapes: docs.joinmastodon.org, "Streaming timelines". The stream can't be
//! read from a place on: what is posted while nobody listens isn't seen, and
//! `ophef_source_reconnects_total` tells how often that was.

use std::time::Duration;

use serde::Deserialize;
use service::Context;

use crate::socket::{self, Protocol, Read, identity};
use crate::{Error, Token};

/// Settings of the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// Address of the stream: `wss://HOST/api/v1/streaming?stream=public`.
    pub url: String,
    /// Access token of an application at the instance.
    pub token: Option<Token>,
    /// How long the first connection may take; tried for ever if `None`.
    pub patience: Option<Duration>,
}

impl Settings {
    /// The stream at `url`.
    #[must_use]
    pub fn new(service: service::Settings, url: &str, token: Option<Token>) -> Self {
        let url = url.to_owned();
        Self {
            service,
            url,
            token,
            patience: None,
        }
    }
}

/// Listens until stopping is asked for.
///
/// # Errors
/// A lasting fault; its text says what to do.
pub fn run(settings: &Settings, context: &Context) -> Result<(), Error> {
    let stream = Stream {
        host: host(&settings.url),
        url: &settings.url,
        token: settings.token.as_ref(),
    };
    socket::run(&stream, &settings.service, settings.patience, context)
}

struct Stream<'a> {
    /// Ids count at one instance only, so it is the name of the source.
    host: &'a str,
    url: &'a str,
    token: Option<&'a Token>,
}

/// The host of an address, with its port if it has one.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?']).next().unwrap_or_default()
}

#[derive(Deserialize)]
struct Envelope {
    event: String,
    /// JSON within a text; of a deletion, the id.
    #[serde(default)]
    payload: String,
}

#[derive(Deserialize)]
struct WithId {
    id: String,
}

impl Protocol for Stream<'_> {
    fn name(&self) -> &str {
        self.host
    }

    fn format(&self) -> &'static str {
        "mastodon"
    }

    fn address(&self, _: Option<u64>) -> String {
        self.url.to_owned()
    }

    fn token(&self) -> Option<&Token> {
        self.token
    }

    fn read(&self, text: &str) -> Read {
        let Ok(envelope) = serde_json::from_str::<Envelope>(text) else {
            return Read::Unreadable;
        };
        let key = match envelope.event.as_str() {
            "update" | "status.update" => match serde_json::from_str::<WithId>(&envelope.payload) {
                Ok(status) => status.id,
                Err(_) => return Read::Unreadable,
            },
            "delete" => envelope.payload.clone(),
            _ => return Read::Other(None),
        };
        Read::Event {
            key,
            identity: identity(&[&envelope.event, &envelope.payload]),
            place: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_events_others_or_unreadable() {
        let stream = Stream {
            host: host("wss://a.example/api/v1/streaming"),
            url: "",
            token: None,
        };
        assert_eq!(stream.name(), "a.example");
        let key = |text: &str| match stream.read(text) {
            Read::Event { key, .. } => Some(key),
            _ => None,
        };
        let update = r#"{"stream":["public"],"event":"update","payload":"{\"id\":\"7\"}"}"#;
        assert_eq!(key(update).as_deref(), Some("7"));
        assert_eq!(
            key(r#"{"event":"delete","payload":"7"}"#).as_deref(),
            Some("7")
        );
        assert_eq!(
            stream.read(r#"{"event":"filters_changed"}"#),
            Read::Other(None)
        );
        assert_eq!(
            stream.read(r#"{"event":"update","payload":"{}"}"#),
            Read::Unreadable
        );
    }
}
