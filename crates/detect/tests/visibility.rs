//! How far posts carry on a platform, as a team would meet it.

#![allow(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "a test"
)]

mod support;

use detect::{BrandSettings, BrandWatch, Visibility};
use mention::{Engagement, Event, EventTime, Mention};
use support::*;

/// A fortnight after the first mention.
const START: i64 = MONDAY + 14 * DAY;

/// Posts with their engagement: audiences that differ by powers of ten, reactions that
/// differ threefold from post to post, by a tenth from day to day and by a fifth over the day,
/// and `carries(at)` times as many as ever.
fn posts(
    rng: &mut Rng,
    per_day: f64,
    from: i64,
    until: i64,
    carries: impl Fn(i64) -> f64,
) -> Vec<Mention<'static>> {
    let mut days = std::collections::BTreeMap::new();
    let mut posts = steady(rng, per_day / 24.0, 0.2, from, until);
    for post in &mut posts {
        let at = post.created_at.millis();
        let day = *days
            .entry(at / DAY)
            .or_insert_with(|| (0.1 * rng.normal()).exp());
        let hour = 1.0 + 0.2 * (at as f64 / DAY as f64 * std::f64::consts::TAU).sin();
        let views = (5.5 + 1.3 * rng.normal()).exp().round();
        let rate = 0.03 * (0.9 * rng.normal()).exp() * day * hour * carries(at);
        let reactions = rng.poisson((views * rate).min(1e6));
        post.engagement = Some(Engagement {
            likes: Some(u64::from(reactions)),
            views: Some(views as u64),
            ..Engagement::default()
        });
    }
    posts
}

fn told(watch: &BrandWatch) -> Option<Visibility> {
    let status = watch.status();
    assert_eq!(status.series[0].visibility, None, "it is told by platform");
    status.series.get(1).and_then(|series| series.visibility)
}

/// Hours after [`START`] until a fall is told, if it is within three days.
fn hours_to_find(seed: u64, per_day: f64, carries: f64) -> Option<i64> {
    let mut rng = Rng(seed);
    let mut watch = watch();
    let drop = |at| if at < START { 1.0 } else { carries };
    feed(&mut watch, &posts(&mut rng, per_day, MONDAY, START, drop));
    (0..72).find(|hour| {
        let from = START + hour * HOUR;
        feed(
            &mut watch,
            &posts(&mut rng, per_day, from, from + HOUR, drop),
        );
        let change = told(&watch).and_then(|visibility| visibility.change);
        change.is_some_and(|change| change.fell && change.at.millis() > START)
    })
}

#[test]
fn a_drop_by_half_is_found_within_a_day() {
    for (per_day, within_a_day) in [(300.0, 17), (1_000.0, 19)] {
        let mut hours: Vec<_> = (1..=20)
            .map(|seed| hours_to_find(seed, per_day, 0.5).unwrap_or(72))
            .collect();
        hours.sort_unstable();
        println!("{per_day} a day: {hours:?}");
        let found = hours.iter().filter(|hours| **hours < 24).count();
        assert!(found >= within_a_day, "{per_day} a day: {hours:?}");
    }
}

#[test]
fn ordinary_months_have_no_change() {
    let mut changed = 0;
    for seed in 100..140 {
        let mut rng = Rng(seed);
        let mut watch = watch();
        let mut was_told = false;
        for day in 0..30 {
            let from = MONDAY + day * DAY;
            feed(
                &mut watch,
                &posts(&mut rng, 300.0, from, from + DAY, |_| 1.0),
            );
            was_told |= told(&watch).is_some_and(|visibility| visibility.change.is_some());
        }
        changed += u32::from(was_told);
    }
    println!("{changed} of 40 months");
    assert!(changed <= 4, "{changed} of 40 months");
}

#[test]
fn a_change_ends_when_all_is_as_ever_and_is_the_usual_after_a_week() {
    let mut rng = Rng(5);
    let mut watch = watch();
    let carries = |at: i64| match (at - START) / DAY {
        0 | 1 if at >= START => 0.4,
        day if day >= 7 => 3.0,
        _ => 1.0,
    };
    feed(
        &mut watch,
        &posts(&mut rng, 300.0, MONDAY, START + 2 * DAY, carries),
    );
    let fallen = told(&watch).unwrap();
    assert!(fallen.change.unwrap().fell);
    assert!((0.25..0.6).contains(&fallen.ratio), "{fallen:?}");
    feed(
        &mut watch,
        &posts(&mut rng, 300.0, START + 2 * DAY, START + 4 * DAY, carries),
    );
    let back = told(&watch).unwrap();
    assert_eq!(back.change, None);
    assert!((0.75..1.35).contains(&back.ratio), "{back:?}");
    feed(
        &mut watch,
        &posts(&mut rng, 300.0, START + 4 * DAY, START + 9 * DAY, carries),
    );
    let risen = told(&watch).unwrap();
    assert!(
        !risen.change.unwrap().fell && risen.ratio > 2.0,
        "{risen:?}"
    );
    feed(
        &mut watch,
        &posts(&mut rng, 300.0, START + 9 * DAY, START + 17 * DAY, carries),
    );
    let usual = told(&watch).unwrap();
    assert!(
        usual.change.is_none() && (0.7..1.4).contains(&usual.ratio),
        "{usual:?}"
    );
}

#[test]
fn silence_is_no_drop() {
    let mut rng = Rng(6);
    let mut watch = watch();
    feed(&mut watch, &posts(&mut rng, 300.0, MONDAY, START, |_| 1.0));
    assert!(told(&watch).is_some());
    // Posts go on, but nobody tells their engagement; then they stop altogether.
    feed(
        &mut watch,
        &steady(&mut rng, 12.0, 0.2, START, START + 26 * HOUR),
    );
    assert_eq!(told(&watch), None);
    let later = START + 10 * DAY;
    feed(
        &mut watch,
        &posts(&mut rng, 300.0, later, later + DAY, |_| 1.0),
    );
    let visibility = told(&watch).unwrap();
    assert!(visibility.change.is_none() && (0.6..1.6).contains(&visibility.ratio));
}

/// An update of a post's engagement, seen that long after it.
fn update(post: &Mention<'static>, after: i64, likes: u64, views: u64) -> Mention<'static> {
    let mut update = post.clone();
    update.event = Event::Update;
    update.created_at = EventTime::from_millis(post.created_at.millis() + after);
    update.score = None;
    update.engagement = Some(Engagement {
        likes: Some(likes),
        views: Some(views),
        ..Engagement::default()
    });
    update
}

#[test]
fn one_post_has_one_say_however_often_it_is_updated() {
    let mut rng = Rng(7);
    let mut watch = watch();
    feed(&mut watch, &posts(&mut rng, 300.0, MONDAY, START, |_| 1.0));
    let viral = post("viral", START, false);
    feed(&mut watch, [&viral]);
    for minute in 0..1_500 {
        let ten_in_a_hundred = (100 * minute as u64, 1_000 * minute as u64);
        let seen = update(
            &viral,
            HOUR + minute * MINUTE,
            ten_in_a_hundred.0,
            ten_in_a_hundred.1,
        );
        feed(&mut watch, [&seen]);
    }
    feed(
        &mut watch,
        &posts(
            &mut rng,
            300.0,
            START + 26 * HOUR,
            START + 32 * HOUR,
            |_| 1.0,
        ),
    );
    let visibility = told(&watch).unwrap();
    assert!(
        visibility.change.is_none() && visibility.ratio < 1.5,
        "{visibility:?}"
    );
}

#[test]
fn followers_stand_in_for_views_and_updates_count() {
    let mut rng = Rng(8);
    let mut watch = watch();
    let run = |watch: &mut BrandWatch, rng: &mut Rng, from: i64, days: i64, carries: f64| {
        for hour in 0..24 * days {
            let mut batch = posts(
                rng,
                240.0,
                from + hour * HOUR,
                from + (hour + 1) * HOUR,
                |_| carries,
            );
            let mut updates = Vec::new();
            for post in &mut batch {
                // Seen without engagement first; two hours later it is known.
                let known = post.engagement.take().unwrap();
                post.author.as_mut().unwrap().followers = known.views;
                let mut seen = update(post, 2 * HOUR, known.likes.unwrap(), 0);
                seen.engagement.as_mut().unwrap().views = None;
                updates.push(seen);
            }
            feed(watch, &batch);
            feed(watch, &updates);
        }
    };
    run(&mut watch, &mut rng, MONDAY, 14, 1.0);
    let usual = told(&watch).unwrap();
    assert!(
        usual.change.is_none() && (0.6..1.6).contains(&usual.ratio),
        "{usual:?}"
    );
    run(&mut watch, &mut rng, START, 2, 0.4);
    assert!(told(&watch).unwrap().change.unwrap().fell);
}

#[test]
fn order_repeats_deletions_and_late_updates_change_nothing() {
    let mut rng = Rng(9);
    let mut ordered = watch();
    feed(
        &mut ordered,
        &posts(&mut rng, 300.0, MONDAY, START, |_| 1.0),
    );
    let (mut shuffled, mut disturbed) = (ordered.clone(), ordered.clone());
    let mut stream: Vec<Mention<'static>> = Vec::new();
    for post in posts(&mut rng, 300.0, START, START + DAY, |_| 0.5) {
        stream.push(update(&post, 2 * HOUR, 3, 200));
        stream.push(update(&post, 2 * HOUR + 5 * MINUTE, 9, 200));
        stream.push(post);
    }
    stream.sort_by_key(|mention| mention.created_at);
    feed(&mut ordered, &stream);
    // Any order within the lateness.
    let mut order: Vec<(i64, usize)> = (stream.iter().enumerate())
        .map(|(at, mention)| {
            (
                mention.created_at.millis() + rng.below(14) as i64 * MINUTE,
                at,
            )
        })
        .collect();
    order.sort_unstable();
    feed(&mut shuffled, order.iter().map(|(_, at)| &stream[*at]));
    assert_eq!(told(&ordered), told(&shuffled));
    // Everything twice, each post deleted at the end, and once more updated long after.
    for mention in &stream {
        feed(&mut disturbed, [mention, mention]);
    }
    let end = EventTime::from_millis(START + DAY + 3 * HOUR);
    for mention in stream
        .iter()
        .filter(|mention| mention.event == Event::Create)
    {
        let mut gone = mention.clone();
        gone.event = Event::Delete;
        gone.created_at = end;
        let late = update(mention, 2 * HOUR + MINUTE, 1_000_000, 200);
        feed(&mut disturbed, [&gone, &late]);
    }
    ordered.advance(end, &mut Vec::new());
    assert_eq!(told(&ordered), told(&disturbed));
    assert!(told(&ordered).is_some());
}

#[test]
fn hostile_numbers_are_harmless_and_snapshots_keep_it() {
    let mut rng = Rng(10);
    let mut watch = watch();
    feed(&mut watch, &posts(&mut rng, 300.0, MONDAY, START, |_| 1.0));
    for (number, [likes, views]) in [[u64::MAX, 50], [0, u64::MAX], [u64::MAX, u64::MAX], [7, 0]]
        .into_iter()
        .enumerate()
    {
        let mut post = post(
            format!("hostile {number}"),
            START + number as i64 * MINUTE,
            false,
        );
        post.engagement = Some(Engagement {
            likes: Some(likes),
            shares: Some(likes),
            views: Some(views),
            ..Engagement::default()
        });
        feed(&mut watch, [&post]);
    }
    let more = posts(&mut rng, 300.0, START, START + DAY, |_| 0.5);
    let restored = BrandWatch::restore(BrandSettings::new("acme"), &watch.snapshot());
    let mut restored = restored.unwrap();
    feed(&mut watch, &more);
    feed(&mut restored, &more);
    assert_eq!(watch, restored);
    let visibility = told(&watch).unwrap();
    assert!(visibility.ratio.is_finite() && visibility.ratio > 0.0);
}
