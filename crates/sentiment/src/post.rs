//! What the scorer looks at.

use mention::{Media, Mention, Platform, Role};

/// The parts of a mention that bear on its score, all borrowed.
#[derive(Debug, Clone, Copy)]
pub struct Post<'a> {
    /// The post itself; may be empty if there are media or a title.
    pub text: &'a str,
    /// Title of a review; scored as the first sentence of the text.
    pub title: Option<&'a str>,
    /// Pictures and films; their descriptions are scored as the last sentences.
    pub media: &'a [Media<'a>],
    /// Language by the platform's word, BCP 47; a hint, since platforms err.
    pub lang: Option<&'a str>,
    /// Where it was posted.
    pub platform: Platform,
    /// Kind by the source's word; taken if it is one of [`mention::Kind`].
    pub kind_hint: Option<&'a str>,
    /// Stars of a review, 1–5; strong evidence.
    pub rating: Option<f64>,
    /// On whose behalf the author posts; a brand's own posts are web care.
    pub role: Option<Role>,
}

impl<'a> Post<'a> {
    /// A post of which only the text is known.
    #[must_use]
    pub const fn new(text: &'a str) -> Self {
        Self {
            text,
            title: None,
            media: &[],
            lang: None,
            platform: Platform::Other,
            kind_hint: None,
            rating: None,
            role: None,
        }
    }

    /// What of `mention` bears on its score.
    #[must_use]
    pub fn of_mention(mention: &'a Mention<'a>) -> Self {
        Self {
            text: &mention.text,
            title: mention.title.as_deref(),
            media: &mention.media,
            lang: mention.lang.as_deref(),
            platform: mention.platform,
            kind_hint: mention.kind_hint.as_deref(),
            rating: mention.rating,
            role: mention.author.as_ref().and_then(|author| author.role),
        }
    }
}
