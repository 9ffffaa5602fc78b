//! Counters by brand, with a bound on how many brands have labels of their own.

use std::collections::BTreeMap;

use mention::{Aspect, Kind, Label, Mention, Platform, Text};
use service::metrics::{IntCounter, IntCounterVec, RegisterError, Registry};

/// Brands with labels of their own where none is configured: at ten platforms each
/// makes some 150 series, and a scrape should stay below five megabytes.
const LABELLED_MAX: usize = 500;
/// Every aspect that a record can have: those of the contract, and another model's.
const ASPECTS: [Aspect; Aspect::ALL.len() + 1] = {
    let mut all = [Aspect::Other; Aspect::ALL.len() + 1];
    let mut index = 0;
    while index < Aspect::ALL.len() {
        all[index] = Aspect::ALL[index];
        index += 1;
    }
    all
};
/// The label of all others.
const OTHER: &str = "other";

/// What is counted of a mention. It lies in the record, so that nothing is freed on another
/// thread than it was made on.
#[derive(Debug)]
pub(crate) struct Seen<'a> {
    brand: Text<'a>,
    platform: Platform,
    sentiment: Label,
    /// None without a score.
    kind: Option<Kind>,
    /// What is negative in a negative one, a bit for each of [`ASPECTS`].
    negative: u32,
}

// A bit for each.
const _: () = assert!(ASPECTS.len() <= u32::BITS as usize);

impl<'a> Seen<'a> {
    pub(crate) fn of(mention: Mention<'a>) -> Self {
        let score = mention.score.as_ref();
        let aspects = score
            .filter(|score| score.is_negative())
            .map_or(&[][..], |score| score.aspects.as_slice());
        let negative = aspects
            .iter()
            .filter(|found| found.polarity == Label::Negative);
        Self {
            platform: mention.platform,
            sentiment: sentiment_of(&mention),
            kind: score.map(|score| score.kind),
            negative: negative.fold(0, |all, found| all | 1 << found.aspect as u32),
            brand: mention.brand,
        }
    }
}

/// Counters by brand.
#[derive(Debug)]
pub(crate) struct Brands {
    /// `ophef_mentions_total{brand,platform,sentiment}`: mentions watched; an
    /// abstained score counts as neutral.
    mentions: IntCounterVec,
    /// `ophef_mention_kinds_total{brand,kind}`: mentions watched, by kind.
    kinds: IntCounterVec,
    /// `ophef_negative_aspects_total{brand,aspect}`: negative mentions, by what is
    /// negative in them; one counts for each of its aspects.
    aspects: IntCounterVec,
    /// `ophef_label_overflow_total`: mentions counted under `other`.
    overflow: IntCounter,
    /// Handles by brand; `other`'s are kept under its name.
    handles: BTreeMap<String, Handles>,
    /// Brands that may have labels; `None` where they are configured, which bounds them.
    limit: Option<usize>,
}

/// Handles of one brand, made when they are first needed, so that there are no series of
/// platforms that the brand isn't on.
#[derive(Debug, Default)]
struct Handles {
    mentions: [Option<[IntCounter; Label::ALL.len()]>; Platform::ALL.len()],
    kinds: [Option<IntCounter>; Kind::ALL.len()],
    aspects: [Option<IntCounter>; ASPECTS.len()],
}

impl Brands {
    pub(crate) fn register(registry: &Registry) -> Result<Self, RegisterError> {
        let none: [&str; 0] = [];
        Ok(Self {
            mentions: registry.counters(
                "ophef_mentions_total",
                "Mentions watched, by brand, platform and sentiment.",
                &["brand", "platform", "sentiment"],
            )?,
            kinds: registry.counters(
                "ophef_mention_kinds_total",
                "Mentions watched, by brand and kind.",
                &["brand", "kind"],
            )?,
            aspects: registry.counters(
                "ophef_negative_aspects_total",
                "Negative mentions, by brand and by what is negative in them.",
                &["brand", "aspect"],
            )?,
            overflow: registry
                .counters(
                    "ophef_label_overflow_total",
                    "Mentions counted under brand=\"other\": more brands were found than have \
                     labels of their own. Their alerts are exported all the same.",
                    &none,
                )?
                .with_label_values(&none),
            handles: BTreeMap::new(),
            limit: Some(LABELLED_MAX),
        })
    }

    /// The brands are configured, and all have labels.
    pub(crate) const fn label_all(&mut self) {
        self.limit = None;
    }

    /// Whether the brand has labels of its own; it gets them if there is room.
    pub(crate) fn has_labels(&mut self, brand: &str) -> bool {
        if self.handles.contains_key(brand) {
            return true;
        }
        if self.limit.is_some_and(|limit| self.handles.len() >= limit) {
            return false;
        }
        self.handles.insert(brand.to_owned(), Handles::default());
        true
    }

    pub(crate) fn count(&mut self, seen: &Seen<'_>) {
        let mut brand = seen.brand.as_str();
        if !self.has_labels(brand) {
            self.overflow.inc();
            brand = OTHER;
            self.handles.entry(OTHER.to_owned()).or_default();
        }
        let Some(handles) = self.handles.get_mut(brand) else {
            return;
        };
        let on_platform = &mut handles.mentions[seen.platform.index()];
        let on_platform = on_platform.get_or_insert_with(|| {
            let platform = seen.platform.as_str();
            Label::ALL.map(|label| {
                let labels = [brand, platform, label.as_str()];
                self.mentions.with_label_values(&labels)
            })
        });
        on_platform[seen.sentiment as usize].inc();
        let Some(kind) = seen.kind else {
            return;
        };
        let of_kind = handles.kinds[kind as usize].get_or_insert_with(|| {
            let labels = [brand, kind.as_str()];
            self.kinds.with_label_values(&labels)
        });
        of_kind.inc();
        let handles = ASPECTS.iter().zip(&mut handles.aspects);
        for (aspect, handle) in handles {
            if seen.negative & 1 << *aspect as u32 == 0 {
                continue;
            }
            let of_aspect = handle.get_or_insert_with(|| {
                let labels = [brand, aspect.as_str()];
                self.aspects.with_label_values(&labels)
            });
            of_aspect.inc();
        }
    }

    /// The brand isn't watched here any more: its new owner exports it.
    pub(crate) fn forget(&mut self, brand: &str) {
        let Some(handles) = self.handles.remove(brand) else {
            return;
        };
        // Each is there, since there was a handle.
        for (platform, _) in made(&Platform::ALL, &handles.mentions) {
            for label in Label::ALL {
                let labels = [brand, platform.as_str(), label.as_str()];
                let _ = self.mentions.remove_label_values(&labels);
            }
        }
        for (kind, _) in made(&Kind::ALL, &handles.kinds) {
            let _ = self.kinds.remove_label_values(&[brand, kind.as_str()]);
        }
        for (aspect, _) in made(&ASPECTS, &handles.aspects) {
            let _ = self.aspects.remove_label_values(&[brand, aspect.as_str()]);
        }
    }
}

/// Those whose handle was made.
fn made<'a, N, H>(
    names: &'a [N],
    handles: &'a [Option<H>],
) -> impl Iterator<Item = (&'a N, &'a H)> {
    let pairs = names.iter().zip(handles);
    pairs.filter_map(|(name, handle)| Some((name, handle.as_ref()?)))
}

/// The label of a score that says something, else neutral.
fn sentiment_of(mention: &Mention<'_>) -> Label {
    let score = mention
        .score
        .as_ref()
        .filter(|score| score.abstained.is_none());
    score.map_or(Label::Neutral, |score| score.label)
}
