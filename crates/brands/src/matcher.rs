//! One pass over a post for all brands.

use std::collections::HashMap;
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};
use smallvec::SmallVec;

use crate::fold::Folded;
use crate::rules::{Kind, Rules, RulesError, account, pattern};

/// What of a post is looked at.
#[derive(Debug, Clone, Copy, Default)]
pub struct Post<'a> {
    /// Title, text and descriptions of pictures.
    pub texts: &'a [&'a str],
    /// Hashtags that the source lists, without `#`.
    pub tags: &'a [&'a str],
    /// Account that posted.
    pub handle: Option<&'a str>,
    /// Accounts that it mentions or answers.
    pub mentioned: &'a [&'a str],
    /// Language by the platform's word, such as `nl` or `nl-BE`.
    pub lang: Option<&'a str>,
}

impl<'a> Post<'a> {
    /// A post of which only the text is known.
    #[must_use]
    pub const fn of_text(text: &'a &'a str) -> Self {
        Self {
            texts: std::slice::from_ref(text),
            tags: &[],
            handle: None,
            mentioned: &[],
            lang: None,
        }
    }
}

/// Whether a brand's rule makes the post a mention of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It does; `context` is the word that made an ambiguous name clear.
    Mention {
        /// Number of that word's pattern.
        context: Option<u32>,
    },
    /// The name is ambiguous and no word of the context stands there.
    NoContext,
    /// A word that the brand excludes stands there.
    Excluded {
        /// Number of its pattern.
        word: u32,
    },
    /// The post is in a language that isn't the brand's.
    Language,
}

/// What a brand's strongest rule says of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Position of the brand in the rules.
    pub brand: u32,
    /// Which rule.
    pub kind: Kind,
    /// Number of the pattern that was found; none for accounts.
    pub pattern: Option<u32>,
    /// Whether it is a mention.
    pub outcome: Outcome,
}

impl Verdict {
    /// Whether the post is a mention of the brand.
    #[must_use]
    pub const fn is_mention(&self) -> bool {
        matches!(self.outcome, Outcome::Mention { .. })
    }
}

/// The rules of all brands, ready to be looked for.
#[derive(Debug)]
pub struct Matcher {
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
    brands: Vec<Brand>,
    /// Brands by the names of their accounts.
    accounts: HashMap<String, SmallVec<[u32; 1]>>,
}

#[derive(Debug)]
struct Pattern {
    text: String,
    /// Brands that it speaks for.
    targets: SmallVec<[(u32, Kind); 1]>,
    /// Whether it is only found where an account's name ends.
    is_handle: bool,
}

#[derive(Debug)]
struct Brand {
    slug: String,
    /// Numbers of patterns, in order.
    context: Vec<u32>,
    exclude: Vec<u32>,
    languages: Vec<String>,
}

/// Memory that is used again for every post; one a thread.
#[derive(Debug, Default)]
pub struct Scratch {
    folded: Folded,
    /// The post in which each pattern was found last.
    found: Vec<u64>,
    post: u64,
    verdicts: Vec<Verdict>,
}

impl Matcher {
    /// A matcher for `rules`.
    ///
    /// # Errors
    /// The first word that can't be looked for.
    pub fn new(rules: Vec<Rules>) -> Result<Self, RulesError> {
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut patterns: Vec<Pattern> = Vec::new();
        let mut accounts: HashMap<String, SmallVec<[u32; 1]>> = HashMap::new();
        let mut brands = Vec::with_capacity(rules.len());
        for (index, rules) in rules.into_iter().enumerate() {
            let brand = number(index);
            let (mut context, mut exclude) = (Vec::new(), Vec::new());
            for (kind, words) in rules.lists() {
                for word in words {
                    let fault = |message| RulesError {
                        brand: index,
                        key: kind.key(),
                        message,
                    };
                    let text = pattern(kind, word).map_err(fault)?;
                    let next = number(patterns.len());
                    let found = *numbers.entry(text.clone()).or_insert(next);
                    if found == next {
                        let is_handle = text.starts_with('@');
                        let targets = SmallVec::new();
                        patterns.push(Pattern {
                            text,
                            targets,
                            is_handle,
                        });
                    }
                    match kind {
                        Kind::Context => context.push(found),
                        Kind::Exclude => exclude.push(found),
                        _ => patterns[found as usize].targets.push((brand, kind)),
                    }
                    if kind == Kind::Handle {
                        accounts.entry(account(word)).or_default().push(brand);
                    }
                }
            }
            brands.push(Brand {
                slug: rules.slug,
                context,
                exclude,
                languages: rules.languages.iter().map(|lang| primary(lang)).collect(),
            });
        }
        let automaton = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            // A table of all states and bytes. Automata that take less memory fall back
            // from state to state, and were measured to take twenty-five times as long.
            .kind(Some(AhoCorasickKind::DFA))
            .build(patterns.iter().map(|pattern| pattern.text.as_bytes()));
        let automaton = automaton.map_err(|error| RulesError {
            brand: 0,
            key: "names",
            message: format!("too many words for one pass: {error}"),
        })?;
        Ok(Self {
            automaton,
            patterns,
            brands,
            accounts,
        })
    }

    /// Memory that the words of all brands take, bytes.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.automaton.memory_usage()
    }

    /// Number of brands.
    #[must_use]
    pub fn len(&self) -> usize {
        self.brands.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.brands.is_empty()
    }

    /// Slug of the brand at position `brand`.
    #[must_use]
    pub fn slug(&self, brand: u32) -> &str {
        &self.brands[brand as usize].slug
    }

    /// A pattern as it is looked for, folded.
    #[must_use]
    pub fn pattern(&self, number: u32) -> &str {
        &self.patterns[number as usize].text
    }

    /// Brands whose own account `handle` is.
    #[must_use]
    pub fn owners(&self, handle: &str) -> &[u32] {
        self.accounts
            .get(account(handle).as_str())
            .map_or(&[], |brands| brands.as_slice())
    }

    /// Brands that the post is about, in the order of the rules.
    pub fn find(&self, post: &Post<'_>, scratch: &mut Scratch) -> SmallVec<[u32; 2]> {
        let verdicts = self.verdicts(post, scratch).iter();
        let mentions = verdicts.filter(|verdict| verdict.is_mention());
        mentions.map(|verdict| verdict.brand).collect()
    }

    /// What the strongest rule of each brand says that has one which is found, in the
    /// order of the rules.
    pub fn verdicts<'s>(&self, post: &Post<'_>, scratch: &'s mut Scratch) -> &'s [Verdict] {
        scratch.begin(self.patterns.len());
        self.look_at_texts(post, scratch);
        self.look_at_accounts(post, scratch);
        if scratch.verdicts.is_empty() {
            return &[];
        }
        // Of several rules of a brand, the one that asks for least.
        scratch
            .verdicts
            .sort_by_key(|verdict| (verdict.brand, verdict.kind));
        scratch.verdicts.dedup_by_key(|verdict| verdict.brand);
        let (found, now) = (&scratch.found, scratch.post);
        let is_found = |number: &&u32| found[**number as usize] == now;
        for verdict in &mut scratch.verdicts {
            let brand = &self.brands[verdict.brand as usize];
            verdict.outcome = outcome(verdict.kind, brand, post.lang, is_found);
        }
        &scratch.verdicts
    }

    fn look_at_texts(&self, post: &Post<'_>, scratch: &mut Scratch) {
        post.texts.iter().for_each(|text| scratch.folded.push(text));
        for tag in post.tags {
            scratch.folded.push("#");
            scratch.folded.push_more(tag);
        }
        let matches = self
            .automaton
            .find_overlapping_iter(scratch.folded.text.as_slice());
        for found in matches {
            let number = found.pattern().as_u32();
            let pattern = &self.patterns[number as usize];
            let range = Range {
                start: found.start(),
                end: found.end(),
            };
            let is_word = scratch.folded.is_whole(&range)
                && !(pattern.is_handle && scratch.folded.goes_on(range.end));
            // Once is as good as many times.
            if !is_word || scratch.found[number as usize] == scratch.post {
                continue;
            }
            scratch.found[number as usize] = scratch.post;
            for &(brand, kind) in &pattern.targets {
                scratch.verdicts.push(Verdict {
                    brand,
                    kind,
                    pattern: Some(number),
                    outcome: Outcome::NoContext,
                });
            }
        }
    }

    fn look_at_accounts(&self, post: &Post<'_>, scratch: &mut Scratch) {
        if self.accounts.is_empty() {
            return;
        }
        let own = post.handle.into_iter().map(|name| (name, Kind::Account));
        let others = post.mentioned.iter().map(|&name| (name, Kind::Handle));
        for (name, kind) in own.chain(others) {
            for &brand in self.owners(name) {
                scratch.verdicts.push(Verdict {
                    brand,
                    kind,
                    pattern: None,
                    outcome: Outcome::NoContext,
                });
            }
        }
    }
}

impl Scratch {
    fn begin(&mut self, patterns: usize) {
        self.folded.text.clear();
        self.verdicts.clear();
        self.found.resize(patterns, 0);
        self.post += 1;
    }
}

/// What a brand posts itself is its own whatever words stand there.
fn outcome(
    kind: Kind,
    brand: &Brand,
    lang: Option<&str>,
    is_found: impl Fn(&&u32) -> bool,
) -> Outcome {
    if kind == Kind::Account {
        return Outcome::Mention { context: None };
    }
    if let Some(&word) = brand.exclude.iter().find(&is_found) {
        return Outcome::Excluded { word };
    }
    let is_foreign = |lang: &str| {
        let lang = primary(lang);
        !lang.is_empty() && lang != "und" && !brand.languages.contains(&lang)
    };
    if !brand.languages.is_empty() && lang.is_some_and(is_foreign) {
        return Outcome::Language;
    }
    if kind != Kind::Ambiguous {
        return Outcome::Mention { context: None };
    }
    match brand.context.iter().find(&is_found) {
        Some(&word) => Outcome::Mention {
            context: Some(word),
        },
        None => Outcome::NoContext,
    }
}

/// The language of a tag, without its region.
fn primary(tag: &str) -> String {
    let first = tag.split(['-', '_']).next().unwrap_or_default();
    first.trim().to_ascii_lowercase()
}

/// A number of a list that memory bounds far below it.
fn number(index: usize) -> u32 {
    u32::try_from(index).unwrap_or(u32::MAX)
}
