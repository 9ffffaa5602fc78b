//! The closed set of platforms, small enough to be a metric label.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize};

/// Where a mention was posted. Names this version doesn't know are [`Platform::Other`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the variants are the platforms' own names")]
pub enum Platform {
    X,
    Instagram,
    Tiktok,
    Facebook,
    Youtube,
    Pinterest,
    Linkedin,
    Reddit,
    Threads,
    Bluesky,
    Mastodon,
    Reviews,
    Forum,
    News,
    Other,
}

impl Platform {
    /// Every platform, in the order of the contract; the position is [`Platform::index`].
    pub const ALL: [Self; 15] = [
        Self::X,
        Self::Instagram,
        Self::Tiktok,
        Self::Facebook,
        Self::Youtube,
        Self::Pinterest,
        Self::Linkedin,
        Self::Reddit,
        Self::Threads,
        Self::Bluesky,
        Self::Mastodon,
        Self::Reviews,
        Self::Forum,
        Self::News,
        Self::Other,
    ];

    /// Position in [`Platform::ALL`]; stable, snapshots rely on it.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name on the wire and in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X => "x",
            Self::Instagram => "instagram",
            Self::Tiktok => "tiktok",
            Self::Facebook => "facebook",
            Self::Youtube => "youtube",
            Self::Pinterest => "pinterest",
            Self::Linkedin => "linkedin",
            Self::Reddit => "reddit",
            Self::Threads => "threads",
            Self::Bluesky => "bluesky",
            Self::Mastodon => "mastodon",
            Self::Reviews => "reviews",
            Self::Forum => "forum",
            Self::News => "news",
            Self::Other => "other",
        }
    }

    /// The platform of that name in any case; [`Platform::Other`] if there is none.
    #[must_use]
    pub fn from_name(name: &str) -> Self {
        let found = Self::ALL
            .into_iter()
            .find(|p| p.as_str().eq_ignore_ascii_case(name));
        found.unwrap_or(if name.eq_ignore_ascii_case("twitter") {
            Self::X
        } else {
            Self::Other
        })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Platform {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(Self::from_name(name))
    }
}

impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::from_name(&crate::Text::deserialize(deserializer)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_positions_round_trip() {
        for (index, platform) in Platform::ALL.into_iter().enumerate() {
            assert_eq!(platform.index(), index);
            assert_eq!(Platform::from_name(platform.as_str()), platform);
            let json = serde_json::to_string(&platform).unwrap();
            assert_eq!(json, format!("\"{platform}\""));
        }
        assert_eq!(Platform::from_name("hyves"), Platform::Other);
        assert_eq!(Platform::from_name("Twitter"), Platform::X);
    }
}
