//! Account numbers and payment cards: shapes with check digits.

use iban::Iban;

/// Longest account number, characters (ISO 13616), and the shortest, Norway's.
const LONGEST: usize = 34;
const SHORTEST: usize = 15;

/// Length of the account number that `text` begins with, in one piece or in groups.
pub(crate) fn iban(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let [a, b, c, d, ..] = bytes else { return None };
    let is_country = a.is_ascii_alphabetic() && b.is_ascii_alphabetic();
    if !(is_country && c.is_ascii_digit() && d.is_ascii_digit()) {
        return None;
    }
    let mut signs = String::with_capacity(LONGEST);
    let mut ends = Vec::with_capacity(LONGEST / 2);
    for (at, byte) in bytes.iter().enumerate() {
        let next = bytes.get(at + 1);
        if byte.is_ascii_alphanumeric() && signs.len() < LONGEST {
            signs.push(char::from(byte.to_ascii_uppercase()));
            let ends_here = !next.is_some_and(u8::is_ascii_alphanumeric);
            if signs.len() >= SHORTEST && ends_here {
                ends.push((signs.len(), at + 1));
            }
        } else if !matches!(byte, b' ' | b'-' | b'.')
            || !next.is_some_and(u8::is_ascii_alphanumeric)
        {
            break;
        }
    }
    // The longest that fits: a word may follow in what looks like another group.
    let fits = |&&(length, _): &&(usize, usize)| signs[..length].parse::<Iban>().is_ok();
    ends.iter().rev().find(fits).map(|&(_, end)| end)
}

/// Whether digits are a payment card's number: the issuer's first digit and the check
/// digit (ISO/IEC 7812, the formula of Luhn).
pub(crate) fn is_card(digits: &[u8]) -> bool {
    let sum = digits.iter().rev().enumerate().map(|(at, &digit)| {
        let doubled = u32::from(digit) << (at % 2);
        doubled - if doubled > 9 { 9 } else { 0 }
    });
    (13..=19).contains(&digits.len())
        && matches!(digits.first(), Some(3..=6))
        && sum.sum::<u32>() % 10 == 0
}

/// Whether nine digits are a citizen service number: weights 9 to 2 and −1, a sum that
/// eleven divides ("elfproef").
pub(crate) fn is_bsn(digits: &[u8]) -> bool {
    const WEIGHTS: [i32; 9] = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let products = WEIGHTS.iter().zip(digits);
    let sum: i32 = products
        .map(|(weight, &digit)| weight * i32::from(digit))
        .sum();
    digits.len() == WEIGHTS.len() && sum % 11 == 0 && digits.iter().any(|&digit| digit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_decide() {
        assert_eq!(iban("NL91 ABNA 0417 1643 00 graag"), Some(22));
        assert_eq!(iban("nl91abna0417164300."), Some(18));
        assert_eq!(iban("NL91ABNA0417164301"), None);
        assert_eq!(iban("NL91ABNA04171643"), None);
        let digits = |text: &str| text.bytes().map(|b| b - b'0').collect::<Vec<_>>();
        assert!(is_bsn(&digits("123456782")) && !is_bsn(&digits("123456789")));
        assert!(!is_bsn(&digits("000000000")));
        assert!(is_card(&digits("4111111111111111")) && !is_card(&digits("4111111111111112")));
    }
}
