//! Telephone numbers and other runs of digits.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::Kind;
use crate::account::{is_bsn, is_card};
use crate::context::{Context, Lower};
use crate::order::is_date;

/// Groups of digits that are looked at together, and digits in them, at most.
const GROUPS_MAX: usize = 7;
const DIGITS_MAX: usize = 20;
/// Digits of the shortest number that is looked for: a telephone's without its area.
const DIGITS_MIN: usize = 7;
/// Digits in a row from which a number may name somebody, whatever it is.
const LONG: usize = 10;

/// Digits with what stands between them, as a text begins with them.
#[derive(Debug, Default)]
struct Groups {
    digits: Vec<u8>,
    /// Of each group: the digits up to its end, and the place after it.
    ends: Vec<(usize, usize)>,
    has_plus: bool,
    has_bracket: bool,
    /// What stands after the first group.
    separator: Option<u8>,
}

impl Groups {
    fn of(text: &str) -> Self {
        let mut groups = Self::default();
        let bytes = text.as_bytes();
        let mut gap = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            if byte.is_ascii_digit() {
                groups.digits.push(byte - b'0');
                gap = 0;
                if !bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
                    groups.ends.push((groups.digits.len(), at + 1));
                }
                if groups.digits.len() > DIGITS_MAX {
                    break;
                }
                continue;
            }
            match byte {
                b'+' if at == 0 => groups.has_plus = true,
                b'(' | b')' => groups.has_bracket = true,
                b' ' | b'-' | b'.' | b'/' if at > 0 => {}
                _ => break,
            }
            if groups.ends.len() == 1 && groups.separator.is_none() {
                groups.separator = Some(byte);
            }
            gap += 1;
            if gap > 3 || groups.ends.len() >= GROUPS_MAX {
                break;
            }
        }
        groups
    }

    /// Lengths of the first `count` groups.
    fn lengths(&self, count: usize) -> Vec<usize> {
        let mut before = 0;
        let lengths = self.ends[..count].iter().map(|&(digits, _)| {
            let length = digits - before;
            before = digits;
            length
        });
        lengths.collect()
    }
}

/// The number that `text` begins with and that may name or reach somebody, and its
/// length. `before` is the text up to it.
pub(crate) fn number(before: &str, text: &str, context: &Context) -> Option<(Kind, usize)> {
    let groups = Groups::of(text);
    if groups.digits.len() < DIGITS_MIN || groups.digits.len() + 1 < 2 * groups.ends.len() {
        return None; // nothing shorter, or of single digits, is a number of those
    }
    // The longest that is one: another number may follow.
    (1..=groups.ends.len()).rev().find_map(|count| {
        let (digits, end) = groups.ends[count - 1];
        if digits < DIGITS_MIN {
            return None;
        }
        let goes_on = text[end..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if goes_on || is_amount(before, &text[..end], &text[end..]) || is_date(&text[..end]) {
            return None;
        }
        let kind = kind_of(&groups, count, &groups.digits[..digits], context)?;
        Some((kind, end))
    })
}

fn kind_of(groups: &Groups, count: usize, digits: &[u8], context: &Context) -> Option<Kind> {
    let lengths = groups.lengths(count);
    let is_run = lengths.len() == 1;
    if is_card(digits) && !groups.has_plus && (is_run || lengths.iter().all(|&length| length >= 4))
    {
        return Some(Kind::Card);
    }
    let has_shape = is_run || matches!(lengths[..], [4, 2, 3] | [3, 3, 3]);
    if context.has_bsn() && (8..=9).contains(&digits.len()) && has_shape {
        return Some(Kind::Bsn);
    }
    if is_phone(groups, &lengths, digits, context) {
        return Some(Kind::Phone);
    }
    if is_bsn(digits) && (is_run || matches!(lengths[..], [4, 2, 3])) {
        return Some(Kind::Bsn);
    }
    let longest = lengths.iter().max().copied().unwrap_or(0);
    (longest >= LONG && is_run).then_some(Kind::Number)
}

fn is_phone(groups: &Groups, lengths: &[usize], digits: &[u8], context: &Context) -> bool {
    let count = digits.len();
    if groups.has_plus {
        return (8..=15).contains(&count) && digits[0] > 0;
    }
    match digits {
        // 0800, 0900 and the like are public lines of organisations.
        [0, 8 | 9, 0, _, ..] => false,
        [0, 0, 1..=9, ..] => (11..=15).contains(&count),
        // Ten digits in the Netherlands and of a mobile in Belgium; nine of a fixed line
        // there; eleven in the United Kingdom.
        [0, 1..=9, ..] if !begins_as_date(lengths, digits) => (9..=11).contains(&count),
        [2..=9, ..] if lengths == [3, 3, 4] => {
            groups.has_bracket
                || matches!(groups.separator, Some(b'-' | b'.'))
                || context.has_phone()
        }
        [6, ..] if count == 9 => context.has_phone(),
        [1..=9, ..] => context.has_phone() && (9..=12).contains(&count),
        _ => false,
    }
}

/// Whether two, two and four digits are a date, whatever follows.
fn begins_as_date(lengths: &[usize], digits: &[u8]) -> bool {
    let [2, 2, 4, ..] = lengths else { return false };
    let two = |at: usize| digits[at] * 10 + digits[at + 1];
    (1..=31).contains(&two(0))
        && (1..=12).contains(&two(2))
        && matches!(digits[4..6], [1, 9] | [2, 0])
}

/// Whether digits are an amount: money, thousands in groups, or so many of something.
fn is_amount(before: &str, number: &str, after: &str) -> bool {
    let has_sign = before.trim_end().ends_with(['€', '$', '£', '¥']);
    let mut decimals = after.bytes();
    let is_decimal =
        decimals.next() == Some(b',') && decimals.next().is_some_and(|b| b.is_ascii_digit());
    let is_thousands = ['.', ' ', ','].iter().any(|&mark| {
        let mut groups = number.split(mark);
        let first = groups.next().unwrap_or_default();
        let rest: Vec<&str> = groups.collect();
        let is_digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
        (1..=3).contains(&first.len())
            && !first.starts_with('0')
            && is_digits(first)
            && !rest.is_empty()
            && rest.iter().all(|group| group.len() == 3 && is_digits(group))
            // Three groups of three are also how nine digits are written.
            && (mark != ' ' || first.len() < 3 || rest.len() < 2)
    });
    has_sign || is_decimal || is_thousands || is_quantity_after(after)
}

/// What is counted: money, things, people, time, lengths and weights.
const COUNTS: &str = "euro eur euros dollar dollars pond pounds cent cents stuks stuk mensen \
    people klanten customers keer times maal x pieces items producten artikelen views followers \
    volgers likes reviews jaar years year dag dagen days day week weken weeks maand maanden \
    months uur uren hours hour minuten minutes min seconden seconds km kilometer meter kg gram \
    liter miljoen million miljard billion procent percent graden punten points sterren";

static COUNTED: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| COUNTS.split_whitespace().collect());

/// Whether the number before `after` counts something.
pub(crate) fn is_quantity_after(after: &str) -> bool {
    let rest = after.strip_prefix([' ', '-']).unwrap_or(after);
    if rest.starts_with(['€', '$', '£', '%']) || rest.starts_with(",-") {
        return true;
    }
    let letters = rest.bytes().take(16).take_while(u8::is_ascii_alphabetic);
    let word = &rest[..letters.count()];
    COUNTED.contains(Lower::of(word).as_str())
}

/// Length of the run of digits, or of groups of them, that `text` begins with and that is
/// too long to be shown: five in a row, or eight in all.
pub(crate) fn long_run(text: &str) -> Option<usize> {
    const RUN: usize = 5;
    const GROUP: usize = 8;
    let (mut digits, mut run, mut longest, mut gap, mut end) = (0, 0, 0, 0, 0);
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_digit() {
            (digits, run, gap) = (digits + 1, run + 1, 0);
            longest = longest.max(run);
            end = at + 1;
        } else if matches!(byte, b' ' | b'-' | b'.' | b'/' | b'(' | b')' | b'+') && gap < 2 {
            (run, gap) = (0, gap + 1);
        } else {
            break;
        }
    }
    (longest >= RUN || digits >= GROUP).then_some(end)
}
