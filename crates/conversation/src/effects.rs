//! What follows from a mention.

use mention::{Asked, Conversation, Platform};

/// What became of a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It asks something.
    Asks,
    /// It is a post that asks nothing.
    Other,
    /// It is the brand's; what it replies to is told by a [`Note`].
    OfBrand,
    /// It repeats another post: neither question nor answer.
    Repost,
    /// It was told before; nothing changes.
    Duplicate,
    /// It is older than conversations are remembered; nothing changes.
    TooOld,
    /// An edit or new engagement; only the reach can change by it.
    Updated,
    /// A deletion.
    Deleted,
    /// The pipeline's own test record; nothing changes.
    Canary,
}

/// What a reply of the brand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ReplyTo {
    /// The first answer to what was asked.
    Question,
    /// One more to what is answered already.
    Answered,
    /// To a customer who asked nothing.
    Unasked,
    /// To the brand's own post, or to the very post that it is.
    Itself,
    /// To a post that was deleted.
    Deleted,
    /// To a post that is forgotten, or was never seen.
    Forgotten,
}

impl ReplyTo {
    /// All of them; the position is that of the counter.
    pub const ALL: [Self; 6] = [
        Self::Question,
        Self::Answered,
        Self::Unasked,
        Self::Itself,
        Self::Deleted,
        Self::Forgotten,
    ];

    /// The name in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Answered => "answered",
            Self::Unasked => "unasked",
            Self::Itself => "itself",
            Self::Deleted => "deleted",
            Self::Forgotten => "forgotten",
        }
    }
}

/// Something to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Note {
    /// Somebody asks something.
    Asked {
        /// Where.
        platform: Platform,
        /// What is asked.
        kind: Asked,
    },
    /// A conversation got its first answer.
    Answered {
        /// Where.
        platform: Platform,
        /// What was asked.
        kind: Asked,
        /// From question to answer, milliseconds.
        millis: i64,
        /// The same in office hours.
        office_millis: i64,
        /// Whether the answer is older than the question: both are 0 then.
        clocks_disagree: bool,
    },
    /// A conversation was answered in time, or has waited longer than it should.
    Judged {
        /// Whether it was in time.
        in_time: bool,
    },
    /// The brand posted something that replies to nothing.
    Posted,
    /// The brand replied.
    Replied(ReplyTo),
    /// A conversation was forgotten without an answer, because of its age.
    Expired,
    /// A conversation was forgotten because the book is full.
    Dropped,
}

/// A conversation whose record changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is this now.
    Is(Conversation),
    /// The record of that platform and hashed id is to be deleted.
    Gone(Platform, u64),
}

/// What follows from a mention.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effects {
    /// Conversations whose record changed, in order.
    pub changes: Vec<Change>,
    /// What to count.
    pub notes: Vec<Note>,
}

impl Effects {
    /// Empties it and keeps its memory.
    pub fn clear(&mut self) {
        self.changes.clear();
        self.notes.clear();
    }
}
