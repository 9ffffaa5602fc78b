//! Postcodes with the number of the house, and streets.

use crate::number::is_quantity_after;

/// Pairs of letters after four digits that are a word or a unit more often than a postcode.
const WORDS: [&str; 58] = [
    "AL", "AM", "AN", "AT", "BE", "BY", "CM", "DB", "DE", "DL", "DO", "EM", "EN", "ER", "EU", "GB",
    "GO", "HD", "HE", "HP", "HZ", "IF", "IK", "IN", "IS", "IT", "JA", "JE", "KB", "KG", "KM", "KW",
    "MB", "ME", "ML", "MM", "MS", "MY", "NA", "NO", "NU", "OF", "OK", "OM", "ON", "OP", "OR", "PC",
    "PK", "PM", "SO", "TB", "TE", "TO", "TV", "UP", "US", "WE",
];
/// Pairs that no postcode has.
const NEVER: [&str; 3] = ["SA", "SD", "SS"];

/// Length of the Dutch postcode that `text` begins with, and of the number of the house
/// after it. `is_announced` where the words before speak of an address.
pub(crate) fn dutch_postcode(text: &str, is_announced: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let [a, b, c, d, rest @ ..] = bytes else {
        return None;
    };
    let is_number = [b, c, d].iter().all(|byte| byte.is_ascii_digit()) && (b'1'..=b'9').contains(a);
    let space = usize::from(rest.first() == Some(&b' '));
    let pair = rest.get(space..space + 2)?;
    if !is_number || !pair.iter().all(u8::is_ascii_alphabetic) {
        return None;
    }
    let after = &text[6 + space..];
    if starts_with_word(after) {
        return None;
    }
    let upper: String = pair
        .iter()
        .map(|byte| char::from(byte.to_ascii_uppercase()))
        .collect();
    let house = house_number(after);
    let is_upper = pair.iter().all(u8::is_ascii_uppercase);
    let is_word = WORDS.contains(&upper.as_str());
    let is_code = match (is_upper, is_word) {
        _ if NEVER.contains(&upper.as_str()) => false,
        (true, false) => true,
        // `5611 EM 14`, but not `2024 EN 14 dagen`, nor `1000 MB`.
        (true, true) => house.is_some() || (is_announced && space == 1),
        (false, false) => house.is_some() || is_announced,
        (false, true) => house.is_some() && is_announced,
    };
    is_code.then(|| 6 + space + house.unwrap_or(0))
}

/// Length of the number of a house, what stands before it included, that `text` goes on with.
fn house_number(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let gap = bytes
        .iter()
        .take(2)
        .take_while(|b| matches!(b, b' ' | b',' | b'-'))
        .count();
    let number = house(&text[gap..])?;
    (gap > 0).then_some(gap + number)
}

/// Length of the number of a house, `12`, `3a`, `8-2`, that `text` begins with.
fn house(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take(6)
            .take_while(|b| b.is_ascii_digit())
            .count()
    };
    let count = digits(0);
    if !(1..=5).contains(&count) || bytes[0] == b'0' {
        return None;
    }
    let mut end = count;
    if bytes.get(end).is_some_and(u8::is_ascii_alphabetic) {
        end += 1;
    } else if matches!(bytes.get(end), Some(b'-' | b'/')) && (1..=3).contains(&digits(end + 1)) {
        end += 1 + digits(end + 1);
    }
    let after = &text[end..];
    let goes_on = after.strip_prefix(['.', ',', ':', '-', '/', '%']);
    let goes_on = goes_on.is_some_and(|rest| rest.starts_with(|c: char| c.is_alphanumeric()));
    let is_whole = !goes_on && !after.starts_with('%') && !starts_with_word(after);
    (is_whole && !is_quantity_after(after)).then_some(end)
}

/// Longest name of a place that is taken with its postcode, characters.
const PLACE_MAX: usize = 30;

/// Length of the Belgian postcode with its place, after an address: `2000 Antwerpen`,
/// `B-9000 Gent`.
pub(crate) fn belgian_postcode(text: &str, follows_address: bool) -> Option<usize> {
    let digits = text.strip_prefix("B-");
    if digits.is_none() && !follows_address {
        return None;
    }
    let digits = digits.unwrap_or(text);
    let (code, place) = (digits.get(..4)?, digits.get(4..)?.strip_prefix(' ')?);
    let is_code = code.bytes().all(|byte| byte.is_ascii_digit());
    let is_place = place.starts_with(char::is_uppercase);
    let letters = place
        .chars()
        .take(PLACE_MAX)
        .take_while(|c| c.is_alphabetic() || *c == '-');
    let length: usize = letters.map(char::len_utf8).sum();
    (is_code && is_place).then(|| text.len() - place.len() + length)
}

/// What the name of a street ends in.
const STREETS: [&str; 22] = [
    "straat",
    "laan",
    "weg",
    "plein",
    "kade",
    "gracht",
    "dijk",
    "steeg",
    "singel",
    "dreef",
    "plantsoen",
    "boulevard",
    "steenweg",
    "markt",
    "lei",
    "pad",
    "hof",
    "park",
    "baan",
    "wal",
    "haven",
    "vest",
];
/// Words of other meaning with such an end.
const OTHER: [&str; 14] = [
    "onderweg",
    "halverwege",
    "snelweg",
    "omweg",
    "supermarkt",
    "hypermarkt",
    "bouwmarkt",
    "autosnelweg",
    "huizenmarkt",
    "rijbaan",
    "elftalplein",
    "pretpark",
    "loopbaan",
    "mediamarkt",
];

/// Length of the street with the number of the house whose name is the capitalised word
/// that `text` begins with, `length` bytes of it.
pub(crate) fn street(
    text: &str,
    length: usize,
    follows_prefix: bool,
    is_announced: bool,
) -> Option<usize> {
    let name = text.get(..length)?;
    let number = text[length..].strip_prefix(' ')?;
    let end = length + 1 + house(number)?;
    let lower = name.to_lowercase();
    let base = STREETS.iter().find_map(|street| lower.strip_suffix(street));
    let is_street = base.is_some_and(|base| base.len() >= 2 || follows_prefix);
    let is_name = name.starts_with(char::is_uppercase) || is_announced;
    if is_name && is_street && !OTHER.contains(&lower.as_str()) {
        return Some(end);
    }
    // Any capitalised word, if a Belgian place follows the number.
    let after = text[end..].strip_prefix(',').unwrap_or(&text[end..]);
    let has_place = after
        .strip_prefix(' ')
        .and_then(|after| belgian_postcode(after, true));
    (name.starts_with(char::is_uppercase) && has_place.is_some()).then_some(end)
}

/// Whether a word belongs to the name of the street that follows it.
pub(crate) fn is_street_prefix(lower: &str) -> bool {
    matches!(
        lower,
        "prins"
            | "prinses"
            | "koning"
            | "koningin"
            | "burgemeester"
            | "lange"
            | "korte"
            | "grote"
            | "kleine"
            | "oude"
            | "nieuwe"
            | "sint"
            | "st"
            | "dokter"
            | "professor"
            | "generaal"
            | "pastoor"
            | "oud"
            | "nieuw"
            | "eerste"
            | "tweede"
            | "derde"
            | "hoge"
            | "lage"
            | "brede"
    )
}

fn starts_with_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphanumeric())
}
