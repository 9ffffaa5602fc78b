//! A post with the words marked that made its score negative.

use mention::Exemplar;

/// Longest post that is shown, characters.
const CHARS: usize = 2_000;

/// A piece of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) text: String,
    pub(crate) is_marked: bool,
}

/// The post in pieces; together they are its text. Spans that overlap or lie outside it are
/// passed over.
pub(crate) fn pieces(exemplar: &Exemplar) -> Vec<Piece> {
    let letters: Vec<char> = exemplar.text.chars().take(CHARS).collect();
    let mut spans: Vec<[u32; 2]> = exemplar.spans.iter().take(100).copied().collect();
    spans.sort_unstable();
    let mut pieces = Vec::new();
    let mut put = |from: usize, until: usize, is_marked: bool| {
        if from < until {
            let text = String::from_iter(&letters[from..until]);
            pieces.push(Piece { text, is_marked });
        }
    };
    let mut done = 0;
    for [from, until] in spans {
        let (Ok(from), Ok(until)) = (usize::try_from(from), usize::try_from(until)) else {
            continue;
        };
        if from >= done && from < until && until <= letters.len() {
            put(done, from, false);
            put(from, until, true);
            done = until;
        }
    }
    put(done, letters.len(), false);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, spans: &[[u32; 2]]) -> String {
        let exemplar = Exemplar {
            id: "1".to_owned(),
            platform: mention::Platform::X,
            created_at: mention::EventTime::default(),
            text: text.to_owned(),
            reach: 0,
            spans: spans.to_vec(),
        };
        let mark = |piece: Piece| match piece.is_marked {
            true => format!("[{}]", piece.text),
            false => piece.text,
        };
        pieces(&exemplar).into_iter().map(mark).collect()
    }

    #[test]
    fn words_are_marked_by_characters() {
        assert_eq!(shown("wéér <b>niet", &[[5, 8], [0, 4]]), "[wéér] [<b>]niet");
        assert_eq!(shown("abcd", &[[0, 2], [1, 3]]), "[ab]cd");
    }

    #[test]
    fn spans_that_cannot_be_are_passed_over() {
        for spans in [
            &[[0, 99]][..],
            &[[3, 3]],
            &[[4, 2]],
            &[[u32::MAX - 1, u32::MAX]],
        ] {
            assert_eq!(shown("kort", spans), "kort");
        }
        assert_eq!(shown(&"a".repeat(3_000), &[]).len(), CHARS);
    }
}
