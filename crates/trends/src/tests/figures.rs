//! The figures of `docs/insight.md`, on real mentions where there are some.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Instant;

use super::*;

/// The stream of real mentions, if the data folder is there; its absence is a failure
/// where it is required.
fn airline_stream() -> Option<String> {
    let Some(folder) = std::env::var_os("OPHEF_DATA") else {
        assert!(
            std::env::var_os("OPHEF_REQUIRE_DATA").is_none(),
            "OPHEF_DATA isn't set"
        );
        println!("*** SKIPPED: set OPHEF_DATA to the data folder ***");
        return None;
    };
    let file = PathBuf::from(folder).join("spikes/airline_stream.jsonl");
    let text = std::fs::read_to_string(&file);
    Some(text.unwrap_or_else(|error| panic!("{}: {error}", file.display())))
}

/// Every term of every mention, counted exactly: the rule of `rising` written once more,
/// with real numbers and without a bound.
#[derive(Default)]
struct Exact {
    /// Block of six hours → mentions.
    all: BTreeMap<i64, f64>,
    terms: BTreeMap<String, BTreeMap<i64, f64>>,
}

impl Exact {
    fn count(&mut self, block: i64, terms: BTreeSet<String>) {
        *self.all.entry(block).or_default() += 1.0;
        for term in terms {
            *self
                .terms
                .entry(term)
                .or_default()
                .entry(block)
                .or_default() += 1.0;
        }
    }

    /// The present and the faded past at block `now`.
    fn at(counts: &BTreeMap<i64, f64>, now: i64) -> [f64; 2] {
        let recent = counts.range(now - 3..).map(|(_, count)| count).sum();
        let fading = |(block, count): (&i64, &f64)| {
            let blocks = i32::try_from(now - 4 - block).unwrap();
            count * (1.0 - 1.0 / 112.0_f64).powi(blocks)
        };
        [recent, counts.range(..now - 3).map(fading).sum()]
    }

    fn ranked(&self, now: i64) -> Vec<(String, f64)> {
        let [recent, past] = Self::at(&self.all, now);
        let mut ranked: Vec<(String, f64)> = Vec::new();
        for (term, counts) in &self.terms {
            let [came, before] = Self::at(counts, now);
            let expected = (before + crate::rising::PRIOR) * recent / past;
            if came >= f64::from(crate::rising::COUNT_MIN) && came > expected {
                let deviance = 2.0 * (came * (came / expected).ln() - (came - expected));
                ranked.push((term.clone(), deviance));
            }
        }
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
        ranked
    }
}

/// How many of the exact top 20 rising terms the bounded table has in its own, at each
/// end of a day and for each brand, together.
fn recall(stream: &str) -> [usize; 2] {
    let mut brands: BTreeMap<String, (BrandTrends, Exact, i64)> = BTreeMap::new();
    let [mut found, mut of] = [0, 0];
    for line in stream.lines() {
        let Ok(Record::Mention(mention)) = parse(line.as_bytes()) else {
            continue;
        };
        let slug = mention.brand.to_string();
        let (trends, exact, day) = brands.entry(slug.clone()).or_insert_with(|| {
            let about = About::new(BrandSettings::new(slug.as_str()), &[], &[]);
            let day = mention.created_at.millis().div_euclid(DAY);
            (BrandTrends::new(Arc::new(about)), Exact::default(), day)
        });
        let now = mention.created_at.millis();
        if now.div_euclid(DAY) > *day {
            *day = now.div_euclid(DAY);
            let block = (now.div_euclid(DAY) * DAY - 1).div_euclid(6 * 3_600_000);
            let ours = trends.ranked_terms();
            if !ours.is_empty() {
                let ours: BTreeSet<_> = ours.into_iter().take(20).map(|(term, _)| term).collect();
                let exact = exact.ranked(block);
                // Of equals at the end any will do.
                let bar = exact.get(19).map_or(0.0, |(_, deviance)| deviance + 1e-3);
                let certain = exact.iter().filter(|(_, deviance)| *deviance > bar);
                let certain: Vec<_> = certain.collect();
                of += certain.len();
                found += certain
                    .iter()
                    .filter(|(term, _)| ours.contains(term))
                    .count();
            }
        }
        if trends.observe(&mention) == Outcome::Volume {
            continue;
        }
        let own = detect::own_names(&mention.brand, &[]);
        let terms = detect::terms_of(&mention.text, &mention.brand);
        let terms = terms.iter().filter(|term| !detect::is_own_name(term, &own));
        let terms = terms
            .filter(|term| term.len() <= 24)
            .map(ToString::to_string);
        exact.count(now.div_euclid(6 * 3_600_000), terms.collect());
    }
    [found, of]
}

#[test]
fn the_rising_terms_of_real_mentions_are_those_of_exact_counting() {
    let Some(stream) = airline_stream() else {
        return;
    };
    let [found, of] = recall(&stream);
    println!("{found} of {of} rising terms");
    assert!(of > 300 && found * 100 >= of * 95, "{found} of {of}");
}

/// Errors of the estimate over seeds, in parts of the number: root mean square, largest,
/// and the share of seeds within 2 %.
fn errors(bits: u8, count: u64, seeds: u64) -> [f64; 3] {
    let errors: Vec<f64> = (0..seeds)
        .map(|seed| {
            let mut sketch = Sketch::new(bits);
            (0..count).for_each(|number| sketch.insert(spread(number ^ spread(seed + 1) << 24)));
            sketch.estimate() / count as f64 - 1.0
        })
        .collect();
    let squares: f64 = errors.iter().map(|error| error * error).sum();
    let within = errors.iter().filter(|error| error.abs() <= 0.02).count();
    let largest = errors
        .iter()
        .fold(0.0, |most: f64, error| most.max(error.abs()));
    [
        (squares / seeds as f64).sqrt(),
        largest,
        within as f64 / seeds as f64,
    ]
}

#[test]
fn a_million_authors_are_counted_within_two_percent_in_eight_kilobytes() {
    let [error, largest, _] = errors(13, 1_000_000, 5);
    assert!(error < 0.02 && largest < 0.03, "{error} {largest}");
}

/// What `docs/insight.md` tells: `cargo test --release -p trends figures -- --ignored --nocapture`.
#[test]
#[ignore = "measures for a minute"]
fn figures() {
    for (bits, count, seeds) in [
        (11, 1_000_000, 200),
        (13, 1_000_000, 200),
        (13, 20_000, 400),
    ] {
        let [error, largest, within] = errors(bits, count, seeds);
        println!(
            "2^{bits} registers, {count} authors, {seeds} seeds: root mean square error {:.2} %, \
             largest {:.2} %, within 2 %: {:.1} %",
            100.0 * error,
            100.0 * largest,
            100.0 * within,
        );
    }
    let mentions: Vec<_> = quiet(START, 60).collect();
    let mut trends = BrandTrends::new(about());
    let start = Instant::now();
    mentions.iter().for_each(|mention| {
        trends.observe(mention);
    });
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "{:.0} invented mentions/s, {} bytes",
        mentions.len() as f64 / seconds,
        trends.snapshot().len()
    );
    let start = Instant::now();
    let summaries = 200;
    (0..summaries).for_each(|_| drop(trends.summary()));
    println!(
        "a summary takes {:.0} µs",
        start.elapsed().as_secs_f64() * 1e6 / f64::from(summaries)
    );
    let Some(stream) = airline_stream() else {
        return;
    };
    let records: Vec<_> = stream
        .lines()
        .filter_map(|line| parse(line.as_bytes()).ok())
        .collect();
    let mut brands: BTreeMap<String, BrandTrends> = BTreeMap::new();
    let start = Instant::now();
    for record in &records {
        let Record::Mention(mention) = record else {
            continue;
        };
        let brand = mention.brand.as_str();
        if !brands.contains_key(brand) {
            let about = About::new(BrandSettings::new(brand), &[], &[]);
            brands.insert(brand.to_owned(), BrandTrends::new(Arc::new(about)));
        }
        brands.get_mut(brand).unwrap().observe(mention);
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{:.0} real mentions/s", records.len() as f64 / seconds);
    for (brand, trends) in &brands {
        println!("{brand}: {} bytes", trends.snapshot().len());
    }
    println!("recall {:?}", recall(&stream));
}
