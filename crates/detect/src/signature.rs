//! Who signs a text: the words after a greeting at its end, or after "my name is".

/// Greetings that a name follows, in lower case: Dutch ones, after which people often
/// write theirs without a capital, and English ones.
const DUTCH: [&str; 6] = ["mvg", "groet", "groeten", "groetjes", "gr", "grtz"];
const ENGLISH: [&str; 4] = ["regards", "sincerely", "cheers", "xoxo"];
/// What may stand between a greeting and a name, or between the parts of a name.
const PARTICLES: [&str; 9] = [
    "van", "de", "den", "der", "ter", "ten", "from", "uit", "groet",
];
/// Words of a name, at most; and words before the end of a text among which a name may
/// be in lower case.
const NAME_MAX: usize = 4;
const END: usize = 3;

/// Goes through the words of a text and tells which are a name.
#[derive(Debug)]
pub(crate) struct Signature {
    /// Words of the text that are still to come.
    left: usize,
    /// Words that may still be a name.
    open: usize,
    /// Whether the last of these was one.
    in_name: bool,
    /// Whether it may be in lower case.
    small: bool,
    /// The word before was `naam` or `name`.
    named: bool,
}

impl Signature {
    /// For a text of that many words.
    pub(crate) fn new(words: usize) -> Self {
        Self {
            left: words,
            open: 0,
            in_name: false,
            small: false,
            named: false,
        }
    }

    /// Whether the next word is part of a name.
    pub(crate) fn is_name(&mut self, word: &str) -> bool {
        self.left = self.left.saturating_sub(1);
        let ends = [word.as_bytes().first(), word.as_bytes().last()];
        let is_bare = ends.iter().flatten().all(|end| end.is_ascii_alphanumeric());
        let bare = match is_bare {
            true => word, // most words are
            false => word.trim_matches(|c: char| !c.is_alphanumeric()),
        };
        if self.open == 0 && !self.named && !may_begin(bare) {
            return false; // nearly every word
        }
        let is_one_of = |words: &[&str]| words.iter().any(|known| bare.eq_ignore_ascii_case(known));
        let was_named = std::mem::replace(&mut self.named, is_one_of(&["naam", "name"]));
        let is_dutch = is_one_of(&DUTCH);
        if is_dutch || is_one_of(&ENGLISH) || (was_named && bare.eq_ignore_ascii_case("is")) {
            (self.open, self.in_name, self.small) = (NAME_MAX, false, is_dutch);
            return false;
        }
        if self.open == 0 {
            return false;
        }
        self.open -= 1;
        if is_one_of(&PARTICLES) {
            return self.in_name;
        }
        let begins = word.chars().find(|c| c.is_alphanumeric());
        let is_capital = begins.is_some_and(char::is_uppercase);
        let is_small = self.small && self.left < END && !self.in_name;
        let is_last = is_small && begins.is_some_and(char::is_alphabetic);
        let is_plain = !word.contains(['@', '＠', '/']); // those have masks of their own
        self.in_name = is_plain && (is_capital || is_last);
        // A sentence that goes on after the name is another one.
        if !self.in_name || word.ends_with(['.', '!', '?']) {
            self.open = 0;
        }
        self.in_name
    }
}

/// Whether a word has the first letter of a greeting or of `naam`.
fn may_begin(word: &str) -> bool {
    let first = word.bytes().next().map(|byte| byte | 0x20);
    matches!(first, Some(b'm' | b'g' | b'r' | b's' | b'c' | b'x' | b'n'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_that_begins_a_name_is_passed_over() {
        let mut words = DUTCH.iter().chain(&ENGLISH).chain(&["naam", "Name"]);
        assert!(words.all(|word| may_begin(word) && may_begin(&word.to_uppercase())));
    }
}
