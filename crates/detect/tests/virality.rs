//! Threads and single posts that spread, and those that don't.

#![allow(clippy::unwrap_used, reason = "a test")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "small numbers of a test"
)]

mod support;

use detect::{BrandSettings, BrandWatch};
use mention::{Engagement, Event, EventTime, Label, Mention, Spike, SpikeKind, Text};
use support::*;

const START: i64 = MONDAY + 4 * DAY + 9 * HOUR;

/// A brand of 30 mentions an hour with a fifth negative, of which one in ten gets a few
/// shares, up to [`START`].
fn grown() -> (BrandWatch, Rng) {
    let calm = (7..).find_map(|seed| {
        let mut rng = Rng(seed);
        let mut watch = watch();
        let stream = ordinary(&mut rng, 30.0, MONDAY, START, |rng| {
            (rng.chance(0.1)).then(|| 1.0 + rng.uniform() * 5.0)
        });
        let is_calm = feed(&mut watch, &stream).iter().all(|spike| !spike.pages);
        is_calm.then_some((watch, rng)) // a false alarm a week is within the budget
    });
    calm.unwrap()
}

/// Posts whose shares are told by updates a minute, ten minutes, an hour and five hours
/// after them; `shares` draws what each ends with.
fn ordinary(
    rng: &mut Rng,
    per_hour: f64,
    from: i64,
    until: i64,
    shares: impl Fn(&mut Rng) -> Option<f64>,
) -> Vec<Mention<'static>> {
    let mut stream = steady(rng, per_hour, 0.2, from, until);
    for post in stream.clone() {
        if let Some(shares) = shares(rng) {
            stream.extend(grows(&post, shares, &[1, 10, 60, 300]));
        }
    }
    stream.retain(|post| post.created_at.millis() < until);
    stream.sort_by_key(|post| post.created_at);
    stream
}

/// Updates of a post that ends with `shares`, at those ages in minutes, by the law
/// (t+3)^-1.4.
fn grows(post: &Mention<'static>, shares: f64, ages: &[i64]) -> Vec<Mention<'static>> {
    let update = |age: &i64| {
        let there = 1.0 - (3.0 / (*age as f64 + 3.0)).powf(0.4);
        noted(post, age * MINUTE, (shares * there) as u64)
    };
    ages.iter().map(update).collect()
}

/// What a platform tells of a post after `age`: that many shares, three times the likes.
fn noted(post: &Mention<'static>, age: i64, shares: u64) -> Mention<'static> {
    let at = post.created_at.plus_millis(age);
    Mention {
        event: Event::Update,
        created_at: at,
        text: Text::from(""),
        score: None,
        author: None,
        engagement: Some(Engagement {
            shares: Some(shares),
            likes: Some(3 * shares),
            observed_at: Some(at),
            ..Engagement::default()
        }),
        ..post.clone()
    }
}

fn pages(revisions: &[Spike]) -> Vec<Spike> {
    let last = last_revisions(revisions);
    last.into_iter().filter(|spike| spike.pages).collect()
}

fn only_page(revisions: &[Spike]) -> Spike {
    let pages = pages(revisions);
    let told = pages
        .iter()
        .map(|spike| (spike.spike_kind, spike.onset, spike.detected_at));
    assert_eq!(
        pages.len(),
        1,
        "one cause, one page: {:?}",
        told.collect::<Vec<_>>()
    );
    pages[0].clone()
}

#[test]
fn an_ordinary_authors_post_that_explodes_pages_as_a_viral_thread() {
    let (mut watch, mut rng) = grown();
    let post = post("small", START, true);
    let mut stream = vec![post.clone()];
    stream.extend(grows(&post, 2_000.0, &[2, 5, 10, 20, 40, 80, 160]));
    stream.extend(steady(
        &mut rng,
        30.0,
        0.2,
        START + MINUTE,
        START + 8 * HOUR,
    ));
    stream.sort_by_key(|post| post.created_at);
    let revisions = feed(&mut watch, &stream);
    let spike = only_page(&revisions);
    assert_eq!(spike.spike_kind, SpikeKind::ViralThread);
    assert_eq!(spike.onset, EventTime::from_millis(START));
    // Ten minutes after the post it has some nine hundred shares: that is enough.
    assert!(
        spike.detected_at.millis() <= START + 10 * MINUTE,
        "{:?}",
        spike.detected_at
    );
    let reach = spike.reach.unwrap();
    assert!(
        reach.engagement > 4_000 && reach.top_thread > 0.9,
        "{reach:?}"
    );
    assert!(spike.severity >= 2, "{}", spike.severity);
    assert_eq!(spike.exemplars[0].text, "Weer te laat");
    // It stays open while the thread grows, and closes after that.
    let closed = spike.closed_at.unwrap().millis();
    assert!(
        (START + HOUR..START + 6 * HOUR).contains(&closed),
        "{closed}"
    );
}

#[test]
fn what_an_ordinary_post_gets_pages_nobody() {
    let (mut watch, _) = grown();
    let post = post("small", START, true);
    let mut stream = vec![post.clone()];
    stream.extend(grows(&post, 30.0, &[1, 5, 10, 60, 300]));
    assert!(pages(&feed(&mut watch, &stream)).is_empty());
    // A brand about which nothing is known is as patient.
    let mut young = support::watch();
    assert!(pages(&feed(&mut young, &stream)).is_empty());
}

#[test]
fn a_young_brand_is_told_of_an_explosion() {
    let mut watch = support::watch();
    let post = post("small", START, true);
    let mut stream = vec![post.clone()];
    stream.extend(grows(&post, 20_000.0, &[5, 10, 30]));
    assert_eq!(
        only_page(&feed(&mut watch, &stream)).spike_kind,
        SpikeKind::ViralThread
    );
}

#[test]
fn a_large_authors_post_that_explodes_is_one_spike() {
    let (mut watch, _) = grown();
    let mut post = post("large", START, true);
    post.author.as_mut().unwrap().followers = Some(800_000);
    let mut stream = vec![post.clone()];
    stream.extend(grows(&post, 30_000.0, &[1, 5, 20, 60, 200]));
    let revisions = feed(&mut watch, &stream);
    let spike = only_page(&revisions);
    assert_eq!(spike.spike_kind, SpikeKind::Influencer);
    let mut after = feed(&mut watch, &grows(&post, 40_000.0, &[600, 700, 900, 1200]));
    after.splice(0..0, revisions);
    assert_eq!(
        only_page(&after).id,
        spike.id,
        "its cause never pages again"
    );
}

#[test]
fn praise_that_explodes_pages_nobody() {
    let (mut watch, _) = grown();
    let mut post = post("small", START, false);
    post.score = Some(score(Label::Positive));
    let mut stream = vec![post.clone()];
    stream.extend(grows(&post, 50_000.0, &[1, 5, 20, 60, 200]));
    // Nor do complaints below it that nobody notes.
    for number in 0..4 {
        let mut reply = support::post(format!("r{number}"), START + (number + 1) * HOUR, true);
        reply.root = Some(post.id.clone());
        stream.push(reply);
    }
    stream.sort_by_key(|post| post.created_at);
    assert!(pages(&feed(&mut watch, &stream)).is_empty());
}

/// Posts in one thread, one every `step`.
fn thread(count: i64, step: i64, negative: impl Fn(i64) -> bool) -> Vec<Mention<'static>> {
    let reply = |number: i64| {
        let mut reply = post(
            format!("t{number}"),
            START + number * step,
            negative(number),
        );
        if number > 0 {
            reply.root = Some(Text::from("t0"));
        }
        reply
    };
    (0..count).map(reply).collect()
}

#[test]
fn a_thread_that_many_join_is_viral_though_its_share_is_usual() {
    // A brand that hears four negatives in five: forty more are no wave.
    let mut rng = Rng(11);
    let mut watch = support::watch();
    feed(&mut watch, &steady(&mut rng, 100.0, 0.8, MONDAY, START));
    let mut stream = thread(60, 40 * SECOND, |number| number % 5 != 4);
    stream.extend(steady(&mut rng, 100.0, 0.8, START, START + HOUR));
    stream.sort_by_key(|post| post.created_at);
    let spike = only_page(&feed(&mut watch, &stream));
    assert_eq!(spike.spike_kind, SpikeKind::ViralThread);
}

#[test]
fn a_friendly_thread_and_one_authors_flood_page_nobody() {
    let (mut watch, _) = grown();
    let friendly = thread(60, 40 * SECOND, |number| number % 5 == 4);
    assert!(pages(&feed(&mut watch, &friendly)).is_empty());
    let mut flood = thread(60, 40 * SECOND, |_| true);
    for post in &mut flood {
        post.author.as_mut().unwrap().id = Some(Text::from("the same"));
    }
    // Nor does the share page on a quiet brand, where his are the only posts.
    let mut quiet = support::watch();
    feed(
        &mut quiet,
        &steady(&mut Rng(3), 3.0, 0.2, MONDAY, START - 2 * HOUR),
    );
    assert!(pages(&feed(&mut quiet, &flood)).is_empty());
}

#[test]
fn late_reactions_change_the_reach_and_page_nobody() {
    let (mut watch, mut rng) = grown();
    let post = post("small", START, true);
    let mut stream = vec![post.clone()];
    stream.extend(steady(&mut rng, 30.0, 0.2, START + MINUTE, START + HOUR));
    feed(&mut watch, &stream);
    assert!(pages(&feed(&mut watch, &[noted(&post, 10 * MINUTE, 9_000)])).is_empty());
    // In an open spike they are told.
    let wave: Vec<_> = (0..60)
        .map(|i| support::post(format!("w{i}"), START + HOUR + i * 20 * SECOND, true))
        .collect();
    let mut revisions = feed(&mut watch, &wave);
    let before = revisions.last().unwrap().reach.unwrap();
    let mut late = noted(&wave[0], MINUTE, 700);
    late.engagement.as_mut().unwrap().views = Some(90_000);
    revisions.extend(feed(&mut watch, &[late]));
    let more = steady(
        &mut rng,
        30.0,
        0.2,
        START + HOUR + 20 * MINUTE,
        START + 2 * HOUR,
    );
    revisions.extend(feed(&mut watch, &more));
    let spike = only_page(&revisions);
    let after = spike.reach.unwrap();
    assert_eq!(after.engagement - before.engagement, 2_800);
    assert!(
        after.people >= before.people + 89_000,
        "{before:?} {after:?}"
    );
    assert!(after.measured > 0.0 && after.missing == 0.0);
    let parts = after.measured + after.estimated + after.missing;
    assert!((parts - 1.0).abs() < 1e-9);
}

#[test]
fn a_thread_within_a_wave_is_that_waves() {
    let (mut watch, _) = grown();
    let wave: Vec<_> = (0..90)
        .map(|i| post(format!("w{i}"), START + i * 20 * SECOND, true))
        .collect();
    let mut stream = wave.clone();
    stream.extend(grows(&wave[0], 9_000.0, &[15, 20, 25]));
    stream.sort_by_key(|post| post.created_at);
    let spike = only_page(&feed(&mut watch, &stream));
    assert_eq!(
        spike.spike_kind,
        SpikeKind::ViralThread,
        "it has most of the reactions"
    );
    assert!(spike.reach.unwrap().top_thread > 0.99);
}

#[test]
fn a_restart_in_the_middle_changes_nothing() {
    let (watch, mut rng) = grown();
    let post = post("small", START, true);
    let mut stream = vec![post.clone()];
    stream.extend(grows(&post, 2_000.0, &[2, 5, 10, 20, 40, 80]));
    stream.extend(thread(30, 90 * SECOND, |_| true));
    stream.extend(steady(
        &mut rng,
        30.0,
        0.2,
        START + MINUTE,
        START + 5 * HOUR,
    ));
    stream.sort_by_key(|post| post.created_at);
    let expected = feed(&mut watch.clone(), &stream);
    for cut in [1, 3, 5, 9, 20, 60] {
        let mut first = watch.clone();
        let mut spikes = feed(&mut first, &stream[..cut]);
        let settings = BrandSettings::new("acme");
        let mut second = BrandWatch::restore(settings, &first.snapshot()).unwrap();
        spikes.extend(feed(&mut second, &stream[cut..]));
        assert_eq!(spikes, expected, "cut at {cut}");
    }
}

#[test]
fn the_order_within_the_lateness_changes_nothing_that_is_learned() {
    let mut rng = Rng(5);
    let mut stream = ordinary(&mut rng, 30.0, MONDAY, MONDAY + 2 * DAY, |rng| {
        (rng.chance(0.5)).then(|| (1.5 * rng.normal()).exp() * 4.0)
    });
    // Threads of up to nine posts.
    for number in 1..stream.len() {
        if stream[number].event == Event::Create && rng.chance(0.3) {
            let root = rng.below(number as u64) as usize;
            stream[number].root = Some(stream[root.max(number.saturating_sub(9))].id.clone());
        }
    }
    // What was learned shows in the update at which an explosion pages.
    let last = post("end", MONDAY + 3 * DAY, true);
    let mut end = vec![last.clone()];
    end.extend((1..200).map(|step| noted(&last, step * SECOND, step as u64 * 10_000)));
    let patient = || {
        let mut settings = BrandSettings::new("acme");
        settings.alarms_per_week = 0.2; // no false alarm that one order has and another hasn't
        BrandWatch::new(settings)
    };
    let mut ordered = patient();
    let expected = pages(&feed(&mut ordered, stream.iter().chain(&end)));
    assert_eq!(
        expected.last().map(|spike| spike.spike_kind),
        Some(SpikeKind::ViralThread)
    );
    for seed in 0..3 {
        let mut keyed: Vec<(i64, usize)> = (0..stream.len())
            .map(|at| {
                let by = rng.below(10 * MINUTE as u64) as i64 + seed;
                (stream[at].created_at.millis() + by, at)
            })
            .collect();
        keyed.sort_unstable();
        // An update needs its post: those that would overtake it keep their place.
        let mut seen = std::collections::BTreeSet::new();
        let (mut shuffled, mut waiting) = (Vec::new(), Vec::new());
        for (_, at) in keyed {
            let post = &stream[at];
            if post.event == Event::Create {
                seen.insert(post.id.clone());
                shuffled.push(post);
                let (ready, rest): (Vec<_>, Vec<_>) = waiting
                    .into_iter()
                    .partition(|w: &&Mention<'_>| seen.contains(&w.id));
                shuffled.extend(ready);
                waiting = rest;
            } else if seen.contains(&post.id) {
                shuffled.push(post);
            } else {
                waiting.push(post);
            }
        }
        let mut other = patient();
        let found = pages(&feed(&mut other, shuffled.into_iter().chain(&end)));
        assert!(found == expected, "seed {seed}");
        assert_eq!(other.status(), ordered.status());
    }
}

#[test]
fn a_deleted_post_is_no_example_and_pages_no_more() {
    let (watch, mut rng) = grown();
    let post = post("small", START, true);
    let mut gone = post.clone();
    gone.event = Event::Delete;
    gone.created_at = EventTime::from_millis(START + 30 * MINUTE);
    // Deleted before anybody noted it.
    let mut before = watch.clone();
    let mut stream = vec![post.clone(), gone.clone()];
    stream.extend(grows(&post, 5_000.0, &[40, 60]));
    assert!(pages(&feed(&mut before, &stream)).is_empty());
    // Deleted while its spike is open.
    let mut after = watch;
    let mut stream = vec![post.clone()];
    stream.extend(grows(&post, 5_000.0, &[5, 10, 20]));
    let mut revisions = feed(&mut after, &stream);
    assert_eq!(only_page(&revisions).exemplars[0].text, "Weer te laat");
    let mut rest = vec![gone];
    rest.extend(steady(
        &mut rng,
        30.0,
        0.0,
        START + 31 * MINUTE,
        START + 8 * HOUR,
    ));
    rest.extend(grows(&post, 90_000.0, &[300, 400]));
    rest.sort_by_key(|post| post.created_at);
    revisions.extend(feed(&mut after, &rest));
    let spike = only_page(&revisions);
    assert!(
        spike.closed_at.is_some() && spike.exemplars.is_empty(),
        "{:?}",
        spike.exemplars
    );
}

#[test]
fn the_spike_of_a_post_on_a_quiet_brand_closes_by_heartbeats() {
    let mut watch = watch();
    feed(
        &mut watch,
        &steady(&mut Rng(4), 1.0, 0.2, MONDAY, START - HOUR),
    );
    let post = post("small", START, true);
    let mut stream = vec![post.clone()];
    stream.extend(grows(&post, 30_000.0, &[5, 10, 20]));
    let mut revisions = feed(&mut watch, &stream);
    assert!(only_page(&revisions).closed_at.is_none());
    for minute in 21..12 * 60 {
        watch.advance(
            EventTime::from_millis(START + minute * MINUTE),
            &mut revisions,
        );
    }
    let closed = only_page(&revisions).closed_at.map(EventTime::millis);
    assert!(
        closed.is_some_and(|at| at > START + 50 * MINUTE),
        "{closed:?}"
    );
}

#[test]
fn hostile_figures_are_taken() {
    let mut watch = watch();
    let mut out = Vec::new();
    for (number, at) in [i64::MIN, -1, 0, START, i64::MAX].into_iter().enumerate() {
        let mut post = post(format!("p{number}"), at, true);
        post.author.as_mut().unwrap().followers = Some(u64::MAX);
        post.engagement = Some(Engagement {
            likes: Some(u64::MAX),
            shares: Some(u64::MAX),
            replies: Some(u64::MAX),
            views: Some(u64::MAX),
            observed_at: Some(EventTime::from_millis(i64::MAX - at.max(0))),
            ..Engagement::default()
        });
        watch.observe(&post, &mut out);
        for seen in [i64::MIN, 0, START, i64::MAX] {
            let mut update = post.clone();
            update.event = Event::Update;
            update.created_at = EventTime::from_millis(seen);
            watch.observe(&update, &mut out);
        }
    }
    let figures = out.iter().filter_map(|spike| spike.reach);
    for reach in figures {
        let parts = [
            reach.measured,
            reach.estimated,
            reach.missing,
            reach.top_thread,
        ];
        assert!(
            parts.iter().all(|part| (0.0..=1.0).contains(part)),
            "{reach:?}"
        );
    }
}
