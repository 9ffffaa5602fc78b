//! Streams over a websocket: connected to again and again, each event once.
//!
//! Events and the place that was reached are committed to Kafka in one transaction, so
//! after a crash the stream goes on behind the last event that stands. Some streams can be
//! read from a place on (Bluesky); where one can't (Mastodon), what is posted while nobody
//! listens is fetched another way, beside the stream, as far as that goes.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use kafka::{Commit, Delivery, Outgoing, Sink, changelog};
use mention::{EventTime, Topic};
use service::{Context, Part};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use crate::catch_up::{Fetched, Fetching, Status};
use crate::jitter::jittered;
use crate::place::{Progress, Reached};
use crate::protocol::{Missed, Protocol, Read};
use crate::{Error, Metrics, RawRecord, writer};

/// Longest message, bytes: what a record of the raw topic may have.
const MESSAGE_MAX: usize = 1024 * 1024;
/// Events between two commits, and time between them.
const ROUND: usize = 1_000;
const INTERVAL: Duration = Duration::from_millis(200);
/// A public stream that is silent for so long is dead: Mastodon's sends a heartbeat every
/// 15 s, Bluesky's never pauses.
const SILENCE: Duration = Duration::from_secs(60);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(20);
/// First and longest pause before connecting anew; each is twice the last, less a random part.
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(60);

/// Listens until stopping is asked for.
pub(crate) fn run(
    protocol: &dyn Protocol,
    service: &service::Settings,
    patience: Option<Duration>,
    context: &Context,
) -> Result<(), Error> {
    // Another part of the process may have chosen already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let metrics = Metrics::register(&context.registry)?;
    context.announce(crate::NAME)?;
    let part = context.health.enter(protocol.name());
    let connection = &service.connection;
    let topics = [Topic::Raw, Topic::Sources].map(|topic| connection.topic(topic));
    let partitions = crate::partitions(service, &topics)?[1];
    let mut listener = Listener {
        protocol,
        service,
        context,
        metrics,
        part,
        partitions,
        sink: None,
        pending: Vec::new(),
        committed_at: Instant::now(),
        progress: Progress::new(protocol.stride()),
        was_connected: false,
        give_up: patience.map(|patience| Instant::now() + patience),
        fault: String::new(),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(listener.run())
}

struct Listener<'a> {
    protocol: &'a dyn Protocol,
    service: &'a service::Settings,
    context: &'a Context,
    metrics: Metrics,
    part: Part,
    /// Of the topic of places.
    partitions: i32,
    /// `None` until the first event, and after a fault.
    sink: Option<Sink>,
    /// Read, and not committed yet.
    pending: Vec<RawRecord>,
    committed_at: Instant,
    progress: Progress,
    /// Whether there has been a connection, now or in a process before.
    was_connected: bool,
    /// When to give up, as long as there has been no connection.
    give_up: Option<Instant>,
    /// Why there was none at the last try.
    fault: String,
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Listener<'_> {
    async fn run(&mut self) -> Result<(), Error> {
        // An older instance of the same name is fenced off first, so that the place stands.
        self.sink = Some(self.connect_sink()?);
        self.restore()?;
        let mut pause = PAUSE;
        while !self.context.shutdown.is_requested() {
            self.part.set(false, "connecting");
            match self.connect().await? {
                Some(mut socket) => {
                    self.give_up = None;
                    self.part.set(true, "listening");
                    self.metrics.connections.set(1);
                    let received = self.listen(&mut socket).await?;
                    self.metrics.connections.set(0);
                    if received > 0 {
                        pause = PAUSE;
                    }
                    self.commit()?;
                }
                None => self.commit()?,
            }
            if !self.context.shutdown.is_requested() {
                if self.give_up.is_some_and(|at| Instant::now() >= at) {
                    return Err(self.out_of_reach());
                }
                self.metrics.reconnects.inc();
                self.wait(jittered(pause)).await;
                pause = (2 * pause).min(PAUSE_MAX);
            }
        }
        self.commit()
    }

    fn connect_sink(&self) -> Result<Sink, kafka::Error> {
        let name = format!("{}-{}", crate::NAME, self.protocol.name());
        let (connection, instance) = (&self.service.connection, &self.service.instance);
        Sink::connect(connection, self.service.delivery, &name, instance)
    }

    fn out_of_reach(&self) -> Error {
        Error::OutOfReach {
            address: self.protocol.address(None),
            detail: self.fault.clone(),
        }
    }

    fn restore(&mut self) -> Result<(), Error> {
        let partitions: Vec<i32> = (0..self.partitions).collect();
        let name = self.protocol.name();
        let mut last = None;
        changelog::read(
            &self.service.connection,
            Topic::Sources,
            &partitions,
            |_, key, value| {
                if key == name.as_bytes() {
                    last = value.and_then(|value| serde_json::from_slice::<Reached>(value).ok());
                }
            },
        )?;
        if let Some(reached) = last {
            tracing::info!(source = name, "going on where it was");
            self.progress.restore(reached);
            self.was_connected = true;
        }
        Ok(())
    }

    /// A connection; `None` if there is none for now.
    async fn connect(&mut self) -> Result<Option<Socket>, Error> {
        let address = self.protocol.address(self.progress.place());
        let bad = || Error::Address(self.protocol.address(None));
        let mut request = address.as_str().into_client_request().map_err(|_| bad())?;
        let host = request.uri().host().unwrap_or_default().to_owned();
        if let Some(token) = self.protocol.token() {
            let mut value =
                HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| bad())?;
            value.set_sensitive(true);
            request.headers_mut().insert(header::AUTHORIZATION, value);
        }
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_MAX))
            .max_frame_size(Some(MESSAGE_MAX));
        let connecting = connect_async_with_config(request, Some(config), true);
        let left = |at: Instant| at.saturating_duration_since(Instant::now());
        let limit = self
            .give_up
            .map_or(CONNECT, |at| left(at).clamp(PAUSE, CONNECT));
        let connected = tokio::select! {
            connected = tokio::time::timeout(limit, connecting) => connected,
            () = self.context.shutdown.requested() => return Ok(None),
        };
        match connected {
            Ok(Ok((socket, _))) => return Ok(Some(socket)),
            Ok(Err(tungstenite::Error::Http(response))) => {
                let status = response.status().as_u16();
                let advice = match status {
                    401 | 403 => "set a valid `token`",
                    400 | 404 | 410 => "check `url`",
                    _ => "",
                };
                if !advice.is_empty() {
                    return Err(Error::Refused {
                        host,
                        status,
                        advice,
                    });
                }
                self.fault = format!("it refuses with status {status}");
            }
            Ok(Err(error)) => self.fault = error.to_string(),
            Err(_) => self.fault = "connecting takes too long".to_owned(),
        }
        tracing::warn!(host, error = self.fault, "not connected");
        Ok(None)
    }

    /// Reads until the connection ends; how many messages there were.
    async fn listen(&mut self, socket: &mut Socket) -> Result<u64, Error> {
        let mut received = 0;
        let mut heard = Instant::now();
        // From here on what is posted comes, so that between both nothing is lost.
        let mut fetching = self.begin_fetching();
        loop {
            let message = tokio::select! {
                message = tokio::time::timeout(INTERVAL, socket.next()) => message,
                fetched = next(&mut fetching) => {
                    if self.take_fetched(fetched) {
                        fetching = None;
                    }
                    self.round()?;
                    continue;
                }
                () = self.context.shutdown.requested() => {
                    // The other side may be gone.
                    let _ = tokio::time::timeout(INTERVAL, socket.close(None)).await;
                    return Ok(received);
                }
            };
            match message {
                Err(_) if heard.elapsed() > SILENCE => {
                    tracing::warn!("the stream is silent");
                    return Ok(received);
                }
                Err(_) => {}
                Ok(None) => return Ok(received),
                Ok(Some(Err(error))) => {
                    tracing::warn!(error = %error, "the stream broke off");
                    return Ok(received);
                }
                Ok(Some(Ok(message))) => {
                    heard = Instant::now();
                    received += 1;
                    match message {
                        Message::Text(text) => self.take(text.as_str()),
                        Message::Ping(_) => drop(socket.flush().await), // the answer is queued
                        Message::Binary(_) => self.metrics.unreadable.inc(),
                        _ => {}
                    }
                }
            }
            self.round()?;
        }
    }

    /// Commits if it is time for it.
    fn round(&mut self) -> Result<(), Error> {
        self.part.tick();
        if self.pending.len() >= ROUND || self.committed_at.elapsed() >= INTERVAL {
            self.commit()?;
        }
        Ok(())
    }

    fn take(&mut self, text: &str) {
        let read = self.protocol.read(text);
        if let Some(from) = self.progress.left_out(read.place()) {
            self.tell_gap(Some(from), "the stream doesn't go back that far");
        }
        let (key, identity, place) = match read {
            Read::Event {
                key,
                identity,
                place,
            } => (key, Some(identity), place),
            Read::Other(place) => return self.progress.advance(place, None),
            Read::Unreadable => {
                self.metrics.unreadable.inc();
                (String::new(), None, None)
            }
        };
        if identity.is_some_and(|identity| !self.progress.take(identity, place)) {
            self.metrics.repeated.inc();
            return;
        }
        self.push(key, Bytes::copy_from_slice(text.as_bytes()));
    }

    fn push(&mut self, key: String, value: Bytes) {
        let mut record = RawRecord::new(value, Some(self.protocol.format()));
        record.key = key.into_bytes();
        self.pending.push(record);
    }

    /// Begins to fetch what was posted since the place, if that can be done.
    fn begin_fetching(&mut self) -> Option<Fetching> {
        let was_connected = std::mem::replace(&mut self.was_connected, true);
        self.progress.connected();
        let place = self.progress.place();
        match self.protocol.missed(place) {
            Missed::Fetching(fetching) => {
                self.progress.begin_fetching();
                return Some(fetching);
            }
            Missed::Unknown(reason) if was_connected => self.tell_gap(place, reason),
            Missed::Unknown(_) | Missed::Nothing => {}
        }
        None
    }

    /// Takes what was fetched; whether that was the end of it.
    fn take_fetched(&mut self, fetched: Fetched) -> bool {
        match fetched {
            Fetched::Page(statuses, highest) => {
                for status in statuses {
                    self.take_status(status);
                }
                self.progress.fetched(highest);
                return false;
            }
            Fetched::All => self.metrics.gaps_filled.inc(),
            Fetched::Given(reason) => self.tell_gap(self.progress.place(), &reason),
        }
        self.progress.end_fetching();
        true
    }

    fn take_status(&mut self, status: Status) {
        if status.value.len() > MESSAGE_MAX {
            self.metrics.unreadable.inc();
            return;
        }
        match &status.id {
            None => self.metrics.unreadable.inc(),
            Some(id) => {
                let (identity, place) = self.protocol.fetched(id);
                if !self.progress.take(identity, place) {
                    self.metrics.repeated.inc();
                    return;
                }
                self.metrics.fetched.inc();
            }
        }
        self.push(status.id.unwrap_or_default(), Bytes::from(status.value));
    }

    /// Says that posts after that place weren't seen, and won't be.
    fn tell_gap(&self, place: Option<u64>, reason: &str) {
        self.metrics.gaps_open.inc();
        let after = place.and_then(|place| self.protocol.millis(place));
        let after = after.and_then(|millis| i64::try_from(millis).ok());
        let after = after.map(|millis| EventTime::from_millis(millis).to_string());
        tracing::warn!(
            reason,
            after = after.as_deref().unwrap_or("unknown"),
            "posts were missed while the stream was down: what was posted after that time until \
             now may lack some"
        );
    }

    /// Commits what is pending together with the place. What a passing fault takes back is
    /// written again, for as long as nobody asks to stop.
    fn commit(&mut self) -> Result<(), Error> {
        self.committed_at = Instant::now();
        while !self.pending.is_empty() {
            match self.try_commit() {
                Ok(Commit::Done) => {
                    self.metrics.written.inc_by(self.pending.len() as u64);
                    self.pending.clear();
                }
                Ok(Commit::Aborted(error)) => self.trouble(&error),
                Err(error) if error.is_passing() => {
                    self.trouble(&error);
                    self.sink = None;
                }
                Err(error) => return Err(error.into()),
            }
            if self.context.shutdown.is_requested() {
                break; // what isn't committed is read again
            }
        }
        Ok(())
    }

    fn trouble(&self, error: &kafka::Error) {
        tracing::warn!(error = %error, "not committed, trying again");
        self.part.set(false, "waiting for Kafka");
        self.context.shutdown.sleep(PAUSE);
    }

    fn try_commit(&mut self) -> Result<Commit, kafka::Error> {
        if self.sink.is_none() {
            self.sink = Some(self.connect_sink()?);
        }
        let Some(sink) = &mut self.sink else {
            return Ok(Commit::Done);
        };
        let name = self.protocol.name();
        for record in &self.pending {
            writer::send(sink, record, name)?;
        }
        let reached = serde_json::to_vec(self.progress.reached()).unwrap_or_default();
        sink.send(&Outgoing {
            topic: Topic::Sources,
            partition: None,
            key: Some(name.as_bytes()),
            value: Some(&reached),
            stamped_at: None,
        })?;
        match self.service.delivery {
            Delivery::ExactlyOnce => sink.commit_alone(),
            Delivery::AtLeastOnce => sink.flush().map(|()| Commit::Done),
        }
    }

    async fn wait(&self, pause: Duration) {
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = self.context.shutdown.requested() => {}
        }
    }
}

/// What is fetched next; waits for ever where nothing is.
async fn next(fetching: &mut Option<Fetching>) -> Fetched {
    match fetching {
        Some(fetching) => fetching.next().await,
        None => std::future::pending().await,
    }
}
