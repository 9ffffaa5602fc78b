//! Laws that hold for every stream.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers of a test"
)]

mod support;

use detect::BrandWatch;
use mention::{Cluster, Engagement, Event, EventTime, Mention, Platform, Spike, Text};
use proptest::prelude::*;
use support::*;

/// A lively stream: several platforms, repeats, edits, deletions, a wave, silence.
fn lively(seed: u64, hours: i64) -> Vec<Mention<'static>> {
    let mut rng = Rng(seed);
    let mut posts = steady(&mut rng, 20.0, 0.2, MONDAY, MONDAY + hours * HOUR);
    let wave = MONDAY + rng.below(hours as u64) as i64 * HOUR;
    posts.extend(steady(&mut rng, 90.0, 0.9, wave, wave + HOUR));
    posts.sort_by_key(|post| post.created_at);
    let silence = MONDAY + rng.below(hours as u64) as i64 * HOUR;
    posts.retain(|post| !(silence..silence + 3 * HOUR).contains(&post.created_at.millis()));
    let mut stream = Vec::new();
    for mut post in posts {
        post.platform = [Platform::X, Platform::Reviews, Platform::Tiktok][rng.below(3) as usize];
        match rng.below(20) {
            0 => {
                post.cluster = Some(Cluster {
                    id: Text::from("same"),
                    size: 2,
                })
            }
            1 => post.root = Some(Text::from("thread")),
            2 => {
                post.engagement = Some(Engagement {
                    views: Some(rng.below(1 << 20)),
                    ..Default::default()
                })
            }
            3 => stream.push(post.clone()),
            4 => {
                let mut change = post.clone();
                change.event = if rng.chance(0.5) {
                    Event::Delete
                } else {
                    Event::Update
                };
                stream.push(post);
                stream.push(change);
                continue;
            }
            _ => {}
        }
        stream.push(post);
    }
    stream
}

/// Swaps neighbours around, never by more than the lateness.
fn shuffled(posts: &[Mention<'static>], seed: u64, by: i64) -> Vec<Mention<'static>> {
    let mut rng = Rng(seed);
    let mut keyed: Vec<(i64, usize)> = (posts.iter().enumerate())
        .map(|(number, post)| {
            (
                post.created_at.millis() + rng.below(by as u64) as i64,
                number,
            )
        })
        .collect();
    keyed.sort_unstable();
    keyed
        .into_iter()
        .map(|(_, number)| posts[number].clone())
        .collect()
}

/// Only posts: whose arrival in another order is the same stream.
fn plain(seed: u64, hours: i64, share: f64) -> Vec<Mention<'static>> {
    let mut rng = Rng(seed);
    let mut posts = steady(&mut rng, 40.0, share, MONDAY, MONDAY + hours * HOUR);
    for post in &mut posts {
        post.platform = [Platform::X, Platform::Reviews][rng.below(2) as usize];
        if rng.chance(0.1) {
            post.cluster = Some(Cluster {
                id: Text::from(format!("c{}", rng.below(9))),
                size: 2,
            });
        }
    }
    posts
}

fn is_sane(spike: &Spike) -> bool {
    let shares = [
        spike.expected.share,
        spike.expected.low,
        spike.expected.high,
    ];
    let bands = spike
        .series
        .iter()
        .flat_map(|point| [point.low, point.high]);
    let all = shares
        .into_iter()
        .chain(bands)
        .chain(spike.terms.iter().map(|t| t.lift));
    all.chain(spike.threads.iter().map(|t| t.velocity))
        .all(f64::is_finite)
        && (1..=5).contains(&spike.severity)
        && spike.series.len() <= 240
        && spike.exemplars.len() <= 5
        && spike.pages == spike.spike_kind.pages()
        && spike.closed_at.is_none_or(|closed| closed >= spike.onset)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn a_restored_watch_behaves_as_the_one_that_was_not_disturbed(seed in 0_u64..1000, cut in 0.0_f64..1.0) {
        let posts = lively(seed, 30);
        let cut = (posts.len() as f64 * cut) as usize;
        let mut undisturbed = watch();
        let expected = feed(&mut undisturbed, &posts);
        let mut first = watch();
        let mut spikes = feed(&mut first, &posts[..cut]);
        let settings = detect::BrandSettings::new("acme");
        let mut second = BrandWatch::restore(settings, &first.snapshot()).unwrap();
        prop_assert_eq!(&second, &first);
        spikes.extend(feed(&mut second, &posts[cut..]));
        prop_assert_eq!(spikes, expected);
        prop_assert_eq!(second.snapshot(), undisturbed.snapshot());
    }

    #[test]
    fn whole_weeks_shift_everything_alike(seed in 0_u64..1000, weeks in -50_i64..50) {
        let posts = lively(seed, 30);
        let shift = weeks * 7 * DAY;
        let moved: Vec<Mention<'_>> = posts.iter().map(|post| Mention {
            created_at: post.created_at.plus_millis(shift),
            ..post.clone()
        }).collect();
        let (there, here) = (feed(&mut watch(), &moved), feed(&mut watch(), &posts));
        prop_assert_eq!(there.len(), here.len());
        for (there, here) in there.iter().zip(&here) {
            prop_assert_eq!(there.onset, here.onset.plus_millis(shift));
            prop_assert_eq!(there.detected_at, here.detected_at.plus_millis(shift));
            prop_assert_eq!(there.closed_at, here.closed_at.map(|at| at.plus_millis(shift)));
            prop_assert_eq!(there.observed, here.observed);
            prop_assert_eq!(&there.drivers, &here.drivers);
            prop_assert_eq!(&there.terms, &here.terms);
            prop_assert_eq!(there.severity, here.severity);
        }
    }

    #[test]
    fn the_order_within_the_lateness_leaves_no_trace(seed in 0_u64..1000, order in 0_u64..1000) {
        let posts = plain(seed, 40, 0.2);
        let mixed = shuffled(&posts, order, 14 * MINUTE);
        let (mut a, mut b) = (watch(), watch());
        let (in_order, out_of_order) = (feed(&mut a, &posts), feed(&mut b, &mixed));
        prop_assume!(in_order.is_empty() && out_of_order.is_empty());
        let end = post("end", MONDAY + 44 * HOUR, false);
        feed(&mut a, [&end]);
        feed(&mut b, [&end]);
        // The bounded stores remember the order of arrival; what is shown and what
        // any later spike looks like doesn't.
        prop_assert_eq!(a.status(), b.status());
        let wave: Vec<_> = (0..60)
            .map(|i| post(format!("wave {i}"), MONDAY + 45 * HOUR + i * 20 * SECOND, true))
            .collect();
        let spikes = feed(&mut a, &wave);
        prop_assert!(!spikes.is_empty());
        prop_assert_eq!(spikes, feed(&mut b, &wave));
    }

    #[test]
    fn heartbeats_change_nothing_but_when_a_spike_closes_in_the_stream(seed in 0_u64..1000, every in 1_i64..90) {
        let posts = lively(seed, 30);
        let (mut quiet, mut beating) = (watch(), watch());
        let without = feed(&mut quiet, &posts);
        let mut with = Vec::new();
        let mut rng = Rng(seed);
        for (number, post) in posts.iter().enumerate() {
            beating.observe(post, &mut with);
            let next = posts.get(number + 1).map_or(post.created_at, |next| next.created_at);
            let mut at = post.created_at;
            while at.plus_millis(every * MINUTE) <= next {
                at = at.plus_millis(every * MINUTE);
                beating.advance(at, &mut with);
            }
            // Ahead of the next mention, but within the lateness.
            if rng.chance(0.3) {
                beating.advance(next.plus_millis(rng.below(14) as i64 * MINUTE), &mut with);
            }
        }
        let end = EventTime::from_millis(MONDAY + 60 * HOUR);
        let mut rest = Vec::new();
        quiet.advance(end, &mut rest);
        beating.advance(end, &mut with);
        prop_assert_eq!(last_revisions(&[without, rest].concat()), last_revisions(&with));
        prop_assert_eq!(quiet.status(), beating.status());
    }

    #[test]
    fn no_time_and_no_field_makes_it_panic_or_lose_its_numbers(
        records in proptest::collection::vec((any::<i64>(), 0_u8..12, any::<u64>(), any::<bool>()), 1..60),
        near in proptest::collection::vec((0_i64..200_000_000, 0_u8..12, 0_u64..40, any::<bool>()), 0..120),
    ) {
        let mut watch = watch();
        let mut out = Vec::new();
        for (at, what, number, negative) in near.into_iter().chain(records) {
            let mut post = post(format!("{}", number % 64), at, negative);
            post.platform = Platform::ALL[(number % 15) as usize];
            match what {
                0 => post.event = Event::Delete,
                1 => post.event = Event::Update,
                2 => post.clamped = true,
                3 => post.cluster = Some(Cluster { id: Text::from("c"), size: number }),
                4 => post.engagement = Some(Engagement { views: Some(number), ..Default::default() }),
                5 => watch.advance(EventTime::from_millis(at), &mut out),
                6 => post.author = None,
                7 => post.score = None,
                8 => post.event = Event::Heartbeat,
                _ => {}
            }
            watch.observe(&post, &mut out);
        }
        for end in [i64::MIN, 0, i64::MAX] {
            watch.advance(EventTime::from_millis(end), &mut out);
        }
        prop_assert!(out.iter().all(is_sane));
        let status = watch.status();
        prop_assert!(status.series.iter().all(|s| s.volume_expected.is_finite()));
        let settings = detect::BrandSettings::new("acme");
        prop_assert_eq!(BrandWatch::restore(settings, &watch.snapshot()).unwrap(), watch);
    }

    #[test]
    fn damaged_snapshots_are_refused(seed in 0_u64..50, position in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut watch = watch();
        feed(&mut watch, &lively(seed, 6));
        let mut bytes = watch.snapshot();
        let settings = || detect::BrandSettings::new("acme");
        prop_assert!(BrandWatch::restore(settings(), &bytes[..position.index(bytes.len())]).is_err());
        let position = position.index(bytes.len());
        let before = std::mem::replace(&mut bytes[position], byte);
        prop_assert_eq!(BrandWatch::restore(settings(), &bytes).is_err(), before != byte);
    }
}

#[test]
fn duplicates_leave_no_trace_at_all() {
    let posts = lively(5, 30);
    let (mut once, mut twice) = (watch(), watch());
    let spikes = feed(&mut once, &posts);
    let mut out = Vec::new();
    for post in &posts {
        twice.observe(post, &mut out);
        if post.event == Event::Create {
            assert_eq!(twice.observe(post, &mut out), detect::Outcome::Duplicate);
        }
    }
    assert_eq!(spikes, out);
    assert_eq!(once, twice);
}

#[test]
fn a_snapshot_of_another_format_or_lateness_is_refused() {
    let mut watch = watch();
    feed(&mut watch, &plain(1, 2, 0.2));
    let mut settings = detect::BrandSettings::new("acme");
    let mut bytes = watch.snapshot();
    settings.lateness_ms = 60_000;
    let refused = BrandWatch::restore(settings.clone(), &bytes);
    assert_eq!(refused.unwrap_err(), detect::RestoreError::OtherLateness);
    bytes[0] = 77;
    let refused = BrandWatch::restore(settings, &bytes);
    assert_eq!(
        refused.unwrap_err(),
        detect::RestoreError::Format { found: 77 }
    );
}
