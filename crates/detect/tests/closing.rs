//! How a spike ends, and how severe it was.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use mention::{ClosedBecause, Mention, Spike};
use support::*;

const START: i64 = MONDAY + 5 * DAY + 9 * HOUR;

/// A brand of `per_hour` mentions, a fifth negative, for five days; from [`START`] on
/// nine of ten for `hours`.
fn wave(seed: u64, per_hour: f64, hours: i64) -> (Rng, Vec<Mention<'static>>) {
    let mut rng = Rng(seed);
    let mut posts = steady(&mut rng, per_hour, 0.2, MONDAY, START);
    let end = START + hours * HOUR;
    posts.extend(steady(&mut rng, 2.0 * per_hour, 0.9, START, end));
    (rng, posts)
}

fn the_page(revisions: &[Spike]) -> Spike {
    // One that a chance opened before the wave, and that it keeps open, is its page too.
    let pages = last_revisions(revisions).into_iter();
    let mut pages = pages.filter(|spike| {
        let lasts = spike.closed_at.is_none_or(|at| at.millis() > START);
        spike.pages && lasts
    });
    pages.next().unwrap()
}

#[test]
fn a_recovery_tells_when_the_excess_ended() {
    let mut off = Vec::new();
    for seed in 0..30 {
        let (mut rng, mut posts) = wave(seed, 60.0, 3);
        let end = START + 3 * HOUR;
        posts.extend(steady(&mut rng, 60.0, 0.2, end, end + 6 * HOUR));
        let spike = the_page(&feed(&mut watch(), &posts));
        assert_eq!(spike.closed_because, Some(ClosedBecause::Recovered));
        let lasted = spike.closed_at.unwrap().millis_since(spike.onset) / MINUTE;
        let recovery = i64::try_from(spike.recovery_minutes.unwrap()).unwrap();
        assert!(recovery <= lasted, "{recovery} of {lasted}");
        let ended = (spike.onset.millis() - START) / MINUTE + recovery;
        off.push((ended - 180).abs());
    }
    off.sort_unstable();
    // The end of the excess is told to a few minutes, though certainty takes longer.
    assert!(
        off[off.len() / 2] <= 5 && off[off.len() - 3] <= 15,
        "{off:?}"
    );
}

#[test]
fn a_spike_that_stays_closes_as_the_new_normal_and_does_not_open_again() {
    let mut opened_again = 0;
    for seed in 0..10 {
        let (mut rng, mut posts) = wave(seed, 60.0, 6);
        // It begins wildly, and settles at two thirds of the mentions.
        let settled = START + 6 * HOUR;
        posts.extend(steady(&mut rng, 60.0, 0.65, settled, settled + 3 * DAY));
        let revisions = feed(&mut watch(), &posts);
        let spike = the_page(&revisions);
        assert_eq!(spike.closed_because, Some(ClosedBecause::NewNormal));
        assert_eq!(spike.recovery_minutes, None);
        let later = last_revisions(&revisions).into_iter();
        opened_again += later
            .filter(|later| later.pages && later.onset > spike.onset)
            .count();
    }
    assert!(opened_again <= 2, "{opened_again} in 10 runs");
}

#[test]
fn an_input_that_falls_silent_is_no_recovery() {
    for seed in 0..10 {
        let (mut rng, posts) = wave(seed, 60.0, 2);
        let mut watch = watch();
        let mut revisions = feed(&mut watch, &posts);
        assert!(watch.has_open_spike());
        // Time goes on, by heartbeats alone.
        let silent = START + 2 * HOUR;
        for minute in (0..5 * 60).step_by(5) {
            let at = mention::EventTime::from_millis(silent + minute * MINUTE);
            watch.advance(at, &mut revisions);
        }
        assert!(watch.has_open_spike(), "silence is not calm");
        let end = mention::EventTime::from_millis(silent + 7 * HOUR);
        watch.advance(end, &mut revisions);
        let spike = the_page(&revisions);
        assert_eq!(spike.closed_because, Some(ClosedBecause::InputSilent));
        assert_eq!(spike.recovery_minutes, None);
        // When it speaks again as usual, nothing opens.
        let again = silent + 8 * HOUR;
        let posts = steady(&mut rng, 60.0, 0.2, again, again + 2 * HOUR);
        let revisions = feed(&mut watch, &posts);
        assert!(revisions.iter().all(|spike| !spike.pages), "seed {seed}");
    }
}

#[test]
fn an_open_spike_has_no_end_and_its_severity_never_falls() {
    let (_, posts) = wave(3, 60.0, 5);
    let revisions = feed(&mut watch(), &posts);
    let spike = the_page(&revisions);
    let own: Vec<&Spike> = revisions.iter().filter(|r| r.id == spike.id).collect();
    assert!(own.is_sorted_by_key(|revision| revision.severity));
    assert!(own[0].severity < spike.severity, "it escalates");
    assert!(own.iter().all(|revision| revision.closed_because.is_none()));
}

#[test]
fn what_is_deleted_is_taken_back_from_an_open_spike() {
    for seed in 0..10 {
        let (mut rng, mut posts) = wave(seed, 60.0, 1);
        let end = START + HOUR;
        posts.extend(steady(&mut rng, 60.0, 0.2, end, end + 20 * MINUTE));
        let kept = posts.clone();
        let gone = end + 20 * MINUTE;
        let wave = |post: &&Mention<'_>| (START..end).contains(&post.created_at.millis());
        // All but the first ten, when most of their minutes are closed already.
        posts.extend(kept.iter().filter(wave).skip(10).map(|post| Mention {
            event: mention::Event::Delete,
            created_at: mention::EventTime::from_millis(gone),
            ..post.clone()
        }));
        posts.extend(steady(&mut rng, 60.0, 0.2, gone, gone + 6 * HOUR));
        let spike = the_page(&feed(&mut watch(), &posts));
        let since = |post: &&Mention<'_>| post.created_at >= spike.onset;
        let all = kept.iter().filter(since).count() as u64;
        let deleted = kept.iter().filter(wave).skip(10).count() as u64;
        assert!(spike.closed_at.is_some());
        // What came after the deletions is counted as well.
        let later = spike.closed_at.unwrap().millis_since(spike.onset) / MINUTE;
        let most = all - deleted + u64::try_from(later).unwrap() * 2;
        assert!(
            deleted >= 80 && spike.observed.total <= most,
            "{:?}",
            spike.observed
        );
        assert!(spike.observed.negative <= 60, "{:?}", spike.observed);
    }
}
