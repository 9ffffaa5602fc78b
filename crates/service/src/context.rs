//! What the parts of one process share.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::metrics::Registry;
use crate::pipeline::Families;
use crate::{Error, Health, Progress, Shutdown};

/// What the parts of one process share. Cloning gives another handle to the same.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// Where every part registers its metrics.
    pub registry: Registry,
    /// Where every part tells how it is.
    pub health: Health,
    /// The request to stop.
    pub shutdown: Shutdown,
    progress: Arc<Mutex<BTreeMap<String, Arc<Progress>>>>,
    families: Arc<Mutex<Option<Families>>>,
}

impl Context {
    /// Progress of the stage `name`, the same object for every caller.
    #[must_use]
    pub fn progress(&self, name: &str) -> Arc<Progress> {
        let mut all = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(all.entry(name.to_owned()).or_default())
    }

    /// Exports the version of `service`, which runs in this process.
    ///
    /// # Errors
    /// [`Error::Metrics`]: a fault of the program.
    pub fn announce(&self, service: &str) -> Result<(), Error> {
        self.families()?.announce(service);
        Ok(())
    }

    /// The metrics all stages have, registered by the first that asks.
    pub(crate) fn families(&self) -> Result<Families, Error> {
        let mut families = self.families.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(families) = &*families {
            return Ok(families.clone());
        }
        Ok(families.insert(Families::register(self)?).clone())
    }
}
