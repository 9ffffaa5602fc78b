//! Writes what the targets begin with to `corpus/`: posts, records and a small
//! model, all invented here.

use std::fs;
use std::io;
use std::path::Path;

use sentiment::training::{EMBEDDING, FILTERS, LexiconEntry, WINDOW, hash_of};
use sentiment::{ConvPart, Family, ModelParts, SentimentPart, SourceRates, TopicPart};

const POSTS: [&str; 6] = [
    "\0\0Al drie weken wacht ik op mijn pakket 😡 #NooitMeer @snelbezorgd",
    "\u{9}\u{40}Titel\nniet goed, maar wel mooi... https://example.org/a?b",
    "@\u{4}Worst app ever :-( xD <3 can't log in!!! ?!",
    "\u{2}\0de levering was bad, but the support team was heel friendly",
    "\0\0Ich warte seit drei Wochen und niemand antwortet",
    "\0\0👩‍👩‍👧🏽❤️🇳🇱 zoooo foto’s #a_b #",
];

const RECORDS: [&str; 5] = [
    r#"{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"Weer te laat"}"#,
    r#"{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00+01:00","text":"a\u00e9\n","score":null,"author":{"id":"h","role":"customer","followers":3},"rating":1.5,"title":"t","media":[{"type":"image","alt":"kapot"}],"cluster":{"id":"c","size":2}}"#,
    r#"{"id":"1","brand":"acme","platform":"x","event":"delete","observed_at":"2026-03-02T09:00:00Z"}"#,
    r#"{"event":"heartbeat","created_at":"2026-03-02T09:00:00Z"}"#,
    r#"{"id":"1","brand":"acme","platform":"x","created_at":"2026-03-02T09:00:00Z","text":"t","score":{"label":"negative","probabilities":{"negative":0.8,"neutral":0.1,"positive":0.1},"confidence":0.8,"lang":"nl","abstained":null,"kind":"complaint","aspects":[{"aspect":"delivery","polarity":"negative","confidence":0.9}],"model":"m@1"}}"#,
];

const CORRECTIONS: [&str; 2] = [
    "lang\tlabel\ttext\tnote\tid\tbrand\tplatform\nnl\tneg\tTop hoor\tirony\t7\tacme\tx\n",
    "{\"id\":\"7\",\"brand\":\"acme\",\"platform\":\"x\",\"label\":\"positive\"}\n{\"text\":\"a\\n\",\"label\":\"neu\"}\n",
];

/// Examples of every format, which its decoder's tests walk.
const EXAMPLES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../crates/decode/tests/examples"
);

fn main() -> io::Result<()> {
    write("correction", CORRECTIONS.map(str::as_bytes).into_iter())?;
    write("watch", [wave().as_slice()].into_iter())?;
    write("score", POSTS.map(str::as_bytes).into_iter())?;
    write("record", RECORDS.map(str::as_bytes).into_iter())?;
    for folder in fs::read_dir(EXAMPLES)? {
        let folder = folder?.path();
        if !folder.is_dir() {
            continue;
        }
        let files = fs::read_dir(&folder)?.map(|file| fs::read(file?.path()));
        let files = files.collect::<io::Result<Vec<_>>>()?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        write(&format!("decode_{name}"), files.iter().map(Vec::as_slice))?;
    }
    write("match", POSTS.map(str::as_bytes).into_iter())?;
    write("model", [small_model().to_bytes().as_slice()].into_iter())
}

/// Steps of the target `watch`: a quiet day on two platforms, then a wave of complaints
/// in one thread, by many.
fn wave() -> Vec<u8> {
    let usual = (0..96_u8).map(|number| [0, number % 2, 6, 4, number, 0, 1, 240]);
    let wave = (0..60_u8).map(|number| [0, 100 + number, 11, 21, 100 + number, 17, 10, 40]);
    let end = (0..40_u8).map(|number| [6 + number % 2, 0, 6, 0, 0, 0, 0, 255]);
    usual.chain(wave).chain(end).flatten().collect()
}

fn write<'a>(target: &str, seeds: impl Iterator<Item = &'a [u8]>) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(target);
    fs::create_dir_all(&folder)?;
    for (number, seed) in seeds.enumerate() {
        fs::write(folder.join(format!("seed-{number}")), seed)?;
    }
    Ok(())
}

/// A model with every part and few rows, so that a change soon hits something.
fn small_model() -> ModelParts {
    let mut lexicon = ["niet", "goed", "slecht", "good", "bad"].map(|word| LexiconEntry {
        hash: hash_of(word),
        valences: [50, -50, 100],
    });
    lexicon.sort_by_key(|entry| entry.hash);
    let language = SentimentPart {
        bits: 2,
        scale: 0.01,
        rows: vec![[1, -2, 127]; 4],
        dense: [[0.5, -0.5, 0.1]; 32],
        bias: [0.1, 0.2, 0.3],
        lexicon: lexicon.to_vec(),
        conv: small_conv(),
        rates: vec![SourceRates {
            positives: [7, 10],
            negatives: [2, 20],
            ..SourceRates::new("posts", Family::Social)
        }],
    };
    let topics = TopicPart {
        bits: 2,
        scale: 0.01,
        rows: vec![[3; sentiment::TOPICS]; 4],
        bias: [0.0; sentiment::TOPICS],
        cues: [1.0; sentiment::ASPECTS],
    };
    ModelParts {
        name: "seed@1".to_owned(),
        languages: [language.clone(), language],
        topics: [topics.clone(), topics],
    }
}

fn small_conv() -> ConvPart {
    ConvPart {
        // The lowest bit is the negation's.
        words: vec![(2, [1; EMBEDDING]), (4, [-1; EMBEDDING])],
        scale: 0.01,
        negation: [3; EMBEDDING],
        weights: [[[0.1; FILTERS]; EMBEDDING]; WINDOW],
        bias: [0.0; FILTERS],
        output: [[0.1; FILTERS]; sentiment::CLASSES],
        output_bias: [0.0; sentiment::CLASSES],
    }
}
