//! Streams of invented mentions for the tests and the benchmark: seeded, so that
//! every run is the same.

#![allow(dead_code, reason = "each test uses its part")]
#![allow(
    missing_docs,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::should_implement_trait,
    reason = "test code"
)]

use detect::{BrandSettings, BrandWatch};
use mention::{Kind, Label, Mention, Platform, Probabilities, Score, Spike, Text};

/// `SplitMix64` (Steele, Lea and Flood, OOPSLA 2014): small, and the same everywhere.
#[derive(Debug, Clone)]
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in (0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }

    pub(crate) fn chance(&mut self, p: f64) -> bool {
        self.uniform() < p
    }

    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }

    pub(crate) fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }

    pub(crate) fn poisson(&mut self, mean: f64) -> u32 {
        if mean > 60.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as u32;
        }
        let (limit, mut product, mut count) = ((-mean).exp(), self.uniform(), 0);
        while product > limit {
            product *= self.uniform();
            count += 1;
        }
        count
    }

    /// Gamma by Marsaglia and Tsang (ACM TOMS 26, 2000).
    pub(crate) fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let boost = self.uniform().powf(1.0 / shape);
            return self.gamma(shape + 1.0) * boost;
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.uniform().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    pub(crate) fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        x / (x + y)
    }

    pub(crate) fn binomial(&mut self, n: u32, p: f64) -> u32 {
        (0..n).filter(|_| self.chance(p)).count() as u32
    }
}

/// 2026-03-02T00:00:00Z, a Monday.
pub(crate) const MONDAY: i64 = 1_772_409_600_000;
pub(crate) const SECOND: i64 = 1_000;
pub(crate) const MINUTE: i64 = 60_000;
pub(crate) const HOUR: i64 = 3_600_000;
pub(crate) const DAY: i64 = 86_400_000;

/// A score of that label.
pub(crate) fn score(label: Label) -> Score<'static> {
    let (negative, positive) = match label {
        Label::Negative => (0.9, 0.05),
        _ => (0.05, 0.05),
    };
    Score {
        label,
        probabilities: Probabilities {
            negative,
            neutral: 1.0 - negative - positive,
            positive,
        },
        confidence: 0.9,
        lang: Text::from("nl"),
        abstained: None,
        kind: if label == Label::Negative {
            Kind::Complaint
        } else {
            Kind::Remark
        },
        aspects: mention::Aspects::new(),
        model: Text::from("test@1"),
        spans: Vec::new(),
    }
}

/// A plain post about `acme` by an author of its own.
pub(crate) fn post(id: impl Into<String>, at: i64, negative: bool) -> Mention<'static> {
    let id: String = id.into();
    Mention {
        author: Some(mention::Author {
            id: Some(Text::from(format!("author of {id}"))),
            followers: Some(150),
            ..Default::default()
        }),
        id: Text::from(id),
        brand: Text::from("acme"),
        platform: Platform::X,
        created_at: mention::EventTime::from_millis(at),
        text: Text::from(if negative { "Weer te laat" } else { "Prima" }),
        event: mention::Event::Create,
        lang: None,
        kind_hint: None,
        rating: None,
        title: None,
        in_reply_to: None,
        root: None,
        repost_of: None,
        cluster: None,
        engagement: None,
        media: Vec::new(),
        campaign: None,
        canary: false,
        clamped: false,
        score: Some(score(if negative {
            Label::Negative
        } else {
            Label::Neutral
        })),
    }
}

/// A watch with the default settings.
pub(crate) fn watch() -> BrandWatch {
    BrandWatch::new(BrandSettings::new("acme"))
}

/// Posts of a steady stream: `per_hour` mentions with that share of negatives,
/// Poisson, from `from` to `until`, in order.
pub(crate) fn steady(
    rng: &mut Rng,
    per_hour: f64,
    share: f64,
    from: i64,
    until: i64,
) -> Vec<Mention<'static>> {
    let mut posts = Vec::new();
    let mut at = from as f64;
    loop {
        at += -rng.uniform().ln() / per_hour * HOUR as f64;
        if at >= until as f64 {
            return posts;
        }
        posts.push(post(
            format!("{:x}", rng.next()),
            at as i64,
            rng.chance(share),
        ));
    }
}

/// Feeds all posts and returns every revision.
pub(crate) fn feed<'a>(
    watch: &mut BrandWatch,
    posts: impl IntoIterator<Item = &'a Mention<'a>>,
) -> Vec<Spike> {
    let mut out = Vec::new();
    for post in posts {
        watch.observe(post, &mut out);
    }
    out
}

/// The last revision of each spike, sorted by onset and id.
pub(crate) fn last_revisions(revisions: &[Spike]) -> Vec<Spike> {
    let mut last: std::collections::BTreeMap<(i64, String), Spike> = Default::default();
    for spike in revisions {
        last.insert((spike.onset.millis(), spike.id.clone()), spike.clone());
    }
    last.into_values().collect()
}
