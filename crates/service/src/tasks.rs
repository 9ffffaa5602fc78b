//! Threads and tasks that have names and are waited for.

use std::future::Future;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::Error;

/// A thread of its own whose result somebody waits for.
#[derive(Debug)]
pub struct Thread<T> {
    name: String,
    result: oneshot::Receiver<T>,
}

/// Runs `work` on a thread called `name`.
///
/// # Errors
/// [`Error::System`] if the system gives no thread.
pub fn thread<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<Thread<T>, Error> {
    let (done, result) = oneshot::channel();
    std::thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            // Nobody takes the result if the waiting was given up.
            let _ = done.send(work());
        })?;
    Ok(Thread {
        name: name.to_owned(),
        result,
    })
}

impl<T> Thread<T> {
    /// Waits for the result, from a thread that may block.
    ///
    /// # Errors
    /// [`Error::Panicked`].
    pub fn join(self) -> Result<T, Error> {
        let name = self.name;
        self.result
            .blocking_recv()
            .map_err(|_| Error::Panicked(name))
    }

    /// Waits for the result. May be given up and called again.
    ///
    /// # Errors
    /// [`Error::Panicked`].
    pub async fn finished(&mut self) -> Result<T, Error> {
        let result = (&mut self.result).await;
        result.map_err(|_| Error::Panicked(self.name.clone()))
    }
}

/// Tasks of one process; none outlives it.
#[derive(Debug, Default)]
pub struct Tasks(JoinSet<()>);

impl Tasks {
    /// Starts `task` under `name`. Must be called within a runtime.
    pub fn spawn(&mut self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        self.0.spawn(async move {
            task.await;
            tracing::debug!(task = name, "task ended");
        });
    }

    /// Stops all tasks, waiting at most `within`.
    pub async fn stop(mut self, within: Duration) {
        self.0.abort_all();
        let all = async { while self.0.join_next().await.is_some() {} };
        if tokio::time::timeout(within, all).await.is_err() {
            tracing::warn!("tasks didn't stop in time and are left behind");
        }
    }
}
