//! `[source]`: where mentions come in.

use std::net::{Ipv4Addr, SocketAddr};

use serde::Deserialize;

use crate::Secret;
use crate::check::{Fault, fault, within};

/// `[source]`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Source {
    /// The endpoint for mentions.
    pub http: SourceHttp,
    /// Bluesky's stream.
    pub bluesky: SourceBluesky,
    /// A Mastodon instance's stream.
    pub mastodon: SourceMastodon,
}

/// `[source.http]`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceHttp {
    /// Address and port of `POST /v1/mentions` and `/v1/campaign-events`. Loopback by default: TLS is the proxy's.
    pub listen: SocketAddr,
    /// Who knows it may send; at least 16 bytes. Best given as `OPHEF_SOURCE__HTTP__TOKEN`.
    pub token: Option<Secret>,
    /// The token before, while it is being changed.
    pub former_token: Option<Secret>,
    /// Longest body, bytes, 1 KiB to 64 MiB.
    pub max_body_bytes: usize,
    /// Bytes of all bodies that aren't answered yet.
    pub max_pending_bytes: usize,
    /// Mentions a second, totals of campaigns among them, 1–10,000,000.
    pub max_mentions_per_second: u32,
    /// Connections at once, 1–65,536.
    pub max_connections: usize,
}

impl Default for SourceHttp {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8085)),
            token: None,
            former_token: None,
            max_body_bytes: 4 * 1024 * 1024,
            max_pending_bytes: 64 * 1024 * 1024,
            max_mentions_per_second: 50_000,
            max_connections: 512,
        }
    }
}

/// `[source.bluesky]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceBluesky {
    /// The Jetstream to listen to.
    pub url: String,
}

impl Default for SourceBluesky {
    fn default() -> Self {
        // One of the public ones that Bluesky runs.
        Self {
            url: "wss://jetstream2.us-east.bsky.network/subscribe".to_owned(),
        }
    }
}

/// `[source.mastodon]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceMastodon {
    /// The instance's streaming address: `wss://HOST/api/v1/streaming?stream=public`.
    pub url: Option<String>,
    /// The instance's own address, `https://HOST`, where the stream has another host.
    pub api: Option<String>,
    /// Access token of an application there; since Mastodon 4.2 most instances ask for one.
    pub token: Option<Secret>,
}

/// Shortest token, bytes: 128 bits if it is random.
const TOKEN_MIN: usize = 16;

pub(crate) fn check(source: &Source) -> Vec<Fault> {
    let http = &source.http;
    let section = "source.http";
    let mut faults = Vec::new();
    for (key, token) in [("token", &http.token), ("former_token", &http.former_token)] {
        if token
            .as_ref()
            .is_some_and(|token| token.expose().len() < TOKEN_MIN)
        {
            let message =
                format!("is shorter than {TOKEN_MIN} bytes: make one with `openssl rand -hex 32`");
            faults.push(fault(section, key, message));
        }
    }
    faults.extend(within(
        section,
        "max_body_bytes",
        &http.max_body_bytes,
        &(1_024..=64 * 1024 * 1024),
    ));
    if http.max_pending_bytes < http.max_body_bytes {
        faults.push(fault(
            section,
            "max_pending_bytes",
            "is less than `max_body_bytes`",
        ));
    }
    faults.extend(within(
        section,
        "max_mentions_per_second",
        &http.max_mentions_per_second,
        &(1..=10_000_000),
    ));
    faults.extend(within(
        section,
        "max_connections",
        &http.max_connections,
        &(1..=65_536),
    ));
    let streams = [
        ("bluesky", Some(&source.bluesky.url)),
        ("mastodon", source.mastodon.url.as_ref()),
    ];
    for (name, url) in streams {
        if url.is_some_and(|url| !(url.starts_with("wss://") || url.starts_with("ws://"))) {
            faults.push(fault(
                &format!("source.{name}"),
                "url",
                "doesn't begin with wss:// or ws://",
            ));
        }
    }
    let api = source.mastodon.api.as_ref();
    if api.is_some_and(|api| !(api.starts_with("https://") || api.starts_with("http://"))) {
        let message = "doesn't begin with https:// or http://";
        faults.push(fault("source.mastodon", "api", message));
    }
    faults
}
