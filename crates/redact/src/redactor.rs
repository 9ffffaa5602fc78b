//! Findings and redacted texts.

use std::borrow::Cow;

use crate::Finding;
use crate::kept::Kept;
use crate::plain::Plain;
use crate::scan::{Purpose, Scan};

/// Finds personal data in texts, and puts placeholders in its place.
///
/// Made once and used for all texts; it can be shared between threads.
#[derive(Debug, Clone)]
pub struct Redactor {
    kept: Kept,
    purpose: Purpose,
}

impl Redactor {
    /// For texts that are kept and scored: what the public can't tell apart from ordinary
    /// words and amounts stays. Of a link the host stays; a handle becomes `@user`.
    #[must_use]
    pub fn for_storage() -> Self {
        Self {
            kept: Kept::new(),
            purpose: Purpose::Storage,
        }
    }

    /// For the few texts that are shown to an operator: no link, no handle, no run of five
    /// digits and no group of eight stays, whatever it is.
    #[must_use]
    pub fn for_display() -> Self {
        Self {
            kept: Kept::new(),
            purpose: Purpose::Display,
        }
    }

    /// Keeps these names: brands, products, and handles with their `@`. Case doesn't matter.
    #[must_use]
    pub fn keeping<S: AsRef<str>>(mut self, names: impl IntoIterator<Item = S>) -> Self {
        names
            .into_iter()
            .for_each(|name| self.kept.insert(name.as_ref()));
        self
    }

    /// What is personal in `text`: in order, and apart from each other.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Finding> {
        let plain = Plain::of(text);
        let mut found = Scan::new(&plain.text, &self.kept, self.purpose).run();
        for finding in &mut found {
            finding.start = plain.origin(finding.start);
            finding.end = plain.origin(finding.end);
        }
        found
    }

    /// `text` with a placeholder for each finding.
    #[must_use]
    pub fn redact<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let found = self.find(text);
        if found.is_empty() {
            return Cow::Borrowed(text);
        }
        let mut redacted = String::with_capacity(text.len());
        let mut at = 0;
        for finding in found {
            redacted.push_str(&text[at..finding.start]);
            redacted.push_str(finding.kind.placeholder());
            at = finding.end;
        }
        redacted.push_str(&text[at..]);
        Cow::Owned(redacted)
    }
}
