//! Which brands a service follows.

use std::collections::BTreeMap;

/// The brands that are configured, each with what its service has to know of it; or, with
/// none, every brand that is found, up to a bound.
#[derive(Debug)]
pub struct Roster<About> {
    configured: BTreeMap<String, About>,
    max_found: usize,
}

/// Why a brand isn't followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger {
    /// Brands are configured, and this isn't one.
    Untracked,
    /// As many were found as are followed.
    Overflow,
}

impl<About: Clone> Roster<About> {
    /// A roster of the configured brands, by slug. If there are none, `max_found` brands
    /// are followed at most, over all partitions.
    #[must_use]
    pub const fn new(configured: BTreeMap<String, About>, max_found: usize) -> Self {
        Self {
            configured,
            max_found,
        }
    }

    /// What is known of a brand, which `found` tells of one that isn't configured; `None`
    /// if it isn't to be followed.
    pub fn about(&self, slug: &str, found: impl FnOnce(&str) -> About) -> Option<About> {
        if self.configured.is_empty() {
            return Some(found(slug));
        }
        self.configured.get(slug).cloned()
    }

    /// The same for a new brand of a partition, one of `partitions`, that has `followed`
    /// brands already. Each partition takes its equal part of the bound, so that what is
    /// followed doesn't hang on which instance has which partition.
    ///
    /// # Errors
    /// Why it isn't to be followed.
    pub fn admit(
        &self,
        slug: &str,
        (followed, partitions): (usize, i32),
        found: impl FnOnce(&str) -> About,
    ) -> Result<About, Stranger> {
        let partitions = usize::try_from(partitions).unwrap_or_default().max(1);
        if self.configured.is_empty() && followed >= self.max_found.div_ceil(partitions) {
            return Err(Stranger::Overflow);
        }
        self.about(slug, found).ok_or(Stranger::Untracked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configured_brands_alone_or_as_many_as_are_found() {
        let found = str::len;
        let configured = BTreeMap::from([("acme".to_owned(), 1)]);
        let roster = Roster::new(configured, 0);
        assert_eq!(roster.admit("acme", (9, 3), found), Ok(1));
        assert_eq!(
            roster.admit("globe", (0, 3), found),
            Err(Stranger::Untracked)
        );
        assert_eq!(roster.about("globe", found), None);

        let open = Roster::new(BTreeMap::new(), 10);
        assert_eq!(open.admit("globe", (3, 3), found), Ok(5));
        assert_eq!(open.admit("globe", (4, 3), found), Err(Stranger::Overflow));
        assert_eq!(open.about("globe", found), Some(5));
    }
}
