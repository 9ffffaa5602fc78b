//! Numbers of orders, parcels, bookings and customers.

use crate::context::Announced;
use crate::number::is_quantity_after;

/// Longest identifier, bytes.
const LONGEST: usize = 40;

/// Length of the identifier that `text` begins with, where the words before it announce
/// one. `before` is the text up to it.
pub(crate) fn announced(before: &str, text: &str, announced: Announced) -> Option<usize> {
    let length = token(text);
    let piece = &text[..length];
    let digits = piece.bytes().filter(u8::is_ascii_digit).count();
    let signs = piece.bytes().filter(u8::is_ascii_alphanumeric).count();
    let is_upper = piece.bytes().all(|byte| byte.is_ascii_uppercase());
    let is_code = match announced {
        Announced::Faintly => false,
        Announced::Likely => digits >= 5,
        Announced::Surely => digits >= 1 && signs >= 4,
        Announced::AsCode => (digits >= 1 && signs >= 4) || (is_upper && (5..=8).contains(&signs)),
    };
    let is_amount = before.trim_end().ends_with(['€', '$', '£']) || is_decimal(&text[length..]);
    let is_other = is_year(piece) || is_date(piece) || is_amount;
    let counts = digits == signs && is_quantity_after(&text[length..]);
    (is_code && !is_other && !counts && length <= LONGEST).then_some(length)
}

/// Length of the parcel's or order's number that `text` begins with, told by its form:
/// those of the carriers, of the postal union (S10), and of the largest webshop.
pub(crate) fn by_form(text: &str) -> Option<usize> {
    let length = token(text);
    let piece = &text.as_bytes()[..length];
    let all = |bytes: &[u8], is: fn(&u8) -> bool| bytes.iter().all(is);
    let digits = |bytes: &[u8]| all(bytes, u8::is_ascii_digit);
    let signs = |bytes: &[u8]| all(bytes, u8::is_ascii_alphanumeric);
    let letters = |bytes: &[u8]| all(bytes, u8::is_ascii_uppercase);
    let many = |bytes: &[u8]| bytes.iter().filter(|byte| byte.is_ascii_digit()).count() >= 7;
    let is_form = match piece {
        [b'3', b'S', rest @ ..] => (9..=20).contains(&rest.len()) && signs(rest) && many(rest),
        [b'1', b'Z', rest @ ..] => rest.len() == 16 && signs(rest),
        [b'J', b'V', b'G', b'L', rest @ ..] | [b'J', b'J', b'D', rest @ ..] => {
            rest.len() >= 10 && digits(rest)
        }
        [a, b, number @ .., c, d] if number.len() == 9 => {
            letters(&[*a, *b, *c, *d]) && digits(number)
        }
        [
            head @ ..,
            b'-',
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            b'-',
            _,
            _,
            _,
            _,
            _,
            _,
            _,
        ] => {
            head.len() == 3
                && digits(head)
                && piece.iter().filter(|b| b.is_ascii_digit()).count() == 17
        }
        _ => false,
    };
    is_form.then_some(length)
}

/// Length of a piece of letters, digits and single marks between them.
fn token(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut end = 0;
    for (at, byte) in bytes.iter().enumerate().take(LONGEST + 2) {
        let joins = matches!(byte, b'-' | b'.' | b'_' | b'/') && end == at && at > 0;
        if byte.is_ascii_alphanumeric() {
            end = at + 1;
        } else if !joins {
            break;
        }
    }
    end
}

fn is_decimal(after: &str) -> bool {
    let mut bytes = after.bytes();
    bytes.next() == Some(b',') && bytes.next().is_some_and(|byte| byte.is_ascii_digit())
}

fn is_year(piece: &str) -> bool {
    piece.len() == 4
        && matches!(&piece[..2], "19" | "20")
        && piece.bytes().all(|b| b.is_ascii_digit())
}

/// Whether three numbers are a day, a month and a year, in that order or the other.
pub(crate) fn is_date(piece: &str) -> bool {
    let mut parts = piece.split(['-', '/', '.']);
    let mut next = || {
        parts
            .next()
            .and_then(|part| Some((part.len(), part.parse::<u16>().ok()?)))
    };
    let (Some((a, first)), Some((b, second)), Some((c, third))) = (next(), next(), next()) else {
        return false;
    };
    if parts.next().is_some() || b > 2 {
        return false;
    }
    let is_year =
        |length: usize, year: u16| length == 2 || (length == 4 && (1900..2100).contains(&year));
    let is_day = |length: usize, day: u16| length <= 2 && (1..=31).contains(&day);
    (1..=31).contains(&second)
        && ((is_day(a, first) && is_year(c, third))
            || (a == 4 && is_year(a, first) && is_day(c, third)))
}
