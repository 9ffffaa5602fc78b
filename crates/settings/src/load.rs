//! Reading the file and the environment.

use std::collections::BTreeMap;
use std::path::Path as FilePath;

use toml_edit::{DocumentMut, Item};

use crate::check::check;
use crate::locate::{Path, Places, dotted};
use crate::{Problem, Problems, Settings};

/// The file that is read when none is named and it exists.
pub const DEFAULT_FILE: &str = "ophef.toml";
/// The commented example, with every key at its default.
pub const EXAMPLE: &str = include_str!("../ophef.example.toml");

/// Variables that are read elsewhere and aren't overrides.
const NOT_OVERRIDES: [&str; 4] = [
    "OPHEF_CONFIG",
    "OPHEF_DATA",
    "OPHEF_KAFKA_LIB",
    "OPHEF_REQUIRE_DATA",
];
const PREFIX: &str = "OPHEF_";
/// More faults than this in one file aren't worth listing.
const MAX_PROBLEMS: usize = 100;

/// The variables that can override settings.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's own variables that begin with `OPHEF_`.
    #[must_use]
    pub fn of_process() -> Self {
        let utf8 = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        std::env::vars_os().filter_map(utf8).collect()
    }

    /// A variable, if it is set and not empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }
}

impl FromIterator<(String, String)> for Environment {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self(
            variables
                .into_iter()
                .filter(|(name, _)| name.starts_with(PREFIX))
                .collect(),
        )
    }
}

impl Settings {
    /// Reads `file`, or without one `OPHEF_CONFIG` or [`DEFAULT_FILE`] if it is
    /// there, and applies the overrides.
    ///
    /// # Errors
    /// Every fault found; an unreadable file is one.
    pub fn load(file: Option<&FilePath>, environment: &Environment) -> Result<Self, Problems> {
        let named = file.or_else(|| environment.get("OPHEF_CONFIG").map(FilePath::new));
        let default = FilePath::new(DEFAULT_FILE);
        let text = match named.or_else(|| default.exists().then_some(default)) {
            None => String::new(),
            Some(path) => std::fs::read_to_string(path).map_err(|error| {
                let message = format!("can't read {}: {error}", path.display());
                Problems(vec![Problem {
                    key: String::new(),
                    line: None,
                    message,
                }])
            })?,
        };
        Self::from_text(&text, environment)
    }

    /// The settings of a file's text with the overrides.
    ///
    /// # Errors
    /// Every fault found, in the order of the file, the environment's last.
    pub fn from_text(text: &str, environment: &Environment) -> Result<Self, Problems> {
        let places = Places::of(text);
        let (from_file, mut problems) = parse_all(text, &places)?;
        problems.extend(wrong_names(environment));
        let settings = if problems.is_empty() && has_overrides(environment) {
            override_with(text, environment).unwrap_or_else(|problem| {
                problems.push(problem);
                from_file
            })
        } else {
            from_file
        };
        problems.extend(check(&settings).into_iter().map(|(path, message)| Problem {
            line: places.line_of(&path),
            key: dotted(&path),
            message,
        }));
        problems.sort_by_key(|problem| problem.line.unwrap_or(usize::MAX));
        if problems.is_empty() {
            Ok(settings)
        } else {
            Err(Problems(problems))
        }
    }
}

/// Parses the text; each fault is noted, its key removed, and the rest parsed again.
fn parse_all(text: &str, places: &Places) -> Result<(Settings, Vec<Problem>), Problems> {
    let syntax = |error: toml_edit::TomlError| {
        let line = error.span().map(|span| places.line_at(span.start));
        let message = format!("not TOML: {}", error.message());
        Problems(vec![Problem {
            key: String::new(),
            line,
            message,
        }])
    };
    let mut document: DocumentMut = text.parse().map_err(syntax)?;
    let mut problems = Vec::new();
    loop {
        let current = document.to_string();
        let error = match toml_edit::de::from_str::<Settings>(&current) {
            Ok(settings) => return Ok((settings, problems)),
            Err(error) => error,
        };
        let place = error
            .span()
            .and_then(|span| Places::of(&current).key_at(&span).cloned());
        let path = place.unwrap_or_default();
        problems.push(Problem {
            line: places.line_of(&path),
            key: dotted(&path),
            message: without_values(error.message(), &path),
        });
        if problems.len() >= MAX_PROBLEMS || !remove(document.as_item_mut(), &path) {
            return Err(Problems(problems));
        }
    }
}

/// The parser's message; of a secret only that it is wrong.
fn without_values(message: &str, path: &Path) -> String {
    let hides = |key: &String| key.contains("password") || key == "token";
    let is_secret = path.last().is_some_and(hides);
    let message = message.lines().next().unwrap_or_default();
    if is_secret {
        "wrong type: a string is expected".to_owned()
    } else {
        message.to_owned()
    }
}

fn remove(item: &mut Item, path: &[String]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return false;
    };
    if let (Item::ArrayOfTables(tables), Ok(index)) = (&mut *item, first.parse()) {
        let Some(table) = tables.get_mut(index) else {
            return false;
        };
        return match rest.split_first() {
            Some((key, [])) => table.remove(key).is_some(),
            Some((key, deeper)) => table
                .get_mut(key)
                .is_some_and(|inner| remove(inner, deeper)),
            None => false,
        };
    }
    let Some(table) = item.as_table_like_mut() else {
        return false;
    };
    match rest {
        [] => table.remove(first).is_some(),
        deeper => table
            .get_mut(first)
            .is_some_and(|inner| remove(inner, deeper)),
    }
}

fn has_overrides(environment: &Environment) -> bool {
    environment.0.keys().any(|name| name.contains("__"))
}

/// Variables that look like overrides and would do nothing.
fn wrong_names(environment: &Environment) -> impl Iterator<Item = Problem> {
    let idle = |name: &&String| !name.contains("__") && !NOT_OVERRIDES.contains(&name.as_str());
    environment.0.keys().filter(idle).map(|name| Problem {
        key: name.clone(),
        line: None,
        message: "would have no effect: write an override as OPHEF_SECTION__KEY, \
                  for example OPHEF_KAFKA__BROKERS"
            .to_owned(),
    })
}

fn override_with(text: &str, environment: &Environment) -> Result<Settings, Problem> {
    let overrides: config::Map<String, String> = environment
        .0
        .iter()
        .filter(|(name, _)| name.contains("__"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    // Values stay text until their key says what they are: a password of digits is no number.
    let source = config::Environment::with_prefix("OPHEF")
        .prefix_separator("_")
        .separator("__")
        .source(Some(overrides));
    let merged = config::Config::builder()
        .add_source(config::File::from_str(text, config::FileFormat::Toml))
        .add_source(source)
        .build();
    merged
        .and_then(config::Config::try_deserialize)
        .map_err(|error| {
            let message = error.to_string();
            let hides = message.contains("password") || message.contains("token");
            let message = if hides {
                "a password or token is not a string".to_owned()
            } else {
                message
            };
            Problem {
                key: "environment".to_owned(),
                line: None,
                message,
            }
        })
}
