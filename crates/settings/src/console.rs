//! `[console]`: the page that explains.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use serde::Deserialize;

use crate::Secret;
use crate::check::{Fault, fault};

/// Shortest token: guessing sixteen characters takes longer than the limit of writes lets
/// anybody try.
const TOKEN_CHARS: usize = 16;

/// `[console]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// Address and port of the pages. Loopback by default: they show posts, redacted.
    pub listen: SocketAddr,
    /// The address that people open, without a slash at its end.
    pub url: Option<String>,
    /// Where Grafana is, without a slash at its end.
    pub grafana_url: Option<String>,
    /// Where the runbooks are published, without a slash at its end.
    pub runbooks_url: Option<String>,
    /// IANA name of the time zone of the pages' times.
    pub time_zone: String,
    /// Lets whoever knows it respond to spikes.
    pub token: Option<Secret>,
    /// The header in which a trusted proxy names who has signed in.
    pub user_header: Option<String>,
    /// What `ophef backtest --json` printed.
    pub backtest_file: Option<PathBuf>,
}

impl Console {
    /// The token, if there is one.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        let token = self.token.as_ref().map(Secret::expose);
        token.filter(|token| !token.is_empty())
    }
}

impl Default for Console {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8484)),
            url: None,
            grafana_url: None,
            runbooks_url: None,
            time_zone: "Europe/Amsterdam".to_owned(),
            token: None,
            user_header: None,
            backtest_file: None,
        }
    }
}

pub(crate) fn check(console: &Console) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut add = |key: &str, message: &str| faults.push(fault("console", key, message));
    for (key, url) in [
        ("url", &console.url),
        ("grafana_url", &console.grafana_url),
        ("runbooks_url", &console.runbooks_url),
    ] {
        if url.as_ref().is_some_and(|url| !is_address(url)) {
            add(
                key,
                "isn't an address that begins with http:// or https:// and ends without a slash",
            );
        }
    }
    if jiff::tz::TimeZone::get(&console.time_zone).is_err() {
        add(
            "time_zone",
            "isn't a time zone such as Europe/Amsterdam or UTC",
        );
    }
    // An empty one is none: a variable of the environment may be there and empty.
    let token = console.token();
    let is_safe = |token: &str| {
        token.len() >= TOKEN_CHARS && token.bytes().all(|byte| byte.is_ascii_graphic())
    };
    if token.is_some_and(|token| !is_safe(token)) {
        add(
            "token",
            "isn't at least 16 letters, digits and signs; `openssl rand -hex 24` makes one",
        );
    }
    let is_name = |name: &String| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !name.is_empty() && name.bytes().all(legal)
    };
    if console
        .user_header
        .as_ref()
        .is_some_and(|name| !is_name(name))
    {
        add(
            "user_header",
            "isn't the name of a header, letters, digits and -",
        );
    }
    faults
}

/// `http://` or `https://`, something after it, no slash at the end, and nothing that would
/// end an attribute or a header.
fn is_address(url: &str) -> bool {
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>\\;,".contains(&byte);
    rest.is_some_and(|rest| !rest.is_empty() && !rest.ends_with('/') && rest.bytes().all(legal))
}
