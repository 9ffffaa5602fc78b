//! What the week promises: the contract, the order, the volumes and the planted truth.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the helpers of these tests fail as the tests do"
)]

use std::collections::{HashMap, HashSet};

use mention::{Event, EventTime, Label, Mention, Platform, Record, Role};
use sample::{Category, DEFAULT_START, LENGTH_MS, Labelled, Planted, PlantedKind, Week, planted};

const SEED: u64 = 7;

fn week() -> Vec<Labelled> {
    Week::new(SEED, DEFAULT_START).labelled().collect()
}

fn read(record: &Labelled) -> Mention<'_> {
    match mention::parse(record.line.as_bytes()) {
        Ok(Record::Mention(mention)) => *mention,
        other => panic!("{other:?}: {}", record.line),
    }
}

fn window(kind: PlantedKind) -> Planted {
    *planted().iter().find(|one| one.kind == kind).unwrap()
}

/// Whether the detector counts the post in the share: a customer's own words.
fn counts(mention: &Mention<'_>) -> bool {
    let is_customer = mention
        .author
        .as_ref()
        .is_some_and(|author| author.role == Some(Role::Customer));
    is_customer && mention.repost_of.is_none()
}

/// Posts of a brand (negative, all that count) in a span of seconds since the start.
fn tally(week: &[Labelled], brand: &str, from: u64, to: u64, on: Option<Platform>) -> (u64, u64) {
    let mut tally = (0, 0);
    for record in week {
        let mention = read(record);
        let at = mention.created_at.millis_since(DEFAULT_START) / 1_000;
        let Some((_, sentiment)) = record.meant else {
            continue;
        };
        let inside = (i64::try_from(from).unwrap()..i64::try_from(to).unwrap()).contains(&at);
        let here = mention.brand.as_str() == brand && on.is_none_or(|on| on == mention.platform);
        if inside && here && counts(&mention) {
            tally.0 += u64::from(sentiment == Label::Negative);
            tally.1 += 1;
        }
    }
    tally
}

fn in_window(week: &[Labelled], planted: Planted) -> (u64, u64) {
    tally(
        week,
        "pluimvos",
        planted.from_seconds,
        planted.to_seconds,
        planted.platform,
    )
}

/// 64-bit FNV-1a, <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn fnv(lines: impl Iterator<Item = String>) -> u64 {
    lines.fold(0xcbf2_9ce4_8422_2325, |hash, line| {
        line.bytes().chain([b'\n']).fold(hash, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    })
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let first: Vec<String> = Week::new(SEED, DEFAULT_START).take(6).collect();
    let all = Week::new(SEED, DEFAULT_START);
    let (count, hash) = (all.len(), fnv(all));
    insta::assert_snapshot!(format!("{count} lines, {hash:016x}\n{}", first.join("\n")));
    let other = fnv(Week::new(SEED + 1, DEFAULT_START));
    assert_ne!(other, hash);
}

#[test]
fn every_line_keeps_the_contract_and_the_order() {
    for seed in 0..10 {
        let week: Vec<Labelled> = Week::new(seed, DEFAULT_START).labelled().collect();
        assert!((6_000..=8_000).contains(&week.len()), "{}", week.len());
        let mut last = DEFAULT_START;
        let mut posts = HashSet::new();
        for record in &week {
            let mention = read(record);
            assert!(mention.created_at >= last, "out of order: {}", record.line);
            last = mention.created_at;
            if mention.event == Event::Create {
                assert!(
                    posts.insert(mention.id.to_string()),
                    "twice: {}",
                    record.line
                );
                assert!(!mention.text.contains(['{', '}']), "{}", record.line);
                assert!(mention.text.len() > 9, "{}", record.line);
            } else {
                assert!(posts.contains(mention.id.as_str()), "{}", record.line);
            }
            for earlier in [&mention.in_reply_to, &mention.root, &mention.repost_of] {
                assert!(
                    earlier
                        .as_ref()
                        .is_none_or(|id| posts.contains(id.as_str()))
                );
            }
        }
        assert!(last < DEFAULT_START.plus_millis(LENGTH_MS));
    }
}

#[test]
fn a_moved_week_is_the_same_week_with_its_own_ids() {
    let moved_by = 40 * EventTime::DAY_MS + 1_234_000;
    let moved = Week::new(SEED, DEFAULT_START.plus_millis(moved_by)).labelled();
    let mut ids = HashSet::new();
    for (here, there) in week().iter().zip(moved) {
        let (here, there) = (read(here), read(&there));
        assert_eq!(here.text, there.text);
        assert_eq!(there.created_at.millis_since(here.created_at), moved_by);
        ids.insert(here.id.to_string());
        assert!(!ids.contains(there.id.as_str()));
    }
}

#[test]
fn an_ordinary_day_has_its_rhythm_and_its_mood() {
    let week = week();
    let hour = |hour: u64| (hour * 3_600, (hour + 1) * 3_600);
    let monday = |at| tally(&week, "pluimvos", hour(at).0, hour(at).1, None);
    assert!((45..=95).contains(&monday(20).1), "{:?}", monday(20));
    assert!((20..=60).contains(&monday(12).1), "{:?}", monday(12));
    assert!(monday(3).1 <= 5, "{:?}", monday(3));
    let (negative, all) = tally(&week, "pluimvos", 0, 24 * 3_600, None);
    assert!(
        (14..=27).contains(&(100 * negative / all)),
        "{negative} of {all}"
    );
    let (_, sunday) = tally(&week, "pluimvos", 6 * 86_400, 7 * 86_400, None);
    assert!(5 * sunday < 4 * all, "sunday {sunday}, monday {all}");
    let (negative, all) = tally(&week, "zeegroen", 0, 7 * 86_400, None);
    assert!(
        (150..=320).contains(&all) && 3 * negative < all,
        "{negative} of {all}"
    );
}

#[test]
fn the_campaign_is_large_and_in_good_mood() {
    let week = week();
    let window = window(PlantedKind::Campaign);
    let (negative, all) = in_window(&week, window);
    // The same hours of Monday and Thursday, together.
    let hours = |days_later: i64| {
        let at = |second: u64| second.saturating_add_signed(days_later * 86_400);
        let (from, to) = (at(window.from_seconds), at(window.to_seconds));
        tally(&week, "pluimvos", from, to, None).1
    };
    let ordinary = hours(-1) + hours(2);
    assert!(
        (4 * ordinary..=6 * ordinary).contains(&(2 * all)),
        "{all} against {ordinary} in two days"
    );
    assert!(
        (10..=22).contains(&(100 * negative / all)),
        "{negative} of {all}"
    );
    let mentions: Vec<Mention<'_>> = week.iter().map(read).collect();
    let named = mentions.iter().filter(|one| one.campaign.is_some()).count();
    assert!((350..=700).contains(&named), "{named}");
    let has_orders = |one: &&Mention<'_>| {
        one.engagement
            .is_some_and(|counts| counts.conversions.is_some_and(|orders| orders > 0))
    };
    assert!(mentions.iter().filter(has_orders).count() > 30);
}

#[test]
fn the_delivery_wave_is_many_people_on_many_platforms() {
    let week = week();
    let window = window(PlantedKind::DeliveryWave);
    let (negative, all) = in_window(&week, window);
    assert!((650..=1_000).contains(&all), "{all}");
    assert!(100 * negative / all >= 75, "{negative} of {all}");
    let from = window.from_seconds;
    let (_, before) = tally(&week, "pluimvos", from - 1_200, from, None);
    let (_, risen) = tally(&week, "pluimvos", from + 1_200, from + 2_400, None);
    assert!(risen > 5 * before, "{risen} after {before}");
    let end = window.to_seconds;
    let (negative, all) = tally(&week, "pluimvos", end + 3_600, end + 5 * 3_600, None);
    assert!(100 * negative / all <= 30, "{negative} of {all} afterwards");

    let mut authors: HashMap<String, u32> = HashMap::new();
    let mut platforms: HashMap<Platform, u32> = HashMap::new();
    let mut answers = 0;
    for record in &week {
        let mention = read(record);
        match record.meant {
            Some((Category::Delivery, _)) => {
                let author = mention.author.and_then(|author| author.id).unwrap();
                *authors.entry(author.to_string()).or_default() += 1;
                *platforms.entry(mention.platform).or_default() += 1;
            }
            Some((Category::WebcareDelivery, _)) => answers += 1,
            _ => {}
        }
    }
    assert!(authors.len() > 550 && authors.values().all(|&posts| posts <= 4));
    assert!(platforms.len() >= 6);
    assert!(platforms[&Platform::X] > 200 && platforms[&Platform::Facebook] > 150);
    assert!((60..=160).contains(&answers), "{answers}");
}

#[test]
fn the_viral_thread_hangs_on_one_post() {
    let week = week();
    let window = window(PlantedKind::ViralThread);
    let root = week
        .iter()
        .find(|one| {
            one.meant
                .is_some_and(|(category, _)| category == Category::ViralRoot)
        })
        .map(read)
        .unwrap();
    assert_eq!(root.created_at, window.from(DEFAULT_START));
    let author = root.author.as_ref().unwrap();
    assert_eq!(
        (author.followers, author.verified),
        (Some(380_000), Some(true))
    );

    let mentions: Vec<Mention<'_>> = week.iter().map(read).collect();
    let inside = |one: &&Mention<'_>| one.root.as_deref() == Some(root.id.as_str());
    let reposts = mentions
        .iter()
        .filter(|one| inside(one) && one.repost_of.is_some());
    assert!((100..=260).contains(&reposts.count()));
    let replies = mentions
        .iter()
        .filter(|one| inside(one) && one.in_reply_to.is_some());
    assert!((250..=500).contains(&replies.count()));
    let views: Vec<u64> = mentions
        .iter()
        .filter(|one| one.event == Event::Update && one.id == root.id)
        .filter_map(|one| one.engagement.and_then(|counts| counts.views))
        .collect();
    assert!(views.len() > 40 && views.is_sorted());
    assert!(views.last().is_some_and(|&last| last > 1_800_000));
    let (negative, all) = in_window(&week, window);
    assert!(100 * negative / all >= 60, "{negative} of {all}");
}

#[test]
fn the_outage_is_silent_and_the_catch_up_is_ordinary_in_mood() {
    for seed in 0..10 {
        let week: Vec<Labelled> = Week::new(seed, DEFAULT_START).labelled().collect();
        assert_eq!(in_window(&week, window(PlantedKind::Outage)), (0, 0));
        let elsewhere = Planted {
            platform: None,
            ..window(PlantedKind::Outage)
        };
        assert!(in_window(&week, elsewhere).1 > 50);
        let (negative, all) = in_window(&week, window(PlantedKind::CatchUp));
        assert!((35..=90).contains(&all), "{all}");
        assert!(100 * negative / all <= 40, "{negative} of {all}");
    }
}

#[test]
fn the_spam_is_sixty_copies_of_young_accounts() {
    let week = week();
    let copies: Vec<Mention<'_>> = week
        .iter()
        .map(read)
        .filter(|one| one.cluster.is_some())
        .collect();
    assert_eq!(copies.len(), 60);
    let window = window(PlantedKind::SpamBurst);
    let start = window.from(DEFAULT_START);
    for (copy, size) in copies.iter().zip(1..) {
        assert!(
            copy.cluster
                .as_ref()
                .is_some_and(|cluster| cluster.size == size)
        );
        assert!((start..window.to(DEFAULT_START)).contains(&copy.created_at));
        let opened = copy.author.as_ref().and_then(|author| author.created_at);
        assert!(opened.unwrap() > DEFAULT_START.plus_millis(-20 * EventTime::DAY_MS));
    }
}

#[test]
fn customers_hardly_ever_post_the_same_words_twice() {
    let mut seen: HashMap<String, u32> = HashMap::new();
    let mut posts = 0;
    for record in &week() {
        let mention = read(record);
        if record.meant.is_some() && counts(&mention) && mention.cluster.is_none() {
            let words = mention.text.to_lowercase();
            let words: String = words.chars().filter(|one| one.is_alphanumeric()).collect();
            *seen.entry(words).or_default() += 1;
            posts += 1;
        }
    }
    let copies = posts - u32::try_from(seen.len()).unwrap();
    assert!(200 * copies < posts, "{copies} copies in {posts} posts");
}

#[test]
fn languages_and_platforms_are_mixed() {
    let week = week();
    let own: Vec<&Labelled> = week.iter().filter(|one| one.meant.is_some()).collect();
    let english = own
        .iter()
        .filter(|one| one.meant.is_some_and(|(category, _)| category.is_english()))
        .count();
    let percent = 100 * english / own.len();
    assert!((4..=10).contains(&percent), "{percent} % English");
    let platforms: HashSet<Platform> = own.iter().map(|one| read(one).platform).collect();
    assert!(platforms.len() >= 8);
}
