//! Everything in the week is invented: no real company, nothing that looks like a
//! person's data.

use sample::{DEFAULT_START, Week, texts};

/// Companies that Dutch people write about most, shops and carriers first. A word that
/// has an everyday meaning is left out where it stands alone.
const COMPANIES: [&str; 48] = [
    "postnl",
    "dhl",
    "dpd",
    "ups",
    "gls",
    "fedex",
    "bpost",
    "trunkrs",
    "homerr",
    "mondial relay",
    "bol.com",
    "coolblue",
    "amazon",
    "zalando",
    "wehkamp",
    "ikea",
    "hema",
    "blokker",
    "gamma",
    "praxis",
    "karwei",
    "hornbach",
    "intratuin",
    "tuincentrum overvecht",
    "action",
    "xenos",
    "kwantum",
    "leen bakker",
    "jysk",
    "lidl",
    "aldi",
    "albert heijn",
    "jumbo",
    "primark",
    "h&m",
    "c&a",
    "zara",
    "temu",
    "shein",
    "aliexpress",
    "marktplaats",
    "vinted",
    "klarna",
    "ideal",
    "paypal",
    "trustpilot",
    "brico",
    "colruyt",
];

fn words(text: &str) -> String {
    let lower = text.to_lowercase();
    let spaced = lower.replace(
        |one: char| !one.is_alphanumeric() && !matches!(one, '.' | '&'),
        " ",
    );
    format!(" {spaced} ")
}

/// The longest run of digits, spaces and dashes between them left out.
fn longest_number(text: &str) -> usize {
    let (mut longest, mut run) = (0, 0);
    for letter in text.chars() {
        match letter {
            '0'..='9' => run += 1,
            ' ' | '-' | '.' if run > 0 => {}
            _ => run = 0,
        }
        longest = longest.max(run);
    }
    longest
}

#[test]
fn no_text_names_a_company() {
    for (_, _, text) in texts() {
        let words = words(&text);
        for company in COMPANIES {
            assert!(
                !words.contains(&format!(" {company} ")),
                "{company}: {text}"
            );
        }
    }
}

#[test]
fn no_line_of_the_week_names_a_company_or_shows_personal_data() {
    for line in Week::new(7, DEFAULT_START) {
        let Ok(mention::Record::Mention(mention)) = mention::parse(line.as_bytes()) else {
            panic!("{line}");
        };
        let words = words(&mention.text);
        for company in COMPANIES {
            assert!(
                !words.contains(&format!(" {company} ")),
                "{company}: {line}"
            );
        }
        assert!(longest_number(&mention.text) < 8, "{line}");
        let handles = mention.text.split('@').skip(1);
        for handle in handles {
            let ours = handle.starts_with("pluimvos") || handle.starts_with("zeegroen");
            assert!(ours, "{line}");
        }
        assert!(!mention.text.contains("http"), "{line}");
    }
}
