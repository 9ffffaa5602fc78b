//! Something for each of a brand's platforms, in their order.
//!
//! Most brands have one or two: a list takes a quarter of a map's memory, and is gone
//! through faster, which is done for each minute of each brand. It is written as a map is.

use serde::{Deserialize, Serialize};

/// Values by position of the platform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(u8, T)>", bound(deserialize = "T: Deserialize<'de>"))]
pub(crate) struct ByPlatform<T>(Vec<(u8, T)>);

impl<T> Default for ByPlatform<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByPlatform<T> {
    fn position(&self, platform: u8) -> Result<usize, usize> {
        // Fifteen at most, and mostly few: going through them is the fastest search.
        let at = self.0.iter().position(|(own, _)| *own >= platform);
        match at {
            Some(at) if self.0[at].0 == platform => Ok(at),
            at => Err(at.unwrap_or(self.0.len())),
        }
    }

    pub(crate) fn get(&self, platform: &u8) -> Option<&T> {
        let at = self.position(*platform).ok()?;
        self.0.get(at).map(|(_, value)| value)
    }

    pub(crate) fn get_mut(&mut self, platform: &u8) -> Option<&mut T> {
        let at = self.position(*platform).ok()?;
        self.0.get_mut(at).map(|(_, value)| value)
    }

    pub(crate) fn contains_key(&self, platform: &u8) -> bool {
        self.position(*platform).is_ok()
    }

    /// The value of that platform, made if there is none.
    pub(crate) fn or_insert_with(&mut self, platform: u8, make: impl FnOnce() -> T) -> &mut T {
        let at = match self.position(platform) {
            Ok(at) => at,
            Err(at) => {
                self.0.reserve_exact(1);
                self.0.insert(at, (platform, make()));
                at
            }
        };
        &mut self.0[at].1
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &u8> {
        self.0.iter().map(|(platform, _)| platform)
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&u8, &T)> {
        self.0.iter().map(|(platform, value)| (platform, value))
    }
}

impl<T> TryFrom<Vec<(u8, T)>> for ByPlatform<T> {
    type Error = &'static str;

    fn try_from(values: Vec<(u8, T)>) -> Result<Self, Self::Error> {
        match values.is_sorted_by(|(before, _), (after, _)| before < after) {
            true => Ok(Self(values)),
            false => Err("platforms out of order"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_a_map(steps in proptest::collection::vec((0_u8..15, any::<u32>()), 0..60)) {
            let (mut list, mut map) = (ByPlatform::default(), BTreeMap::new());
            for (platform, value) in steps {
                prop_assert_eq!(list.get(&platform), map.get(&platform));
                *list.or_insert_with(platform, || 0) ^= value;
                *map.entry(platform).or_insert(0) ^= value;
                prop_assert!(list.iter().eq(map.iter()) && list.len() == map.len());
                let bytes = postcard::to_stdvec(&list).unwrap();
                prop_assert_eq!(&bytes, &postcard::to_stdvec(&map).unwrap());
                let restored: ByPlatform<u32> = postcard::from_bytes(&bytes).unwrap();
                prop_assert_eq!(&restored, &list);
            }
        }
    }

    #[test]
    fn a_platform_is_there_once() {
        let twice = postcard::to_stdvec(&[(1_u8, 7_u32), (1, 8)].as_slice()).unwrap();
        assert!(postcard::from_bytes::<ByPlatform<u32>>(&twice).is_err());
    }
}
