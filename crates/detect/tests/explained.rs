//! What is told of a spike: its parts, its words, its examples.

#![allow(clippy::unwrap_used, reason = "a test")]

mod support;

use detect::{BrandSettings, BrandWatch};
use mention::{Mention, Spike, Text};
use support::*;

const START: i64 = MONDAY + 2 * DAY + 9 * HOUR;

/// A brand of 20 mentions an hour of which a fifth is negative, up to [`START`].
fn grown(names: &[&str]) -> BrandWatch {
    let calm = (1..).find_map(|seed| {
        let mut settings = BrandSettings::new("blauwe-beer");
        settings.names = names.iter().map(|name| (*name).to_owned()).collect();
        let mut watch = BrandWatch::new(settings);
        let mut stream = steady(&mut Rng(seed), 20.0, 0.2, MONDAY, START);
        stream
            .iter_mut()
            .for_each(|post| post.brand = Text::from("blauwe-beer"));
        let is_calm = feed(&mut watch, &stream).iter().all(|spike| !spike.pages);
        is_calm.then_some(watch)
    });
    calm.unwrap()
}

/// Complaints, one every half minute, with the texts that `text` gives.
fn wave(count: i64, text: impl Fn(i64) -> String) -> Vec<Mention<'static>> {
    let complaint = |number: i64| Mention {
        brand: Text::from("blauwe-beer"),
        text: Text::from(text(number)),
        ..post(format!("w{number}"), START + number * 30 * SECOND, true)
    };
    (0..count).map(complaint).collect()
}

/// Words that only this text has: copies of one text aren't opinions of many.
fn own_words(number: i64) -> String {
    let letter = |at: i64| char::from(b'a' + u8::try_from(at % 26).unwrap());
    let word = |by: i64| {
        let letters = [
            letter(number * by),
            letter(number / 26 + by),
            letter(number * 7 + by),
        ];
        letters.iter().cycle().take(6).collect::<String>()
    };
    format!("{} {} {}", word(3), word(5), word(11))
}

fn last_page(watch: &mut BrandWatch, stream: &[Mention<'static>]) -> Spike {
    let revisions = feed(watch, stream);
    let pages = last_revisions(&revisions)
        .into_iter()
        .filter(|spike| spike.pages);
    let pages: Vec<Spike> = pages.collect();
    assert_eq!(pages.len(), 1);
    pages[0].clone()
}

/// Values and shares of a dimension.
fn parts<'a>(spike: &'a Spike, dimension: &str) -> Vec<(&'a str, f64)> {
    let own = spike
        .drivers
        .iter()
        .filter(|driver| driver.dimension == dimension);
    own.map(|driver| (driver.value.as_str(), driver.share))
        .collect()
}

#[test]
fn the_brands_own_names_are_no_news() {
    let text = |number| {
        let own = own_words(number);
        format!("Blauwebeer en #BlauweBeer: De Beer's depot in brand {own}")
    };
    let spike = last_page(&mut grown(&["De Beer", "Beer"]), &wave(60, text));
    let terms: Vec<&str> = spike.terms.iter().map(|term| term.term.as_str()).collect();
    assert_eq!(terms, ["brand", "depot"]);
    assert!(
        parts(&spike, "term")
            .iter()
            .all(|(term, _)| !term.contains("beer"))
    );
    let sum: f64 = parts(&spike, "term")
        .iter()
        .map(|(_, share)| share * 1e4)
        .sum();
    assert!((sum - 1e4).abs() < 1e-6, "{sum}");
}

#[test]
fn one_author_who_repeats_himself_doesnt_choose_the_words() {
    let mut posts = wave(80, |number| match number % 2 {
        0 => "schandalig oplichterij stelletje".to_owned(),
        _ => format!("pakket kwijt {}", own_words(number)),
    });
    for post in posts.iter_mut().step_by(2) {
        post.author.as_mut().unwrap().id = Some(Text::from("the same"));
    }
    let spike = last_page(&mut grown(&[]), &posts);
    let counts = spike
        .terms
        .iter()
        .map(|term| (term.term.as_str(), term.count));
    for (term, count) in counts {
        assert!(
            term == "pakket" || term == "kwijt" || count <= 3,
            "{term} {count}"
        );
    }
    assert!(
        spike
            .terms
            .iter()
            .any(|term| term.term == "pakket" && term.count >= 30)
    );
}

#[test]
fn examples_are_of_different_people_threads_and_words() {
    let mut posts = wave(60, |number| match number % 6 {
        0 => format!("pakket kwijt sinds maandag bezorger onvindbaar {number}"),
        1 => format!(
            "klantenservice onbereikbaar, al uren in de wacht {}",
            own_words(number)
        ),
        2 => format!("app crasht bij betalen {}", own_words(number)),
        3 => format!(
            "geld terug graag, mail jan@voorbeeld.nl of 06-12345678 {}",
            own_words(number)
        ),
        4 => format!("deksel gebarsten, glas kapot {}", own_words(number)),
        _ => format!("retour geweigerd door winkel {}", own_words(number)),
    });
    // The same person, with ever more followers, in threads of his own.
    for (number, post) in posts
        .iter_mut()
        .enumerate()
        .filter(|(number, _)| number % 6 == 2)
    {
        let author = post.author.as_mut().unwrap();
        author.id = Some(Text::from("the same"));
        author.followers = Some(10_000 + number as u64);
    }
    let spike = last_page(&mut grown(&[]), &posts);
    let texts: Vec<&str> = spike
        .exemplars
        .iter()
        .map(|shown| shown.text.as_str())
        .collect();
    assert_eq!(texts.len(), 5, "{texts:?}");
    let starts: std::collections::BTreeSet<_> = texts
        .iter()
        .filter_map(|text| text.split(' ').next())
        .collect();
    assert_eq!(starts.len(), 5, "{texts:?}");
    assert!(
        texts[0].starts_with("app crasht"),
        "the widest reach first: {texts:?}"
    );
    let all = texts.join(" ");
    assert!(!all.contains("voorbeeld") && !all.contains("1234"), "{all}");
}

#[test]
fn a_single_post_that_spreads_is_explained_by_what_it_is() {
    let mut posts = wave(1, |_| "depot in brand".to_owned());
    posts[0].author.as_mut().unwrap().followers = Some(2_000_000);
    let spike = last_page(&mut grown(&[]), &posts);
    for dimension in [
        "platform",
        "kind",
        "aspect",
        "language",
        "author_tier",
        "thread",
        "term",
    ] {
        let sum: f64 = parts(&spike, dimension)
            .iter()
            .map(|(_, share)| share * 1e4)
            .sum();
        assert!((sum - 1e4).abs() < 1e-6, "{dimension}: {sum}");
    }
    assert!(
        parts(&spike, "author_tier").contains(&("mega", 1.0))
            || parts(&spike, "author_tier").len() > 1
    );
    assert_eq!(spike.reach.unwrap().people, 200_000);
    assert!(spike.reach.unwrap().estimated >= 0.5);
}
