//! Each kind of spike, and each thing that looks like one and isn't.

mod support;

use std::collections::BTreeSet;

use mention::{
    Cluster, Engagement, EventTime, Label, Mention, Platform, Role, Spike, SpikeKind, Text,
};
use support::*;

const START: i64 = MONDAY + 4 * DAY + 9 * HOUR;

/// A brand of that many mentions an hour with a fifth negative, up to [`START`].
#[expect(clippy::unwrap_used, reason = "one of many seeds is calm")]
fn grown(per_hour: f64) -> (detect::BrandWatch, Rng) {
    let calm = (7..).find_map(|seed| {
        let mut rng = Rng(seed);
        let mut watch = watch();
        let posts = steady(&mut rng, per_hour, 0.2, MONDAY, START);
        let revisions = feed(&mut watch, &posts);
        let is_calm = revisions.iter().all(|spike| !spike.pages);
        is_calm.then_some((watch, rng)) // a false alarm a week is within the budget
    });
    calm.unwrap()
}

/// Negatives from `from` on, one every `step` milliseconds.
fn negatives(count: i64, from: i64, step: i64) -> Vec<Mention<'static>> {
    (0..count)
        .map(|i| post(format!("neg {from} {i}"), from + i * step, true))
        .collect()
}

fn only_page(revisions: &[Spike]) -> Spike {
    let pages: Vec<Spike> = last_revisions(revisions)
        .into_iter()
        .filter(|s| s.pages && s.onset.millis() > START - HOUR)
        .collect();
    let told = pages.iter().map(|spike| {
        let minutes = |at: EventTime| (at.millis() - START) / MINUTE;
        let closed = spike.closed_at.map(minutes);
        (
            spike.platform.as_str(),
            minutes(spike.onset),
            minutes(spike.detected_at),
            closed,
            spike.observed,
        )
    });
    assert_eq!(
        pages.len(),
        1,
        "one cause, one page: {:?}",
        told.collect::<Vec<_>>()
    );
    pages[0].clone()
}

fn no_page(revisions: &[Spike]) {
    assert!(revisions.iter().all(|spike| !spike.pages));
}

#[test]
fn many_complaints_are_a_wave_with_drivers_terms_and_exemplars() {
    let (mut watch, _) = grown(30.0);
    let mut posts = negatives(80, START, 30 * SECOND);
    for post in &mut posts {
        post.text = Text::from("Pakket kwijt, @acme! Bel me op 06-12345678 #kwijt");
        if let Some(score) = &mut post.score {
            let span = |start, end, weight| mention::Span { start, end, weight };
            // kwijt, the masked number, the tag, and what speaks for the brand.
            score.spans = vec![
                span(43, 49, 1.5),
                span(7, 12, 0.9),
                span(31, 42, 0.2),
                span(21, 24, -0.3),
            ];
        }
    }
    let revisions = feed(&mut watch, &posts);
    let spike = only_page(&revisions);
    assert_eq!(spike.spike_kind, SpikeKind::ComplaintWave);
    assert!(spike.severity >= 2 && spike.observed.negative >= 79);
    assert!(
        spike
            .terms
            .iter()
            .any(|term| term.term == "pakket" && term.lift > 3.0)
    );
    assert!(!spike.exemplars.is_empty() && spike.exemplars.len() <= 5);
    assert_eq!(
        spike.exemplars[0].text,
        "Pakket kwijt, @[…]! Bel me op [phone] #kwijt"
    );
    assert_eq!(spike.exemplars[0].spans, [[7, 12], [38, 44]]);
    for dimension in [
        "platform",
        "kind",
        "aspect",
        "language",
        "author_tier",
        "thread",
        "term",
    ] {
        let of = spike
            .drivers
            .iter()
            .filter(|driver| driver.dimension == dimension);
        let steps: f64 = of.map(|driver| (driver.share * 1e4).round()).sum();
        assert!((steps - 1e4).abs() < 1e-9, "{dimension}: {steps}");
    }
    // Once a minute, and when the severity rises.
    assert!(revisions.len() <= 45, "{}", revisions.len());
    let first = &revisions[0];
    assert!(revisions.iter().all(|r| (&r.id, r.onset, r.detected_at) == (&first.id, first.onset, first.detected_at)));
    assert!(spike.series.len() <= 240 && spike.series.is_sorted_by_key(|point| point.at));
}

#[test]
fn a_wave_on_one_platform_is_reported_there_and_once() {
    let mut rng = Rng(3);
    let mut watch = watch();
    let mut posts = steady(&mut rng, 60.0, 0.2, MONDAY, START + HOUR);
    for (number, post) in posts.iter_mut().enumerate() {
        post.platform = [Platform::X, Platform::Instagram, Platform::Reviews][number % 3];
    }
    let wave = negatives(60, START, 30 * SECOND)
        .into_iter()
        .map(|mut post| {
            post.platform = Platform::Instagram;
            post
        });
    posts.extend(wave);
    posts.sort_by_key(|post| post.created_at);
    let spike = only_page(&feed(&mut watch, &posts));
    assert_eq!(spike.platform, "instagram");
}

#[test]
fn one_thread_that_spreads_is_viral() {
    let (mut watch, _) = grown(30.0);
    let mut posts = negatives(40, START, 30 * SECOND);
    for post in &mut posts[1..] {
        post.root = Some(Text::from(format!("neg {START} 0")));
    }
    let spike = only_page(&feed(&mut watch, &posts));
    assert_eq!(spike.spike_kind, SpikeKind::ViralThread);
    assert!(spike.threads[0].posts >= 39); // the last revision is a minute old at most
    assert!((100.0..140.0).contains(&spike.threads[0].velocity));
}

#[test]
fn one_post_whose_reposts_reach_most_people_is_viral() {
    let (mut watch, _) = grown(30.0);
    let mut posts = negatives(60, START, 20 * SECOND);
    for post in posts.iter_mut().skip(1).step_by(2) {
        post.repost_of = Some(Text::from(format!("neg {START} 0")));
        let author = post.author.as_mut().unwrap();
        author.followers = Some(2_000);
    }
    let spike = only_page(&feed(&mut watch, &posts));
    assert_eq!(spike.spike_kind, SpikeKind::ViralThread);
    assert!(spike.observed.negative <= 35, "reposts count once");
}

#[test]
fn a_large_authors_post_pages_alone_and_an_ordinary_ones_never() {
    let (mut watch, _) = grown(30.0);
    let mut large = post("large", START, true);
    no_page(&feed(&mut watch.clone(), [&large]));
    large.engagement = Some(Engagement {
        views: Some(400_000),
        ..Default::default()
    });
    let spike = only_page(&feed(&mut watch.clone(), [&large]));
    assert_eq!(
        (spike.spike_kind, spike.observed.negative >= 1),
        (SpikeKind::Influencer, true)
    );
    // Who speaks for the brand isn't a customer, and praise isn't negative.
    let author = large.author.as_mut().unwrap();
    author.role = Some(Role::Press);
    no_page(&feed(&mut watch.clone(), [&large]));
    large.author.as_mut().unwrap().role = None;
    large.score = Some(score(Label::Positive));
    no_page(&feed(&mut watch, [&large]));
}

#[test]
fn one_angry_author_is_no_wave() {
    let (mut watch, _) = grown(3.0);
    let mut posts = negatives(20, START, 30 * SECOND);
    for post in &mut posts {
        post.author.as_mut().unwrap().id = Some(Text::from("the same"));
    }
    no_page(&feed(&mut watch, &posts));
}

#[test]
fn a_campaign_is_noted_once_and_wakes_nobody() {
    let (mut watch, mut rng) = grown(30.0);
    let posts = steady(&mut rng, 600.0, 0.2, START, START + 3 * HOUR);
    let revisions = feed(&mut watch, &posts);
    no_page(&revisions);
    let kinds: Vec<_> = revisions.iter().map(|spike| spike.spike_kind).collect();
    assert_eq!(kinds, [SpikeKind::Campaign]);
}

#[test]
fn near_duplicates_in_step_are_noted_and_count_once() {
    let (mut watch, _) = grown(30.0);
    let mut posts = negatives(400, START, 2 * SECOND);
    for (number, post) in posts.iter_mut().enumerate() {
        post.cluster = Some(Cluster {
            id: Text::from("copies"),
            size: number as u64 + 1,
        });
    }
    let revisions = feed(&mut watch, &posts);
    no_page(&revisions);
    let kinds: Vec<_> = revisions.iter().map(|spike| spike.spike_kind).collect();
    assert_eq!(kinds, [SpikeKind::Coordinated]);
}

#[test]
fn reposts_count_once() {
    let (mut watch, _) = grown(30.0);
    let mut posts = negatives(100, START, 5 * SECOND);
    for post in &mut posts[1..] {
        post.repost_of = Some(Text::from(format!("neg {START} 0")));
    }
    let mut out = Vec::new();
    let outcomes: Vec<_> = posts
        .iter()
        .map(|post| watch.observe(post, &mut out))
        .collect();
    assert_eq!(outcomes[0], detect::Outcome::Counted { negative: true });
    assert!(
        outcomes[1..]
            .iter()
            .all(|outcome| *outcome == detect::Outcome::Repeat)
    );
    no_page(&out);
}

#[test]
fn an_outage_and_its_catch_up_wake_nobody() {
    let (mut watch, mut rng) = grown(300.0);
    // Four hours in which people post but nothing arrives; then it comes all at once.
    let missed = steady(&mut rng, 300.0, 0.2, START, START + 4 * HOUR);
    let after = steady(&mut rng, 300.0, 0.2, START + 4 * HOUR, START + 8 * HOUR);
    let mut stream: Vec<&Mention<'_>> = after[..50].iter().collect();
    stream.extend(&missed);
    stream.extend(&after[50..]);
    let revisions = feed(&mut watch, stream);
    // Three hours later a page is chance, of which there is a budget.
    let caused = |spike: &&Spike| spike.detected_at.millis() < START + 7 * HOUR;
    no_page(&revisions.iter().filter(caused).cloned().collect::<Vec<_>>());
    assert!(
        revisions
            .iter()
            .any(|spike| spike.spike_kind == SpikeKind::InputFault)
    );
}

#[test]
fn late_negatives_are_counted_and_never_page() {
    let (mut watch, _) = grown(3.0);
    let mut out = Vec::new();
    watch.observe(&post("now", START + 2 * HOUR, false), &mut out);
    for late in negatives(60, START, 30 * SECOND) {
        assert_eq!(
            watch.observe(&late, &mut out),
            detect::Outcome::Late { negative: true }
        );
    }
    no_page(&out);
}

#[test]
fn duplicates_change_nothing() {
    let (mut watch, mut rng) = grown(30.0);
    let posts = steady(&mut rng, 60.0, 0.7, START, START + HOUR);
    let mut twice = watch.clone();
    let once = feed(&mut watch, &posts);
    let mut out = Vec::new();
    for post in &posts {
        twice.observe(post, &mut out);
        assert_eq!(twice.observe(post, &mut out), detect::Outcome::Duplicate);
    }
    assert_eq!(once, out);
    assert_eq!(watch, twice);
    assert!(watch.has_open_spike());
}

#[test]
fn deletions_and_corrections_take_their_counts_back() {
    let (watch, _) = grown(30.0);
    let mut out = Vec::new();
    let mut undisturbed = watch.clone();
    undisturbed.observe(&post("end", START + MINUTE, false), &mut out);
    let mut watch = watch;
    let mut gone = post("gone", START, true);
    watch.observe(&gone, &mut out);
    watch.observe(&post("end", START + MINUTE, false), &mut out);
    gone.event = mention::Event::Delete;
    gone.created_at = EventTime::from_millis(START + MINUTE);
    assert_eq!(watch.observe(&gone, &mut out), detect::Outcome::Deleted);
    assert_eq!(watch.status(), undisturbed.status());
    // A deletion that comes before its post keeps the post from counting.
    let mut early = post("early", START + MINUTE, true);
    early.event = mention::Event::Delete;
    assert_eq!(watch.observe(&early, &mut out), detect::Outcome::Unknown);
    early.event = mention::Event::Create;
    assert_eq!(watch.observe(&early, &mut out), detect::Outcome::Duplicate);
    // An edit that isn't negative any more.
    let mut edited = post("edited", START + MINUTE, true);
    watch.observe(&edited, &mut out);
    let before = watch.status().series[0].negative;
    edited.event = mention::Event::Update;
    edited.score = Some(score(Label::Positive));
    assert_eq!(watch.observe(&edited, &mut out), detect::Outcome::Updated);
    assert_eq!(watch.status().series[0].negative, before - 1);
    assert_eq!(
        watch.status().series[0].total,
        undisturbed.status().series[0].total + 1
    );
}

#[test]
fn what_does_not_count_in_the_share_is_told() {
    let (mut watch, _) = grown(30.0);
    let mut out = Vec::new();
    watch.observe(&post("plain", START, false), &mut out);
    let total = watch.status().series[0].total;
    for (number, kind) in [
        mention::Kind::News,
        mention::Kind::Promo,
        mention::Kind::Webcare,
    ]
    .into_iter()
    .enumerate()
    {
        let mut shown = post(format!("shown {number}"), START, true);
        shown.score.as_mut().unwrap().kind = kind;
        assert_eq!(watch.observe(&shown, &mut out), detect::Outcome::Volume);
    }
    let mut canary = post("canary", START, true);
    canary.canary = true;
    assert_eq!(watch.observe(&canary, &mut out), detect::Outcome::Canary);
    let mut unsure = post("unsure", START, true);
    unsure.score.as_mut().unwrap().abstained = Some(mention::Abstention::TooShort);
    assert_eq!(
        watch.observe(&unsure, &mut out),
        detect::Outcome::Counted { negative: false }
    );
    let mut other = post("other", START, true);
    other.brand = Text::from("globex");
    assert_eq!(watch.observe(&other, &mut out), detect::Outcome::OtherBrand);
    assert_eq!(watch.status().series[0].total, total + 1);
}

#[test]
fn ten_years_of_silence_then_a_mention() {
    let (mut watch, _) = grown(30.0);
    let mut out = Vec::new();
    let later = START + 3653 * DAY;
    watch.observe(&post("later", later, true), &mut out);
    no_page(&out);
    let status = watch.status();
    assert_eq!((status.series[0].negative, status.series[0].total), (1, 1));
    // The brand wakes up, and is watched as before. Three days have nearly half an alarm
    // of their budget; more than twelve in twelve runs would be beyond chance.
    let mut pages = 0;
    let mut calm = None;
    for seed in 0..12 {
        let mut awake = watch.clone();
        let posts = steady(&mut Rng(seed), 30.0, 0.2, later, later + 3 * DAY);
        let paged = feed(&mut awake, &posts)
            .iter()
            .filter(|spike| spike.pages && spike.closed_at.is_none())
            .map(|spike| spike.onset)
            .collect::<BTreeSet<_>>();
        pages += paged.len();
        if paged.is_empty() {
            calm = Some(awake);
        }
    }
    assert!(pages <= 12, "{pages}");
    let mut watch = calm.unwrap();
    let wave = negatives(60, later + 3 * DAY, 30 * SECOND);
    assert!(only_page(&feed(&mut watch, &wave)).pages);
}

#[test]
fn a_spike_that_stays_is_the_new_normal_after_a_day() {
    let (mut watch, mut rng) = grown(30.0);
    let posts = steady(&mut rng, 30.0, 0.7, START, START + 2 * DAY);
    let revisions = feed(&mut watch, &posts);
    let spike = only_page(&revisions);
    let lasted = spike.closed_at.unwrap().millis_since(spike.onset);
    assert!((24 * HOUR..25 * HOUR).contains(&lasted));
    assert!(!watch.has_open_spike());
    let size: usize = revisions.iter().map(|r| r.series.len()).max().unwrap();
    assert!(size <= 240, "{size}");
}

#[test]
fn a_repost_that_comes_before_its_original_gives_way_to_it() {
    let (watch, _) = grown(30.0);
    let original = post("original", START, true);
    let mut repost = post("repost", START + MINUTE, true);
    repost.repost_of = Some(Text::from("original"));
    let (mut in_order, mut reversed) = (watch.clone(), watch);
    feed(&mut in_order, [&original, &repost]);
    feed(&mut reversed, [&repost, &original]);
    assert_eq!(in_order.status(), reversed.status());
    let mut second = repost.clone();
    second.id = Text::from("another repost");
    let mut out = Vec::new();
    assert_eq!(reversed.observe(&second, &mut out), detect::Outcome::Repeat);
}

#[test]
fn a_clamped_time_counts_and_moves_nothing() {
    let (mut watch, _) = grown(30.0);
    let mut out = Vec::new();
    watch.observe(&post("plain", START, false), &mut out);
    watch.advance(EventTime::from_millis(START + 5 * MINUTE), &mut out);
    let before = watch.status().series[0].total;
    let mut ahead = post("ahead", START + 5 * MINUTE, false);
    ahead.clamped = true;
    let outcome = watch.observe(&ahead, &mut out);
    assert_eq!(outcome, detect::Outcome::Counted { negative: false });
    assert_eq!(watch.status().series[0].total, before + 1);
    assert_eq!(
        watch.status().at,
        Some(EventTime::from_millis(START + 5 * MINUTE))
    );
}
