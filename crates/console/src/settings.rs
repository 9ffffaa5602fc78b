//! What the console is told.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use jiff::tz::TimeZone;

/// Settings of the console.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How to work with Kafka.
    pub service: service::Settings,
    /// Where the pages are served.
    pub listen: SocketAddr,
    /// The time zone of the pages' times.
    pub time_zone: TimeZone,
    /// Who may write.
    pub access: Access,
    /// Where links lead.
    pub links: Links,
    /// What `ophef backtest --json` printed.
    pub backtest: Option<PathBuf>,
}

impl Settings {
    /// The defaults: pages that only show, at `listen`, with times in UTC.
    #[must_use]
    pub fn new(service: service::Settings, listen: SocketAddr) -> Self {
        Self {
            service,
            listen,
            time_zone: TimeZone::UTC,
            access: Access::default(),
            links: Links::default(),
            backtest: None,
        }
    }
}

/// Who may write. By default nobody.
#[derive(Clone, Default)]
pub struct Access {
    /// Whoever knows it may.
    pub token: Option<String>,
    /// The header in which a trusted proxy names who has signed in.
    pub user_header: Option<String>,
    /// The address that people open; forms must come from its pages.
    pub url: Option<String>,
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("has_token", &self.token.is_some())
            .field("user_header", &self.user_header)
            .field("url", &self.url)
            .finish()
    }
}

/// Where links lead, each without a slash at its end; without one there is no link.
#[derive(Debug, Clone, Default)]
pub struct Links {
    /// Grafana with our dashboards.
    pub grafana: Option<String>,
    /// The published runbooks.
    pub runbooks: Option<String>,
}
