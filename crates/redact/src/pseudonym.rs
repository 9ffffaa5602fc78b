//! Names for authors that only who has the key can lead back.
//!
//! A pseudonym is `<key id>.<32 hexadecimal digits>`: the first 128 bits of HMAC-SHA-256
//! (RFC 2104, FIPS 180-4) over the platform, a zero byte, and the platform's id of the
//! author. The chance that any two of a thousand million authors share one is below
//! 2 · 10⁻²¹ (n² / 2¹²⁹). The platform is part of it, so that one id on two platforms
//! gives two names.
//!
//! Whoever lacks the key can't test a guess, though ids are public and few: a plain hash
//! would be undone in a minute. Whoever destroys the key makes all its pseudonyms
//! anonymous at once.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Shortest key, bytes: as many as the hash gives.
pub const MIN_KEY_BYTES: usize = 32;
/// Longest name of a key, bytes.
const MAX_ID_BYTES: usize = 8;
/// Bytes of the hash that are kept.
const KEPT: usize = 16;

/// A key and its name.
#[derive(Clone)]
pub struct Key {
    id: String,
    /// The hash with the key taken in already.
    mac: Hmac<Sha256>,
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// Why a key can't be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Guessing it would be too easy.
    #[error("is shorter than {MIN_KEY_BYTES} bytes: make one with `openssl rand -hex 32`")]
    TooShort,
    /// The name stands in every pseudonym.
    #[error("isn't a name of 1 to {MAX_ID_BYTES} of a-z and 0-9")]
    BadId,
}

impl Key {
    /// The key `secret` by the name `id`, 1 to 8 of `a–z 0–9`.
    ///
    /// # Errors
    /// [`KeyError`]; the text continues "the key …".
    pub fn new(id: &str, secret: &[u8]) -> Result<Self, KeyError> {
        let is_legal = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !(1..=MAX_ID_BYTES).contains(&id.len()) || !id.bytes().all(is_legal) {
            return Err(KeyError::BadId);
        }
        if secret.len() < MIN_KEY_BYTES {
            return Err(KeyError::TooShort);
        }
        let mac = Hmac::new_from_slice(secret).map_err(|_| KeyError::TooShort)?;
        Ok(Self {
            id: id.to_owned(),
            mac,
        })
    }

    fn pseudonym(&self, platform: &str, author: &str) -> String {
        let mut mac = self.mac.clone();
        mac.update(platform.as_bytes());
        mac.update(&[0]);
        mac.update(author.as_bytes());
        let hash = mac.finalize().into_bytes();
        let digits = hash
            .iter()
            .take(KEPT)
            .flat_map(|byte| [byte >> 4, byte & 15]);
        let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
        let mut name = String::with_capacity(self.id.len() + 1 + 2 * KEPT);
        name.push_str(&self.id);
        name.push('.');
        name.extend(digits.map(digit));
        name
    }
}

/// The present key, and those before it that are still known.
#[derive(Debug, Clone)]
pub struct Pseudonyms {
    present: Key,
    former: Vec<Key>,
}

impl Pseudonyms {
    /// Names by `present`; `former` keys only serve to find what was named by them.
    #[must_use]
    pub const fn new(present: Key, former: Vec<Key>) -> Self {
        Self { present, former }
    }

    /// The name of `author`, the platform's own id, on `platform`.
    #[must_use]
    pub fn of(&self, platform: &str, author: &str) -> String {
        self.present.pseudonym(platform, author)
    }

    /// The names under every key that is known, the present one first: what to look for
    /// when somebody asks to be forgotten.
    #[must_use]
    pub fn all_of(&self, platform: &str, author: &str) -> Vec<String> {
        let keys = std::iter::once(&self.present).chain(&self.former);
        keys.map(|key| key.pseudonym(platform, author)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, byte: u8) -> Key {
        Key::new(id, &[byte; 32]).unwrap()
    }

    #[test]
    fn it_is_the_documented_hash() {
        // printf 'x\00042' | openssl dgst -sha256 -mac HMAC -macopt hexkey:0101…01
        let name = Pseudonyms::new(key("k1", 1), Vec::new()).of("x", "42");
        assert_eq!(name, "k1.bc9333621aa95d4fc7b63ba09a03bcd9");
    }

    #[test]
    fn platform_author_and_key_each_make_another_name() {
        let names = Pseudonyms::new(key("k2", 2), vec![key("k1", 1)]);
        let before = Pseudonyms::new(key("k1", 1), Vec::new());
        assert_eq!(
            names.all_of("x", "1"),
            [names.of("x", "1"), before.of("x", "1")]
        );
        assert_ne!(names.of("x", "1"), names.of("bluesky", "1"));
        assert_ne!(names.of("x", "1"), names.of("x", "2"));
        assert!(!format!("{names:?}").contains("[2, 2"));
    }

    #[test]
    fn keys_are_long_and_have_short_names() {
        let error = |id, secret: &[u8]| Key::new(id, secret).unwrap_err();
        assert_eq!(error("k1", &[1; 31]), KeyError::TooShort);
        for id in ["", "K1", "a.b", "123456789"] {
            assert_eq!(error(id, &[1; 32]), KeyError::BadId);
        }
    }
}
