//! Who has signed in with the token. In memory: a restart signs everybody out.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Sessions at the same time; the oldest goes first.
const MOST: usize = 500;
/// How long a session lasts: a shift.
pub(super) const LASTS: Duration = Duration::from_secs(12 * 3_600);

/// Sessions by their secret names.
#[derive(Debug, Default)]
pub(super) struct Sessions(Mutex<HashMap<String, (String, Instant)>>);

impl Sessions {
    /// A new session of `user`; its name, which nobody can guess. None if the system gives
    /// no random numbers.
    pub(super) fn open(&self, user: &str) -> Option<String> {
        let mut bytes = [0_u8; 24];
        getrandom::fill(&mut bytes).ok()?;
        let name: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, (_, since)| since.elapsed() < LASTS);
        if sessions.len() >= MOST {
            let oldest = sessions.iter().min_by_key(|(_, (_, since))| *since);
            let oldest = oldest.map(|(name, _)| name.clone());
            oldest.and_then(|name| sessions.remove(&name));
        }
        sessions.insert(name.clone(), (user.to_owned(), Instant::now()));
        Some(name)
    }

    /// Whose session it is.
    pub(super) fn user(&self, name: &str) -> Option<String> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (user, since) = sessions.get(name)?;
        (since.elapsed() < LASTS).then(|| user.clone())
    }

    /// Ends a session.
    pub(super) fn close(&self, name: &str) {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_are_bounded_and_can_be_ended() {
        let sessions = Sessions::default();
        let first = sessions.open("Noor").unwrap();
        assert_eq!(sessions.user(&first).as_deref(), Some("Noor"));
        assert_eq!(sessions.user(""), None);
        let second = sessions.open("Sam").unwrap();
        sessions.close(&second);
        assert_eq!(sessions.user(&second), None);
        for _ in 0..MOST {
            sessions.open("crowd").unwrap();
        }
        assert_eq!(sessions.user(&first), None);
    }
}
