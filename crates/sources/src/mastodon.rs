//! Mastodon's streaming API, of any instance, over a websocket.
//!
//! Source of the shapes: docs.joinmastodon.org, "Streaming timelines" and "timelines API
//! methods". The stream can't be read from a place on. What is posted while nobody listens
//! is fetched from the timeline of the same name by the REST API, from the highest id that
//! was seen; `ophef_source_gaps_total` tells how often that was, and whether all was found.

use std::time::Duration;

use serde::Deserialize;
use service::Context;

use crate::catch_up::{self, Fetching};
use crate::protocol::{Missed, Protocol, Read, identity};
use crate::rest::Client;
use crate::socket;
use crate::{Error, Token};

/// Settings of the source.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// Address of the stream: `wss://HOST/api/v1/streaming?stream=public`.
    pub url: String,
    /// Address of the REST API, `https://HOST`; the stream's host if `None`.
    pub api: Option<String>,
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
            api: None,
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
        api: settings.api.as_deref(),
        token: settings.token.as_ref(),
    };
    socket::run(&stream, &settings.service, settings.patience, context)
}

struct Stream<'a> {
    /// Ids count at one instance only, so it is the name of the source.
    host: &'a str,
    url: &'a str,
    api: Option<&'a str>,
    token: Option<&'a Token>,
}

impl Stream<'_> {
    /// Where its instance answers.
    fn api(&self) -> String {
        if let Some(api) = self.api {
            return api.trim_end_matches('/').to_owned();
        }
        let scheme = if self.url.starts_with("ws://") {
            "http"
        } else {
            "https"
        };
        format!("{scheme}://{}", self.host)
    }
}

/// The path of the timeline that holds what a stream brings, with its query; `None` if
/// there is none.
fn timeline(url: &str) -> Option<String> {
    let (_, query) = url.split_once('?')?;
    let named = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find_map(|(key, value)| (key == name).then_some(value))
    };
    // Of a path only one part.
    let part = |name: &str| named(name).filter(|part| !part.is_empty() && !part.contains('/'));
    let stream = named("stream")?.replace("%3A", ":").replace("%3a", ":");
    let (path, filters) = match stream.split_once(':').unwrap_or((&stream, "")) {
        ("public", filters) => ("public".to_owned(), filters),
        ("hashtag", filters) => (format!("tag/{}", part("tag")?), filters),
        ("list", "") => (format!("list/{}", part("list")?), ""),
        _ => return None,
    };
    let filters = match filters {
        "" => "",
        "local" => "?local=true",
        "remote" => "?remote=true",
        "media" => "?only_media=true",
        "local:media" => "?local=true&only_media=true",
        "remote:media" => "?remote=true&only_media=true",
        _ => return None,
    };
    Some(format!("/api/v1/timelines/{path}{filters}"))
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
        let event = envelope.event.as_str();
        let key = match event {
            "update" | "status.update" => match serde_json::from_str::<WithId>(&envelope.payload) {
                Ok(status) => status.id,
                Err(_) => return Read::Unreadable,
            },
            "delete" => envelope.payload.clone(),
            _ => return Read::Other(None),
        };
        // A status comes once, though its counts change between stream and timeline; an edit
        // and a deletion say nothing of how far the stream was read.
        let (identity, place) = match event {
            "update" => self.fetched(&key),
            _ => (identity(&[event, &envelope.payload]), None),
        };
        Read::Event {
            key,
            identity,
            place,
        }
    }

    fn missed(&self, place: Option<u64>) -> Missed {
        let Some(place) = place else {
            return Missed::Unknown("no status with a number for its id came before");
        };
        let Some(timeline) = timeline(self.url) else {
            return Missed::Unknown("the stream has no timeline of its own");
        };
        match Client::new(&self.api(), self.token) {
            Some(client) => Missed::Fetching(Fetching::start(client, &timeline, place)),
            None => Missed::Unknown("`api` under [source.mastodon] is no address"),
        }
    }

    fn stride(&self) -> Option<u64> {
        None
    }

    fn millis(&self, place: u64) -> Option<u64> {
        catch_up::id_millis(place)
    }

    fn fetched(&self, id: &str) -> (u64, Option<u64>) {
        (identity(&["update", id]), catch_up::place(id))
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
            api: None,
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

    #[test]
    fn a_stream_has_the_timeline_of_its_name() {
        let of = |query: &str| timeline(&format!("wss://a.example/api/v1/streaming{query}"));
        let expected = |path: &str| Some(format!("/api/v1/timelines/{path}"));
        assert_eq!(of("?stream=public"), expected("public"));
        assert_eq!(
            of("?access_token=x&stream=public:local"),
            expected("public?local=true")
        );
        assert_eq!(
            of("?stream=public%3Aremote%3Amedia"),
            expected("public?remote=true&only_media=true")
        );
        assert_eq!(of("?stream=hashtag&tag=vos"), expected("tag/vos"));
        assert_eq!(
            of("?stream=hashtag:local&tag=vos"),
            expected("tag/vos?local=true")
        );
        assert_eq!(of("?stream=list&list=7"), expected("list/7"));
        for none in [
            "",
            "?stream=user",
            "?stream=hashtag",
            "?stream=hashtag&tag=a/b",
            "?stream=list:local&list=7",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }

    #[test]
    fn the_api_is_on_the_host_of_the_stream_unless_it_is_named() {
        let stream = |url: &'static str, api| Stream {
            host: host(url),
            url,
            api,
            token: None,
        };
        let url = "wss://streaming.a.example/api/v1/streaming?stream=public";
        assert_eq!(stream(url, None).api(), "https://streaming.a.example");
        assert_eq!(
            stream(url, Some("https://a.example/")).api(),
            "https://a.example"
        );
        assert_eq!(
            stream("ws://127.0.0.1:9/x", None).api(),
            "http://127.0.0.1:9"
        );
    }
}
