//! What the contract of mentions asks of a post, so that who takes it in can tell its
//! sender. `ingest` looks again at the mention that it makes of it.

use mention::{EventTime, MAX_TEXT_BYTES, Reason, Rejection, check_clock};

use crate::event::{Change, Post};
use crate::read::{bad, lacking};

impl Post<'_> {
    /// Whether every mention of it would be rejected, told at `now`: by its id or its time;
    /// where it `is_mention`, sent to become one, also by its text and stars. A post of a
    /// stream may have no text, and then it is about nobody.
    ///
    /// # Errors
    /// A [`Rejection`] that names the first field at fault, as the contract of mentions does.
    pub fn check(&self, now: EventTime, is_mention: bool) -> Result<(), Rejection> {
        let id = self.id.as_ref().ok_or_else(|| lacking("id"))?;
        if id.name.is_empty() {
            return Err(bad("id", "is empty"));
        }
        self.check_time(now)?;
        if is_mention {
            self.check_text()?;
            let is_outside = |rating: &f64| !(1.0..=5.0).contains(rating);
            if self.rating.as_ref().is_some_and(is_outside) {
                return Err(bad("rating", "outside 1 to 5"));
            }
        }
        Ok(())
    }

    /// A post's time is when it was made; an edit's, when it was observed, and when it was
    /// told if nobody says.
    fn check_time(&self, now: EventTime) -> Result<(), Rejection> {
        let (at, field) = match self.change {
            Change::Create => {
                let at = self.created_at.ok_or_else(|| lacking("created_at"))?;
                (at, "created_at")
            }
            Change::Update => (self.observed_at.unwrap_or(now), "observed_at"),
        };
        let out_of_range = |reason, what: &str| Rejection::new(reason, format!("{field}: {what}"));
        if at.millis() < 0 {
            return Err(out_of_range(Reason::TimeOutOfRange, "before 1970"));
        }
        let ahead = |fault: Rejection| out_of_range(fault.reason, "more than a day ahead");
        check_clock(at, now).map_err(ahead).map(drop)
    }

    /// A title stands for a text that is empty.
    fn check_text(&self) -> Result<(), Rejection> {
        let text = self.text.as_deref().unwrap_or_default();
        if text.len() > MAX_TEXT_BYTES {
            let detail = format!("text: {} bytes, at most {MAX_TEXT_BYTES}", text.len());
            return Err(Rejection::new(Reason::TextTooLong, detail));
        }
        if self.change == Change::Update || !self.media.is_empty() || !text.trim().is_empty() {
            return Ok(());
        }
        // Without a field for the text a title is no text.
        match (&self.text, &self.title) {
            (None, _) => Err(lacking("text")),
            (Some(_), Some(title)) if !title.trim().is_empty() => Ok(()),
            (Some(_), _) => Err(Rejection::new(
                Reason::EmptyText,
                "text: is empty and there is no media",
            )),
        }
    }
}
