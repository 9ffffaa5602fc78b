//! The service: threads that read and write, and the web server between them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use service::{Context, Error, tasks};
use tokio::net::TcpListener;

use crate::http::{Bounded, Site, router};
use crate::reader::Reader;
use crate::writer::ToKafka;
use crate::{Metrics, NAME, Settings, Store, Writer};

/// How long answers that are under way may take after a request to stop.
const DRAIN: Duration = Duration::from_secs(3);

/// Serves pages until stopping is asked for.
///
/// # Errors
/// A lasting fault; its text says what to do.
pub fn run(settings: &Settings, context: &Context) -> Result<(), Error> {
    let metrics = Arc::new(Metrics::register(&context.registry)?);
    context.announce(NAME)?;
    let store = Arc::new(Store::default());
    let reader = Reader {
        settings: settings.service.clone(),
        store: Arc::clone(&store),
        metrics: Arc::clone(&metrics),
        context: context.clone(),
    };
    let readers = reader.start()?;
    let (writer, jobs) = Writer::new();
    let (held, mut to_kafka) = (Arc::clone(&store), ToKafka::new(&settings.service));
    let writing = tasks::thread("console-writer", move || {
        jobs.run(&held, |feedback| to_kafka.write(feedback));
    })?;
    let shutdown = context.shutdown.clone();
    let site = Site::new(settings, store, writer, metrics, shutdown);
    let served = serve(settings.listen, site, context);
    // Whatever ended the server ends the others.
    context.shutdown.request();
    for reader in readers {
        reader.join()??;
    }
    served?;
    writing.join()
}

fn serve(listen: SocketAddr, site: Site, context: &Context) -> Result<(), Error> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("console-http")
        .enable_all()
        .build()?;
    let result = runtime.block_on(async {
        let listener = TcpListener::bind(listen).await;
        let listener = listener.map_err(|error| Error::ListenAt {
            listen,
            section: "console",
            detail: error.to_string(),
        })?;
        tracing::info!(url = %format_args!("http://{listen}"), "serving the console");
        let stop = context.shutdown.clone();
        let wait = context.shutdown.clone();
        let served = axum::serve(Bounded::new(listener), router(Arc::new(site)))
            .with_graceful_shutdown(async move { stop.requested().await });
        tokio::select! {
            result = served => result.map_err(Error::from),
            () = async { wait.requested().await; tokio::time::sleep(DRAIN).await; } => Ok(()),
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    result
}
