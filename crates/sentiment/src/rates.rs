//! How often a model calls texts negative that are, and that aren't.
//!
//! A count of negative labels is biased: with a true share *s* of negative texts
//! the model calls *s*·tpr + (1 − *s*)·fpr of them negative. Who knows both rates
//! can turn that around (W. J. Rogan, B. Gladen, "Estimating prevalence from the
//! results of a screening test", American Journal of Epidemiology 107, 1978).
//! The counts travel in the model file: they belong to these very weights.

/// A group of sources in which people write alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Posts on social platforms and forums.
    Social,
    /// Reviews of products, shops and restaurants.
    Reviews,
    /// Headlines.
    News,
}

impl Family {
    /// Every family, in the order of the model file.
    pub const ALL: [Self; 3] = [Self::Social, Self::Reviews, Self::News];

    /// The family of the posts of a platform.
    #[must_use]
    pub const fn of(platform: mention::Platform) -> Self {
        match platform {
            mention::Platform::Reviews => Self::Reviews,
            mention::Platform::News => Self::News,
            _ => Self::Social,
        }
    }
}

/// Shares of texts that are called negative, measured on texts that were left
/// out of training, with the counts behind them. "Called negative" is
/// [`mention::Score::is_negative`]: an abstained score isn't.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rates {
    /// Share of the negative texts that are called negative, 0–1.
    pub tpr: f64,
    /// Share of all other texts that are called negative, 0–1.
    pub fpr: f64,
    /// Number of texts that are negative by their label.
    pub positives: u32,
    /// Number of texts that aren't.
    pub negatives: u32,
}

/// Counts of the texts of one source, each told by weights that were learned
/// without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceRates {
    /// Name of the source, as the model card has it; at most 255 bytes.
    pub source: String,
    /// What kind of texts it has.
    pub family: Family,
    /// Negative texts: those called negative, and all.
    pub positives: [u32; 2],
    /// Other texts: those called negative, and all.
    pub negatives: [u32; 2],
}

impl SourceRates {
    /// A source of which nothing is counted yet.
    #[must_use]
    pub fn new(source: &str, family: Family) -> Self {
        Self {
            source: source.to_owned(),
            family,
            positives: [0; 2],
            negatives: [0; 2],
        }
    }

    /// Counts one text: whether it is negative, and whether it is called so.
    pub const fn add(&mut self, negative: bool, called: bool) {
        let counts = if negative {
            &mut self.positives
        } else {
            &mut self.negatives
        };
        counts[0] += called as u32;
        counts[1] += 1;
    }

    /// The rates; `None` unless there are texts of both sorts.
    #[must_use]
    pub fn rates(&self) -> Option<Rates> {
        pooled([self].into_iter())
    }
}

/// The rates over several sources, each text counting alike; `None` unless there
/// are texts of both sorts.
pub(crate) fn pooled<'a>(sources: impl Iterator<Item = &'a SourceRates>) -> Option<Rates> {
    let (mut positives, mut negatives) = ([0_u32; 2], [0_u32; 2]);
    for source in sources {
        for at in 0..2 {
            positives[at] = positives[at].saturating_add(source.positives[at]);
            negatives[at] = negatives[at].saturating_add(source.negatives[at]);
        }
    }
    let share = |[called, all]: [u32; 2]| f64::from(called) / f64::from(all);
    (positives[1] > 0 && negatives[1] > 0).then(|| Rates {
        tpr: share(positives),
        fpr: share(negatives),
        positives: positives[1],
        negatives: negatives[1],
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn rates_need_texts_of_both_sorts() {
        let mut source = SourceRates::new("posts", Family::Social);
        source.add(true, true);
        source.add(true, false);
        assert_eq!(source.rates(), None);
        source.add(false, false);
        let rates = source.rates().unwrap();
        assert!((rates.tpr - 0.5).abs() < 1e-12 && rates.fpr.abs() < 1e-12);
        assert_eq!((rates.positives, rates.negatives), (2, 1));
    }
}
