//! `[insight]`: what mentions say over weeks.

use mention::Platform;
use serde::Deserialize;

use crate::check::{Fault, within};
use crate::{Brand, Settings};

/// Competitors of one brand.
const COMPETITORS_MAX: usize = 16;
/// Longest name of one, bytes: it is a metric label.
const NAME_MAX: usize = 64;

/// `[insight]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Insight {
    /// Platforms of which sources bring a sample only, so that nobody takes their figures
    /// for all there is.
    pub sampled_platforms: Vec<String>,
    /// Time between snapshots of changed state, seconds, 1–3,600.
    pub snapshot_interval_seconds: u64,
}

impl Default for Insight {
    fn default() -> Self {
        Self {
            sampled_platforms: Vec::new(),
            snapshot_interval_seconds: 60,
        }
    }
}

impl Insight {
    /// The platforms by their names.
    #[must_use]
    pub fn sampled(&self) -> Vec<Platform> {
        let names = self.sampled_platforms.iter();
        names.map(|name| Platform::from_name(name)).collect()
    }
}

pub(crate) fn check(settings: &Settings) -> Vec<Fault> {
    let insight = &settings.insight;
    let mut faults: Vec<Fault> = within(
        "insight",
        "snapshot_interval_seconds",
        &insight.snapshot_interval_seconds,
        &(1..=3_600),
    )
    .into_iter()
    .collect();
    let is_known = |name: &String| Platform::ALL.iter().any(|known| known.as_str() == name);
    if let Some(name) = insight
        .sampled_platforms
        .iter()
        .find(|name| !is_known(name))
    {
        let names = Platform::ALL.map(Platform::as_str).join(", ");
        let message = format!("{name:?} isn't one of {names}");
        faults.push(crate::check::fault("insight", "sampled_platforms", message));
    }
    for (index, brand) in settings.brand.iter().enumerate() {
        if let Some(message) = check_competitors(brand) {
            let path = ["brand", &index.to_string(), "competitors"].map(str::to_owned);
            faults.push((path.to_vec(), message));
        }
    }
    faults
}

fn check_competitors(brand: &Brand) -> Option<String> {
    let names = &brand.competitors;
    if names.len() > COMPETITORS_MAX {
        return Some(format!(
            "{} names, at most {COMPETITORS_MAX} are taken",
            names.len()
        ));
    }
    let is_bad = |name: &&String| name.trim().len() < 2 || name.len() > NAME_MAX;
    let bad = names.iter().find(is_bad)?;
    Some(format!("{bad:?} isn't a name of 2 to {NAME_MAX} bytes"))
}
