//! Texts and authors without personal data.
//!
//! [`Redactor`] finds what may name or reach a person in Dutch and English texts, and
//! puts a typed placeholder in its place; [`Pseudonyms`] gives an author a name that
//! only who has the key can lead back.
//!
//! ```
//! let redactor = redact::Redactor::for_storage();
//! let text = "Bestelling 1234567 kwijt, bel 06-12345678. Mvg Jan de Vries";
//! assert_eq!(
//!     redactor.redact(text),
//!     "Bestelling [order] kwijt, bel [phone]. Mvg [name]"
//! );
//! assert_eq!(redactor.redact("Vlucht KL1234 kostte 1.299 euro"), "Vlucht KL1234 kostte 1.299 euro");
//! ```
//!
//! A text is gone through once, word by word. What looks like a number is told by its
//! shape, by its check digits (IBAN, BSN, payment cards) and by the words before it; a
//! name by a greeting, a title or a list of given names. Every look ahead is bounded, so
//! the time is linear in the text, whatever it holds. What it costs and how much it finds
//! is in `docs/privacy.md`.
//!
//! This crate is pure: no clock, no environment, no input or output.

mod account;
mod address;
mod context;
mod cue;
mod email;
mod kept;
mod kind;
mod name;
mod number;
mod order;
mod plain;
mod plate;
mod pseudonym;
mod redactor;
mod scan;

pub use kind::{Finding, Kind};
pub use pseudonym::{Key, KeyError, MIN_KEY_BYTES, Pseudonyms};
pub use redactor::Redactor;
