//! Faults of the input, and copies: each in a hundred seeded runs, of which at most two
//! may page beyond those in which chance pages without the fault.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use detect::BrandWatch;
use mention::{ClosedBecause, Cluster, EventTime, Mention, Platform, Spike, SpikeKind, Text};
use support::*;

const START: i64 = MONDAY + 4 * DAY + 9 * HOUR;
/// Brands, and runs from each of them.
const BRANDS: u64 = 10;
const RUNS: u64 = 10;
/// Runs of a hundred that may page because of the fault.
const MOST: f64 = 2.0;

/// Platforms with moods and parts of their own.
const PLATFORMS: [(Platform, f64, f64); 3] = [
    (Platform::X, 0.5, 0.35),
    (Platform::Instagram, 0.3, 0.10),
    (Platform::Reviews, 0.2, 0.15),
];

/// Posts on three platforms of which each has its mood.
fn mixed(rng: &mut Rng, per_hour: f64, from: i64, until: i64) -> Vec<Mention<'static>> {
    let mut posts = Vec::new();
    for (platform, part, share) in PLATFORMS {
        let own = steady(rng, per_hour * part, share, from, until).into_iter();
        posts.extend(own.map(|post| Mention { platform, ..post }));
    }
    posts.sort_by_key(|post| post.created_at);
    posts
}

/// Runs the stream on a hundred forks; what each gave. Forks with a page open, which
/// chance brings, aren't begun with.
fn runs(per_hour: f64, stream: impl Fn(&mut Rng) -> Vec<Mention<'static>>) -> Vec<Vec<Spike>> {
    let mut all = Vec::new();
    for brand in 0..BRANDS {
        let mut rng = Rng(brand + 1);
        let mut grown = watch();
        feed(&mut grown, &mixed(&mut rng, per_hour, MONDAY, START));
        if grown.has_open_spike() {
            continue;
        }
        for run in 0..RUNS {
            let mut rng = Rng(1_000 * (brand + 1) + run);
            let mut watch: BrandWatch = grown.clone();
            let posts = stream(&mut rng);
            all.push(feed(&mut watch, &posts));
        }
    }
    assert!(all.len() >= 90);
    all
}

fn pages(all: &[Vec<Spike>]) -> usize {
    let has_page = |spikes: &&Vec<Spike>| spikes.iter().any(|spike| spike.pages);
    all.iter().filter(has_page).count()
}

/// Runs of a hundred that page because of the fault: beyond those that do without any in
/// as many hours, or that the budget of one a brand-week allows, and beyond what chance
/// adds (the lower end of 90 %: in six times as many runs no fault causes more than two of a
/// hundred, but in a hundred runs three or four come by themselves, give or take two).
fn caused(all: &[Vec<Spike>], per_hour: f64, hours: i64) -> f64 {
    let control = runs(per_hour, |rng| {
        mixed(rng, per_hour, START, START + hours * HOUR)
    });
    let nominal = (all.len() * usize::try_from(hours).unwrap()).div_ceil(7 * 24);
    let usual = pages(&control).max(nominal) as f64;
    let found = pages(all) as f64;
    (found - 1.645 * found.sqrt() - usual) * 100.0 / all.len() as f64
}

/// Notes of that kind in the last revisions of each run.
fn notes(all: &[Vec<Spike>], kind: SpikeKind) -> Vec<usize> {
    let count = |spikes: &Vec<Spike>| {
        let last = last_revisions(spikes);
        last.iter().filter(|spike| spike.spike_kind == kind).count()
    };
    all.iter().map(count).collect()
}

/// The last revision of the only spike of that kind.
fn the_note(spikes: &[Spike], kind: SpikeKind) -> Spike {
    let mut notes = last_revisions(spikes);
    notes.retain(|spike| spike.spike_kind == kind);
    assert_eq!(notes.len(), 1);
    notes.remove(0)
}

#[test]
fn an_outage_whose_mentions_come_late_is_noted_and_pages_nobody() {
    for per_hour in [60.0, 300.0] {
        let all = runs(per_hour, |rng| {
            let missed = mixed(rng, per_hour, START, START + 4 * HOUR);
            let mut after = mixed(rng, per_hour, START + 4 * HOUR, START + 6 * HOUR);
            let rest = after.split_off(10);
            [after, missed, rest].concat()
        });
        let caused = caused(&all, per_hour, 6);
        assert!(caused <= MOST, "{caused}");
        // The silence, and the late mentions.
        let notes = notes(&all, SpikeKind::InputFault);
        let told = notes.iter().filter(|count| **count == 2).count();
        assert!(told * 10 >= all.len() * 9, "{notes:?}");
    }
}

#[test]
fn a_catch_up_stamped_with_its_arrival_pages_nobody() {
    for per_hour in [60.0, 300.0] {
        let all = runs(per_hour, |rng| {
            let back = START + 4 * HOUR;
            let mut missed = mixed(rng, per_hour, START, back);
            let step = 3 * MINUTE / i64::try_from(missed.len()).unwrap();
            for (post, number) in missed.iter_mut().zip(0..) {
                post.created_at = EventTime::from_millis(back + number * step);
            }
            let mut posts = mixed(rng, per_hour, back, back + 4 * HOUR);
            posts.extend(missed);
            posts.sort_by_key(|post| post.created_at);
            posts
        });
        let caused = caused(&all, per_hour, 8);
        assert!(caused <= MOST, "{caused}");
        let faults = notes(&all, SpikeKind::InputFault);
        let told = faults.iter().filter(|count| **count == 2).count();
        assert!(told * 10 >= all.len() * 9, "{faults:?}");
        let campaigns = notes(&all, SpikeKind::Campaign);
        assert!(campaigns.iter().all(|count| *count == 0), "{campaigns:?}");
    }
}

#[test]
fn one_platform_that_falls_silent_is_noted_and_pages_nobody() {
    let all = runs(150.0, |rng| {
        let mut posts = mixed(rng, 150.0, START, START + 10 * HOUR);
        let silence = START + HOUR..START + 8 * HOUR;
        posts.retain(|post| {
            let is_silent = silence.contains(&post.created_at.millis());
            !(is_silent && post.platform == Platform::Instagram)
        });
        posts
    });
    let caused = caused(&all, 150.0, 10);
    assert!(caused <= MOST, "{caused}");
    let mut told = 0;
    for spikes in &all {
        let last = last_revisions(spikes);
        let faults = last
            .iter()
            .filter(|s| s.spike_kind == SpikeKind::InputFault);
        let faults: Vec<&Spike> = faults.collect();
        let is_told = faults.iter().any(|fault| {
            let minutes = fault.recovery_minutes.unwrap_or(0);
            fault.platform == "instagram" && (400..=425).contains(&minutes)
        });
        told += usize::from(is_told && faults.len() == 1);
    }
    assert!(told * 10 >= all.len() * 9, "{told} of {}", all.len());
}

#[test]
fn a_platform_that_delivers_its_silence_at_once_pages_nobody() {
    let all = runs(150.0, |rng| {
        let mut posts = mixed(rng, 150.0, START, START + 10 * HOUR);
        let back = START + 7 * HOUR;
        let mut seconds = 0;
        for post in &mut posts {
            let at = post.created_at.millis();
            if post.platform == Platform::X && (START + HOUR..back).contains(&at) {
                post.created_at = EventTime::from_millis(back + seconds * SECOND / 4);
                seconds += 1;
            }
        }
        posts.sort_by_key(|post| post.created_at);
        posts
    });
    let caused = caused(&all, 150.0, 10);
    assert!(caused <= MOST, "{caused}");
}

#[test]
fn everything_delivered_twice_pages_nobody() {
    let all = runs(150.0, |rng| {
        let posts = mixed(rng, 150.0, START, START + 3 * HOUR);
        // Once more ten minutes later, and once more with the time of that delivery.
        let mut stream: Vec<(i64, Mention<'static>)> = Vec::new();
        for post in posts {
            let at = post.created_at.millis();
            let again = Mention {
                created_at: EventTime::from_millis(at + 20 * MINUTE),
                ..post.clone()
            };
            stream.push((at, post.clone()));
            stream.push((at + 10 * MINUTE, post));
            stream.push((at + 20 * MINUTE, again));
        }
        stream.sort_by_key(|(at, _)| *at);
        stream.into_iter().map(|(_, post)| post).collect()
    });
    let caused = caused(&all, 150.0, 3);
    assert!(caused <= MOST, "{caused}");
}

#[test]
fn clocks_that_are_wrong_page_nobody() {
    for skew in [-HOUR, -10 * MINUTE, 4 * MINUTE, HOUR] {
        let all = runs(150.0, |rng| {
            let mut posts = mixed(rng, 150.0, START, START + 5 * HOUR);
            for post in posts.iter_mut().filter(|p| p.platform == Platform::X) {
                // From an hour on, as a source that was restarted.
                let at = post.created_at.millis();
                if at >= START + HOUR {
                    // More than five minutes ahead is moved back to the arrival.
                    post.clamped = skew > 5 * MINUTE;
                    let skewed = if post.clamped { at } else { at + skew };
                    post.created_at = EventTime::from_millis(skewed);
                }
            }
            posts
        });
        let caused = caused(&all, 150.0, 5);
        assert!(caused <= MOST, "{skew}: {caused}");
        let faults = notes(&all, SpikeKind::InputFault);
        assert!(faults.iter().all(|count| *count <= 2), "{skew}: {faults:?}");
    }
}

#[test]
fn a_source_that_is_always_late_is_told_of_once_a_day() {
    let mut rng = Rng(5);
    let mut watch = watch();
    let mut stream: Vec<(i64, Mention<'static>)> = Vec::new();
    for post in mixed(&mut rng, 150.0, MONDAY, MONDAY + 5 * DAY) {
        let late = i64::from(post.platform == Platform::Reviews) * 40 * MINUTE;
        stream.push((post.created_at.millis() + late, post));
    }
    stream.sort_by_key(|(at, _)| *at);
    let revisions = feed(&mut watch, stream.iter().map(|(_, post)| post));
    let faults = notes(&[revisions], SpikeKind::InputFault)[0];
    assert!((4..=6).contains(&faults), "{faults}");
}

#[test]
fn weeks_of_silence_bring_no_flood() {
    let all = runs(60.0, |rng| {
        let back = START + 24 * DAY;
        mixed(rng, 60.0, back, back + 2 * DAY)
    });
    let campaigns: usize = notes(&all, SpikeKind::Campaign).iter().sum();
    assert!(campaigns <= 2, "{campaigns}");
    for spikes in &all {
        let fault = the_note(spikes, SpikeKind::InputFault);
        assert_eq!(fault.closed_because, Some(ClosedBecause::NewNormal));
    }
}

#[test]
fn a_silence_is_told_while_it_lasts() {
    let mut rng = Rng(8);
    let mut watch = watch();
    feed(&mut watch, &mixed(&mut rng, 120.0, MONDAY, START));
    let mut out = Vec::new();
    for minute in 0..180 {
        let at = EventTime::from_millis(START + minute * MINUTE);
        let before = out.len();
        let is_moved = watch.is_moved_by(at);
        watch.advance(at, &mut out);
        assert_eq!(is_moved, out.len() > before, "minute {minute}");
    }
    assert_eq!(out.len(), 1, "once");
    let told = &out[0];
    assert_eq!(
        (told.spike_kind, told.pages),
        (SpikeKind::InputFault, false)
    );
    assert_eq!(told.closed_at, None);
    let noticed = told.detected_at.millis_since(EventTime::from_millis(START)) / MINUTE;
    assert!((28..=60).contains(&noticed), "{noticed}");
    let heard = watch.status().last_heard.unwrap();
    assert!((START - 5 * MINUTE..START).contains(&heard.millis()));
    // It speaks again: the same note gets its end.
    let back = mixed(&mut rng, 120.0, START + 3 * HOUR, START + 4 * HOUR);
    let more = feed(&mut watch, &back);
    let own: Vec<&Spike> = more.iter().filter(|spike| spike.id == told.id).collect();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].closed_because, Some(ClosedBecause::Recovered));
    assert!((175..=185).contains(&own[0].recovery_minutes.unwrap()));
}

/// A text that somebody pastes, with what copiers change.
fn paste(number: usize) -> String {
    let ends = ["!", "!!!", " 😡", " @acme", " https://t.co/a1", " #fail"];
    let text = "Deze winkel licht klanten op en betaalt nooit iets terug, doe aangifte";
    match number % 3 {
        0 => format!("{text}{}", ends[number % ends.len()].replace("#fail", "")),
        1 => format!("@vriend{number} {}", text.to_uppercase()),
        _ => format!("{text} {number}"),
    }
}

#[test]
fn a_pasted_text_is_one_opinion_whether_marked_or_not() {
    for is_marked in [false, true] {
        let all = runs(60.0, |rng| {
            let mut posts = mixed(rng, 60.0, START, START + 3 * HOUR);
            for number in 0..200 {
                let at = START + HOUR + number as i64 * 10 * SECOND;
                let mut copy = post(format!("copy {number}"), at, true);
                copy.text = Text::from(paste(number));
                let author = copy.author.as_mut().unwrap();
                author.created_at = Some(EventTime::from_millis(at - 3 * DAY));
                copy.cluster = is_marked.then(|| Cluster {
                    id: Text::from("pasted"),
                    size: number as u64 + 1,
                });
                posts.push(copy);
            }
            posts.sort_by_key(|post| post.created_at);
            posts
        });
        let caused = caused(&all, 60.0, 3);
        assert!(caused <= MOST, "{caused}");
        for spikes in &all {
            let note = the_note(spikes, SpikeKind::Coordinated);
            let told = note.coordination.unwrap();
            assert_eq!(told.copies, 199, "its last revision has them all");
            assert!(told.in_step > 0.99 && told.young_accounts == Some(1.0));
            assert_eq!(note.observed.negative, 200);
        }
    }
}

#[test]
fn a_wave_with_copies_in_it_pages_for_those_who_wrote_themselves() {
    let all = runs(60.0, |rng| {
        let mut posts = mixed(rng, 60.0, START, START + 3 * HOUR);
        for number in 0..240 {
            let at = START + HOUR + number as i64 * 15 * SECOND;
            let mut negative = post(format!("wave {number}"), at, true);
            if number % 2 == 0 {
                negative.text = Text::from(paste(number));
            }
            posts.push(negative);
        }
        posts.sort_by_key(|post| post.created_at);
        posts
    });
    let mut good = 0;
    for spikes in &all {
        let last = last_revisions(spikes);
        let page = last.iter().find(|spike| spike.pages);
        let told = page.and_then(|page| page.coordination);
        good += usize::from(told.is_some_and(|told| (100..=119).contains(&told.copies)));
    }
    assert!(good * 10 >= all.len() * 9, "{good} of {}", all.len());
}

#[test]
fn three_angry_authors_are_no_wave() {
    for per_hour in [3.0, 60.0] {
        let all = runs(per_hour, |rng| {
            let mut posts = mixed(rng, per_hour, START, START + 2 * HOUR);
            for number in 0..60 {
                let at = START + HOUR + number * 20 * SECOND;
                let mut angry = post(format!("angry {number}"), at, true);
                let author = angry.author.as_mut().unwrap();
                author.id = Some(Text::from(format!("angry author {}", number % 3)));
                posts.push(angry);
            }
            posts.sort_by_key(|post| post.created_at);
            posts
        });
        let caused = caused(&all, per_hour, 2);
        // Where two ordinary complaints come in the same hour, five people are angry.
        assert!(caused <= 5.0, "{per_hour}: {caused}");
    }
}
