//! Dutch and Belgian licence plates.

/// The forms of plates, A for a letter and 9 for a digit: the Dutch series ("sidecodes")
/// 1 to 14 by the Dutch vehicle authority, and the Belgian ones since 2010. Dashes stand where one kind of
/// sign follows another, and in the middle of four.
const FORMS: [&str; 15] = [
    "AA-99-99",
    "99-99-AA",
    "99-AA-99",
    "AA-99-AA",
    "AA-AA-99",
    "99-AA-AA",
    "99-AAA-9",
    "9-AAA-99",
    "AA-999-A",
    "A-999-AA",
    "AAA-99-A",
    "A-99-AAA",
    "9-AA-999",
    "999-AA-9",
    "9-AAA-999",
];

/// Longest plate as it is written, bytes.
const LONGEST: usize = 9;

/// Length of the plate that `text` begins with. Where the words before speak of one, it
/// may be in lower case and without dashes.
pub(crate) fn plate(text: &str, is_announced: bool) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = bytes
        .iter()
        .take(LONGEST + 1)
        .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-')
        .count();
    let piece = &bytes[..end];
    let has_form = |piece: &[u8], form: &str| {
        let is = |(byte, sign): (&u8, u8)| match sign {
            b'A' => byte.is_ascii_uppercase() || (is_announced && byte.is_ascii_lowercase()),
            b'9' => byte.is_ascii_digit(),
            mark => *byte == mark,
        };
        piece.len() == form.len() && piece.iter().zip(form.bytes()).all(is)
    };
    if FORMS.iter().any(|form| has_form(piece, form)) && !has_month(piece) {
        return Some(end);
    }
    if !is_announced {
        return None;
    }
    // Without dashes, or with spaces in their place.
    let mut signs = [0; LONGEST];
    let (mut count, mut gap) = (0, 0);
    for (at, byte) in bytes.iter().enumerate().take(LONGEST + 2) {
        if byte.is_ascii_alphanumeric() && count < LONGEST {
            signs[count] = *byte;
            (count, gap) = (count + 1, 0);
            let ends = !bytes.get(at + 1).is_some_and(u8::is_ascii_alphanumeric);
            let found = &signs[..count];
            let bare = |form: &str| {
                let form: Vec<u8> = form.bytes().filter(|sign| *sign != b'-').collect();
                form.len() == found.len()
                    && has_form(found, std::str::from_utf8(&form).unwrap_or(""))
            };
            if ends && FORMS.iter().any(|form| bare(form)) {
                return Some(at + 1);
            }
        } else if matches!(byte, b' ' | b'-') && gap == 0 {
            gap = 1;
        } else {
            return None;
        }
    }
    None
}

/// Whether it is a date: `12-JAN-24`.
fn has_month(piece: &[u8]) -> bool {
    const MONTHS: [&[u8]; 16] = [
        b"JAN", b"FEB", b"MAR", b"MRT", b"APR", b"MAY", b"MEI", b"JUN", b"JUL", b"AUG", b"SEP",
        b"OCT", b"OKT", b"NOV", b"DEC", b"MAA",
    ];
    let mut parts = piece.split(|byte| *byte == b'-');
    parts.nth(1).is_some_and(|part| MONTHS.contains(&part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_decides() {
        for text in ["12-ABC-3", "V-123-BX", "GB-12-34 hier", "1-ABC-123."] {
            let end = text.find([' ', '.']).unwrap_or(text.len());
            assert_eq!(plate(text, false), Some(end), "{text}");
        }
        for text in [
            "1-MAY-24",
            "12-ABC-34",
            "A-12",
            "12-abc-3",
            "AB123C",
            "GB-12-345",
        ] {
            assert_eq!(plate(text, false), None, "{text}");
        }
        assert_eq!(plate("12 abc 3 reed", true), Some(8));
        assert_eq!(plate("AB123C", true), Some(6));
        assert_eq!(plate("gewoon weg", true), None);
    }
}
