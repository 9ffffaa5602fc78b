//! The command on a small data folder of invented texts.

#![allow(clippy::unwrap_used, reason = "a test may fail")]

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Output};

use mention::Label;
use sentiment::{Model, Post, Scorer};
use tempfile::TempDir;

const PLAIN: &[&str] = &[
    "nl_tweets_annotated_train.tsv",
    "nl_poltweets_train.tsv",
    "nl_absa16_rest_train.tsv",
    "nl_bolcom_clothing_train.tsv",
    "nl_bolcom_music_train.tsv",
    "nl_thuisbezorgd_train.tsv",
    "nl_ecosent_train.tsv",
    "nl_bolcom_books_train.tsv",
    "nl_xed_train.tsv",
    "en_semeval1316_train.tsv",
    "en_brands_sxsw_all.tsv",
    "en_tweeteval_val.tsv",
    "en_airline_dev.tsv",
];
const LEXICONS: &[&str] = &[
    "nl_pattern.tsv",
    "nl_lupje.tsv",
    "nl_vu_opener.tsv",
    "en_vader.tsv",
    "en_pattern.tsv",
];
const TEXTS: &[(&str, &str, &str)] = &[
    ("neg", "slecht en vies", "bad and dirty"),
    ("neg", "kapot, waardeloos", "broken, worthless"),
    ("neu", "de winkel is open", "the store is open"),
    ("neu", "om acht uur", "at eight"),
    ("pos", "mooi en lekker", "nice and tasty"),
    ("pos", "heel blij mee", "very happy"),
];

/// A data folder in which every source has its own variants of a few texts.
fn data() -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, content: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    for file in PLAIN {
        let mut lines = String::new();
        for number in 0..10 {
            for (label, dutch, english) in TEXTS {
                let text = if file.starts_with("nl") {
                    dutch
                } else {
                    english
                };
                writeln!(lines, "{label}\t{}\t{text} {file}{number}", &file[..2]).unwrap();
            }
        }
        write(&format!("sentiment/{file}"), &lines);
    }
    let header = "sentiment\tlang\tkind\taspects\tplatform\tsarcasm\ttext\n";
    let row = "neg\tnl\tcomplaint\tquality\tx\t0\tslecht en kapot\n";
    write("sentiment/nl_mentions_train.tsv", &format!("{header}{row}"));
    write("sentiment/nl_unlabelled.tsv", "posts\teen post\n");
    write(
        "sentiment/nl_webcare_replies.txt",
        "Hoi, wat vervelend! Team Zon\n",
    );
    for file in LEXICONS {
        let (good, bad) = if file.starts_with("nl") {
            ("mooi", "slecht")
        } else {
            ("nice", "bad")
        };
        write(
            &format!("lexicons/{file}"),
            &format!("{good}\t0.8\n{bad}\t-0.8\n"),
        );
    }
    folder
}

fn train(data: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    command.arg("--data").arg(data).args(arguments);
    command.output().unwrap()
}

fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let complaint = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    complaint
}

#[test]
fn the_same_data_give_the_same_bytes_and_a_model_that_reads() {
    let data = data();
    let out = data.path().join("model.bin");
    let mut files = Vec::new();
    for _ in 0..2 {
        let output = train(data.path(), &["--out", out.to_str().unwrap()]);
        assert!(output.status.success(), "{output:?}");
        files.push(std::fs::read(&out).unwrap());
    }
    assert!(files[0] == files[1], "two runs differ");
    let mut scorer = Scorer::new(std::sync::Arc::new(Model::from_bytes(&files[0]).unwrap()));
    let mut label = |text| {
        scorer
            .score(&Post {
                lang: Some("nl"),
                ..Post::new(text)
            })
            .label
    };
    assert_eq!(label("dit is slecht en kapot"), Label::Negative);
    assert_eq!(label("dit is mooi, heel blij mee"), Label::Positive);
}

#[test]
fn a_full_disk_is_one_sentence_with_the_path_and_what_to_do() {
    let data = data();
    let complaint = complaint(&train(data.path(), &["--out", "/dev/full"]));
    assert!(complaint.contains("/dev/full"), "{complaint}");
    assert!(complaint.contains("free some space"), "{complaint}");
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let data = data();
    let complaint = complaint(&train(data.path(), &["--out", "/nowhere/model.bin"]));
    assert!(complaint.contains("/nowhere/model.bin"), "{complaint}");
}

#[test]
fn a_missing_file_is_named() {
    let data = data();
    std::fs::remove_file(data.path().join("sentiment/nl_xed_train.tsv")).unwrap();
    let complaint = complaint(&train(data.path(), &["--evaluate"]));
    assert!(complaint.contains("nl_xed_train.tsv"), "{complaint}");
    assert!(complaint.contains("--data"), "{complaint}");
}

#[test]
fn a_bad_line_is_named() {
    let data = data();
    let path = data.path().join("sentiment/en_semeval1316_train.tsv");
    std::fs::write(path, "pos\ten\tfine\nmeh\ten\tso so\n").unwrap();
    let complaint = complaint(&train(data.path(), &["--evaluate"]));
    assert!(
        complaint.contains("en_semeval1316_train.tsv: line 2"),
        "{complaint}"
    );
    assert!(complaint.contains("meh"), "{complaint}");
}

#[test]
fn nothing_to_do_is_said() {
    let data = data();
    assert!(complaint(&train(data.path(), &[])).contains("nothing to do"));
}

#[test]
fn the_tables_cover_every_source() {
    let data = data();
    let output = train(data.path(), &["--evaluate"]);
    assert!(output.status.success(), "{output:?}");
    let tables = String::from_utf8(output.stdout).unwrap();
    for name in ["posts", "written", "airline-dev", "webcare", "delivery"] {
        assert!(tables.contains(name), "{name} isn't in {tables}");
    }
}

#[test]
fn a_correction_is_learned_from_and_reported() {
    let folder = data();
    let corrections = folder.path().join("corrections.tsv");
    let text = "heel blij mee, drie weken gewacht";
    std::fs::write(&corrections, format!("label\ttext\nneg\t{text}\n")).unwrap();
    let [plain, corrected] = ["plain.bin", "corrected.bin"].map(|name| folder.path().join(name));
    let learn = |out: &Path, more: &[&str]| {
        let output = train(
            folder.path(),
            &[&["--out", out.to_str().unwrap()], more].concat(),
        );
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert_eq!(learn(&plain, &[]), "");
    let said = learn(
        &corrected,
        &["--corrections", corrections.to_str().unwrap()],
    );
    assert!(said.contains("Corrections: 1 texts"), "{said}");
    assert!(said.contains("this one 1."), "{said}");
    let label = |path: &Path| {
        let model = Model::from_bytes(&std::fs::read(path).unwrap()).unwrap();
        Scorer::new(model.into()).score(&Post::new(text)).label
    };
    assert_eq!(label(&plain), Label::Positive);
    assert_eq!(label(&corrected), Label::Negative);
}

#[test]
fn a_source_can_be_left_out_and_an_unknown_one_is_named() {
    let data = data();
    let out = |name: &str| data.path().join(name).to_str().unwrap().to_owned();
    let whole = train(data.path(), &["--out", &out("whole.bin")]);
    assert!(whole.status.success(), "{whole:?}");
    let without = ["--without", "political", "--out", &out("without.bin")];
    let without = train(data.path(), &without);
    assert!(without.status.success(), "{without:?}");
    let names = |file: &str| {
        let model = Model::from_bytes(&std::fs::read(out(file)).unwrap()).unwrap();
        let rates = model.source_rates("nl").iter();
        rates.map(|rates| rates.source.clone()).collect::<Vec<_>>()
    };
    assert!(names("whole.bin").contains(&"political".to_owned()));
    assert!(!names("without.bin").contains(&"political".to_owned()));

    let unknown = ["--without", "polls", "--out", &out("other.bin")];
    let complaint = complaint(&train(data.path(), &unknown));
    assert!(
        complaint.contains("polls") && complaint.contains("political"),
        "{complaint}"
    );
}

#[test]
fn a_search_prints_figures_and_an_unknown_setting_is_named() {
    let data = data();
    let output = train(data.path(), &["--search", "1"]);
    assert!(output.status.success(), "{output:?}");
    let figures = String::from_utf8(output.stdout).unwrap();
    for part in ["trial 0:", "trial 1:", "airline-dev", "mean"] {
        assert!(figures.contains(part), "{part} isn't in {figures}");
    }
    let complaint = complaint(&train(data.path(), &["--set", "speed=1", "--search", "0"]));
    assert!(complaint.contains("speed"), "{complaint}");
}

#[test]
fn the_card_gets_tables_and_pictures() {
    let data = data();
    let card = data.path().join("card.md");
    let folder = data.path().to_str().unwrap();
    let arguments = [
        "--evaluate",
        "--card",
        card.to_str().unwrap(),
        "--pictures",
        folder,
    ];
    std::fs::write(&card, "no place\n").unwrap();
    assert!(complaint(&train(data.path(), &arguments)).contains("card.md"));
    let marks = "<!-- measured by train --evaluate --card; edit nothing until the end mark -->\n<!-- end of what is measured -->\n";
    std::fs::write(&card, marks).unwrap();
    let output = train(data.path(), &arguments);
    assert!(output.status.success(), "{output:?}");
    let tables = std::fs::read_to_string(&card).unwrap();
    assert!(tables.contains("| political |"), "{tables}");
    for picture in ["reliability.svg", "coverage.svg"] {
        let picture = std::fs::read_to_string(data.path().join(picture)).unwrap();
        assert!(picture.starts_with("<svg") && !picture.contains("NaN"));
    }
}

/// The committed model is what the command makes of the data folder. It is here, and not in a
/// file of its own, so that it runs beside the others: it takes the longest.
#[test]
fn the_committed_model_is_made_anew_byte_for_byte() {
    #[allow(
        clippy::disallowed_methods,
        clippy::print_stderr,
        reason = "a test says aloud that it was skipped"
    )]
    let Ok(data) = std::env::var("OPHEF_DATA") else {
        eprintln!("SKIPPED: set OPHEF_DATA to the data folder to train the model anew");
        return;
    };
    let folder = TempDir::new().unwrap();
    let out = folder.path().join("model.bin");
    let mut command = Command::new(env!("CARGO_BIN_EXE_train"));
    let output = command
        .arg("--data")
        .arg(data)
        .arg("--out")
        .arg(&out)
        .output();
    let output = output.unwrap();
    assert!(output.status.success(), "{output:?}");
    let committed = include_bytes!("../../sentiment/model/ophef-linear.bin");
    let made = std::fs::read(out).unwrap();
    assert!(
        made == committed,
        "the model differs from the committed one"
    );
}
