//! What a Mastodon stream missed, by the REST API of its instance: page by page from the
//! last status that stands, while the stream goes on.
//!
//! Source of the shapes: docs.joinmastodon.org, "timelines API methods" (`min_id` pages
//! forward, oldest first, at most 40 a page) and "Rate limits" (`X-RateLimit-*`; 300
//! requests in five minutes unless the instance says otherwise).

use std::time::{Duration, Instant};

use mention::EventTime;
use serde::Deserialize;
use serde_json::value::RawValue;
use service::tasks::Tasks;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use crate::rest::{Answer, Client};

/// Statuses a page: the most that an instance gives.
const PAGE: usize = 40;
/// Pages after one break: what the usual rate limit gives away in a quarter of an hour.
const PAGES_MAX: u32 = 900;
/// How long fetching may take after one break. What comes later by its own time never
/// pages, so there is little use in more.
const WITHIN: Duration = Duration::from_secs(20 * 60);
/// Requests of each period that are left to others of the same account or address.
const SPARE: u64 = 10;
/// Tries in a row that may fail: some three minutes, in which an instance that was started
/// anew comes up. The pause after the first, each of which is twice the last, and the longest.
const TRIES: u32 = 10;
const PAUSE: Duration = Duration::from_millis(500);
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// Pause where an instance refuses for now without saying until when: its usual period.
const PERIOD: Duration = Duration::from_secs(5 * 60);
/// How far before the last status fetching begins, milliseconds. An id holds the time when
/// its author posted, so what came late from another server has a lower one than the last.
const REWIND_MS: u64 = 60_000;
/// For so long after the connection statuses may come both ways, milliseconds.
const OVERLAP_MS: i64 = 5_000;
/// By how much an instance's clock may be ahead of ours, milliseconds.
const AHEAD_MS: u64 = 3_600_000;
/// Bits of an id below the milliseconds since 1970.
const ID_BITS: u32 = 16;
/// Ids below are from before ids held times (2016), or of no time at all.
const TIMED_FROM_MS: u64 = 1_451_606_400_000;

/// The milliseconds since 1970 in an id, if there are any.
pub(crate) const fn id_millis(id: u64) -> Option<u64> {
    let millis = id >> ID_BITS;
    if millis >= TIMED_FROM_MS {
        Some(millis)
    } else {
        None
    }
}

/// The number of an id, if it can be gone on from. One far in the future can't: nothing
/// would ever come after it.
pub(crate) fn place(id: &str) -> Option<u64> {
    let id = id.parse().ok()?;
    let now = u64::try_from(service::clock::now().millis()).ok()?;
    id_millis(id)
        .is_none_or(|millis| millis <= now + AHEAD_MS)
        .then_some(id)
}

/// Where fetching begins to go on from the status `id`.
const fn rewound(id: u64) -> u64 {
    match id_millis(id) {
        Some(_) => id - (REWIND_MS << ID_BITS),
        None => id,
    }
}

/// A status as the instance gave it.
#[derive(Debug)]
pub(crate) struct Status {
    /// `None` if it has none that could be read.
    pub(crate) id: Option<String>,
    /// Its JSON.
    pub(crate) value: String,
}

/// What comes of fetching.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// The next statuses, and the highest of their ids.
    Page(Vec<Status>, u64),
    /// That was all.
    All,
    /// Not all, and won't be: why.
    Given(String),
}

/// Fetching under way; dropped, it ends.
#[derive(Debug)]
pub(crate) struct Fetching {
    pages: Receiver<Fetched>,
    _task: Tasks,
}

impl Fetching {
    /// Begins: `timeline` is the path with its query, `after` the last status that stands.
    pub(crate) fn start(client: Client, timeline: &str, after: u64) -> Self {
        // A page waits while the one before it is written.
        let (sender, pages) = channel(1);
        let timeline = timeline.to_owned();
        let mut task = Tasks::default();
        task.spawn("catching up", async move {
            let outcome = fetch(client, &timeline, rewound(after), &sender).await;
            let last = outcome.map_or_else(Fetched::Given, |()| Fetched::All);
            // Who waits for it may be gone.
            let _ = sender.send(last).await;
        });
        Self { pages, _task: task }
    }

    /// The next of it.
    pub(crate) async fn next(&mut self) -> Fetched {
        let next = self.pages.recv().await;
        next.unwrap_or_else(|| Fetched::Given("fetching broke off".to_owned()))
    }
}

#[derive(Deserialize)]
struct WithId {
    id: String,
}

async fn fetch(
    mut client: Client,
    timeline: &str,
    from: u64,
    pages: &Sender<Fetched>,
) -> Result<(), String> {
    let deadline = Instant::now() + WITHIN;
    let mark = if timeline.contains('?') { '&' } else { '?' };
    let mut reached = from;
    // By the instance's clock, when the stream was connected to already.
    let mut connected_at = None;
    let mut failures = 0;
    for _ in 0..PAGES_MAX {
        let target = format!("{timeline}{mark}limit={PAGE}&min_id={reached}");
        let fault = match client.get(&target).await {
            Ok(answer) => match answer.status {
                200 => {
                    failures = 0;
                    connected_at = connected_at.or_else(|| date(&answer));
                    let Some((statuses, highest)) = read(&answer.body)? else {
                        return Ok(());
                    };
                    if highest <= reached {
                        return Err("the instance answers what wasn't asked for".to_owned());
                    }
                    reached = highest;
                    if pages.send(Fetched::Page(statuses, highest)).await.is_err() {
                        return Ok(());
                    }
                    if is_behind(highest, connected_at) {
                        return Ok(());
                    }
                    if remaining(&answer).is_some_and(|left| left <= SPARE) {
                        wait(until_reset(&answer), deadline).await?;
                    }
                    continue;
                }
                429 => {
                    wait(until_reset(&answer), deadline).await?;
                    continue;
                }
                status @ 500.. => format!("it answers with status {status}"),
                status => return Err(refused(status)),
            },
            Err(fault) => fault,
        };
        failures += 1;
        if failures >= TRIES {
            return Err(fault);
        }
        let pause = PAUSE * 2_u32.pow(failures - 1);
        wait(pause.min(PAUSE_MAX), deadline).await?;
    }
    Err(format!("over {PAGES_MAX} pages were missed"))
}

/// The statuses of a page and the highest of their ids; `None` if there are none.
fn read(body: &[u8]) -> Result<Option<(Vec<Status>, u64)>, String> {
    let listed: Vec<&RawValue> =
        serde_json::from_slice(body).map_err(|_| "its answer is no list of statuses".to_owned())?;
    let statuses: Vec<Status> = listed
        .into_iter()
        .map(|value| Status {
            id: serde_json::from_str(value.get())
                .ok()
                .map(|with: WithId| with.id),
            value: value.get().to_owned(),
        })
        .collect();
    if statuses.is_empty() {
        return Ok(None);
    }
    let ids = statuses.iter().filter_map(|status| status.id.as_ref());
    let highest = ids.filter_map(|id| place(id)).max();
    let highest = highest.ok_or("its statuses have no ids that are numbers")?;
    Ok(Some((statuses, highest)))
}

/// Whether a status was posted when the stream had been connected to for a while.
fn is_behind(id: u64, connected_at: Option<i64>) -> bool {
    let posted = id_millis(id).and_then(|millis| i64::try_from(millis).ok());
    posted
        .zip(connected_at)
        .is_some_and(|(posted, connected)| posted > connected + OVERLAP_MS)
}

/// When the server answered, by its clock, milliseconds since 1970.
fn date(answer: &Answer) -> Option<i64> {
    let date = jiff::fmt::rfc2822::parse(answer.header("date")?).ok()?;
    Some(date.timestamp().as_millisecond())
}

fn remaining(answer: &Answer) -> Option<u64> {
    answer.header("x-ratelimit-remaining")?.parse().ok()
}

/// How long it is until the server takes requests again.
fn until_reset(answer: &Answer) -> Duration {
    let reset = answer.header("x-ratelimit-reset");
    let reset: Option<EventTime> = reset.and_then(|reset| reset.parse().ok());
    let left = reset
        .zip(date(answer))
        .map(|(reset, now)| reset.millis() - now);
    // Never at once: the two clocks may be a second apart.
    let left = left.and_then(|left| u64::try_from(left.max(1_000)).ok());
    left.map_or(PERIOD, Duration::from_millis)
}

async fn wait(pause: Duration, deadline: Instant) -> Result<(), String> {
    if Instant::now() + pause > deadline {
        return Err("it lets too few requests through".to_owned());
    }
    tokio::time::sleep(pause).await;
    Ok(())
}

fn refused(status: u16) -> String {
    let advice = match status {
        401 | 403 => "; set a `token` that may read statuses",
        300..=399 | 404 => "; set `api` to the address of the instance",
        _ => "",
    };
    format!("it refuses with status {status}{advice}")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    /// 2026-03-02T09:00:00Z.
    const NOW_MS: u64 = 1_772_442_000_000;

    #[test]
    fn ids_hold_the_time_of_their_post() {
        let id = (NOW_MS << 16) | 0x1234;
        assert_eq!(id_millis(id), Some(NOW_MS));
        assert_eq!(id_millis(103), None);
        assert_eq!(id_millis(rewound(id)), Some(NOW_MS - REWIND_MS));
        assert_eq!(rewound(103), 103);
        let now = i64::try_from(NOW_MS).unwrap();
        assert!(!is_behind(id, None) && !is_behind(id, Some(now)));
        assert!(is_behind(id, Some(now - OVERLAP_MS - 1)));
    }

    #[test]
    fn pages_are_statuses_and_the_highest_id() {
        let (statuses, highest) = read(br#"[{"id":"9"},{"id":"10","content":"x"},{"id":7},3]"#)
            .unwrap()
            .unwrap();
        assert_eq!((statuses.len(), highest), (4, 10));
        assert_eq!(statuses[1].value, r#"{"id":"10","content":"x"}"#);
        assert!(statuses[2].id.is_none());
        assert!(read(b"[]").unwrap().is_none());
        assert!(read(br#"{"error":"no"}"#).is_err());
        assert!(read(br#"[{"id":"01ARZ3NDEKTSV4RRFFQ69G5FAV"}]"#).is_err());
        let (_, highest) = read(br#"[{"id":"9"},{"id":"18446744073709551615"}]"#)
            .unwrap()
            .unwrap();
        assert_eq!(highest, 9);
    }

    #[test]
    fn a_limit_ends_by_the_clock_of_the_server() {
        let answer = |headers: &[(&'static str, &str)]| Answer {
            status: 429,
            headers: headers
                .iter()
                .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
                .collect(),
            body: bytes::Bytes::new(),
        };
        let date = ("date", "Mon, 02 Mar 2026 09:00:00 GMT");
        let reset = |at| ("x-ratelimit-reset", at);
        let of = |headers: &[_]| until_reset(&answer(headers));
        assert_eq!(
            of(&[date, reset("2026-03-02T09:04:00.000Z")]),
            Duration::from_secs(240)
        );
        assert_eq!(
            of(&[date, reset("2026-03-02T08:00:00Z")]),
            Duration::from_secs(1)
        );
        assert_eq!(of(&[date]), PERIOD);
        assert_eq!(of(&[date, reset("soon")]), PERIOD);
    }
}
