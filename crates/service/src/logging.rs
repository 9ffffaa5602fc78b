//! Where log lines go and how they look.
//!
//! Levels: ERROR – data lost or service unavailable; WARN – unexpected but
//! recovered from; INFO – a change of state; DEBUG – each step of a change;
//! TRACE – each record. Nothing that identifies a person is logged at INFO or above.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// Text on a terminal, JSON otherwise.
    #[default]
    Auto,
    /// For people.
    Text,
    /// For collectors of logs.
    Json,
}

/// The filter of levels can't be read, or logging was set up before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("logging can't be set up ({0}): check `filter` under [log], for example \"info\"")]
pub struct SetupError(String);

/// Whether `filter` can be read.
///
/// # Errors
/// [`SetupError`], with what is wrong.
pub fn check(filter: &str) -> Result<(), SetupError> {
    parse(filter).map(drop)
}

fn parse(filter: &str) -> Result<EnvFilter, SetupError> {
    filter
        .parse()
        .map_err(|error| SetupError(format!("{error}")))
}

/// Sends log lines to standard error: standard output is for results.
///
/// # Errors
/// [`SetupError`].
pub fn init(format: Format, filter: &str) -> Result<(), SetupError> {
    let filter = parse(filter)?;
    let is_terminal = std::io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    let result = match format {
        Format::Auto if is_terminal => builder.try_init(),
        Format::Text => builder.with_ansi(is_terminal).try_init(),
        Format::Auto | Format::Json => builder.json().flatten_event(true).try_init(),
    };
    result.map_err(|error| SetupError(error.to_string()))
}
