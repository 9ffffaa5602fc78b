//! What counts beside the words of a post: stars, the source's word for its kind,
//! and cues of irony.

use mention::Kind;

use crate::token::Tokens;
use crate::{CLASSES, Post, irony};

/// Logits that 1 to 5 stars add to negative, neutral, positive. They are this
/// project's choice: one and five stars outweigh all but the clearest text,
/// three stars leave more to it.
const STARS: [[f32; CLASSES]; 5] = [
    [4.0, 0.0, -4.0],
    [2.5, 0.5, -2.5],
    [0.0, 1.5, 0.0],
    [-2.0, 0.3, 2.0],
    [-4.0, 0.0, 4.0],
];

/// What is added to the logits of the text, by where it comes from.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Hints {
    /// What cues of irony add.
    pub(crate) irony: Option<[f32; CLASSES]>,
    /// What the stars add.
    pub(crate) stars: Option<[f32; CLASSES]>,
    /// What the source's word for the kind adds.
    pub(crate) kind: Option<[f32; CLASSES]>,
}

/// Adds what there is beside the words to the logits of the text; says what it was.
pub(crate) fn apply(post: &Post<'_>, tokens: &Tokens, logits: &mut [f32; CLASSES]) -> Hints {
    let hints = Hints {
        irony: irony::doubt(tokens, *logits),
        stars: post.rating.map(stars),
        kind: of_kind(post),
    };
    let added = [hints.irony, hints.stars, hints.kind];
    for more in added.into_iter().flatten() {
        for (logit, more) in logits.iter_mut().zip(more) {
            *logit += more;
        }
    }
    hints
}

fn of_kind(post: &Post<'_>) -> Option<[f32; CLASSES]> {
    match post.kind_hint.and_then(Kind::from_name)? {
        Kind::Complaint => Some([1.5, 0.0, -1.0]),
        Kind::Praise => Some([-1.0, 0.0, 1.5]),
        Kind::News | Kind::Promo | Kind::Webcare | Kind::Question => Some([0.0, 0.5, 0.0]),
        _ => None,
    }
}

/// Between two whole numbers of stars the logits are interpolated.
fn stars(rating: f64) -> [f32; CLASSES] {
    if !rating.is_finite() {
        return [0.0; CLASSES];
    }
    let above_one = rating.clamp(1.0, 5.0) - 1.0;
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped to 0–4"
    )]
    let (whole, part) = (above_one as usize, above_one.fract() as f32);
    let (low, high) = (STARS[whole], STARS[(whole + 1).min(4)]);
    std::array::from_fn(|class| low[class] + part * (high[class] - low[class]))
}
