//! The mentions that were written last: who posted them, in which thread, and whether they
//! are gone.

use std::collections::HashMap;
use std::hash::Hasher;

use compact_str::{CompactString, ToCompactString};
use mention::{Mention, Platform};
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher13;
use smallvec::SmallVec;

use crate::blocks::Blocks;

/// Mentions that are remembered: 64 blocks of 1,024, about a tenth of a kilobyte each.
const BLOCK: usize = 1_024;
const BLOCKS: usize = 64;

/// A mention that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) brand: CompactString,
    platform: u8,
    pub(crate) id: CompactString,
    /// Hash of its author's pseudonym; 0 if it has none.
    author: u64,
    /// The first post of its thread that is known of, if it isn't that itself.
    root: Option<CompactString>,
    is_gone: bool,
}

impl Known {
    pub(crate) fn platform(&self) -> Platform {
        let known = Platform::ALL.get(usize::from(self.platform));
        known.copied().unwrap_or(Platform::Other)
    }
}

/// What remembering a mention told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    /// It was told before.
    Duplicate,
    /// It is new, and starts a thread or answers a post that isn't known.
    New,
    /// It is new, and its thread begins with this post.
    InThread(CompactString),
}

/// All mentions of a partition that are remembered.
#[derive(Debug)]
pub(crate) struct Posts {
    all: Blocks<Known>,
    /// Numbers of the mentions of a post, by the hash of its platform and id.
    by_post: HashMap<u64, SmallVec<[u64; 1]>>,
}

impl Default for Posts {
    fn default() -> Self {
        Self {
            all: Blocks::new(BLOCK, BLOCKS),
            by_post: HashMap::new(),
        }
    }
}

/// The same on every machine, since it is written; what it finds is compared whole.
pub(crate) fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = SipHasher13::new();
    for part in parts {
        hasher.write(part);
        hasher.write_u8(0xff);
    }
    hasher.finish()
}

fn key(platform: Platform, id: &str) -> u64 {
    hash(&[platform.as_str().as_bytes(), id.as_bytes()])
}

fn index(platform: Platform) -> u8 {
    // There are fifteen.
    u8::try_from(platform.index()).unwrap_or(u8::MAX)
}

impl Posts {
    /// Numbers of the mentions of a post.
    fn numbers(&self, platform: Platform, id: &str) -> SmallVec<[u64; 1]> {
        let found = self.by_post.get(&key(platform, id));
        let is_it = |number: &u64| {
            let known = self.all.get(*number);
            known.is_some_and(|known| known.id == id && known.platform == index(platform))
        };
        let numbers = found.into_iter().flatten().copied();
        numbers.filter(is_it).collect()
    }

    fn number_of(&self, platform: Platform, id: &str, brand: &str) -> Option<u64> {
        let mut numbers = self.numbers(platform, id).into_iter();
        numbers.find(|&number| {
            self.all
                .get(number)
                .is_some_and(|known| known.brand == brand)
        })
    }

    /// Remembers a new post.
    pub(crate) fn create(&mut self, mention: &Mention<'_>) -> Told {
        if self.knows(mention.platform, &mention.id, &mention.brand) {
            return Told::Duplicate;
        }
        let parent = mention.in_reply_to.as_deref();
        let known_parent = parent.and_then(|parent| {
            // The same brand's: another's lies in this partition by chance only.
            let number = self.number_of(mention.platform, parent, &mention.brand)?;
            let known = self.all.get(number)?;
            Some(known.root.clone().unwrap_or_else(|| known.id.clone()))
        });
        let given = mention.root.as_deref().map(CompactString::from);
        let root = given.or_else(|| known_parent.clone());
        // Unseen, but the beginning of the thread as far as anybody here knows.
        let root = root.or_else(|| parent.map(CompactString::from));
        let author = mention
            .author
            .as_ref()
            .and_then(|author| author.id.as_deref());
        let (number, forgotten) = self.all.push(Known {
            brand: mention.brand.as_str().to_compact_string(),
            platform: index(mention.platform),
            id: mention.id.as_str().to_compact_string(),
            author: author.map_or(0, |author| hash(&[author.as_bytes()])),
            root,
            is_gone: false,
        });
        if let Some((first, gone)) = forgotten {
            self.forget(first, &gone);
        }
        let key = key(mention.platform, &mention.id);
        self.by_post.entry(key).or_default().push(number);
        match known_parent.filter(|_| mention.root.is_none()) {
            Some(root) => Told::InThread(root),
            None => Told::New,
        }
    }

    fn forget(&mut self, first: u64, gone: &[Known]) {
        for (known, number) in gone.iter().zip(first..) {
            let key = key(known.platform(), &known.id);
            let Some(numbers) = self.by_post.get_mut(&key) else {
                continue;
            };
            numbers.retain(|other| *other != number);
            if numbers.is_empty() {
                self.by_post.remove(&key);
            }
        }
    }

    /// A brand's mention is gone. False if that was told before; one that isn't
    /// remembered may never have been told.
    pub(crate) fn delete(&mut self, platform: Platform, id: &str, brand: &str) -> bool {
        let number = self.number_of(platform, id, brand);
        let Some(known) = number.and_then(|number| self.all.get_mut(number)) else {
            return true;
        };
        !std::mem::replace(&mut known.is_gone, true)
    }

    /// A post is gone, and with it its mentions: those that weren't before.
    pub(crate) fn delete_post(&mut self, platform: Platform, id: &str) -> Vec<Known> {
        self.keep_brands(platform, id, &[])
    }

    /// A post is about these brands and no others: its mentions of others are gone, those
    /// that weren't before.
    pub(crate) fn keep_brands(
        &mut self,
        platform: Platform,
        id: &str,
        brands: &[String],
    ) -> Vec<Known> {
        let mut numbers = self.numbers(platform, id);
        numbers.retain(|number| {
            let known = self.all.get(*number);
            known.is_some_and(|known| !brands.iter().any(|brand| *brand == known.brand))
        });
        self.take_away(&numbers)
    }

    /// Whether a brand's mention is remembered.
    pub(crate) fn knows(&self, platform: Platform, id: &str, brand: &str) -> bool {
        self.number_of(platform, id, brand).is_some()
    }

    /// An account is gone, and with it its mentions: those that weren't before.
    pub(crate) fn delete_author(&mut self, platform: Platform, author: &str) -> Vec<Known> {
        let (author, platform) = (hash(&[author.as_bytes()]), index(platform));
        let is_its = |known: &Known| known.author == author && known.platform == platform;
        let all = self.all.iter().filter(|(_, known)| is_its(known));
        let numbers: Vec<u64> = all.map(|(number, _)| number).collect();
        self.take_away(&numbers)
    }

    fn take_away(&mut self, numbers: &[u64]) -> Vec<Known> {
        let mut gone = Vec::new();
        for &number in numbers {
            let is_there = self.all.get(number).is_some_and(|known| !known.is_gone);
            if let (true, Some(known)) = (is_there, self.all.get_mut(number)) {
                known.is_gone = true;
                gone.push(known.clone());
            }
        }
        gone
    }

    pub(crate) fn write(&mut self, write: impl FnMut(u64, &[u8])) {
        self.all.write(write);
    }

    pub(crate) fn read<'b>(
        &mut self,
        blocks: impl Iterator<Item = &'b [u8]>,
    ) -> Result<(), String> {
        self.all.read(blocks)?;
        self.by_post.clear();
        for (number, known) in self.all.iter() {
            let key = key(known.platform(), &known.id);
            self.by_post.entry(key).or_default().push(number);
        }
        Ok(())
    }
}
