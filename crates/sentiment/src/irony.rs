//! Cues that a praising post may be meant the other way round.
//!
//! "Great job, two hours on hold" reads as praise word by word. Neither the hashed
//! features nor windows of three words see that praise and trouble stand side by
//! side; these cues do, and lower the confidence of the praise. The crate's
//! `EXPERIMENTS.md` in `train` has what was measured.

use crate::CLASSES;
use crate::token::{Token, TokenKind, Tokens};

/// What each kind of cue adds to the logits of a post that reads as praise.
const SHIFT: [f32; CLASSES] = [0.5, 0.0, -0.5];
/// Hashtags that say it outright, without the sign.
const TAGS: &[&str] = &["sarcasm", "sarcasme", "irony", "ironie", "cynisme", "not"];
/// Words of time behind a number: praise seldom names how long something took. Days
/// and weeks aren't here, for which people count with joy.
const TIMES: &[&str] = &[
    "uur", "uren", "minuten", "hours", "hour", "hrs", "hr", "minutes", "mins",
];
/// Beginnings of words for trouble; one with `$` is the whole word.
const TROUBLES: &[&str] = &[
    "annule",
    "cancel",
    "delay",
    "fail",
    "geannul",
    "hold$",
    "kapot",
    "kwijt$",
    "lost$",
    "storing",
    "stuck$",
    "vertraagd",
    "vertragi",
    "waiting$",
    "wachten$",
    "wachtrij",
];

/// What the cues add to `logits`, if these are of praise and there are cues.
pub(crate) fn doubt(tokens: &Tokens, logits: [f32; CLASSES]) -> Option<[f32; CLASSES]> {
    let [negative, neutral, positive] = logits;
    if positive <= negative || positive <= neutral {
        return None;
    }
    let list = tokens.list();
    let text = |token: &Token| {
        let range = token.start as usize..token.end as usize;
        tokens.bytes().get(range).unwrap_or_default()
    };
    let tag = list.iter().any(|token| {
        token.kind == TokenKind::Hashtag && TAGS.iter().any(|tag| tag.as_bytes() == text(token))
    });
    let words = || list.iter().filter(|token| token.kind == TokenKind::Word);
    let trouble = words().any(|word| is_trouble(text(word)));
    let long = words().zip(words().skip(1)).any(|(number, time)| {
        text(number).first().is_some_and(u8::is_ascii_digit)
            && TIMES.iter().any(|name| name.as_bytes() == text(time))
    });
    let cues = [tag, tag, trouble, long].into_iter().filter(|cue| *cue);
    #[allow(clippy::cast_precision_loss, reason = "at most four")]
    let cues = cues.count() as f32;
    (cues > 0.0).then(|| SHIFT.map(|shift| shift * cues))
}

fn is_trouble(word: &[u8]) -> bool {
    TROUBLES
        .iter()
        .any(|trouble| match trouble.strip_suffix('$') {
            Some(whole) => whole.as_bytes() == word,
            None => word.starts_with(trouble.as_bytes()),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doubt_of(text: &str, logits: [f32; CLASSES]) -> Option<[f32; CLASSES]> {
        let mut tokens = Tokens::default();
        tokens.clear();
        tokens.add(text);
        tokens.finish();
        doubt(&tokens, logits)
    }

    #[test]
    fn praise_beside_trouble_is_doubted_the_more_cues_the_more() {
        let praise = [0.0, 0.0, 1.0];
        for (text, shift) in [
            ("Great job, 2 hours so far", 0.5),
            ("Great job, 2 hours on hold", 1.0),
            ("Top geregeld #sarcasme", 1.0),
            ("Lekker bezig, alweer vertraging", 0.5),
        ] {
            assert_eq!(doubt_of(text, praise), Some([shift, 0.0, -shift]), "{text}");
        }
        assert_eq!(doubt_of("Great job, thank you", praise), None);
        assert_eq!(
            doubt_of("Great job, 2 hours on hold", [1.0, 0.0, 0.5]),
            None
        );
    }
}
