//! Words by which tools name languages and platforms.

use mention::{Platform, Text};

/// Names of languages where a tool doesn't give codes.
pub(crate) fn language(name: &str) -> Text<'static> {
    const NAMES: [(&str, &str); 8] = [
        ("dutch", "nl"),
        ("english", "en"),
        ("german", "de"),
        ("french", "fr"),
        ("spanish", "es"),
        ("italian", "it"),
        ("portuguese", "pt"),
        ("turkish", "tr"),
    ];
    let lower = name.to_lowercase();
    let known = NAMES.iter().find(|(known, _)| *known == lower);
    Text::from(known.map_or(lower.clone(), |(_, code)| (*code).to_owned()))
}

/// The platform behind a tool's name for it, or behind a host.
pub fn platform_of(name: &str) -> Platform {
    const PARTS: [(&str, Platform); 18] = [
        ("twitter", Platform::X),
        ("instagram", Platform::Instagram),
        ("tiktok", Platform::Tiktok),
        ("facebook", Platform::Facebook),
        ("youtube", Platform::Youtube),
        ("pinterest", Platform::Pinterest),
        ("linkedin", Platform::Linkedin),
        ("reddit", Platform::Reddit),
        ("threads", Platform::Threads),
        ("bluesky", Platform::Bluesky),
        ("bsky", Platform::Bluesky),
        ("mastodon", Platform::Mastodon),
        ("review", Platform::Reviews),
        ("trustpilot", Platform::Reviews),
        ("forum", Platform::Forum),
        ("message_board", Platform::Forum),
        ("news", Platform::News),
        ("newspaper", Platform::News),
    ];
    let lower = name.to_lowercase();
    if matches!(lower.as_str(), "x" | "x.com" | "socialmedia_x") {
        return Platform::X;
    }
    let found = PARTS.iter().find(|(part, _)| lower.contains(part));
    found.map_or_else(|| Platform::from_name(&lower), |&(_, platform)| platform)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platforms_are_known_by_many_names() {
        assert_eq!(platform_of("SOCIALMEDIA_TWITTER"), Platform::X);
        assert_eq!(platform_of("X"), Platform::X);
        assert_eq!(platform_of("instagram_public"), Platform::Instagram);
        assert_eq!(platform_of("blog"), Platform::Other);
    }
}
