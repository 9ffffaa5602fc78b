//! How many people are behind the negatives of a window.
//!
//! A share counts posts. Whether a rise is a wave, people decide: one angry author who
//! posts twenty times is one opinion, however improbable twenty posts are.

use std::collections::BTreeMap;

use crate::scan::Counts;
use crate::watch::BrandWatch;

/// The people behind the negatives of a window.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Opinions {
    /// Different authors. Those that the source doesn't name count as one each.
    pub(crate) authors: usize,
    /// Posts beyond the first one of each author.
    pub(crate) surplus: u32,
}

impl Opinions {
    /// The counts of the window without the surplus.
    pub(crate) fn honest(self, counts: Counts) -> Counts {
        Counts {
            negative: counts.negative.saturating_sub(self.surplus),
            total: counts.total.saturating_sub(self.surplus),
        }
    }
}

impl BrandWatch {
    /// The people behind the counted negatives of the `length` minutes that end with
    /// `minute`, on one platform or on all. Copies of a text count once already. Where
    /// more negatives came than are remembered in detail, the surplus is that of a
    /// fair sample, scaled up.
    pub(crate) fn distinct_opinions(
        &self,
        platform: Option<u8>,
        length: i64,
        minute: i64,
    ) -> Opinions {
        let facts = self.state.facts.between(minute - length + 1, minute);
        let own = facts.filter(|fact| {
            fact.counted && platform.is_none_or(|platform| fact.platform == platform)
        });
        let mut posts: BTreeMap<u64, u32> = BTreeMap::new();
        let mut sample = 0_u32;
        for fact in own {
            *posts.entry(fact.author).or_default() += 1;
            sample += 1;
        }
        let surplus: u32 = posts.values().map(|posts| posts.saturating_sub(1)).sum();
        let counted = self.series_at(platform).sum(minute, length).negative;
        let scaled = u64::from(surplus) * u64::from(counted.max(sample));
        let scaled = scaled / u64::from(sample.max(1));
        Opinions {
            authors: posts.len(),
            surplus: u32::try_from(scaled).unwrap_or(u32::MAX),
        }
    }
}
