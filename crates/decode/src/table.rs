//! Rows of tables: exports of listening tools, and reviews.
//!
//! A record holds one row, with the table's first line in the header `ophef-columns`, or
//! a small table of its own whose first line names the columns. Columns are found by
//! their letters and digits alone, so that `Full Text`, `full_text` and `FullText` are one.

use std::borrow::Cow;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use mention::{Author, Engagement, EventTime, Platform, Reason, Rejection, Text};

use crate::Options;
use crate::event::{Event, Post, PostId};
use crate::hash::fnv;
use crate::read::{bad, from_seconds, lacking};

/// Times as exports write them, where they aren't RFC 3339.
const TIMES: [&str; 9] = [
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M",
    "%d-%b-%Y %I:%M%p",
    "%d-%b-%Y %I:%M %p",
    "%d-%b-%Y %I:%M:%S %p",
    "%d-%b-%Y %H:%M:%S",
    "%d-%b-%Y %H:%M",
    "%d %b %Y %H:%M",
];
const DATES: [&str; 3] = ["%Y-%m-%d", "%d-%b-%Y", "%d %b %Y"];
/// The stars that a mention's rating goes up to.
const STARS: f64 = 5.0;

/// Fields for which a configuration can name columns ([`Options::columns`]).
pub const COLUMNS: [&str; 20] = [
    "author",
    "brand",
    "country",
    "created_at",
    "followers",
    "handle",
    "id",
    "in_reply_to",
    "lang",
    "likes",
    "platform",
    "rating",
    "replies",
    "repost_of",
    "root",
    "shares",
    "text",
    "time",
    "title",
    "views",
];

/// Which columns hold what: the first of the names that the table has counts, by letters
/// and digits in lower case.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    pub(crate) id: &'static [&'static str],
    pub(crate) created_at: &'static [&'static str],
    /// The time of day, where a tool has it in a column of its own.
    pub(crate) time: &'static [&'static str],
    pub(crate) text: &'static [&'static str],
    pub(crate) title: &'static [&'static str],
    pub(crate) author: &'static [&'static str],
    pub(crate) handle: &'static [&'static str],
    pub(crate) followers: &'static [&'static str],
    pub(crate) platform: &'static [&'static str],
    pub(crate) lang: &'static [&'static str],
    pub(crate) country: &'static [&'static str],
    pub(crate) url: &'static [&'static str],
    pub(crate) brand: &'static [&'static str],
    pub(crate) rating: &'static [&'static str],
    pub(crate) in_reply_to: &'static [&'static str],
    pub(crate) root: &'static [&'static str],
    pub(crate) repost_of: &'static [&'static str],
    pub(crate) likes: &'static [&'static str],
    pub(crate) shares: &'static [&'static str],
    pub(crate) replies: &'static [&'static str],
    pub(crate) views: &'static [&'static str],
    /// The platform of rows that don't tell.
    pub(crate) default_platform: Option<Platform>,
}

/// No column at all, to begin a layout with.
pub(crate) const EMPTY: Layout = Layout {
    id: &[],
    created_at: &[],
    time: &[],
    text: &[],
    title: &[],
    author: &[],
    handle: &[],
    followers: &[],
    platform: &[],
    lang: &[],
    country: &[],
    url: &[],
    brand: &[],
    rating: &[],
    in_reply_to: &[],
    root: &[],
    repost_of: &[],
    likes: &[],
    shares: &[],
    replies: &[],
    views: &[],
    default_platform: None,
};

/// Columns and rows.
#[derive(Debug)]
pub(crate) struct Table {
    /// Names as they stand there, and folded.
    names: Vec<String>,
    folded: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    /// Reads rows; `columns` is the table's first line, if the value doesn't hold it.
    pub(crate) fn read(bytes: &[u8], columns: Option<&str>) -> Result<Self, Rejection> {
        let text = std::str::from_utf8(bytes)
            .map_err(|error| Rejection::new(Reason::NotUtf8, error.to_string()))?;
        let text = text.trim_start_matches('\u{feff}');
        let whole = match columns {
            Some(columns) => {
                let first = columns.trim_start_matches('\u{feff}').trim_end();
                Cow::Owned(format!("{first}\n{text}"))
            }
            None => Cow::Borrowed(text),
        };
        let first = whole.lines().next().unwrap_or_default();
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter(first))
            .flexible(true)
            .from_reader(whole.as_bytes());
        let not_a_table = |error: csv::Error| {
            let line = error.position().map_or(0, csv::Position::line);
            Rejection::new(Reason::NotJson, format!("not a table: line {line}"))
        };
        let names: Vec<String> = reader
            .headers()
            .map_err(not_a_table)?
            .iter()
            .map(str::to_owned)
            .collect();
        let folded = names.iter().map(|name| fold(name)).collect();
        let rows: Vec<_> = reader
            .records()
            .collect::<Result<_, _>>()
            .map_err(not_a_table)?;
        if rows.is_empty() {
            return Err(Rejection::new(Reason::NotJson, "no row below the columns"));
        }
        if let Some((index, row)) = rows
            .iter()
            .enumerate()
            .find(|(_, row)| row.len() != names.len())
        {
            let detail = format!(
                "row {}: {} cells for {} columns",
                index + 1,
                row.len(),
                names.len()
            );
            return Err(Rejection::new(Reason::BadField, detail));
        }
        Ok(Self {
            names,
            folded,
            rows,
        })
    }

    /// The names of the columns, folded.
    pub(crate) fn columns(&self) -> &[String] {
        &self.folded
    }

    /// Each row as a post.
    pub(crate) fn posts(
        &self,
        layout: &Layout,
        options: &Options,
    ) -> Result<Vec<Event<'static>>, Rejection> {
        let rows = self.rows.iter().map(|cells| Row {
            table: self,
            cells,
            options,
        });
        rows.map(|row| row.post(layout).map(Event::from)).collect()
    }
}

/// Whether these cells are the names of a table's columns and not a line above them: one is
/// that of a time, and another that of a text, by the usual names or those of `options`.
#[must_use]
pub fn are_columns<'c>(cells: impl Iterator<Item = &'c str>, options: &Options) -> bool {
    let cells: Vec<String> = cells.map(fold).collect();
    let has = |field: &str, names: &dyn Fn(&Layout) -> &'static [&'static str]| {
        let configured = options.columns.get(field).map(|name| fold(name));
        let usual = crate::LAYOUTS.iter().flat_map(|layout| names(layout));
        let mut all = configured.as_deref().into_iter().chain(usual.copied());
        all.any(|name| cells.iter().any(|cell| cell == name))
    };
    has("created_at", &|layout| layout.created_at)
        && (has("text", &|layout| layout.text) || has("title", &|layout| layout.title))
}

/// Letters and digits in lower case.
pub(crate) fn fold(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_alphanumeric());
    kept.flat_map(char::to_lowercase).collect()
}

/// What separates the columns: what the first line has most of.
fn delimiter(line: &str) -> u8 {
    let count = |byte: u8| line.bytes().filter(|&b| b == byte).count();
    let best = b",;\t"
        .iter()
        .copied()
        .max_by_key(|&byte| (count(byte), byte == b','));
    best.unwrap_or(b',')
}

struct Row<'a> {
    table: &'a Table,
    cells: &'a csv::StringRecord,
    options: &'a Options,
}

impl Row<'_> {
    /// Column and cell of a field, if there is one and it isn't empty. What the
    /// configuration names comes first.
    fn cell(&self, field: &str, names: &[&str]) -> Option<(&str, &str)> {
        let folded = &self.table.folded;
        let configured = self.options.columns.get(field).map(|name| fold(name));
        let wanted = configured
            .as_deref()
            .into_iter()
            .chain(names.iter().copied());
        for name in wanted {
            let Some(index) = folded.iter().position(|column| column == name) else {
                continue;
            };
            let cell = self.cells.get(index).unwrap_or_default().trim();
            if !cell.is_empty() {
                return Some((self.table.names[index].as_str(), cell));
            }
        }
        None
    }

    fn text(&self, field: &str, names: &[&str]) -> Option<Text<'static>> {
        let (_, cell) = self.cell(field, names)?;
        Some(Text::from(cell.to_owned()))
    }

    /// The name of an account, without `@`.
    fn account(&self, field: &str, names: &[&str]) -> Option<Text<'static>> {
        let (_, cell) = self.cell(field, names)?;
        Some(Text::from(cell.trim_start_matches('@').to_owned()))
    }

    fn count(&self, field: &str, names: &[&str]) -> Result<Option<u64>, Rejection> {
        let Some((column, cell)) = self.cell(field, names) else {
            return Ok(None);
        };
        let plain: String = cell.chars().filter(|c| !matches!(c, ',' | ' ')).collect();
        // Spreadsheets make `12.0` of a 12.
        let whole = plain.strip_suffix(".0").unwrap_or(&plain);
        match whole.parse() {
            Ok(count) => Ok(Some(count)),
            Err(_) => Err(bad(column, "not a count")),
        }
    }

    fn post(&self, layout: &Layout) -> Result<Post<'static>, Rejection> {
        let created_at = match self.cell("created_at", layout.created_at) {
            Some((column, cell)) => {
                let zone = &self.options.time_zone;
                let of_day = self.cell("time", layout.time);
                let both = of_day.and_then(|(_, of_day)| time(&format!("{cell} {of_day}"), zone));
                let time = both.or_else(|| time(cell, zone));
                time.ok_or_else(|| bad(column, "not a time"))?
            }
            None => return Err(lacking("created_at")),
        };
        let text = self.text("text", layout.text);
        let title = self.text("title", layout.title);
        if text.is_none() && title.is_none() {
            return Err(lacking("text"));
        }
        let author = self.account("author", layout.author);
        let followers = self.count("followers", layout.followers)?;
        let rating = self.rating(layout)?;
        let stars = rating.map(|rating| rating.to_string());
        let parts = [&author, &title, &text].map(Option::as_deref);
        let made_up = || PostId::plain(made_up(created_at, &parts, stars.as_deref()));
        // On X a post's own number, by which its answers and the API name it too.
        let url = self.text("url", layout.url);
        let of_x = url.as_deref().and_then(status_of).map(PostId::plain);
        let id = of_x
            .or_else(|| self.text("id", layout.id).map(PostId::of_any))
            .unwrap_or_else(made_up);
        let refer = |field: &str, names: &[&str]| {
            // Some exports write 0 where there is none.
            let id = self.text(field, names).filter(|id| id.as_str() != "0")?;
            Some(match status_of(&id) {
                Some(number) => PostId::plain(number),
                None => PostId::of_any(id),
            })
        };
        let platform = self.platform(layout);
        Ok(Post {
            id: Some(id),
            brand: self.text("brand", layout.brand),
            platform,
            created_at: Some(created_at),
            text: Some(text.unwrap_or_default()),
            title,
            handle: self.account("handle", layout.handle),
            author: (author.is_some() || followers.is_some()).then(|| Author {
                id: author,
                followers,
                ..Author::default()
            }),
            lang: self.text("lang", layout.lang).map(|lang| language(&lang)),
            country: self.text("country", layout.country),
            rating,
            in_reply_to: refer("in_reply_to", layout.in_reply_to),
            root: refer("root", layout.root),
            repost_of: refer("repost_of", layout.repost_of),
            engagement: self.engagement(layout)?,
            url,
            ..Post::default()
        })
    }

    /// By the first column that names one; tools tell it in one of several, by kind of
    /// source.
    fn platform(&self, layout: &Layout) -> Option<Platform> {
        let mut found = None;
        for name in layout.platform {
            if let Some((_, cell)) = self.cell("platform", &[name]) {
                found = Some(platform_of(cell));
                if found != Some(Platform::Other) {
                    break;
                }
            }
        }
        found.or(layout.default_platform)
    }

    fn engagement(&self, layout: &Layout) -> Result<Option<Engagement>, Rejection> {
        let engagement = Engagement {
            likes: self.count("likes", layout.likes)?,
            shares: self.count("shares", layout.shares)?,
            replies: self.count("replies", layout.replies)?,
            views: self.count("views", layout.views)?,
            ..Engagement::default()
        };
        Ok((engagement != Engagement::default()).then_some(engagement))
    }

    /// Stars out of five; `8/10` and a scale that the configuration names are converted.
    fn rating(&self, layout: &Layout) -> Result<Option<f64>, Rejection> {
        let Some((column, cell)) = self.cell("rating", layout.rating) else {
            return Ok(None);
        };
        let number = |text: &str| text.trim().replace(',', ".").parse::<f64>().ok();
        let (rating, of) = match cell.split_once('/') {
            Some((rating, of)) => (number(rating), number(of)),
            None => (number(cell), Some(self.options.rating_max)),
        };
        let (Some(rating), Some(of)) = (rating, of) else {
            return Err(bad(column, "not a rating"));
        };
        let is_right = of > 0.0 && (0.0..=of).contains(&rating);
        if !is_right {
            return Err(bad(column, "outside its scale"));
        }
        // Scales that begin at 0 have no star for it.
        Ok(Some((rating * STARS / of).max(1.0)))
    }
}

/// A name for a row that has none: the same for the same row, on every machine. Rows that
/// agree in time, author, title, text and stars are one.
fn made_up(at: EventTime, parts: &[Option<&str>], stars: Option<&str>) -> String {
    let time = at.millis().to_le_bytes();
    let parts = parts.iter().chain([&stars]);
    let parts = parts.map(|part| part.unwrap_or_default().as_bytes());
    let hash = fnv([time.as_slice()].into_iter().chain(parts));
    format!("row-{hash:016x}")
}

/// The number of a post in its address on X.
fn status_of(address: &str) -> Option<String> {
    let (before, number) = address.split_once("/status/")?;
    let is_x = before.contains("twitter.com/") || before.contains("x.com/");
    let number: String = number.chars().take_while(char::is_ascii_digit).collect();
    (is_x && !number.is_empty()).then_some(number)
}

/// A point in time in any of the ways that exports write it.
pub(crate) fn time(text: &str, zone: &TimeZone) -> Option<EventTime> {
    if let Ok(time) = text.parse() {
        return Some(time);
    }
    if text.len() >= 9 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: f64 = text.parse().ok()?;
        // Seconds have ten digits until the year 2286, milliseconds thirteen.
        return from_seconds(if text.len() > 11 {
            number / 1_000.0
        } else {
            number
        });
    }
    // `PM` or `pm`, as a tool likes it.
    let upper = text.to_uppercase();
    let local = TIMES
        .iter()
        .find_map(|format| DateTime::strptime(format, &upper).ok())
        .or_else(|| {
            let date = DATES
                .iter()
                .find_map(|format| Date::strptime(format, &upper).ok());
            date.map(|date| date.at(0, 0, 0, 0))
        })?;
    let zoned = local.to_zoned(zone.clone()).ok()?;
    Some(EventTime::from_millis(zoned.timestamp().as_millisecond()))
}

/// Names of languages where a tool doesn't give codes.
fn language(name: &str) -> Text<'static> {
    const NAMES: [(&str, &str); 8] = [
        ("dutch", "nl"),
        ("english", "en"),
        ("german", "de"),
        ("french", "fr"),
        ("spanish", "es"),
        ("italian", "it"),
        ("portuguese", "pt"),
        ("turkish", "tr"),
    ];
    let lower = name.to_lowercase();
    let known = NAMES.iter().find(|(known, _)| *known == lower);
    Text::from(known.map_or(lower.clone(), |(_, code)| (*code).to_owned()))
}

/// The platform behind a tool's name for it, or behind a host.
pub fn platform_of(name: &str) -> Platform {
    const PARTS: [(&str, Platform); 18] = [
        ("twitter", Platform::X),
        ("instagram", Platform::Instagram),
        ("tiktok", Platform::Tiktok),
        ("facebook", Platform::Facebook),
        ("youtube", Platform::Youtube),
        ("pinterest", Platform::Pinterest),
        ("linkedin", Platform::Linkedin),
        ("reddit", Platform::Reddit),
        ("threads", Platform::Threads),
        ("bluesky", Platform::Bluesky),
        ("bsky", Platform::Bluesky),
        ("mastodon", Platform::Mastodon),
        ("review", Platform::Reviews),
        ("trustpilot", Platform::Reviews),
        ("forum", Platform::Forum),
        ("message_board", Platform::Forum),
        ("news", Platform::News),
        ("newspaper", Platform::News),
    ];
    let lower = name.to_lowercase();
    if matches!(lower.as_str(), "x" | "x.com" | "socialmedia_x") {
        return Platform::X;
    }
    let found = PARTS.iter().find(|(part, _)| lower.contains(part));
    found.map_or_else(|| Platform::from_name(&lower), |&(_, platform)| platform)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_exports_write_them() {
        let zone = TimeZone::get("Europe/Amsterdam").unwrap();
        let cases = [
            ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
            ("2026-03-02 10:00:00.0", "2026-03-02T09:00:00Z"),
            ("2026-07-02 10:00", "2026-07-02T08:00:00Z"),
            ("02-Mar-2026 10:00AM", "2026-03-02T09:00:00Z"),
            ("02-Mar-2026 10:00 pm", "2026-03-02T21:00:00Z"),
            ("02-Mar-2026 10:00:30 PM", "2026-03-02T21:00:30Z"),
            ("02-Mar-2026 22:00", "2026-03-02T21:00:00Z"),
            ("2026-03-02", "2026-03-01T23:00:00Z"),
            ("1772442000", "2026-03-02T09:00:00Z"),
            ("1772442000000", "2026-03-02T09:00:00Z"),
        ];
        for (text, expected) in cases {
            let found = time(text, &zone).map(|time| time.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        for text in ["", "yesterday", "03/02/2026", "99999999999999999999"] {
            assert_eq!(time(text, &zone), None, "{text}");
        }
    }

    #[test]
    fn platforms_are_known_by_many_names() {
        assert_eq!(platform_of("SOCIALMEDIA_TWITTER"), Platform::X);
        assert_eq!(platform_of("X"), Platform::X);
        assert_eq!(platform_of("instagram_public"), Platform::Instagram);
        assert_eq!(platform_of("blog"), Platform::Other);
    }
}
