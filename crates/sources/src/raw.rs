//! A record on its way to Kafka, as it came in.

use bytes::Bytes;

/// One event as a source gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawRecord {
    /// Decides the partition, and so the order; any partition if empty.
    pub key: Vec<u8>,
    /// Its bytes.
    pub value: Bytes,
    /// Name of its format, if it is known.
    pub format: Option<&'static str>,
    /// Headers beside those that name the format and the source.
    pub headers: Vec<(String, String)>,
}

impl RawRecord {
    /// A record of `format` without a key or further headers.
    #[must_use]
    pub const fn new(value: Bytes, format: Option<&'static str>) -> Self {
        Self {
            key: Vec::new(),
            value,
            format,
            headers: Vec::new(),
        }
    }
}
