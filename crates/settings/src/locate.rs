//! From a key to its line, and from a place in the text to its key.

use std::ops::Range;

use toml_edit::{Document, Item, Table, Value};

/// A key as its parts: `["brand", "1", "slug"]`.
pub(crate) type Path = Vec<String>;

/// Writes a path as people do: `brand[1].slug`.
pub(crate) fn dotted(path: &[String]) -> String {
    path.iter().fold(String::new(), |written, part| {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            format!("{written}[{part}]")
        } else if written.is_empty() {
            part.clone()
        } else {
            format!("{written}.{part}")
        }
    })
}

/// Where each key of a file stands.
pub(crate) struct Places {
    /// Path, and the bytes of key and value together.
    keys: Vec<(Path, Range<usize>)>,
    line_starts: Vec<usize>,
}

impl Places {
    pub(crate) fn of(text: &str) -> Self {
        let mut keys = Vec::new();
        if let Ok(document) = Document::parse(text) {
            walk_table(document.as_table(), &mut Vec::new(), &mut keys);
        }
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0)
            .chain(breaks.map(|(at, _)| at + 1))
            .collect();
        Self { keys, line_starts }
    }

    /// The line, from 1, of a byte of the text.
    pub(crate) fn line_at(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at)
    }

    /// The line of a key, or of the nearest key above it that exists.
    pub(crate) fn line_of(&self, path: &[String]) -> Option<usize> {
        (1..=path.len()).rev().find_map(|length| {
            let found = self.keys.iter().find(|(key, _)| key == &path[..length]);
            found.map(|(_, span)| self.line_at(span.start))
        })
    }

    /// The innermost key whose text holds this range.
    pub(crate) fn key_at(&self, span: &Range<usize>) -> Option<&Path> {
        let holds = |key: &Range<usize>| key.start <= span.start && span.end <= key.end;
        let holders = self.keys.iter().filter(|(_, key)| holds(key));
        holders
            .min_by_key(|(path, key)| (key.len(), usize::MAX - path.len()))
            .map(|(path, _)| path)
    }
}

fn walk_table(table: &Table, path: &mut Path, keys: &mut Vec<(Path, Range<usize>)>) {
    for (name, item) in table {
        let key = table.key(name).and_then(toml_edit::Key::span);
        walk_item(name, key, item, path, keys);
    }
}

fn walk_item(
    name: &str,
    key: Option<Range<usize>>,
    item: &Item,
    path: &mut Path,
    keys: &mut Vec<(Path, Range<usize>)>,
) {
    path.push(name.to_owned());
    let spans = key.into_iter().chain(item.span());
    if let Some(span) = spans.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)) {
        keys.push((path.clone(), span));
    }
    match item {
        Item::Table(table) => walk_table(table, path, keys),
        Item::Value(Value::InlineTable(table)) => {
            for (name, value) in table {
                let key = table.key(name).and_then(toml_edit::Key::span);
                walk_item(name, key, &Item::Value(value.clone()), path, keys);
            }
        }
        Item::ArrayOfTables(tables) => {
            for (index, table) in tables.iter().enumerate() {
                path.push(index.to_string());
                keys.extend(table.span().map(|span| (path.clone(), span)));
                walk_table(table, path, keys);
                path.pop();
            }
        }
        Item::Value(_) | Item::None => {}
    }
    path.pop();
}
