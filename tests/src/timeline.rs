//! A Mastodon instance on loopback whose clock doesn't wait for listeners: what is posted
//! while the stream is down comes by the REST API only. Written from the documented shapes
//! of the streaming API, of timelines (`min_id`, `limit`, newest first) and of rate limits.

use std::net::{Ipv4Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use futures_util::SinkExt;
use mention::EventTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;

use crate::streams::Random;

/// A status is posted every so many milliseconds …
const EVERY_MS: u64 = 4;
/// … and its instance's clock goes so much faster than that of the test, so that ids span
/// more than what is fetched twice.
const SPEED: u64 = 200;
/// By how much late statuses are, by the instance's clock: their ids are older than what
/// came before them.
const LATE_MS: u64 = 30_000;
/// Requests a period, and the period.
const LIMIT: u64 = 60;
const PERIOD: Duration = Duration::from_millis(1_200);

/// What is the same for all connections.
#[derive(Debug)]
struct State {
    /// Time of the instance when it started, milliseconds since 1970.
    began_ms: u64,
    began: Instant,
    count: u64,
    /// Whether the REST API answers.
    has_api: bool,
    /// The first status that somebody was there for.
    first: AtomicU64,
    connections: AtomicU64,
    pages: AtomicU64,
    refused: AtomicU64,
}

impl State {
    fn now_ms(&self) -> u64 {
        let elapsed = u64::try_from(self.began.elapsed().as_millis()).unwrap();
        self.began_ms + elapsed * SPEED
    }

    /// How many have been posted.
    fn posted(&self) -> u64 {
        ((self.now_ms() - self.began_ms) / (EVERY_MS * SPEED)).min(self.count)
    }

    fn id(&self, number: u64) -> u64 {
        let mut millis = self.began_ms + number * EVERY_MS * SPEED;
        if number % 20 == 7 {
            millis -= LATE_MS;
        }
        (millis << 16) | ((number * 7_919) % 65_536)
    }

    /// A status as it is told at the moment: its counts change.
    fn status(&self, number: u64, likes: usize) -> serde_json::Value {
        let at = EventTime::from_millis(i64::try_from(self.id(number) >> 16).unwrap());
        serde_json::json!({"id": self.id(number).to_string(), "created_at": at.to_string(),
            "content": format!("<p>Pluimvos, nummer {number}</p>"), "visibility": "public",
            "favourites_count": likes, "account": {"id": "7", "acct": "klant"}})
    }
}

/// The instance; it ends with the process.
#[derive(Debug)]
pub struct Timeline {
    address: SocketAddr,
    state: Arc<State>,
    _thread: JoinHandle<()>,
}

impl Timeline {
    /// An instance where `count` statuses are posted, `4 ms` apart. Its stream ends at
    /// random statuses; its API, if it `has_api`, is limited and fails now and then.
    ///
    /// # Panics
    /// If there is no port for it.
    #[must_use]
    pub fn start(count: u64, has_api: bool, seed: u64) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
        let listener = listener.expect("a free port");
        let address = listener.local_addr().unwrap();
        let now = service::clock::now().millis();
        let state = Arc::new(State {
            // Its fast clock stays behind ours.
            began_ms: u64::try_from(now).unwrap() - 24 * 3_600_000,
            began: Instant::now(),
            count,
            has_api,
            first: AtomicU64::new(u64::MAX),
            connections: AtomicU64::new(0),
            pages: AtomicU64::new(0),
            refused: AtomicU64::new(0),
        });
        let shared = Arc::clone(&state);
        let serve = async move {
            let mut tasks = tokio::task::JoinSet::new();
            let mut seed = seed;
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let (state, random) = (Arc::clone(&shared), Random(seed | 1));
                tasks.spawn(async move {
                    // Who is killed breaks the connection off.
                    let _ = connection(stream, &state, random).await;
                });
                while tasks.try_join_next().is_some() {}
            }
        };
        let thread = std::thread::spawn(move || runtime.block_on(serve));
        Self {
            address,
            state,
            _thread: thread,
        }
    }

    /// Where its stream is.
    #[must_use]
    pub fn url(&self) -> String {
        format!("ws://{}/api/v1/streaming?stream=public", self.address)
    }

    /// How often its stream was connected to.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// Pages that its API gave, and requests that it refused or broke off.
    #[must_use]
    pub fn pages(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.state.pages), count(&self.state.refused))
    }

    /// How many statuses have been posted.
    #[must_use]
    pub fn posted(&self) -> u64 {
        self.state.posted()
    }

    /// The numbers of the statuses since somebody has listened.
    #[must_use]
    pub fn wanted(&self) -> Range<u64> {
        self.state.first.load(Ordering::Relaxed)..self.state.count
    }

    /// The number of the status with `id`.
    #[must_use]
    pub fn number(&self, id: u64) -> Option<u64> {
        (0..self.state.count).find(|number| self.state.id(*number) == id)
    }
}

async fn connection(
    stream: TcpStream,
    state: &State,
    random: Random,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut head = [0; 24];
    let _ = stream.peek(&mut head).await?;
    if head.starts_with(b"GET /api/v1/timelines") {
        api(stream, state, random).await
    } else {
        listened(stream, state, random).await
    }
}

/// The stream, until it breaks off.
async fn listened(
    stream: TcpStream,
    state: &State,
    mut random: Random,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let connections = state.connections.fetch_add(1, Ordering::Relaxed);
    let mut socket = accept_async(stream).await?;
    let mut next = state.posted();
    let cut = next + 50 + random.below(300) as u64;
    if connections == 0 {
        state.first.store(next, Ordering::Relaxed);
    }
    while next < cut || next >= state.count {
        tokio::time::sleep(Duration::from_millis(EVERY_MS)).await;
        while next < state.posted().min(cut) {
            let status = state.status(next, 0).to_string();
            let event = serde_json::json!({"event": "update", "stream": ["public"],
                "payload": status})
            .to_string();
            if random.below(50) == 0 {
                socket.send(Message::text(event.as_str())).await?;
            }
            socket.send(Message::text(event)).await?;
            next += 1;
        }
        if next >= state.count {
            socket.send(Message::Ping(Vec::new().into())).await?;
        }
    }
    // Half of the cuts are without a word.
    if random.below(2) == 0 {
        socket.close(None).await?;
    }
    Ok(())
}

/// The timeline, for as long as the client keeps the connection.
async fn api(
    mut stream: TcpStream,
    state: &State,
    mut random: Random,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let mut read = Vec::new();
    loop {
        let mut bytes = [0; 1_024];
        let count = stream.read(&mut bytes).await?;
        if count == 0 {
            return Ok(());
        }
        read.extend_from_slice(&bytes[..count]);
        if !read.ends_with(b"\r\n\r\n") {
            continue;
        }
        let request = String::from_utf8(std::mem::take(&mut read))?;
        let elapsed = state.began.elapsed().as_millis();
        let period = PERIOD.as_millis();
        let asked = state.pages.load(Ordering::Relaxed) % LIMIT;
        let remaining = LIMIT - asked - 1;
        let (status, body) = match random.below(25) {
            _ if !state.has_api => (404, r#"{"error":"Record not found"}"#.to_owned()),
            0 => (503, "<html>busy</html>".to_owned()),
            1 => (429, r#"{"error":"Too many requests"}"#.to_owned()),
            // The connection ends in the middle of an answer.
            2 => {
                state.refused.fetch_add(1, Ordering::Relaxed);
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n[{")
                    .await?;
                return Ok(());
            }
            likes => (200, page(&request, state, likes)),
        };
        let counter = [&state.refused, &state.pages][usize::from(status == 200)];
        counter.fetch_add(1, Ordering::Relaxed);
        // Until when is told by the instance's clock, which the client compares with `date`.
        let left = i64::try_from(period - elapsed % period)?;
        let now = i64::try_from(state.now_ms())?;
        let reset = EventTime::from_millis(now + left);
        let date = jiff::Timestamp::from_millisecond(now)?;
        let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date)?;
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status} Told\r\ndate: {date}\r\nx-ratelimit-limit: {LIMIT}\r\n\
             x-ratelimit-remaining: {remaining}\r\nx-ratelimit-reset: {reset}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
    }
}

/// The statuses right after `min_id`, newest first.
fn page(request: &str, state: &State, likes: usize) -> String {
    let target = request.split(' ').nth(1).unwrap_or_default();
    let query = target.split_once('?').map_or("", |(_, query)| query);
    let number = |name: &str| {
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find_map(|(key, value)| (key == name).then_some(value));
        found.and_then(|value| value.parse::<u64>().ok())
    };
    let (after, limit) = (number("min_id").unwrap_or(0), number("limit").unwrap_or(20));
    let mut ids: Vec<(u64, u64)> = (0..state.posted())
        .map(|number| (state.id(number), number))
        .filter(|(id, _)| *id > after)
        .collect();
    ids.sort_unstable();
    ids.truncate(usize::try_from(limit.min(40)).unwrap());
    let page = ids.into_iter().rev();
    let page: Vec<_> = page
        .map(|(_, number)| state.status(number, likes))
        .collect();
    serde_json::Value::from(page).to_string()
}
