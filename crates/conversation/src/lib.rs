//! What customers ask of a brand, and when it is answered, on event time.
//!
//! A [`Book`] holds one brand's conversations. Each scored mention is taken as it
//! arrives; what follows from it is told as [`Effects`]: conversations whose record
//! changed, and notes of what to count.
//!
//! # What asks, and what answers
//!
//! A customer's post asks if it is a complaint or a question, or if it is negative
//! (`post`). Not asked: reposts, copies of another's text, and whoever speaks for a brand,
//! a partner or the press.
//!
//! It is answered by the first reply of the brand or its staff to it, or to another post
//! of the same author in the same thread, if that reply isn't older than the question. The
//! thread is the one that the post itself names: its `root`, else what it answers, else
//! itself; so nothing has to be followed from post to post, and a circle of replies is no
//! danger. Of each post the first reply counts, and the author's own doesn't.
//!
//! # Order
//!
//! What is known of a post is a `Slot`: the post, its first replies, how far it reached,
//! and whether it is gone. Each part is the least, the most or the only one of what was
//! told, so the order in which it was told doesn't matter, nor does telling it twice. That
//! holds as long as nothing is told more than [`GRACE_MS`] after the others have
//! moved on, no reply is dated more than that before its question, no author has more
//! than 16 posts in one thread, and the book isn't full.
//!
//! # Sizes
//!
//! A conversation is forgotten [`BookSettings::expiry_ms`] after it began, an hour of grace
//! apart; a reply whose post isn't known waits a day for it. There are at most
//! [`BookSettings::max_conversations`] posts that ask, as many others, and as many that
//! are only known by what was told about them; whoever would be forgotten first has to go.
//! `docs/care.md` says what that takes.
//!
//! This crate is pure: no clock, no environment, no input or output.

mod book;
mod effects;
mod open;
mod page;
mod post;
mod settle;
mod slot;

pub use book::{Book, BookSettings, GRACE_MS, REPLY_WAIT_MS};
pub use effects::{Change, Effects, Note, ReplyTo, Taken};
pub use open::Open;
pub use page::Page;

#[cfg(test)]
mod tests;
