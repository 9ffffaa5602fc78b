//! E-mail addresses, handles and links.

/// What stands in a word that has an `@`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum At {
    /// `name@host`, from and to these bytes of the word.
    Email(usize, usize),
    /// `@name`, or `@name@host`.
    Handle(usize, usize),
}

/// The first address or handle in `word`.
pub(crate) fn at_sign(word: &str) -> Option<At> {
    let mut signs = word.match_indices('@').map(|(at, _)| at);
    signs.find_map(|at| email(word, at).or_else(|| handle(word, at)))
}

fn email(word: &str, at: usize) -> Option<At> {
    let before = &word[..at];
    let local = before.trim_end_matches(is_local).len();
    let start = at - before[local..].trim_start_matches(['.', '-', '\'']).len();
    let ends_well = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
    let host = host_length(&word[at + 1..]);
    let end = at + 1 + host;
    let has_letter = word[at + 1..end].chars().any(char::is_alphabetic);
    (start < at && ends_well && has_letter).then_some(At::Email(start, end))
}

fn handle(word: &str, at: usize) -> Option<At> {
    let name = name_length(&word[at + 1..]);
    let mut end = at + 1 + name;
    // The full name of somebody on another server: `@name@server`.
    if word[end..].starts_with('@') {
        let host = host_length(&word[end + 1..]);
        end += if host > 0 { 1 + host } else { 0 };
    }
    (name > 0).then_some(At::Handle(at, end))
}

fn is_local(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '_' | '%' | '+' | '-' | '\'')
}

/// Length of the host that `text` begins with.
fn host_length(text: &str) -> usize {
    let is_host = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let end = text.find(|c: char| !is_host(c)).unwrap_or(text.len());
    let host = text[..end].trim_end_matches(['.', '-', '_']);
    if host.starts_with(char::is_alphanumeric) {
        host.len()
    } else {
        0
    }
}

/// Length of the name that `text` begins with, after an `@`.
fn name_length(text: &str) -> usize {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    text[..end].trim_end_matches(['.', '-']).len()
}

/// Length of the address that begins with the word `name`, where it is spelled out:
/// `name (at) host.nl`, `name at host dot com`. `text` begins with the word.
pub(crate) fn spelled(text: &str) -> Option<usize> {
    let mut words = Words { text, at: 0 };
    words.next()?;
    let sign = words.next()?;
    let is_marked = matches_any(sign, &["(at)", "[at]", "apenstaartje", "<at>"]);
    if !is_marked && !sign.eq_ignore_ascii_case("at") {
        return None;
    }
    let word = words.next()?;
    let mut end = words.at;
    let host = &word[..host_length(word)];
    let mut has_domain = host.contains('.');
    if has_domain {
        end -= word.len() - host.len();
    } else if matches_any(words.next()?, &["dot", "punt", "(dot)", "[dot]", "(punt)"]) {
        let domain = words.next()?;
        let length = domain
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(domain.len());
        has_domain = !host.is_empty() && (2..=8).contains(&length);
        end = words.at - (domain.len() - length);
    }
    // "at example.com" alone is where somebody works.
    let is_certain = is_marked || !host.contains('.');
    (has_domain && is_certain).then_some(end)
}

/// Place and length of the address in one word: `name(at)host.nl`.
pub(crate) fn spelled_in_one(word: &str) -> Option<(usize, usize)> {
    if !word.contains(['(', '[', '<']) {
        return None; // nearly every word
    }
    let at = ["(at)", "[at]", "<at>"]
        .iter()
        .find_map(|sign| word.find(sign))?;
    let start = word[..at].trim_end_matches(is_local).len();
    let host = host_length(&word[at + 4..]);
    let has_dot = word[at + 4..at + 4 + host].contains('.');
    (start < at && has_dot).then_some((start, at + 4 + host))
}

fn matches_any(word: &str, all: &[&str]) -> bool {
    all.iter().any(|one| word.eq_ignore_ascii_case(one))
}

/// The words of a text, each at most 64 bytes long, one after the other.
struct Words<'a> {
    text: &'a str,
    /// The end of the last one.
    at: usize,
}

impl<'a> Words<'a> {
    fn next(&mut self) -> Option<&'a str> {
        let rest = self.text.get(self.at..)?;
        let gap = rest
            .bytes()
            .take(3)
            .take_while(u8::is_ascii_whitespace)
            .count();
        let rest = &rest[gap..];
        let length = rest
            .bytes()
            .take(65)
            .take_while(|byte| !byte.is_ascii_whitespace())
            .count();
        let word = rest.get(..length).filter(|_| (1..=64).contains(&length))?;
        self.at += gap + length;
        Some(word)
    }
}

/// Whether a word is, or has in it, the address of a page.
pub(crate) fn is_link(word: &str) -> bool {
    let begins = word.get(..4);
    let has_slash = word.contains('/');
    begins.is_some_and(|begin| begin.eq_ignore_ascii_case("www."))
        || has_slash && (word.contains("://") || word.contains("t.co/") || has_host(word))
}

/// Whether what stands before the first slash is the name of a host: `example.nl/…`.
fn has_host(word: &str) -> bool {
    let host = word.split('/').next().unwrap_or_default();
    let Some((name, domain)) = host.rsplit_once('.') else {
        return false;
    };
    let is_domain = domain.len() >= 2 && domain.chars().all(char::is_alphabetic);
    is_domain && name.chars().any(char::is_alphabetic)
}

/// Where in a link what follows its host begins, if anything does: a path may hold the
/// number of a parcel, or who is meant.
pub(crate) fn path_of(link: &str) -> Option<usize> {
    let host = link.find("://").map_or(0, |at| at + 3);
    let path = host + link[host..].find(['/', '?', '#'])? + 1;
    (path < link.len()).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_at_sign_is_an_address_a_handle_or_nothing() {
        assert_eq!(at_sign("(jan@a.nl)."), Some(At::Email(1, 9)));
        assert_eq!(at_sign(".@jan_x:"), Some(At::Handle(1, 7)));
        assert_eq!(at_sign("@jan@a.nl,"), Some(At::Handle(0, 9)));
        assert_eq!(at_sign("@,@jan"), Some(At::Handle(2, 6)));
        assert_eq!(at_sign("@@"), None);
        assert_eq!(spelled("jan [at] a [dot] nl, hoor"), Some(19));
        assert_eq!(spelled("jan (at) a.nl/[name] en"), Some(13));
        assert_eq!(spelled("jan (at) https://a.nl/[name]"), None);
        assert_eq!(spelled("kijk at home dan"), None);
        assert_eq!(spelled_in_one("jan(at)a.nl"), Some((0, 11)));
        assert_eq!(path_of("https://a.nl/x"), Some(13));
        assert_eq!(path_of("https://a.nl/"), None);
    }
}
