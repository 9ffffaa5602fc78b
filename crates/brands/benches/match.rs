//! Posts a second, with a thousand brands of seven rules each.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark"
)]

use brands::{Matcher, Post, Rules, Scratch};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

const BRANDS: usize = 1_000;
const POSTS: usize = 4_096;

/// Names that nobody has, of two to four syllables.
fn word(mut seed: usize) -> String {
    const SYLLABLES: [&str; 24] = [
        "ba", "de", "fi", "go", "hu", "ja", "ke", "li", "mo", "nu", "pa", "re", "si", "to", "vu",
        "wa", "zel", "tan", "bor", "mek", "sta", "vri", "klo", "dra",
    ];
    seed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11;
    let count = 2 + seed % 3;
    let mut word = String::new();
    for _ in 0..count {
        word += SYLLABLES[seed % SYLLABLES.len()];
        seed /= SYLLABLES.len();
    }
    word
}

fn rules(index: usize) -> Rules {
    let name = |part: usize| format!("{} {}", word(7 * index + part), word(index + 31 * part));
    let short = word(7 * index);
    Rules {
        names: vec![format!("{short}{index}"), name(1)],
        ambiguous: vec![word(13 * index + 5)],
        handles: vec![format!("{short}_{index}")],
        hashtags: vec![format!("{short}{index}")],
        products: vec![name(2), name(3)],
        context: vec![
            "pakket".to_owned(),
            "bestelling".to_owned(),
            "klantenservice".to_owned(),
        ],
        exclude: vec!["vacature".to_owned()],
        ..Rules::new(format!("brand-{index}"))
    }
}

/// Posts of about 140 bytes, every tenth about a brand, every fifth with an accent.
fn posts() -> Vec<String> {
    const WORDS: [&str; 20] = [
        "ik", "wacht", "al", "drie", "weken", "op", "mijn", "pakket", "en", "niemand", "neemt",
        "de", "telefoon", "gewoon", "echt", "vandaag", "weer", "niet", "mooi", "geleverd",
    ];
    let post = |number: usize| {
        let mut text = String::new();
        let mut seed = number.wrapping_mul(0x2545_f491_4f6c_dd1d);
        while text.len() < 120 {
            text += WORDS[(seed >> 33) % WORDS.len()];
            text.push(' ');
            seed = seed.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
        }
        if number.is_multiple_of(10) {
            let brand = number % BRANDS;
            text += &format!("{}{brand}", word(7 * brand));
        }
        if number.is_multiple_of(5) {
            text += " één";
        }
        text
    };
    (0..POSTS).map(post).collect()
}

fn bench(criterion: &mut Criterion) {
    let matcher = Matcher::new((0..BRANDS).map(rules).collect()).unwrap();
    println!("{} bytes of tables", matcher.memory_bytes());
    let posts = posts();
    let mut scratch = Scratch::default();
    let mut group = criterion.benchmark_group("match");
    group.throughput(Throughput::Elements(POSTS as u64));
    group.bench_function("1000 brands", |bencher| {
        bencher.iter(|| {
            let found = posts.iter().map(|text| {
                let text = text.as_str();
                matcher.find(&Post::of_text(&text), &mut scratch).len()
            });
            found.sum::<usize>()
        });
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
