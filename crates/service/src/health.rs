//! Whether the process lives and whether it is ready.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A part that hasn't come round for this long hangs.
const HUNG: Duration = Duration::from_secs(300);

/// How the parts of a process are.
#[derive(Debug, Clone, Default)]
pub struct Health(Arc<Mutex<BTreeMap<String, State>>>);

#[derive(Debug)]
struct State {
    is_ready: bool,
    /// What it is doing, for people.
    doing: String,
    last_round: Instant,
}

/// One part's own handle to tell how it is. Dropping it takes the part off the list.
#[derive(Debug)]
pub struct Part {
    health: Health,
    name: String,
}

impl Health {
    /// Enters a part that isn't ready yet.
    #[must_use]
    pub fn enter(&self, name: &str) -> Part {
        let state = State {
            is_ready: false,
            doing: "starting".to_owned(),
            last_round: Instant::now(),
        };
        self.lock().insert(name.to_owned(), state);
        Part {
            health: self.clone(),
            name: name.to_owned(),
        }
    }

    /// Whether there are parts and all are ready, with a line on each.
    #[must_use]
    pub fn ready(&self) -> (bool, String) {
        let parts = self.lock();
        let is_ready = !parts.is_empty() && parts.values().all(|part| part.is_ready);
        let line = |(name, part): (&String, &State)| format!("{name}: {}\n", part.doing);
        (is_ready, parts.iter().map(line).collect())
    }

    /// Whether no part hangs, with a line on each that does.
    #[must_use]
    pub fn alive(&self) -> (bool, String) {
        let parts = self.lock();
        let hung = parts
            .iter()
            .filter(|(_, part)| part.last_round.elapsed() > HUNG);
        let lines: String = hung
            .map(|(name, part)| format!("{name}: hangs, {}\n", part.doing))
            .collect();
        (lines.is_empty(), lines)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, State>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Part {
    /// Tells what the part is doing and whether it is ready.
    pub fn set(&self, is_ready: bool, doing: &str) {
        if let Some(state) = self.health.lock().get_mut(&self.name) {
            state.is_ready = is_ready;
            doing.clone_into(&mut state.doing);
            state.last_round = Instant::now();
        }
    }

    /// Tells that the part has come round once more.
    pub fn tick(&self) {
        if let Some(state) = self.health.lock().get_mut(&self.name) {
            state.last_round = Instant::now();
        }
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        self.health.lock().remove(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_ready_when_all_its_parts_are() {
        let health = Health::default();
        assert!(!health.ready().0);
        let score = health.enter("score");
        let watch = health.enter("watch");
        score.set(true, "running");
        assert_eq!(
            health.ready(),
            (false, "score: running\nwatch: starting\n".to_owned())
        );
        watch.set(true, "running");
        assert!(health.ready().0 && health.alive().0);
        drop(watch);
        assert!(health.ready().0);
    }
}
