//! What endpoints share that people and programs outside may ask: who is let in, how
//! often, and how a fault is told.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

/// A bucket of permits that fills up again.
#[derive(Debug)]
pub struct Bucket {
    most: f64,
    /// Permits a second.
    rate: f64,
    state: Mutex<(f64, Instant)>,
}

impl Bucket {
    /// A full bucket of `most` permits, which gets `rate` back a second.
    #[must_use]
    pub fn new(most: u32, rate: f64) -> Self {
        let most = f64::from(most);
        Self {
            most,
            rate,
            state: Mutex::new((most, Instant::now())),
        }
    }

    /// Takes `count` permits. More than the bucket holds is let through once it is full, and
    /// paid for afterwards.
    ///
    /// # Errors
    /// There are too few; in how long they may be asked for again.
    pub fn take(&self, count: usize) -> Result<(), Duration> {
        self.take_at(count, Instant::now())
    }

    fn take_at(&self, count: usize, now: Instant) -> Result<(), Duration> {
        #[expect(clippy::cast_precision_loss, reason = "nobody asks for 2^52")]
        let count = count as f64;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = &mut *state;
        let grown = now.saturating_duration_since(*since).as_secs_f64() * self.rate;
        *left = (*left + grown).min(self.most);
        *since = now;
        let needed = count.min(self.most);
        if *left >= needed {
            *left -= count;
            return Ok(());
        }
        let seconds = (needed - *left) / self.rate;
        Err(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }
}

/// The token that a request brings: `Authorization: Bearer TOKEN`.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::AUTHORIZATION)?.as_bytes();
    let space = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, token) = value.split_at(space);
    scheme
        .eq_ignore_ascii_case(b"bearer")
        .then(|| token.trim_ascii())
}

/// Whether both are the same. Takes as long for a nearly right one as for any other of its
/// length.
#[must_use]
pub fn is_same(token: &[u8], given: &[u8]) -> bool {
    token.ct_eq(given).into()
}

/// An answer that tells a fault, as RFC 9457 has it: `body` is its JSON, `retry_after` when
/// to try again, seconds.
#[must_use]
pub fn problem(status: StatusCode, body: String, retry_after: Option<u64>) -> Response {
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    let mut response = (status, kind, body).into_response();
    let headers = response.headers_mut();
    if let Some(seconds) = retry_after {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    if status == StatusCode::UNAUTHORIZED {
        let scheme = HeaderValue::from_static("Bearer realm=\"ophef\"");
        headers.insert(header::WWW_AUTHENTICATE, scheme);
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use super::*;

    #[test]
    fn permits_come_back_in_time() {
        let bucket = Bucket::new(2, 0.5);
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let taken = [0, 0, 0, 1, 2, 3, 100].map(|s| bucket.take_at(1, at(s)).is_ok());
        assert_eq!(taken, [true, true, false, false, true, false, true]);
    }

    #[test]
    fn many_at_once_are_paid_for_afterwards() {
        let bucket = Bucket::new(10, 10.0);
        let start = Instant::now();
        assert_eq!(bucket.take_at(100, start), Ok(()));
        let wait = bucket.take_at(1, start).unwrap_err();
        assert!((9.0..9.2).contains(&wait.as_secs_f64()), "{wait:?}");
        let halfway = bucket.take_at(5, start + Duration::from_secs(9));
        assert_eq!(halfway, Err(Duration::from_millis(500)));
        assert_eq!(bucket.take_at(5, start + Duration::from_secs(10)), Ok(()));
    }

    #[test]
    fn a_token_is_what_follows_the_scheme() {
        let of = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
            bearer(&headers).map(<[u8]>::to_vec)
        };
        assert_eq!(of("Bearer a b").as_deref(), Some(&b"a b"[..]));
        assert_eq!(of("bEARER  x").as_deref(), Some(&b"x"[..]));
        assert_eq!((of("Basic x"), of("Bearer")), (None, None));
        assert!(is_same(b"token", b"token") && !is_same(b"token", b"tokem"));
        assert!(!is_same(b"token", b"toke") && !is_same(b"token", b""));
    }
}
