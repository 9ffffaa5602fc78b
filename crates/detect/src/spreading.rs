//! Which posts and reactions belong to a thread, and whether it opens a spike.

use mention::{EventTime, Mention, Spike};

use crate::facts::{Deciding, Fact, author_of, thread_of};
use crate::known::Entry;
use crate::maths;
use crate::spread::Spread;
use crate::thread::Size;
use crate::watch::BrandWatch;
use crate::words::Words;

/// The part of the alarm budget that threads have: what one author's post does comes
/// about by chance more easily than what many authors say, and where reactions aren't
/// delivered the part is wasted.
const BUDGET_PART: f64 = 0.1;
/// Milliseconds after its posting at which a post is no news any more, however much it
/// is noted: a week, the longest that the budget looks at.
const OLDEST: i64 = 7 * 24 * 60 * EventTime::MINUTE_MS;
/// Thousandths, of a share.
const WHOLE: f64 = 1000.0;

impl BrandWatch {
    /// A post that counts in the share has come, on time.
    pub(crate) fn note_post(
        &mut self,
        mention: &Mention<'_>,
        key: u64,
        entry: Entry,
        out: &mut Vec<Spike>,
    ) {
        let root = thread_of(mention, key);
        let threads = &mut self.state.threads;
        let mut size = None;
        if root == key {
            if threads.knows(root) {
                threads.begin(root, entry.at, entry.negative);
                let author = author_of(mention, key);
                size = threads.join(root, author, entry.at, entry.negative);
            }
        } else if mention.repost_of.is_none() {
            let is_new = !threads.knows(root);
            let author = author_of(mention, key);
            size = threads.join(root, author, entry.at, entry.negative);
            if is_new && let Some(first) = self.state.known.get(root) {
                threads.begin(root, first.at, first.negative);
                if let Some(fact) = self.state.facts.get(root) {
                    threads.join(root, fact.author, first.at, first.negative);
                }
            }
        }
        if entry.negative {
            let engagement = mention.engagement;
            let observed = engagement.and_then(|engagement| engagement.observed_at);
            let age = observed.map(|at| at.millis().saturating_sub(entry.at).max(0));
            let noted = self.note_reactions(mention, key, root, entry.at, age);
            size = noted.map_or(size, |noted| {
                Some(size.map_or(noted, |size| size.larger(noted)))
            });
        }
        if let Some(size) = size {
            let deciding = Deciding {
                at: entry.at,
                platform: entry.platform,
                audience: 0,
                root,
            };
            self.look_for_viral(deciding, size, out);
        }
    }

    /// A post of `entry` is noted by more people, as observed at `at` milliseconds. What
    /// is observed too late adds reach and never pages.
    pub(crate) fn note_update(
        &mut self,
        mention: &Mention<'_>,
        key: u64,
        entry: Entry,
        at: i64,
        out: &mut Vec<Spike>,
    ) {
        if !entry.negative {
            return;
        }
        let fact = self.state.facts.get(key);
        let before = fact.map(|fact| fact.spread);
        let root = match fact {
            Some(fact) => fact.thread,
            None if self.state.threads.knows(key) => key,
            None => thread_of(mention, key),
        };
        let known = self.state.threads.spread(root, key).or(before);
        let spread = known.unwrap_or_default().most(Spread::of(mention));
        self.state.facts.raise_spread(key, spread);
        self.raise_page(key, root, entry, known.unwrap_or_default(), spread);
        let age = at.saturating_sub(entry.at).max(0);
        if EventTime::from_millis(at).minute() <= self.closed_minute() || age > OLDEST {
            self.state.threads.remember(root, key, spread);
            return;
        }
        if let Some(size) = self.note_reactions(mention, key, root, at, Some(age)) {
            let deciding = Deciding {
                at,
                platform: entry.platform,
                audience: 0,
                root,
            };
            self.look_for_viral(deciding, size, out);
        }
    }

    /// Reactions to a negative post; returns its size if that is enough to page.
    fn note_reactions(
        &mut self,
        mention: &Mention<'_>,
        key: u64,
        root: u64,
        at: i64,
        age: Option<i64>,
    ) -> Option<Size> {
        let spread = Spread::of(mention);
        #[allow(clippy::cast_precision_loss, reason = "an order of magnitude")]
        let weight = spread.weight() as f64 / WHOLE;
        if weight < 1.0 {
            return None; // one like makes no thread
        }
        let size = self.state.threads.react(root, at, weight, age);
        if let Some(first) = self.state.known.get(root) {
            self.state.threads.begin(root, first.at, first.negative);
        }
        self.state.threads.remember(root, key, spread);
        if let Some(fact) = self.state.facts.get(key) {
            self.state.threads.show(root, fact);
        } else if !mention.text.is_empty() {
            // One of very many negatives, of which only a sample is kept.
            let words = Words::of(&mention.text);
            let fact = Fact::of(mention, &words, key, at, true);
            self.state.threads.show(root, &fact);
        }
        size
    }

    /// The open spike reaches more people, if the post is one of its own.
    fn raise_page(&mut self, key: u64, root: u64, entry: Entry, from: Spread, to: Spread) {
        let minute = EventTime::from_millis(entry.at).minute();
        if let Some(page) = self.state.page.as_mut()
            && (minute >= page.onset || page.thread == Some(root))
            && minute <= page.stepped
            && page
                .platform
                .is_none_or(|platform| platform == entry.platform)
        {
            page.tally.raise(key, root, from, to);
        }
    }

    /// log10 of the return period, hours, at which a thread pages.
    pub(crate) fn thread_bar(&self) -> f64 {
        maths::log10(crate::opening::WEEK_HOURS / (self.settings.budget_per_week() * BUDGET_PART))
    }

    /// A negative thread has become that large: does it open a spike? One that comes
    /// while a spike is open is that one's.
    fn look_for_viral(&mut self, deciding: Deciding, size: Size, out: &mut Vec<Spike>) {
        let bar = self.thread_bar();
        let minute = EventTime::from_millis(deciding.at).minute();
        let is_rare = self
            .state
            .threads
            .log_return_hours(deciding.root, size.for_age)
            > bar;
        if !is_rare || self.state.threads.is_told(deciding.root) {
            return;
        }
        if let Some(page) = self.state.page.as_mut() {
            page.thread = page.thread.or(Some(deciding.root));
            self.state.threads.tell(deciding.root, deciding.at, bar);
        } else if !self.is_resting(minute) {
            self.state.threads.tell(deciding.root, deciding.at, bar);
            self.open_viral(deciding, out);
        }
    }

    /// Learns from the minutes that have been closed since.
    pub(crate) fn settle_threads(&mut self) {
        let until = self.learned_minute();
        let mut threads = std::mem::take(&mut self.state.threads);
        threads.settle(until, |minute| self.is_frozen(minute));
        self.state.threads = threads;
    }
}
