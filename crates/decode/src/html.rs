//! Plain text out of the HTML in which the fediverse sends its posts.
//!
//! Servers send a handful of tags (`p`, `br`, `a`, `span`, lists); a parser of documents
//! would build a tree of each post to throw it away again.

/// Entities that posts have, beside numbers.
const ENTITIES: [(&str, char); 7] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", ' '),
    ("hellip", '…'),
];
/// Longest name or number of an entity, bytes.
const ENTITY_MAX: usize = 8;

/// The text between the tags, with a line for each paragraph. Whatever comes in, it takes
/// time and memory in proportion to its length.
pub(crate) fn to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find(['<', '&']) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let taken = if rest.starts_with('<') {
            tag(rest, &mut text)
        } else {
            entity(rest, &mut text)
        };
        rest = &rest[taken..];
    }
    text.push_str(rest);
    text.truncate(text.trim_end().len());
    text
}

/// Takes a tag; one that never ends is text.
fn tag(rest: &str, text: &mut String) -> usize {
    let Some(end) = rest.find('>') else {
        text.push_str(rest);
        return rest.len();
    };
    let inner = rest[1..end].trim_start_matches('/').to_ascii_lowercase();
    let name = inner.split([' ', '/', '\n', '\t']).next();
    let is_break = matches!(name, Some("br" | "p" | "li" | "div" | "blockquote"));
    if is_break && !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    end + 1
}

/// Takes an entity; what isn't one is an ampersand.
fn entity(rest: &str, text: &mut String) -> usize {
    let window = rest.as_bytes().iter().take(ENTITY_MAX + 2);
    let Some(end) = window.into_iter().position(|&byte| byte == b';') else {
        text.push('&');
        return 1;
    };
    let name = &rest[1..end];
    let found = match name.strip_prefix('#') {
        Some(number) => from_number(number),
        None => {
            let mut known = ENTITIES.iter();
            known.find(|(known, _)| *known == name).map(|&(_, c)| c)
        }
    };
    match found {
        Some(character) => {
            text.push(character);
            end + 1
        }
        None => {
            text.push('&');
            1
        }
    }
}

fn from_number(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => number.parse(),
    };
    code.ok().and_then(char::from_u32).filter(|&c| c != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_entities_are_read() {
        let cases = [
            ("<p>Weer te laat</p><p>En nu?</p>", "Weer te laat\nEn nu?"),
            (
                "a &lt;b&gt; &amp;amp; &#39;c&#x27; &nbsp;d",
                "a <b> &amp; 'c'  d",
            ),
            (
                r#"<span class="h-card"><a href="https://a.example/@b">@<span>b</span></a></span> hoi<br/>daar"#,
                "@b hoi\ndaar",
            ),
            (
                "5 < 6 &oops; & &#x110000; é&",
                "5 < 6 &oops; & &#x110000; é&",
            ),
            ("", ""),
        ];
        for (html, text) in cases {
            assert_eq!(to_text(html), text, "{html}");
        }
    }
}
