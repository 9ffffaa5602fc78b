//! Public streams on loopback, written from the documented schemas of Bluesky's Jetstream
//! and Mastodon's streaming API.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

/// A stream that any number of listeners may connect to, one after the other.
#[derive(Debug)]
pub struct Stream {
    address: SocketAddr,
    connections: Arc<AtomicU64>,
    /// Ends with the process: a test has no use for it afterwards.
    _thread: JoinHandle<()>,
}

/// One message and its place.
pub type Event = (u64, String);

impl Stream {
    /// Plays `events`, which are in order of their places. A connection begins at its cursor,
    /// ends at a random event, has some events twice and some garbage between, and now and
    /// then pauses.
    ///
    /// # Panics
    /// If there is no port for it.
    #[must_use]
    pub fn play(events: Vec<Event>, seed: u64) -> Self {
        Self::start(events, seed, true)
    }

    /// The same without places: a connection begins at what wasn't sent before, so that
    /// nothing is posted while nobody listens.
    ///
    /// # Panics
    /// If there is no port for it.
    #[must_use]
    pub fn play_on(events: Vec<Event>, seed: u64) -> Self {
        Self::start(events, seed, false)
    }

    fn start(events: Vec<Event>, seed: u64, has_places: bool) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.expect("a free port");
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&connections);
        let serve = async move {
            let mut random = Random(seed | 1);
            let mut sent = (!has_places).then_some(0);
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                count.fetch_add(1, Ordering::Relaxed);
                // A listener that is killed breaks its connection off.
                let _ = connection(stream, &events, &mut sent, &mut random).await;
            }
        };
        let thread = std::thread::spawn(move || runtime.block_on(serve));
        Self {
            address,
            connections,
            _thread: thread,
        }
    }

    /// Where it is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/subscribe", self.address)
    }

    /// How often it was connected to.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

/// `sent` counts what went out already, where a connection has no cursor.
async fn connection(
    stream: TcpStream,
    events: &[Event],
    sent: &mut Option<usize>,
    random: &mut Random,
) -> Result<(), tokio_tungstenite::tungstenite::Error> {
    let mut cursor = 0;
    #[expect(clippy::result_large_err, reason = "the library's own signature")]
    let read_cursor = |request: &Request, response: Response| {
        let query = request.uri().query().unwrap_or_default();
        let place = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("cursor="));
        cursor = place.map_or(0, |place| place.parse().unwrap());
        Ok(response)
    };
    let mut socket = accept_hdr_async(stream, read_cursor).await?;
    let from = sent.unwrap_or_else(|| events.partition_point(|(place, _)| *place < cursor));
    let left = events.len() - from;
    let cut = 200 + random.below(2_000);
    for (_, text) in events[from..].iter().take(cut) {
        match random.below(500) {
            0 => socket.send(Message::text("{\"did\":\"did:plc:cut")).await?,
            1 => socket.send(Message::binary(vec![0, 159, 146, 150])).await?,
            2 => tokio::time::sleep(Duration::from_millis(30)).await,
            3..=12 => socket.send(Message::text(text.as_str())).await?,
            _ => {}
        }
        socket.send(Message::text(text.as_str())).await?;
        if let Some(sent) = sent {
            *sent += 1;
        }
    }
    if cut >= left {
        // All is sent; a live stream stays open, and says nothing for now.
        while let Some(Ok(_)) = socket.next().await {}
    }
    // Half of the cuts are without a word.
    if random.below(2) == 0 {
        socket.close(None).await?;
    }
    Ok(())
}

/// Marsaglia's xorshift: enough for where to cut.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: u64) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % end).unwrap()
    }
}
