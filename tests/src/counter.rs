//! What a service has counted.

use service::Context;

/// The value of the counter with that name and labels; 0 before it is first counted.
///
/// # Panics
/// If it is no whole number.
#[must_use]
pub fn counter(context: &Context, name: &str) -> usize {
    let text = context.registry.text();
    let mut lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    let found = lines.find(|(found, _)| *found == name);
    found.map_or(0, |(_, value)| value.parse().unwrap())
}
