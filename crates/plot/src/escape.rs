//! Texts of anybody, safe within SVG and HTML.

/// The text as the content of an element or of a quoted attribute, in HTML as in XML.
/// Characters that XML doesn't allow become the replacement character.
///
/// ```
/// assert_eq!(plot::escape("</script><b>\"&'"), "&lt;/script&gt;&lt;b&gt;&quot;&amp;&#39;");
/// ```
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ if is_forbidden(letter) => escaped.push('\u{fffd}'),
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// Outside `Char` of XML 1.0, section 2.2, or a sign that turns the direction of the
/// text around it, by which a text could show another order than it has.
const fn is_forbidden(letter: char) -> bool {
    matches!(
        letter,
        '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{7f}'
            | '\u{fffe}' | '\u{ffff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn forbidden_characters_are_replaced() {
        assert_eq!(
            escape("a\0b\u{202e}c\u{1b}[1m\n"),
            "a\u{fffd}b\u{fffd}c\u{fffd}[1m\n"
        );
    }

    proptest! {
        #[test]
        fn nothing_of_markup_survives(text in any::<String>()) {
            let escaped = escape(&text);
            let has_markup = escaped.chars().any(|letter| "<>\"'".contains(letter));
            prop_assert!(!has_markup);
            prop_assert!(!escaped.chars().any(is_forbidden));
        }
    }
}
