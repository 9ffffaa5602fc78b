//! The process around a service: signals, HTTP, and an end in bounded time.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::tasks::{self, Tasks, Thread};
use crate::{Context, Error, http};

/// How long the work may drain after the first signal.
const DRAIN: Duration = Duration::from_secs(10);

/// Runs `work` on a thread of its own, with `/metrics`, `/livez` and `/readyz`
/// at `listen` if given.
///
/// SIGINT and SIGTERM ask the work to stop through `context.shutdown`; it then
/// has ten seconds. A second signal ends the waiting at once.
///
/// # Errors
/// What the work returns; [`Error::Listen`] if the address is taken;
/// [`Error::Hung`] or [`Error::Interrupted`] if the work was left behind.
pub fn launch<T, E>(
    listen: Option<SocketAddr>,
    context: &Context,
    work: impl FnOnce(&Context) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("http")
        .enable_all()
        .build()
        .map_err(Error::from)?;
    let result = runtime.block_on(supervise(listen, context, work));
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}

async fn supervise<T, E>(
    listen: Option<SocketAddr>,
    context: &Context,
    work: impl FnOnce(&Context) -> Result<T, E> + Send + 'static,
) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let mut signals = Signals::install()?;
    let mut tasks = Tasks::default();
    if let Some(listen) = listen {
        let listener = http::listen(listen).await?;
        #[cfg(target_os = "linux")]
        context.registry.add_process().map_err(Error::from)?;
        tracing::info!(%listen, "serving /metrics, /livez and /readyz");
        tasks.spawn("http", http::serve(listener, context.clone()));
    }
    let of_work = context.clone();
    let mut work = tasks::thread("work", move || work(&of_work))?;
    let result = wait(&mut work, &mut signals, context).await;
    tasks.stop(Duration::from_secs(1)).await;
    result?
}

async fn wait<T>(
    work: &mut Thread<T>,
    signals: &mut Signals,
    context: &Context,
) -> Result<T, Error> {
    tokio::select! {
        result = work.finished() => return result,
        () = signals.next() => tracing::info!("asked to stop, draining"),
        () = context.shutdown.requested() => {}
    }
    context.shutdown.request();
    tokio::select! {
        result = work.finished() => result,
        () = signals.next() => Err(Error::Interrupted),
        () = tokio::time::sleep(DRAIN) => Err(Error::Hung(DRAIN)),
    }
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn install() -> Result<Self, Error> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{Ipv4Addr, TcpListener, TcpStream};

    use super::*;

    fn free_address() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap()
    }

    fn get(address: SocketAddr, path: &str) -> String {
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        response
    }

    #[test]
    fn a_taken_port_is_named_with_its_setting() {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let listen = taken.local_addr().unwrap();
        let result = launch(Some(listen), &Context::default(), |_| Ok::<_, Error>(()));
        let message = result.unwrap_err().to_string();
        assert!(message.contains(&listen.to_string()), "{message}");
        assert!(message.contains("`listen` under [http]"), "{message}");
    }

    #[test]
    fn health_and_metrics_are_served_while_the_work_runs() {
        let address = free_address();
        let answers = launch(Some(address), &Context::default(), move |context| {
            let part = context.health.enter("score");
            context
                .registry
                .counters("ophef_test_total", "A test.", &[])?
                .with_label_values::<&str>(&[])
                .inc();
            let before = get(address, "/readyz");
            part.set(true, "running");
            let after = get(address, "/readyz");
            Ok::<_, Error>([
                before,
                after,
                get(address, "/livez"),
                get(address, "/metrics"),
            ])
        });
        let [before, after, alive, metrics] = answers.unwrap();
        assert!(before.starts_with("HTTP/1.1 503") && before.contains("score: starting"));
        assert!(after.starts_with("HTTP/1.1 200") && alive.starts_with("HTTP/1.1 200"));
        assert!(metrics.contains("ophef_test_total 1"), "{metrics}");
    }

    #[test]
    fn work_that_panics_is_an_error_not_a_hang() {
        let result = launch(None, &Context::default(), |_| -> Result<(), Error> {
            panic!("test")
        });
        assert!(matches!(result, Err(Error::Panicked(_))));
    }

    #[test]
    fn a_request_to_stop_ends_the_work() {
        let context = Context::default();
        context.shutdown.request();
        let result = launch(None, &context, |context| {
            while !context.shutdown.is_requested() {
                std::thread::sleep(Duration::from_millis(1));
            }
            Ok::<_, Error>("drained")
        });
        assert_eq!(result.unwrap(), "drained");
    }
}
