//! Where the excess comes from: the split over the values of each dimension, and
//! the terms that rose.

use mention::{Driver, Term};

use crate::background::Background;
use crate::facts::Word;
use crate::maths;
use crate::tally::{Dimension, NONE, Tally, WHOLE};
use crate::terms::is_own;

/// Steps of a share: four decimals.
const STEPS: u64 = 10_000;
/// Values named in a dimension; the rest are `other`.
const VALUES_MAX: usize = 8;
/// Value for what isn't named.
const OTHER: &str = "other";
/// Terms told, fewest mentions with one, and least lift.
const TERMS_TOLD: usize = 10;
const TERM_COUNT_MIN: u64 = 3;
const LIFT_MIN: f64 = 1.5;

/// Posts of a thread that make it a value of its own; the rest stand alone and are `other`.
const THREAD_MIN: u64 = 2;

/// The split of the excess over each dimension. `expected` is the number of
/// negatives that the usual mood explains; they are taken to be made as the
/// background is, and what a value has beyond its part of them is its excess. What has
/// less than its part takes nothing from the others. The shares of one dimension add up
/// to 1 in four decimals exactly (largest remainder).
///
/// Where there is no excess – one post that spreads, or the last revision of a spike
/// that gave way – nothing can be split but the negatives themselves, and that is
/// done in every dimension alike. Where there are no negatives there are no drivers.
pub(crate) fn drivers(
    tally: &Tally,
    background: &Background,
    expected: f64,
    own: &[String],
) -> Vec<Driver> {
    #[allow(clippy::cast_precision_loss, reason = "a count of mentions")]
    let expected = if expected < tally.negatives as f64 {
        expected
    } else {
        0.0
    };
    let mut drivers = Vec::new();
    for dimension in Dimension::ALL {
        let excess = excess_of(dimension, tally, background, expected, own);
        drivers.extend(split(dimension, excess));
    }
    drivers
}

#[allow(clippy::cast_precision_loss, reason = "sums of mentions")]
fn excess_of(
    dimension: Dimension,
    tally: &Tally,
    background: &Background,
    expected: f64,
    own: &[String],
) -> Vec<(String, f64)> {
    let usual =
        |value: &str| background.part(dimension, value) / background.negatives.max(1.0) * expected;
    let observed: Vec<(String, f64)> = match dimension {
        Dimension::Term => terms_of(tally, own),
        Dimension::Thread => threads_of(tally),
        _ => (tally.parts.range((dimension, Word::default())..))
            .take_while(|((found, _), _)| *found == dimension)
            .map(|((_, value), sum)| (value.to_string(), *sum as f64 / WHOLE as f64))
            .collect(),
    };
    let beyond = observed
        .iter()
        .map(|(value, count)| (value.clone(), (count - usual(value)).max(0.0)));
    let beyond: Vec<(String, f64)> = beyond.filter(|(_, excess)| *excess > 0.0).collect();
    // Of terms the rarest were let fall, so that there may be less left than is usual.
    if beyond.is_empty() { observed } else { beyond }
}

/// Mentions of each term; those of the brand's own names are of none.
#[allow(clippy::cast_precision_loss, reason = "sums of mentions")]
fn terms_of(tally: &Tally, own: &[String]) -> Vec<(String, f64)> {
    let mut none = 0;
    let mut terms = Vec::new();
    for (term, [_, part]) in &tally.terms {
        if term == NONE || is_own(term, own) {
            none += part;
        } else {
            terms.push((term.to_string(), *part as f64 / WHOLE as f64));
        }
    }
    if none > 0 {
        terms.push((NONE.to_owned(), none as f64 / WHOLE as f64));
    }
    terms
}

/// Mentions of each thread; those of threads let fall, and those that stand alone, are
/// `other`. A thread has no background: all of it is excess.
#[allow(clippy::cast_precision_loss, reason = "counts of mentions")]
fn threads_of(tally: &Tally) -> Vec<(String, f64)> {
    let counted = tally.threads.iter();
    let counted = counted.filter(|(_, thread)| thread.counted >= THREAD_MIN);
    let mut threads: Vec<(String, f64)> = counted
        .map(|(root, thread)| (crate::hash::hex(*root), thread.counted as f64))
        .collect();
    let in_threads = tally.threads.values().map(|thread| thread.counted);
    let known: u64 = in_threads.filter(|counted| *counted >= THREAD_MIN).sum();
    let fallen = tally.negatives.saturating_sub(known);
    if fallen > 0 {
        threads.push((OTHER.to_owned(), fallen as f64));
    }
    threads
}

/// Shares of the largest values, exact to the step.
fn split(dimension: Dimension, mut excess: Vec<(String, f64)>) -> Vec<Driver> {
    excess.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let rest: f64 = excess
        .iter()
        .skip(VALUES_MAX)
        .map(|(_, excess)| excess)
        .sum();
    excess.truncate(VALUES_MAX);
    if rest > 0.0 {
        match excess.iter_mut().find(|(value, _)| value == OTHER) {
            Some((_, own)) => *own += rest,
            None => excess.push((OTHER.to_owned(), rest)),
        }
    }
    let weights: Vec<f64> = excess.iter().map(|(_, excess)| *excess).collect();
    let steps = largest_remainder(&weights);
    let named = excess
        .into_iter()
        .zip(steps)
        .filter(|(_, steps)| *steps > 0);
    let driver = |((value, _), steps): ((String, f64), u64)| Driver {
        dimension: dimension.as_str().to_owned(),
        value,
        #[allow(clippy::cast_precision_loss, reason = "at most 10,000")]
        share: steps as f64 / STEPS as f64,
    };
    named.map(driver).collect()
}

/// Whole steps in proportion to the weights that add up to [`STEPS`] (the method of
/// Hamilton); none if no weight is positive.
fn largest_remainder(weights: &[f64]) -> Vec<u64> {
    let total: f64 = weights.iter().sum();
    if !(total.is_finite() && total > 0.0) {
        return vec![0; weights.len()];
    }
    #[allow(clippy::cast_precision_loss, reason = "10,000")]
    let quotas: Vec<f64> = weights
        .iter()
        .map(|weight| weight / total * STEPS as f64)
        .collect();
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 10,000"
    )]
    let mut steps: Vec<u64> = quotas.iter().map(|quota| quota.floor() as u64).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by(|&a, &b| {
        quotas[b]
            .fract()
            .total_cmp(&quotas[a].fract())
            .then(a.cmp(&b))
    });
    let missing = STEPS.saturating_sub(steps.iter().sum());
    for &position in order
        .iter()
        .cycle()
        .take(usize::try_from(missing).unwrap_or(0))
    {
        steps[position] += 1;
    }
    steps
}

/// The terms that rose most among the negatives: those that many mentions have,
/// ranked by count × ln(lift), then listed with the highest lift first.
#[allow(clippy::cast_precision_loss, reason = "counts of mentions")]
pub(crate) fn rising_terms(tally: &Tally, background: &Background, own: &[String]) -> Vec<Term> {
    let mut rising: Vec<(f64, Term)> = Vec::new();
    for (term, &[count, _]) in &tally.terms {
        let before = background.with_term(term);
        let rate_before = (before + 0.5) / (background.negatives + 1.0);
        let lift = (count as f64 + 0.5) / (tally.negatives as f64 + 1.0) / rate_before;
        let is_dull = term == NONE || count < TERM_COUNT_MIN || lift < LIFT_MIN;
        if is_dull || is_own(term, own) {
            continue;
        }
        let lift = (lift * 100.0).round() / 100.0;
        let told = Term {
            term: term.to_string(),
            lift,
            count,
        };
        rising.push((count as f64 * maths::ln(lift), told));
    }
    rising.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.term.cmp(&b.1.term)));
    rising.truncate(TERMS_TOLD);
    let mut terms: Vec<Term> = rising.into_iter().map(|(_, term)| term).collect();
    terms.sort_by(|a, b| b.lift.total_cmp(&a.lift).then_with(|| a.term.cmp(&b.term)));
    terms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn shares_add_up_exactly(weights in proptest::collection::vec(0.0_f64..1e6, 1..40)) {
            let excess = weights.iter().enumerate().map(|(i, w)| (format!("v{i}"), *w)).collect();
            let drivers = split(Dimension::Term, excess);
            let steps: f64 = drivers.iter().map(|d| (d.share * 1e4).round()).sum();
            let any = weights.iter().any(|w| *w > 0.0);
            prop_assert_eq!(steps.to_bits(), if any { 1e4_f64.to_bits() } else { 0_f64.to_bits() });
            prop_assert!(drivers.len() <= VALUES_MAX + 1);
        }
    }

    #[test]
    fn what_is_usual_is_no_driver() {
        let mut tally = Tally::default();
        let nl = (Dimension::Language, Word::new("nl"));
        let en = (Dimension::Language, Word::new("en"));
        let usual = [
            (Dimension::Language, "nl", 90.0),
            (Dimension::Language, "en", 10.0),
        ];
        let background = Background::with_parts(100.0, &usual);
        tally.negatives = 40;
        tally.parts.insert(nl, 9 * WHOLE);
        tally.parts.insert(en, 31 * WHOLE);
        let drivers = drivers(&tally, &background, 10.0, &[]);
        let language: Vec<_> = drivers
            .iter()
            .filter(|d| d.dimension == "language")
            .collect();
        assert_eq!(language.len(), 1);
        assert_eq!((language[0].value.as_str(), language[0].share), ("en", 1.0));
    }
}
