//! What is said of each aspect, where a post speaks of several: "snel bezorgd, maar
//! kapot" is good of the delivery and bad of the quality.

use mention::{Aspect, Aspects};

use crate::features::{self, Features, aspects_of};
use crate::language::Language;
use crate::token::Tokens;
use crate::{Model, scorer};

/// A clause has its own polarity if its label is at least this probable; the whole
/// post decides for the others.
const OWN_MIN: f64 = 0.5;

/// Sets the polarity of each aspect to that of the first clause with a word that
/// names it. A post with one aspect or one clause keeps its own.
pub(crate) fn tell_apart(
    tokens: &Tokens,
    language: Language,
    model: &Model,
    features: &mut Features,
    aspects: &mut Aspects,
) {
    let list = tokens.list();
    let one_clause = list.first().map(|first| first.clause) == list.last().map(|last| last.clause);
    if aspects.len() < 2 || one_clause {
        return;
    }
    let english = language.english.unwrap_or(1.0) >= 0.5;
    let sentiment = if english {
        model.english()
    } else {
        model.dutch()
    };
    for told in aspects.iter_mut() {
        let bit = Aspect::ALL.iter().position(|known| *known == told.aspect);
        let names =
            |at: &usize| bit.is_some_and(|bit| aspects_of(tokens, &list[*at]) >> bit & 1 == 1);
        let Some(named) = (0..list.len()).find(names) else {
            continue;
        };
        let clause = list[named].clause;
        let first = list.partition_point(|token| token.clause < clause);
        let end = list.partition_point(|token| token.clause <= clause);
        features::extract_some(tokens, &list[first..end], &sentiment.lexicon, features);
        let probabilities = scorer::softmax(sentiment.logits(features));
        let label = probabilities.label();
        if probabilities.of(label) >= OWN_MIN {
            told.polarity = label;
        }
    }
}
