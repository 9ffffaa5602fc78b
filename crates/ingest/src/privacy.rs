//! What stands between people's data and the topics that keep it.

use std::borrow::Cow;
use std::fmt;
use std::hash::Hasher;

use mention::Platform;
use siphasher::sip128::{Hasher128, SipHasher24};

/// Takes personal data out of what is stored.
pub trait Privacy: fmt::Debug + Send + Sync {
    /// The text without what names or reaches a person.
    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str>;

    /// A name for `id`, an account or a post that holds its author's name: the same for
    /// the same id, and not led back without the key.
    fn pseudonym(&self, platform: Platform, id: &str) -> String;

    /// The names for `id` under every key that was in use, the present one first.
    fn pseudonyms(&self, platform: Platform, id: &str) -> Vec<String> {
        vec![self.pseudonym(platform, id)]
    }
}

/// Ids by a keyed hash (SipHash-2-4, 128 bits); texts as they are.
pub struct KeyedHash([u8; 16]);

impl KeyedHash {
    /// With this key. Whoever has it can tell whether a name belongs to an account.
    #[must_use]
    pub const fn new(key: [u8; 16]) -> Self {
        Self(key)
    }

    /// With a key made of a secret of any length.
    #[must_use]
    pub fn from_secret(secret: &str) -> Self {
        let mut hasher = SipHasher24::new();
        hasher.write(secret.as_bytes());
        Self(hasher.finish128().as_bytes())
    }
}

impl fmt::Debug for KeyedHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyedHash(…)")
    }
}

impl Privacy for KeyedHash {
    fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        Cow::Borrowed(text)
    }

    fn pseudonym(&self, platform: Platform, id: &str) -> String {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write(platform.as_str().as_bytes());
        hasher.write_u8(0xff);
        hasher.write(id.as_bytes());
        format!("{:032x}", hasher.finish128().as_u128())
    }
}
