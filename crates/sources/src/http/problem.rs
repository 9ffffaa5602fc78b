//! Answers that say what is wrong, as RFC 9457 has them.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Faults that are listed of one request, at most.
pub(crate) const FAULTS_MAX: usize = 20;

/// One mention at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    /// Place of the mention in the request, from 0: in the array, or among the lines.
    pub(crate) index: usize,
    /// JSON Pointer to what is at fault within the request; of NDJSON, within the line.
    pub(crate) pointer: String,
    /// The class of the fault: the same words as in dead letters.
    pub(crate) reason: &'static str,
    /// What exactly.
    pub(crate) detail: String,
}

/// A request that isn't carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    pub(crate) title: &'static str,
    pub(crate) detail: String,
    pub(crate) faults: Vec<Fault>,
    /// When to try again, seconds.
    pub(crate) retry_after: Option<u64>,
}

#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

impl Problem {
    pub(crate) fn new(status: StatusCode, title: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            title,
            detail: detail.into(),
            faults: Vec::new(),
            retry_after: None,
        }
    }

    pub(crate) fn bad(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "the request can't be read", detail)
    }

    pub(crate) const fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = Body {
            kind: "about:blank",
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
            errors: &self.faults,
        };
        let text = serde_json::to_string(&body).unwrap_or_default();
        service::web::problem(self.status, text, self.retry_after)
    }
}
