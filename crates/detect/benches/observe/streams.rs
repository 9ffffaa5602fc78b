//! Endless streams of scored records about invented brands, for measuring speed.

use std::fmt::Write;

use detect::{BrandSettings, BrandWatch};
use mention::{EventTime, Mention, Platform, Record, Spike, parse_scored};

use crate::support::{HOUR, MONDAY, Rng};

/// What a stream is like.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Case {
    /// Its name in tables.
    pub(crate) name: &'static str,
    /// Brands, all in one stream.
    pub(crate) brands: usize,
    /// Mentions an hour of the least and of the most spoken-of brand; the others lie
    /// evenly between the logarithms.
    pub(crate) per_hour: [f64; 2],
    /// Platforms that they are spread over, evenly.
    pub(crate) platforms: usize,
    /// Share of negatives at first, and after the warm-up.
    pub(crate) shares: [f64; 2],
}

/// Mentions that a watch has seen before it is measured.
pub(crate) const WARM_UP: usize = 300_000;

/// The cases, from the usual to the worst.
pub(crate) const CASES: [Case; 5] = [
    Case {
        name: "typical",
        brands: 100,
        per_hour: [6.0, 6_000.0],
        platforms: 3,
        shares: [0.2, 0.2],
    },
    Case {
        name: "busy",
        brands: 20,
        per_hour: [2_400.0, 2_400.0],
        platforms: 3,
        shares: [0.2, 0.2],
    },
    Case {
        name: "quiet",
        brands: 2_000,
        per_hour: [6.0, 6.0],
        platforms: 1,
        shares: [0.2, 0.2],
    },
    Case {
        name: "platforms",
        brands: 20,
        per_hour: [2_400.0, 2_400.0],
        platforms: 15,
        shares: [0.2, 0.2],
    },
    Case {
        name: "wave",
        brands: 20,
        per_hour: [2_400.0, 2_400.0],
        platforms: 3,
        shares: [0.2, 0.7],
    },
];

/// Invented texts of usual lengths: negative ones, and others.
const TEXTS: [[&str; 4]; 2] = [
    [
        "Al drie weken wacht ik op mijn pakket van @merk en niemand neemt de telefoon op 😡 #nooitmeer",
        "Weer te laat bezorgd, doos kapot, en de klantenservice belt niet terug. Schandalig slecht!",
        "Worst service ever: my refund is still missing and the app crashes all day, see https://example.org/x1",
        "Vandaag voor de tweede keer het verkeerde artikel ontvangen. Mail naar help@example.org helpt niet",
    ],
    [
        "Iemand ervaring met de nieuwe winkel in Utrecht? Hoe laat gaan ze op zondag open?",
        "Topservice bij @merk, vandaag besteld en morgen al in huis! #blij",
        "Does anyone know if the brown boots are back in stock? https://example.org/boots",
        "Leuke actie, net de tweede halve prijs meegenomen voor mijn zus",
    ],
];

/// Writes the records of a case, in order of time.
#[derive(Debug)]
pub(crate) struct Stream {
    case: Case,
    /// Mentions after which the share is the second one.
    warm_up: usize,
    rng: Rng,
    /// Σ mentions an hour up to each brand.
    cumulative: Vec<f64>,
    at: f64,
    number: usize,
}

impl Stream {
    /// The stream of that case; the same one each time.
    pub(crate) fn new(case: Case, warm_up: usize) -> Self {
        let [least, most] = case.per_hour;
        let step = (most / least).powf(1.0 / (case.brands - 1).max(1) as f64);
        let mut sum = 0.0;
        let cumulative = (0..case.brands).map(|brand| {
            sum += least * step.powi(brand as i32);
            sum
        });
        Self {
            cumulative: cumulative.collect(),
            case,
            warm_up,
            rng: Rng(7),
            at: MONDAY as f64,
            number: 0,
        }
    }

    /// One watch for each brand.
    pub(crate) fn watches(&self) -> Vec<BrandWatch> {
        let brands = 0..self.case.brands;
        brands
            .map(|brand| BrandWatch::new(BrandSettings::new(format!("brand-{brand}"))))
            .collect()
    }

    /// The next record and the number of its brand.
    pub(crate) fn next(&mut self) -> (usize, Vec<u8>) {
        let total = self.cumulative[self.cumulative.len() - 1];
        self.at += -self.rng.uniform().ln() / total * HOUR as f64;
        let chosen = self.rng.uniform() * total;
        let brand = self.cumulative.partition_point(|sum| *sum < chosen);
        let share = self.case.shares[usize::from(self.number >= self.warm_up)];
        self.number += 1;
        let mut json = String::new();
        self.write(&mut json, brand, share);
        (brand, json.into_bytes())
    }

    fn write(&mut self, json: &mut String, brand: usize, share: f64) {
        let is_negative = self.rng.chance(share);
        let platform = Platform::ALL[self.rng.below(self.case.platforms as u64) as usize];
        let (id, author) = (self.rng.next(), self.rng.next());
        let followers = 10_f64.powf(4.0 * self.rng.uniform()) as u64;
        let at = EventTime::from_millis(self.at as i64);
        let text = TEXTS[usize::from(!is_negative)][self.rng.below(4) as usize];
        // Words of its own, so that texts aren't copies.
        let own = [self.rng.below(400), self.rng.below(400)].map(|word| {
            let syllable = |at: u64| ["ka", "lo", "mi", "ter", "vo", "sta", "ne"][at as usize % 7];
            [word, word / 7, word / 49].map(syllable).concat()
        });
        let [first, second] = own;
        let (label, negative, kind) = match is_negative {
            true => ("negative", 0.9, "complaint"),
            false => ("neutral", 0.05, "remark"),
        };
        let more = match self.rng.below(20) {
            0 => r#","cluster":{"id":"c7","size":3}"#.to_owned(),
            1 | 2 => format!(r#","root":"r{}""#, self.rng.below(50)),
            3 | 4 => format!(r#","engagement":{{"views":{}}}"#, self.rng.below(5_000)),
            _ => String::new(),
        };
        let _ = write!(
            json,
            r#"{{"id":"{id:x}","brand":"brand-{brand}","platform":"{platform}","created_at":"{at}","text":"{first} {text} {second}","lang":"nl","author":{{"id":"{author:x}","role":"customer","followers":{followers}}}{more},"score":{{"label":"{label}","probabilities":{{"negative":{negative},"neutral":0.05,"positive":{positive}}},"confidence":0.9,"lang":"nl","abstained":null,"kind":"{kind}","aspects":[{{"aspect":"delivery","polarity":"{label}","confidence":0.8}}],"model":"ophef-mini@3"}}}}"#,
            positive = 0.95 - negative,
        );
    }

    /// The next records, so many.
    pub(crate) fn take(&mut self, count: usize) -> Vec<(usize, Vec<u8>)> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// The records as mentions that borrow from them.
pub(crate) fn mentions(records: &[(usize, Vec<u8>)]) -> Vec<(usize, Mention<'_>)> {
    let parsed = records
        .iter()
        .filter_map(|(brand, json)| match parse_scored(json) {
            Ok(Record::Mention(mention)) => Some((*brand, *mention)),
            _ => None,
        });
    parsed.collect()
}

/// Watches all of them.
#[inline(never)]
pub(crate) fn observe(
    watches: &mut [BrandWatch],
    mentions: &[(usize, Mention<'_>)],
    out: &mut Vec<Spike>,
) {
    for (brand, mention) in mentions {
        watches[*brand].observe(mention, out);
    }
    out.clear();
}

/// Parses and watches all of them.
#[inline(never)]
pub(crate) fn parse_and_observe(
    watches: &mut [BrandWatch],
    records: &[(usize, Vec<u8>)],
    out: &mut Vec<Spike>,
) {
    for (brand, json) in records {
        if let Ok(Record::Mention(mention)) = parse_scored(json) {
            watches[*brand].observe(&mention, out);
        }
    }
    out.clear();
}
