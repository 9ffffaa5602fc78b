//! How many mentions are usual, what the calendar says of it, and that neither
//! touches what pages.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use std::sync::Arc;

use detect::calendar::{Calendar, Holidays, Planned, PlannedKind};
use detect::{BrandSettings, BrandWatch};
use mention::{EventTime, Mention, Spike, SpikeKind};
use support::*;

/// Thursday 26 March 2026, ten in the morning in Amsterdam: the last days of winter time.
const START: i64 = MONDAY + 24 * DAY + 9 * HOUR;

fn amsterdam() -> Calendar {
    Calendar::new("Europe/Amsterdam", Some(Holidays::Nl)).unwrap()
}

fn watch_with(calendar: Calendar) -> BrandWatch {
    let mut settings = BrandSettings::new("acme");
    settings.calendar = Arc::new(calendar);
    BrandWatch::new(settings)
}

fn sale(from: i64, until: i64, expected_volume: f64) -> Planned {
    Planned {
        name: "Spring sale".to_owned(),
        kind: PlannedKind::Campaign,
        from: EventTime::from_millis(from),
        until: EventTime::from_millis(until),
        expected_volume,
    }
}

/// Posts of a brand of `per_hour` mentions an hour, a third of it at night by its wall.
fn days(rng: &mut Rng, per_hour: f64, from: i64, until: i64) -> Vec<Mention<'static>> {
    let clock = amsterdam();
    let mut posts = steady(rng, per_hour, 0.2, from, until);
    posts.retain(|post| {
        let is_day = (8..23).contains(&clock.hour_of_day(post.created_at));
        is_day || rng.chance(1.0 / 3.0)
    });
    posts
}

fn negatives(count: i64, from: i64, step: i64) -> Vec<Mention<'static>> {
    (0..count)
        .map(|i| post(format!("neg {from} {i}"), from + i * step, true))
        .collect()
}

fn pages(revisions: &[Spike]) -> Vec<Spike> {
    let last = last_revisions(revisions).into_iter();
    last.filter(|spike| spike.pages).collect()
}

fn of_kind(revisions: &[Spike], kind: SpikeKind) -> Vec<Spike> {
    let last = last_revisions(revisions).into_iter();
    last.filter(|spike| spike.spike_kind == kind).collect()
}

#[test]
fn the_same_negatives_page_with_and_without_an_announced_campaign() {
    let mut rng = Rng(3);
    let before = days(&mut rng, 30.0, MONDAY, START);
    let wave = negatives(60, START, 30 * SECOND);
    let outcome = |calendar: Calendar| {
        let mut watch = watch_with(calendar);
        feed(&mut watch, &before);
        let revisions = feed(&mut watch, &wave);
        let spikes = pages(&revisions);
        assert_eq!(spikes.len(), 1);
        spikes[0].clone()
    };
    let plain = outcome(amsterdam());
    let announced = sale(START - HOUR, START + DAY, 1_000.0);
    let mut told = outcome(amsterdam().with_planned(vec![announced]));
    assert!(plain.calendar.is_empty());
    let entry = &told.calendar[0];
    assert_eq!(
        (entry.name.as_str(), entry.kind.as_str()),
        ("Spring sale", "campaign")
    );
    assert_eq!(entry.from.millis(), START - HOUR);
    // Only what is told of it differs.
    let volume = (plain.volume.unwrap(), told.volume.unwrap());
    assert_eq!(volume.0.observed, volume.1.observed);
    assert!(volume.1.expected > 100.0 * volume.0.expected);
    assert!(volume.0.severity > volume.1.severity);
    told.calendar.clear();
    told.volume = plain.volume;
    assert_eq!(plain, told);
}

#[test]
fn an_announced_campaign_is_no_note_and_its_volume_is_usual() {
    let mut rng = Rng(5);
    let before = days(&mut rng, 60.0, MONDAY, START);
    let rush = steady(&mut rng, 420.0, 0.2, START, START + 4 * HOUR);
    let outcome = |calendar: Calendar| {
        let mut watch = watch_with(calendar);
        feed(&mut watch, &before);
        let revisions = feed(&mut watch, &rush);
        assert!(pages(&revisions).is_empty());
        let notes = of_kind(&revisions, SpikeKind::Campaign);
        (notes, watch.status().series[0].volume.unwrap())
    };
    let (notes, volume) = outcome(amsterdam());
    assert_eq!(notes.len(), 1);
    assert!(
        notes[0].volume.unwrap().severity >= 2,
        "{:?}",
        notes[0].volume
    );
    assert!(volume.severity >= 2, "{volume:?}");
    let announced = sale(START, START + DAY, 7.0);
    let (notes, volume) = outcome(amsterdam().with_planned(vec![announced]));
    assert!(notes.is_empty());
    assert!(volume.severity <= 1, "{volume:?}");
    // One that is over doesn't count any more.
    let past = sale(START - 2 * DAY, START - DAY, 7.0);
    let (notes, volume) = outcome(amsterdam().with_planned(vec![past]));
    assert_eq!((notes.len(), volume.severity >= 2), (1, true));
}

#[test]
fn holidays_are_told_with_a_spike() {
    let kings_day: EventTime = "2026-04-27T09:00:00Z".parse().unwrap();
    let mut rng = Rng(11);
    let mut watch = watch_with(amsterdam());
    let before = days(
        &mut rng,
        30.0,
        kings_day.millis() - 21 * DAY,
        kings_day.millis(),
    );
    feed(&mut watch, &before);
    let spikes = pages(&feed(
        &mut watch,
        &negatives(60, kings_day.millis(), 30 * SECOND),
    ));
    let last = spikes.last().unwrap();
    let told: Vec<_> = last
        .calendar
        .iter()
        .map(|entry| entry.name.as_str())
        .collect();
    assert_eq!(told, ["Koningsdag"]);
    assert_eq!(last.calendar[0].kind, "holiday");
}

#[test]
fn flat_volume_after_a_gap_is_no_campaign() {
    let mut rng = Rng(7);
    let mut watch = watch_with(amsterdam());
    feed(&mut watch, &days(&mut rng, 60.0, MONDAY, START));
    let back = START + 14 * DAY;
    let revisions = feed(&mut watch, &days(&mut rng, 60.0, back, back + 2 * DAY));
    let campaigns = of_kind(&revisions, SpikeKind::Campaign);
    assert!(campaigns.is_empty(), "{campaigns:?}");
    assert!(!of_kind(&revisions, SpikeKind::InputFault).is_empty());
    let volume = watch.status().series[0].volume.unwrap();
    assert!(volume.severity <= 1, "{volume:?}");
}

#[test]
fn the_usual_volume_is_usual_through_the_night_in_which_summer_time_begins() {
    let mut rng = Rng(13);
    let mut watch = watch_with(amsterdam());
    let sunday = MONDAY + 27 * DAY; // 29 March 2026
    feed(
        &mut watch,
        &days(&mut rng, 120.0, MONDAY, sunday - 2 * HOUR),
    );
    let mut most = 0;
    let revisions: Vec<Spike> = (0..60)
        .flat_map(|hour| {
            let from = sunday + (hour - 2) * HOUR;
            let revisions = feed(&mut watch, &days(&mut rng, 120.0, from, from + HOUR));
            most = most.max(watch.status().series[0].volume.unwrap().severity);
            revisions
        })
        .collect();
    assert!(revisions.is_empty(), "{revisions:?}");
    assert!(most <= 2, "{most}");
}

#[test]
fn a_young_brand_has_no_usual_volume() {
    let mut rng = Rng(17);
    let mut watch = watch_with(amsterdam());
    feed(&mut watch, &days(&mut rng, 60.0, START, START + 12 * HOUR));
    assert_eq!(watch.status().series[0].volume, None);
    feed(
        &mut watch,
        &days(&mut rng, 60.0, START + 12 * HOUR, START + 30 * HOUR),
    );
    let volume = watch.status().series[0].volume.unwrap();
    assert!((10.0..120.0).contains(&volume.expected), "{volume:?}");
}

#[test]
fn a_snapshot_keeps_the_rhythm_and_restoring_gives_back_the_calendar() {
    let mut rng = Rng(19);
    let calendar = amsterdam().with_planned(vec![sale(START, START + DAY, 3.0)]);
    let mut watch = watch_with(calendar.clone());
    feed(&mut watch, &days(&mut rng, 60.0, MONDAY, START));
    let mut settings = BrandSettings::new("acme");
    settings.calendar = Arc::new(calendar);
    let mut restored = BrandWatch::restore(settings, &watch.snapshot()).unwrap();
    assert_eq!(watch, restored);
    let more = days(&mut rng, 60.0, START, START + 2 * DAY);
    assert_eq!(feed(&mut watch, &more), feed(&mut restored, &more));
    assert_eq!(watch.status(), restored.status());
    assert_eq!(watch, restored);
}
