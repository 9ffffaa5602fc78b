//! What a source's record says, whatever format it came in.

use mention::{Author, Cluster, Engagement, EventTime, MAX_ID_BYTES, Media, Platform, Text};

/// One thing that happened at a source.
#[derive(Debug, Clone, PartialEq)]
pub enum Event<'a> {
    /// Somebody posted, edited, or a post's reactions moved.
    Post(Box<Post<'a>>),
    /// A post is gone.
    Delete(Deletion<'a>),
    /// An account is gone or not public any more, and with it all its posts.
    AuthorGone(AuthorGone<'a>),
    /// Time moved on to this point.
    Heartbeat(EventTime),
    /// Understood, and nothing that concerns a brand; says what it is.
    Ignored(Ignored),
}

/// Why an event that was understood is of no interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ignored {
    /// A like, a follow, a profile, a notice of the stream itself.
    NotAPost,
    /// A share of a post without its text.
    BareShare,
    /// A post that isn't for everybody.
    NotPublic,
}

impl Ignored {
    /// Every one; metrics are initialised from it.
    pub const ALL: [Self; 3] = [Self::NotAPost, Self::BareShare, Self::NotPublic];

    /// The name in metric labels.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAPost => "not_a_post",
            Self::BareShare => "bare_share",
            Self::NotPublic => "not_public",
        }
    }
}

/// Whether a post is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Change {
    /// It is.
    #[default]
    Create,
    /// It was there; its text, if there is one, replaces the old one.
    Update,
}

/// Name of a post at its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostId<'a> {
    /// The name, unique on its platform.
    pub name: Text<'a>,
    /// Whether it holds the name or number of the account that posted, so that it may be
    /// stored only as a keyed hash.
    pub names_author: bool,
}

impl<'a> PostId<'a> {
    /// A name that says nothing about its author.
    #[must_use]
    pub fn plain(name: impl Into<Text<'a>>) -> Self {
        Self {
            name: name.into(),
            names_author: false,
        }
    }

    /// A name of any kind: one that is an address, or holds an account, holds its author's.
    #[must_use]
    pub fn of_any(name: impl Into<Text<'a>>) -> Self {
        let name = name.into();
        Self {
            names_author: name.contains("://") || name.contains('@') || name.starts_with("did:"),
            name,
        }
    }

    /// Whether it is stored as a keyed hash: it holds its author's name, or is longer than
    /// the contract's ids.
    #[must_use]
    pub fn is_hashed(&self) -> bool {
        self.names_author || self.name.len() > MAX_ID_BYTES
    }

    /// A name that holds its author's.
    #[must_use]
    pub fn of_author(name: impl Into<Text<'a>>) -> Self {
        Self {
            name: name.into(),
            names_author: true,
        }
    }
}

/// A post, an edit, or new counts of reactions.
///
/// Author ids, handles, post ids and text are as the source has them: personal data, to be
/// hashed and redacted before they are stored.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Post<'a> {
    /// New or not.
    pub change: Change,
    /// Its name; `None` where the source gives none, for the reader to make one.
    pub id: Option<PostId<'a>>,
    /// The brand it is about, if the source says so.
    pub brand: Option<Text<'a>>,
    /// Where it was posted; `None` if the record doesn't tell.
    pub platform: Option<Platform>,
    /// When its author posted.
    pub created_at: Option<EventTime>,
    /// When the source saw what the record tells.
    pub observed_at: Option<EventTime>,
    /// The post as plain text; `None` in an update that doesn't change it.
    pub text: Option<Text<'a>>,
    /// Title of a review, thread or article.
    pub title: Option<Text<'a>>,
    /// Who posted; `id` is the source's own.
    pub author: Option<Author<'a>>,
    /// Name of the account, without `@`.
    pub handle: Option<Text<'a>>,
    /// Names and ids of the accounts that it mentions, and of the one it answers.
    pub mentioned: Vec<Text<'a>>,
    /// Hashtags that the source lists beside the text, without `#`.
    pub tags: Vec<Text<'a>>,
    /// Language by the platform's word.
    pub lang: Option<Text<'a>>,
    /// Kind by the source's word.
    pub kind_hint: Option<Text<'a>>,
    /// Stars, 1–5.
    pub rating: Option<f64>,
    /// The post it answers.
    pub in_reply_to: Option<PostId<'a>>,
    /// The first post of its thread.
    pub root: Option<PostId<'a>>,
    /// The post it repeats.
    pub repost_of: Option<PostId<'a>>,
    /// Group of near-duplicates that the source has put it in.
    pub cluster: Option<Cluster<'a>>,
    /// Reactions so far.
    pub engagement: Option<Engagement>,
    /// Pictures, films and links.
    pub media: Vec<Media<'a>>,
    /// Campaign it belongs to.
    pub campaign: Option<Text<'a>>,
    /// Part of the platform it appeared on.
    pub surface: Option<Text<'a>>,
    /// Where it can be looked at.
    pub url: Option<Text<'a>>,
    /// Country, as the source has it.
    pub country: Option<Text<'a>>,
    /// Whether it is the pipeline's own test record.
    pub canary: bool,
}

/// A post that is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct Deletion<'a> {
    /// Which one.
    pub id: PostId<'a>,
    /// The brand, if the source says so; all it was about otherwise.
    pub brand: Option<Text<'a>>,
    /// Where.
    pub platform: Option<Platform>,
    /// When the source told; the time of receipt if it doesn't say.
    pub observed_at: Option<EventTime>,
}

/// An account that is gone.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthorGone<'a> {
    /// Its id, as in [`Author::id`] of its posts.
    pub author: Text<'a>,
    /// Whether that is the pseudonym it is stored by already, which is all that an operator
    /// sees of it. Only our own format says so.
    pub is_pseudonym: bool,
    /// Where.
    pub platform: Option<Platform>,
    /// When the source told.
    pub observed_at: Option<EventTime>,
}

impl<'a> From<Post<'a>> for Event<'a> {
    fn from(post: Post<'a>) -> Self {
        Self::Post(Box::new(post))
    }
}
