//! What counts in the share of negative mentions.

use mention::{Kind, Mention, Role};

/// How a mention counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A customer's own post.
    Share {
        /// Whether its score is negative; an abstained or missing score isn't.
        negative: bool,
    },
    /// Shown as volume: the brand's own voice, press, adverts, service replies.
    Volume,
    /// The pipeline's own test record: not counted at all.
    Canary,
}

/// Applies the counting rules of the contract. An unscored mention has no kind
/// but the one its source states.
#[must_use]
pub fn class_of(mention: &Mention<'_>) -> Class {
    if mention.canary {
        return Class::Canary;
    }
    let role = mention.author.as_ref().and_then(|author| author.role);
    let speaks_for_others = matches!(
        role,
        Some(Role::Brand | Role::Staff | Role::Partner | Role::Press)
    );
    if speaks_for_others || matches!(kind_of(mention), Kind::News | Kind::Promo | Kind::Webcare) {
        return Class::Volume;
    }
    let negative = mention
        .score
        .as_ref()
        .is_some_and(mention::Score::is_negative);
    Class::Share { negative }
}

/// The kind by the score, else by the source's word.
pub(crate) fn kind_of(mention: &Mention<'_>) -> Kind {
    match (&mention.score, &mention.kind_hint) {
        (Some(score), _) => score.kind,
        (None, Some(hint)) => Kind::from_name(hint).unwrap_or_default(),
        (None, None) => Kind::default(),
    }
}

/// What became of a mention.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It counts in the share.
    Counted {
        /// As a negative one.
        negative: bool,
    },
    /// It repeats a post or near-duplicate that counts already: it adds reach only.
    Repeat,
    /// It adds to the volume, not to the share (role, kind).
    Volume,
    /// The pipeline's own test record; nothing changes.
    Canary,
    /// That (platform, id) was seen before; nothing changes.
    Duplicate,
    /// Later than the lateness: it is counted and shown, and neither pages nor is learned from.
    Late {
        /// As a negative one.
        negative: bool,
    },
    /// An edit or new engagement of a mention that is still known.
    Updated,
    /// A deletion; its counts were taken back.
    Deleted,
    /// An edit or deletion of a mention that isn't known any more, or never was.
    Unknown,
    /// It is about another brand; nothing changes.
    OtherBrand,
}
