//! Competitors in a brand's mentions, and whom the author prefers.
//!
//! A rule, not a model: of the few words around a competitor's name some say who is
//! better ("goedkoper dan …", "switched to …"). Where none does, the mention counts as one
//! that names the competitor and prefers nobody.

use aho_corasick::{AhoCorasick, MatchKind};
use serde::{Deserialize, Serialize};

use crate::sample::week_of;
use crate::wishes::shorten;

/// Weeks that are held, this one included.
const WEEKS: usize = 4;
/// How much of a text is looked at, bytes, and how much on either side of a name.
const READ_MAX: usize = 1_000;
const AROUND: usize = 60;
/// Words on either side of a name that may say who is better.
const WORDS: usize = 6;
/// Competitors of one brand, so that their counts are bounded.
pub const COMPETITORS_MAX: usize = 16;

const BETTER: [&str; 22] = [
    "beter",
    "betere",
    "goedkoper",
    "goedkopere",
    "sneller",
    "snellere",
    "fijner",
    "handiger",
    "vriendelijker",
    "betrouwbaarder",
    "makkelijker",
    "better",
    "cheaper",
    "faster",
    "nicer",
    "easier",
    "friendlier",
    "quicker",
    "beats",
    "verslaat",
    "wint",
    "wins",
];
const WORSE: [&str; 12] = [
    "slechter",
    "slechtere",
    "duurder",
    "duurdere",
    "trager",
    "langzamer",
    "erger",
    "worse",
    "slower",
    "pricier",
    "costlier",
    "dearer",
];
const NOT: [&str; 8] = [
    "niet",
    "geen",
    "nooit",
    "not",
    "never",
    "isn't",
    "no",
    "nauwelijks",
];
const THAN: [&str; 2] = ["dan", "than"];
const LEAVE: [&str; 14] = [
    "overgestapt",
    "overstappen",
    "overstap",
    "stap",
    "weg",
    "switched",
    "switching",
    "switch",
    "moved",
    "moving",
    "ga",
    "gegaan",
    "going",
    "gone",
];
const TOWARDS: [&str; 4] = ["naar", "to", "op", "with"];
const AWAY: [&str; 4] = ["van", "from", "bij", "leaving"];
const RATHER: [&str; 6] = [
    "liever", "voortaan", "prefer", "rather", "voorkeur", "instead",
];

/// A competitor as the configuration has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rival {
    /// How it is called in figures.
    pub name: String,
    /// How people call it, its name included.
    pub names: Vec<String>,
}

/// Finds competitors in texts.
#[derive(Debug, Clone)]
pub(crate) struct Rivals {
    pub(crate) rivals: Vec<Rival>,
    names: Option<AhoCorasick>,
    /// Which competitor each name is.
    of: Vec<usize>,
}

impl Rivals {
    pub(crate) fn new(rivals: &[Rival]) -> Self {
        let rivals = &rivals[..rivals.len().min(COMPETITORS_MAX)];
        let names = (0..).zip(rivals);
        let names = names.flat_map(|(of, rival)| rival.names.iter().map(move |name| (of, name)));
        let (of, names): (Vec<usize>, Vec<&String>) =
            names.filter(|(_, name)| !name.trim().is_empty()).unzip();
        let mut builder = AhoCorasick::builder();
        let builder = builder.ascii_case_insensitive(true);
        let builder = builder.match_kind(MatchKind::LeftmostLongest);
        let names = (!names.is_empty()).then(|| builder.build(names).ok());
        Self {
            rivals: rivals.to_vec(),
            names: names.flatten(),
            of,
        }
    }

    /// The competitors that a text names, each once, and who is preferred.
    fn find(&self, text: &str) -> Vec<(usize, Preferred)> {
        let text = shorten(text, READ_MAX);
        let mut found: Vec<(usize, Preferred)> = Vec::new();
        let Some(names) = &self.names else {
            return found;
        };
        let is_border = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        for place in names.find_iter(text) {
            let (before, after) = (&text[..place.start()], &text[place.end()..]);
            if !is_border(before.chars().next_back()) || !is_border(after.chars().next()) {
                continue;
            }
            let preferred = preferred(before, after);
            let rival = self.of[place.pattern().as_usize()];
            match found.iter_mut().find(|(other, _)| *other == rival) {
                Some((_, known)) if *known == Preferred::Nobody => *known = preferred,
                Some(_) => {}
                None => found.push((rival, preferred)),
            }
        }
        found
    }
}

/// Whom an author prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Preferred {
    Ours,
    Theirs,
    Nobody,
}

/// Whom the words around a competitor's name prefer.
fn preferred(before: &str, after: &str) -> Preferred {
    let start = before.ceil_char_boundary(before.len().saturating_sub(AROUND));
    let mut before = words(before[start..].rsplit(['.', '!', '?', '\n']).next());
    before.reverse();
    before.truncate(WORDS);
    let end = shorten(after, AROUND);
    let mut after = words(end.split(['.', '!', '?', '\n']).next());
    after.truncate(WORDS);
    let first = |words: &[String], known: &[&str]| {
        words.iter().position(|word| known.contains(&word.as_str()))
    };
    let choose = |ours: bool, flip: bool| match ours != flip {
        true => Preferred::Ours,
        false => Preferred::Theirs,
    };
    // "goedkoper dan NAME": nearest words come first.
    if before
        .first()
        .is_some_and(|word| THAN.contains(&word.as_str()))
    {
        let is_not = first(&before, &NOT).is_some();
        match (first(&before, &BETTER), first(&before, &WORSE)) {
            (Some(_), None) => return choose(true, is_not),
            (None, Some(_)) => return choose(false, is_not),
            _ => {}
        }
    }
    let near = &before[..before.len().min(2)];
    if first(&before, &LEAVE).is_some() {
        if first(near, &TOWARDS).is_some() {
            return Preferred::Theirs;
        }
        if first(near, &AWAY).is_some() {
            return Preferred::Ours;
        }
    }
    if first(&before[..before.len().min(3)], &RATHER).is_some() {
        return Preferred::Theirs;
    }
    // "NAME is goedkoper", but not "NAME, better than …" of somebody else: whoever stands
    // before the word is the better one.
    let is_not = first(&after, &NOT).is_some();
    match (first(&after, &BETTER), first(&after, &WORSE)) {
        (Some(_), None) => choose(false, is_not),
        (None, Some(_)) => choose(true, is_not),
        _ => Preferred::Nobody,
    }
}

fn words(text: Option<&str>) -> Vec<String> {
    let is_border = |c: char| !(c.is_alphanumeric() || c == '\'');
    let pieces = text.unwrap_or_default().split(is_border);
    let words = pieces.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

/// Counts by competitor.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Comparisons {
    /// The newest week.
    week: i64,
    rivals: Vec<Counts>,
}

/// Of one competitor, by its name, this week first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Counts {
    name: String,
    /// Mentions, and those that prefer the brand, and the competitor.
    weeks: [[u32; 3]; WEEKS],
}

impl Comparisons {
    /// Takes a customer's text of that day; how many competitors it names.
    pub(crate) fn take(&mut self, text: &str, day: i64, rivals: &Rivals) -> usize {
        self.advance(day);
        let Ok(back) = usize::try_from(self.week - week_of(day)) else {
            return 0;
        };
        let found = rivals.find(text);
        for &(rival, preferred) in &found {
            let name = &rivals.rivals[rival].name;
            let place = self.rivals.iter().position(|counts| counts.name == *name);
            let place = place.unwrap_or_else(|| {
                // One that isn't configured any more gives up its place.
                let is_old = |counts: &Counts| !rivals.rivals.iter().any(|r| r.name == counts.name);
                self.rivals.retain(|counts| !is_old(counts));
                self.rivals.push(Counts {
                    name: name.clone(),
                    weeks: [[0; 3]; WEEKS],
                });
                self.rivals.len() - 1
            });
            if let Some(counts) = self.rivals[place].weeks.get_mut(back) {
                let mut add = |which: usize| counts[which] = counts[which].saturating_add(1);
                add(0);
                match preferred {
                    Preferred::Ours => add(1),
                    Preferred::Theirs => add(2),
                    Preferred::Nobody => {}
                }
            }
        }
        found.len()
    }

    pub(crate) fn advance(&mut self, day: i64) {
        let week = week_of(day);
        let passed = usize::try_from(week.saturating_sub(self.week)).unwrap_or_default();
        for counts in self.rivals.iter_mut().filter(|_| passed > 0) {
            let passed = passed.min(WEEKS);
            counts.weeks.rotate_right(passed);
            counts.weeks[..passed].fill([0; 3]);
        }
        self.week = self.week.max(week);
    }

    pub(crate) fn summary(&self, rivals: &Rivals) -> Vec<mention::Competitor> {
        let competitors = rivals.rivals.iter().map(|rival| {
            let counts = self.rivals.iter().find(|counts| counts.name == rival.name);
            let sum = |which: usize| {
                let weeks = counts.iter().flat_map(|counts| &counts.weeks);
                weeks.map(|week| u64::from(week[which])).sum()
            };
            mention::Competitor {
                name: rival.name.clone(),
                mentions: sum(0),
                ours: sum(1),
                theirs: sum(2),
            }
        });
        competitors.collect()
    }

    pub(crate) fn is_whole(&self) -> bool {
        self.rivals.len() <= COMPETITORS_MAX && self.week.abs() < i64::MAX / 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rivals() -> Rivals {
        Rivals::new(&[
            Rival {
                name: "veerhuis".to_owned(),
                names: vec!["Veerhuis".to_owned(), "het veerhuis".to_owned()],
            },
            Rival {
                name: "donsdal".to_owned(),
                names: vec!["Donsdal".to_owned()],
            },
        ])
    }

    #[test]
    fn who_is_preferred_is_told_by_the_words_around_the_name() {
        for (text, preferred) in [
            ("Veel goedkoper dan Veerhuis, top", Preferred::Ours),
            ("niet beter dan Veerhuis", Preferred::Theirs),
            ("duurder dan het Veerhuis!", Preferred::Theirs),
            ("Overgestapt naar Veerhuis na dit gedoe", Preferred::Theirs),
            ("switched from Veerhuis and happy", Preferred::Ours),
            ("Veerhuis is gewoon sneller", Preferred::Theirs),
            ("Veerhuis was a lot worse", Preferred::Ours),
            ("ik koop voortaan liever bij Veerhuis", Preferred::Theirs),
            ("Bij Veerhuis hebben ze hem ook", Preferred::Nobody),
            ("Beter. Veerhuis ken ik niet", Preferred::Nobody),
        ] {
            assert_eq!(rivals().find(text), [(0, preferred)], "{text}");
        }
        assert!(rivals().find("veerhuisje en xdonsdal").is_empty());
        assert_eq!(rivals().find("Donsdal, Veerhuis, donsdal").len(), 2);
    }

    #[test]
    fn counts_are_of_four_weeks() {
        let mut counts = Comparisons::default();
        let rivals = rivals();
        for week in 0..6 {
            counts.take("goedkoper dan Veerhuis", 20_000 + 7 * week, &rivals);
        }
        counts.take("goedkoper dan Veerhuis", 20_000, &rivals);
        let told = counts.summary(&rivals);
        assert_eq!((told[0].mentions, told[0].ours, told[0].theirs), (4, 4, 0));
        assert_eq!(told[1].mentions, 0);
        counts.advance(i64::MAX / 100);
        assert_eq!(counts.summary(&rivals)[0].mentions, 0);
        assert!(counts.is_whole());
    }
}
