//! What is known of a post beside its text: stars, and the source's word for its kind.

use mention::Kind;

use crate::{CLASSES, Post};

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

/// Adds what the hints say to the logits of the text.
pub(crate) fn apply(post: &Post<'_>, logits: &mut [f32; CLASSES]) {
    for more in [of_stars(post), of_kind(post)].into_iter().flatten() {
        add(logits, more);
    }
}

/// Adds to the logits of each class.
pub(crate) fn add(logits: &mut [f32; CLASSES], more: [f32; CLASSES]) {
    for (logit, more) in logits.iter_mut().zip(more) {
        *logit += more;
    }
}

/// What the stars add, if there are some.
pub(crate) fn of_stars(post: &Post<'_>) -> Option<[f32; CLASSES]> {
    post.rating.map(stars)
}

/// What the source's word for the kind adds, if it says anything of the mood.
pub(crate) fn of_kind(post: &Post<'_>) -> Option<[f32; CLASSES]> {
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
