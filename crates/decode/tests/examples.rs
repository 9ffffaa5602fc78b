//! Every decoder on every example: what it makes of it, and that it is told from the
//! others where nobody names it.
#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use decode::{Event, Format, Mapping, Options, Raw, Room, decode, decode_as, detect};
use mention::{Reason, Rejection};

/// One example: its name, headers and bytes.
struct Example {
    name: String,
    headers: BTreeMap<String, String>,
    value: Vec<u8>,
}

impl Example {
    fn with<T>(&self, more: Option<(&str, &str)>, work: impl FnOnce(&Raw<'_>) -> T) -> T {
        let more = more.filter(|(name, _)| !self.headers.contains_key(*name));
        let headers = |name: &str| {
            let own = self.headers.get(name).map(String::as_bytes);
            own.or_else(|| {
                more.filter(|(key, _)| *key == name)
                    .map(|(_, value)| value.as_bytes())
            })
        };
        let room = Room::default();
        work(&Raw::with_headers(&self.value, &headers).with_room(&room))
    }
}

fn folder(format: Format) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/examples")
        .join(format.as_str())
}

fn examples(format: Format) -> Vec<Example> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder(format))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end != "headers"))
        .collect();
    paths.sort();
    let read = |path: PathBuf| {
        let headers = fs::read_to_string(path.with_extension("headers")).unwrap_or_default();
        let pair = |line: &str| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.to_owned(), value.to_owned())
        };
        Example {
            name: path.file_name().unwrap().to_str().unwrap().to_owned(),
            headers: headers.lines().map(pair).collect(),
            value: fs::read(path).unwrap(),
        }
    };
    paths.into_iter().map(read).collect()
}

fn options() -> Options {
    let pointers = [
        ("items", "/results"),
        ("id", "/uid"),
        ("created_at", "/when"),
        ("text", "/message/body"),
        ("author", "/user/key"),
        ("handle", "/user/nick"),
        ("followers", "/user/fans"),
        ("platform", "/net"),
        ("rating", "/stars"),
        ("url", "/link"),
        ("likes", "/reacties/hart"),
        ("event", "/soort"),
    ];
    let pointers = pointers.map(|(field, pointer)| (field.to_owned(), pointer.to_owned()));
    Options {
        mapping: Some(Mapping {
            pointers: pointers.into(),
            platform: None,
        }),
        ..Options::default()
    }
}

#[test]
fn every_example_is_read_or_rejected_as_it_was() {
    for format in Format::ALL {
        let examples = examples(format);
        assert!(examples.len() >= 2, "{} has examples", format.as_str());
        let mut text = String::new();
        for example in examples {
            let options = options();
            let page = example.with(None, |raw| {
                let result = decode_as(format, raw, &options);
                let is_bad = example.name.starts_with("bad-");
                assert_eq!(result.is_err(), is_bad, "{}: {result:?}", example.name);
                page(&result)
            });
            text += &format!("==== {}\n{page}\n", example.name);
        }
        insta::assert_snapshot!(format.as_str(), text);
    }
}

fn page(result: &Result<Vec<Event<'_>>, Rejection>) -> String {
    let events = match result {
        Ok(events) => events,
        Err(rejection) => return format!("rejected: {rejection}"),
    };
    let text = format!("{events:#?}");
    // What isn't there says nothing.
    let lines = text.lines().filter(|line| {
        let value = line.trim();
        let is_empty = [": None,", ": [],", ": false,"];
        !is_empty.iter().any(|end| value.ends_with(end))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_format_that_nobody_names_is_told_from_the_value() {
    let options = options();
    for format in Format::ALL {
        for example in examples(format) {
            // Half an object, or a table with too little in it, is nobody's.
            if example.name.starts_with("bad-") {
                continue;
            }
            let found = example.with(None, |raw| detect(raw, &options));
            // In binary mode the envelope is in the headers, and the value is the data's.
            let is_binary = example.headers.contains_key("ce_specversion");
            let expected = if is_binary { Format::Mention } else { format };
            // Headlines and links alone are a table of anything.
            assert_eq!(found, Ok(expected), "{}/{}", format.as_str(), example.name);
        }
    }
}

#[test]
fn the_header_goes_before_the_configuration_and_that_before_the_value() {
    let example = examples(Format::Mention).remove(5);
    let configured = Options {
        format: Some(Format::X),
        ..options()
    };
    assert_eq!(
        example.with(None, |raw| detect(raw, &configured)),
        Ok(Format::X)
    );
    let named = Some(("ophef-format", "Mastodon"));
    let found = example.with(named, |raw| detect(raw, &configured));
    assert_eq!(found, Ok(Format::Mastodon));
    let wrong = example.with(Some(("ophef-format", "telex")), |raw| {
        decode(raw, &configured).map(drop)
    });
    assert_eq!(wrong.unwrap_err().reason, Reason::UnknownFormat);
}

/// Whoever names the format gets what is read where it is told, in the header as in the
/// configuration; of an envelope it says nothing of what is in it.
#[test]
fn a_format_that_is_named_is_read_as_one_that_is_told() {
    for format in Format::ALL {
        let configured = Options {
            format: Some(format),
            ..options()
        };
        for example in examples(format) {
            let told = example.with(None, |raw| {
                format!("{:?}", decode_as(format, raw, &options()))
            });
            let named = example.with(Some(("ophef-format", format.as_str())), |raw| {
                format!("{:?}", decode(raw, &options()))
            });
            let name = (format.as_str(), &example.name);
            // In binary mode the name is the data's.
            if !example.headers.contains_key("ce_specversion") {
                assert_eq!(named, told, "{name:?}");
            }
            let by_file = example.with(None, |raw| format!("{:?}", decode(raw, &configured)));
            if !example.headers.contains_key("ophef-format") {
                assert_eq!(by_file, told, "{name:?}");
            }
        }
    }
}

#[test]
fn fields_that_nobody_knows_are_passed_over_everywhere() {
    let options = options();
    for format in Format::ALL {
        for example in examples(format) {
            let Ok(mut value) = serde_json::from_slice::<serde_json::Value>(&example.value) else {
                continue;
            };
            let before = example.with(None, |raw| {
                format!("{:?}", decode_as(format, raw, &options))
            });
            add(&mut value, 0);
            let more = Example {
                value: serde_json::to_vec(&value).unwrap(),
                headers: example.headers.clone(),
                name: example.name.clone(),
            };
            let after = more.with(None, |raw| {
                format!("{:?}", decode_as(format, raw, &options))
            });
            // Faults tell where they stand.
            if !example.name.starts_with("bad-") {
                assert_eq!(before, after, "{}/{}", format.as_str(), example.name);
            }
        }
    }
}

/// A column that nobody knows, before and behind the others.
#[test]
fn columns_that_nobody_knows_are_passed_over() {
    let options = options();
    for format in Format::ALL.into_iter().filter(|format| format.is_table()) {
        for example in examples(format) {
            let text = String::from_utf8(example.value.clone()).unwrap();
            let columns = example.headers.get("ophef-columns");
            let first = columns.map_or_else(|| text.lines().next().unwrap(), String::as_str);
            let mark = [',', ';', '\t']
                .into_iter()
                .max_by_key(|mark| first.matches(*mark).count());
            let mark = mark.unwrap();
            // Rows whose cells hold line breaks would need a reader of tables here.
            if example.name.starts_with("bad-") || text.contains("\"twee\n") {
                continue;
            }
            let add = |line: &str| format!("zz unheard of{mark}{line}{mark}and this");
            let more = Example {
                value: text
                    .lines()
                    .map(|line| add(line) + "\n")
                    .collect::<String>()
                    .into_bytes(),
                headers: example
                    .headers
                    .iter()
                    .map(|(name, value)| {
                        let is_columns = name == "ophef-columns";
                        (
                            name.clone(),
                            if is_columns {
                                add(value)
                            } else {
                                value.clone()
                            },
                        )
                    })
                    .collect(),
                name: example.name.clone(),
            };
            let read = |example: &Example| {
                example.with(None, |raw| {
                    format!("{:?}", decode_as(format, raw, &options).unwrap())
                })
            };
            assert_eq!(
                read(&example),
                read(&more),
                "{}/{}",
                format.as_str(),
                example.name
            );
        }
    }
}

/// Adds a member to every object, but for those whose members are names themselves.
fn add(value: &mut serde_json::Value, depth: usize) {
    match value {
        serde_json::Value::Array(list) => list.iter_mut().for_each(|value| add(value, depth + 1)),
        serde_json::Value::Object(members) => {
            let is_map = members.len() == 1 && depth > 0;
            members
                .iter_mut()
                .for_each(|(_, value)| add(value, depth + 1));
            if !is_map {
                members.insert(
                    "zz_unheard_of".to_owned(),
                    serde_json::json!({"a": [1, null]}),
                );
            }
        }
        _ => {}
    }
}

#[test]
fn a_wrong_type_anywhere_is_rejected_by_its_path_and_makes_no_decoder_panic() {
    let options = options();
    let strange = [
        "7",
        "-1e308",
        "\"\"",
        "\"\\u0000é\"",
        "[]",
        "[[]]",
        "{}",
        "true",
        "null",
    ];
    let mut astray = Vec::new();
    for format in Format::ALL {
        for example in examples(format) {
            let Ok(value) = serde_json::from_slice::<serde_json::Value>(&example.value) else {
                continue;
            };
            let mut places = Vec::new();
            walk(&value, String::new(), &mut places);
            for place in places {
                for strange in strange {
                    let mut value = value.clone();
                    *value.pointer_mut(&place).unwrap() = serde_json::from_str(strange).unwrap();
                    let changed = Example {
                        value: serde_json::to_vec(&value).unwrap(),
                        headers: example.headers.clone(),
                        name: String::new(),
                    };
                    let result = changed.with(None, |raw| {
                        let _ = decode(raw, &options);
                        decode_as(format, raw, &options).map(drop)
                    });
                    let Err(rejection) = result else { continue };
                    // What is rejected now and wasn't before is so for the field that changed.
                    let is_bad = example.name.starts_with("bad-");
                    // An envelope's type decides as what its data is read.
                    let is_type = format == Format::CloudEvents && place == "/type";
                    if !is_bad && !is_type && is_of_field(rejection.reason) {
                        let name = (format.as_str(), &example.name, &place, strange);
                        if !names(&rejection, &place) {
                            astray.push(format!("{name:?}: {rejection}"));
                        }
                    }
                    assert!(!rejection.detail.is_empty(), "{rejection}");
                }
            }
        }
    }
    assert!(astray.is_empty(), "{astray:#?}");
}

fn is_of_field(reason: Reason) -> bool {
    matches!(reason, Reason::BadField | Reason::MissingField)
}

/// Whether the path that a detail begins with leads to `place`, into it, or on the way to
/// it; of what isn't there, to its neighbour: one of two names may be needed.
fn names(rejection: &Rejection, place: &str) -> bool {
    let path = rejection.detail.split(": ").next().unwrap();
    let parts = |text: &str| {
        let parts = text
            .split(['/', '.', '[', ']'])
            .filter(|part| !part.is_empty());
        parts.map(str::to_owned).collect::<Vec<_>>()
    };
    let (mut path, mut place) = (parts(path), parts(place));
    if rejection.reason == Reason::MissingField {
        (path.pop(), place.pop());
        return path.iter().zip(&place).all(|(of, at)| of == at);
    }
    let common = path.iter().zip(&place);
    (!path.is_empty() || place.is_empty()) && common.into_iter().all(|(of, at)| of == at)
}

fn walk(value: &serde_json::Value, at: String, places: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(list) => {
            let each = list.iter().enumerate();
            each.for_each(|(index, value)| walk(value, format!("{at}/{index}"), places));
        }
        serde_json::Value::Object(members) => members.iter().for_each(|(name, value)| {
            let name = name.replace('~', "~0").replace('/', "~1");
            walk(value, format!("{at}/{name}"), places);
        }),
        _ => {}
    }
    places.push(at);
}
