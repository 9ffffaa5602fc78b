//! Hostile mentions in any order and at any time: the watcher never panics, tells no
//! number that isn't one, stays within its bounds, and goes on from a snapshot as if
//! nothing had happened.

#![no_main]

use detect::{BrandSettings, BrandWatch};
use libfuzzer_sys::fuzz_target;
use mention::{
    Aspect, AspectPolarity, Aspects, Author, Cluster, Engagement, Event, EventTime, Kind, Label,
    Mention, Platform, Probabilities, Role, Score, Span, Spike, Text,
};

/// 2026-03-02T00:00:00Z, a Monday, milliseconds.
const MONDAY: i64 = 1_772_409_600_000;
/// Bytes of one step of the input.
const STEP: usize = 8;
/// Bytes of a snapshot: so many at once, and so many for each record.
const SNAPSHOT_MAX: [usize; 2] = [32 * 1024, 8 * 1024];
/// Texts that have each a sort of trouble in them.
const TEXTS: [&str; 8] = [
    "",
    "Weer te laat",
    "Al drie weken wacht ik op mijn pakket van @merk en niemand neemt op 😡 #nooitmeer",
    "bel 06-12345678, NL91 ABNA 0417 1643 00, 1234 AB 5, jan@voorbeeld.nl, t.co/x, mvg Jan de Vries",
    "\u{200b}\u{feff}İ ﬁ ß ＠naam\u{2003}10\u{661}\u{661}\u{661} foto’s -'’- ''' #",
    "a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a a",
    "onvoorstelbaarlangwoorddatnooitophoudtenmaardoorgaatenmaardoorgaatzonderooiteenspatie/://www.",
    "Bij deze webshop nooit meer bestellen, ze lichten iedereen op en niemand doet er wat aan!",
];

fuzz_target!(|bytes: &[u8]| {
    let mut watch = BrandWatch::new(settings());
    let mut spikes = Vec::new();
    let mut now = MONDAY;
    for (number, step) in bytes.chunks_exact(STEP).enumerate() {
        let [what, who, when, how, which, reach, text, far] = *step else {
            return;
        };
        now = moved(now, when, far);
        match what % 8 {
            6 => watch.advance(EventTime::from_millis(now), &mut spikes),
            7 => watch = restored(&watch, number + 1),
            event => {
                let step = [event, who, how, which, reach, text];
                watch.observe(&mention(now, when, step), &mut spikes);
            }
        }
        spikes.drain(..).for_each(|spike| check(&spike));
    }
    let _ = restored(&watch, bytes.len() / STEP + 1);
});

fn settings() -> BrandSettings {
    BrandSettings::new("acme")
}

/// Time goes on by seconds, minutes or weeks, now and then back, and once in a while to
/// either end of what there is.
fn moved(now: i64, when: u8, far: u8) -> i64 {
    let minutes = i64::from(far) * 60_000;
    match when % 16 {
        0 => now.saturating_sub(minutes),
        1 => now.saturating_add(200 * minutes),
        2 => now.saturating_add(7 * 24 * 60 * minutes),
        3 if far == 255 => i64::MIN,
        4 if far == 255 => i64::MAX,
        5 if far == 254 => MONDAY,
        6..=9 => now.saturating_add(minutes / 16),
        _ => now.saturating_add(i64::from(far) * 50),
    }
}

fn restored(watch: &BrandWatch, records: usize) -> BrandWatch {
    let status = watch.status();
    for series in &status.series {
        let expected = series.expected;
        let told = [
            series.share.unwrap_or(0.0),
            expected.share,
            expected.low,
            expected.high,
            series.score,
            series.volume_expected,
        ];
        assert!(told.iter().all(|told| told.is_finite()), "{series:?}");
    }
    let snapshot = watch.snapshot();
    let most = SNAPSHOT_MAX[0] + SNAPSHOT_MAX[1] * records;
    assert!(snapshot.len() <= most, "{} bytes", snapshot.len());
    let restored = BrandWatch::restore(settings(), &snapshot).expect("its own snapshot");
    assert_eq!(&restored, watch);
    assert_eq!(restored.status(), status);
    restored
}

fn mention(now: i64, when: u8, [event, who, how, which, reach, text]: [u8; 6]) -> Mention<'static> {
    let negative = how & 1 > 0;
    let observed_at = (how & 2 > 0).then(|| EventTime::from_millis(now));
    // Figures from none to more than there are people.
    let figure = |byte: u8| (byte > 15).then(|| 1_u64 << (byte % 64));
    Mention {
        id: name("m", which),
        brand: Text::from("acme"),
        platform: Platform::ALL[usize::from(who) % Platform::ALL.len()],
        created_at: EventTime::from_millis(now),
        text: match text % 16 {
            8.. => Text::from(format!(
                "{} {which} {}",
                TEXTS[2],
                TEXTS[usize::from(text) % 8]
            )),
            text => Text::from(TEXTS[usize::from(text)]),
        },
        event: match event {
            4 => Event::Update,
            5 => Event::Delete,
            _ => Event::Create,
        },
        author: (how & 4 > 0).then(|| Author {
            id: (who < 200).then(|| name("a", who)),
            followers: figure(reach),
            created_at: (who & 1 > 0).then(|| EventTime::from_millis(now.saturating_sub(1))),
            role: (who > 240).then_some(Role::Brand),
            ..Author::default()
        }),
        lang: None,
        kind_hint: None,
        rating: None,
        title: None,
        in_reply_to: (how & 24 == 8).then(|| name("m", which / 2)),
        root: (how & 24 == 16).then(|| name("m", which % 8)),
        repost_of: (how & 24 == 24).then(|| name("m", which / 4)),
        cluster: (how > 250).then(|| Cluster {
            id: name("c", which % 4),
            size: 3,
        }),
        engagement: (reach & 1 > 0).then(|| Engagement {
            likes: figure(reach),
            shares: figure(reach.wrapping_mul(3)),
            views: figure(reach.wrapping_mul(7)),
            observed_at,
            ..Engagement::default()
        }),
        media: Vec::new(),
        campaign: None,
        canary: false,
        clamped: when > 250,
        score: (how & 32 == 0).then(|| score(negative, text)),
    }
}

fn name(of: &str, number: u8) -> Text<'static> {
    Text::from(format!("{of}{number}"))
}

fn score(negative: bool, text: u8) -> Score<'static> {
    let label = if negative {
        Label::Negative
    } else {
        Label::Positive
    };
    let mut aspects = Aspects::new();
    if text & 32 > 0 {
        aspects.push(AspectPolarity {
            aspect: Aspect::Delivery,
            polarity: label,
            confidence: 0.9,
        });
    }
    let start = u32::from(text);
    let spans = match text & 64 {
        0 => Vec::new(),
        _ => vec![Span {
            start,
            end: start / 2 + 9,
            weight: 0.5,
        }],
    };
    Score {
        label,
        probabilities: Probabilities {
            negative: 0.5,
            neutral: 0.2,
            positive: 0.3,
        },
        confidence: 0.9,
        lang: Text::from("nl"),
        abstained: None,
        kind: Kind::Complaint,
        aspects,
        model: Text::from("m@1"),
        spans,
    }
}

fn check(spike: &Spike) {
    let reach = spike.reach.map_or([0.0; 4], |reach| {
        [
            reach.measured,
            reach.estimated,
            reach.missing,
            reach.top_thread,
        ]
    });
    let expected = [
        spike.expected.share,
        spike.expected.low,
        spike.expected.high,
    ];
    let series = spike
        .series
        .iter()
        .flat_map(|point| [point.low, point.high]);
    let drivers = spike.drivers.iter().map(|driver| driver.share);
    let terms = spike.terms.iter().map(|term| term.lift);
    let threads = spike.threads.iter().map(|thread| thread.velocity);
    let told = reach.into_iter().chain(expected).chain(series);
    let mut told = told.chain(drivers).chain(terms).chain(threads);
    assert!(told.all(f64::is_finite), "{spike:?}");
    assert!((1..=5).contains(&spike.severity));
    assert!(spike.series.len() <= 240 && spike.exemplars.len() <= 5);
    for shown in &spike.exemplars {
        let length = shown.text.chars().count();
        assert!(length <= 280 && !shown.text.contains("12345"), "{shown:?}");
        let spans = shown.spans.iter();
        assert!(
            spans
                .into_iter()
                .all(|[start, end]| start < end && *end as usize <= length)
        );
    }
}
