//! How alike two texts are, from a few numbers of each.
//!
//! A text's shingles are the runs of five letters in it; the sketch keeps the smallest of
//! their hashes (a bottom-k sketch, A. Broder, "On the resemblance and containment of
//! documents", 1997). Of two sketches the part of the smallest numbers of both together
//! that is in both estimates the part of the shingles that is; where a text has fewer
//! shingles than a sketch keeps, it is exact.

/// Shorter texts are alike by chance: "nog steeds geen pakket" is many people's own.
const WORDS_MIN: usize = 6;
const LETTERS_MIN: usize = 30;
/// Letters after which a text is cut: what is as long and alike so far is a copy.
const LETTERS_MAX: usize = 2_000;
/// Letters and spaces of a shingle.
const SHINGLE: usize = 5;
/// Hashes that are kept.
pub(crate) const KEPT: usize = 64;
/// Part of the shingles that copies have in common at least. One word of twenty may be
/// another; of people who complain of the same in their own words few come near half.
const ALIKE: f64 = 0.8;

/// The smallest hashes of a text's shingles, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub(crate) struct Sketch(pub(crate) Vec<u32>);

impl Sketch {
    /// The sketch of a text's letters in lower case, without handles, links, digits and
    /// punctuation; none if they are too few.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let letters = letters(text)?;
        let mut hashes: Vec<u32> = letters.windows(SHINGLE).map(hash).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.truncate(KEPT);
        Some(Self(hashes))
    }

    /// Whether the texts are copies of one another.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        let (mut seen, mut common) = (0_u32, 0_u32);
        while seen < 64 {
            let order = match (a.peek(), b.peek()) {
                (Some(a), Some(b)) => a.cmp(b),
                // The other text goes on beyond what its sketch keeps, or has no more.
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => break,
            };
            seen += 1;
            common += u32::from(order.is_eq());
            if order.is_le() {
                a.next();
            }
            if order.is_ge() {
                b.next();
            }
        }
        f64::from(common) >= ALIKE * f64::from(seen.max(1))
    }
}

/// Words of letters, with single spaces.
fn letters(text: &str) -> Option<Vec<u8>> {
    let mut found = Vec::with_capacity(text.len().min(LETTERS_MAX + 64));
    let mut words = 0;
    for (index, word) in text.split_whitespace().enumerate() {
        let is_link = word.contains("://") || word.starts_with("www.");
        let is_retweet = index == 0 && word.eq_ignore_ascii_case("rt");
        if word.starts_with('@') || is_link || is_retweet {
            continue;
        }
        let before = found.len();
        for letter in word.chars().filter(|letter| letter.is_alphabetic()) {
            for small in letter.to_lowercase() {
                let mut buffer = [0; 4];
                found.extend_from_slice(small.encode_utf8(&mut buffer).as_bytes());
            }
        }
        if found.len() > before {
            found.push(b' ');
            words += 1;
        }
        if found.len() >= LETTERS_MAX {
            break;
        }
    }
    (words >= WORDS_MIN && found.len() - words >= LETTERS_MIN).then_some(found)
}

/// FNV-1a, finished so that all bits depend on all letters.
fn hash(shingle: &[u8]) -> u32 {
    let hash = shingle.iter().fold(0x811c_9dc5_u32, |hash, &byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    });
    let hash = (hash ^ (hash >> 16)).wrapping_mul(0x85eb_ca6b);
    let hash = (hash ^ (hash >> 13)).wrapping_mul(0xc2b2_ae35);
    hash ^ (hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Ik wacht nu al drie weken op mijn bestelling en de klantenservice van \
        deze winkel neemt de telefoon niet op, wie heeft daar ook last van?";

    fn is_copy(a: &str, b: &str) -> bool {
        let sketch = |text| Sketch::of(text).unwrap();
        sketch(a).is_like(&sketch(b))
    }

    #[test]
    fn copies_are_alike_and_own_words_are_not() {
        let marked = format!("RT @iemand {} https://a.example/x 123", TEXT.to_uppercase());
        assert!(is_copy(TEXT, &marked));
        assert!(is_copy(TEXT, &TEXT.replace("drie", "vier")));
        assert!(is_copy(TEXT, &TEXT.replace(" nu al", "")));
        let own = "Al drie weken wacht ik op een bestelling van deze winkel en ik krijg \
            de klantenservice maar niet aan de telefoon, heel vervelend allemaal";
        assert!(!is_copy(TEXT, own));
        let cut = &TEXT[..TEXT.len() / 2];
        assert!(!is_copy(TEXT, cut));
    }

    #[test]
    fn short_texts_have_no_copies() {
        for text in [
            "",
            "nog steeds geen pakket",
            "a b c d e f g h i j",
            "@a @b https://c.d 1 2 3 4 5 6",
        ] {
            assert_eq!(Sketch::of(text), None, "{text}");
        }
    }
}
