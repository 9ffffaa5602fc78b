//! A backtest as one self-contained page: no script, nothing fetched, readable in light
//! and dark. Every text that comes from a recording, a file or a command line is escaped.

mod plots;
mod spike;

use std::fmt::Write;

use mention::Spike;
use plot::escape;

use super::compare::Comparison;
use super::found::{Found, Row};
use super::labels::{Label, Verdict};
use super::text::{change, delay, or_none, remarks, several, with_interval};
use super::{Other, Outcome};
use crate::demo::report::{in_order, line, short_time};

/// Brands with plots at most, those with most alarms first.
const BRANDS: usize = 50;
/// Brands in the table at most.
const ROWS: usize = 1_000;
/// Spikes told in full at most, alarms first.
const SPIKES: usize = 200;
/// Rows of any other table at most.
const LISTED: usize = 500;

/// The whole page.
pub(super) fn page(outcome: &Outcome<'_>) -> String {
    let mut page = Page {
        out: String::new(),
        told: 0,
    };
    page.head(outcome);
    page.summary(outcome);
    if let Some(verdict) = outcome.found.verdict() {
        page.verdict(&verdict, &outcome.found);
    }
    if let Some(other) = &outcome.other {
        page.comparison(outcome, other);
    }
    page.brands(outcome);
    page.out.push_str("</body>\n</html>\n");
    page.out
}

/// A page in the making.
struct Page {
    out: String,
    /// Spikes told in full so far.
    told: usize,
}

impl Page {
    /// Adds markup; a string takes everything, so this can't fail.
    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(markup);
        self.out.push('\n');
    }

    fn head(&mut self, outcome: &Outcome<'_>) {
        let recording = escape(&outcome.recording);
        self.put(format_args!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>Backtest of {recording}</title>\n<style>\n{}{}</style>\n</head>\n<body>",
            include_str!("page.css"),
            plot::STYLE,
        ));
        let (first, last) = outcome.found.span.unwrap_or_default();
        self.put(format_args!(
            "<h1>What would have alarmed</h1>\n<p class=\"faint\">{recording}, {} to {}. \
             All times are UTC. Ophef {}.</p>",
            escape(&short_time(&first.to_string())),
            escape(&short_time(&last.to_string())),
            env!("CARGO_PKG_VERSION"),
        ));
    }

    fn summary(&mut self, outcome: &Outcome<'_>) {
        let found = &outcome.found;
        let alarms = found.alarms().len();
        self.put(format_args!(
            "<p>{} mentions of {} over {:.1} weeks: <strong>{}</strong>, {} for the record that \
             called nobody, {} dead letters. False alarms accepted a brand and week: {}.</p>",
            found.lines,
            several(found.brands.len(), "brand"),
            found.weeks(),
            several(alarms, "alarm"),
            several(found.spikes.len().saturating_sub(alarms), "note"),
            found.dead.values().sum::<u64>(),
            outcome.settings.watch.alarms_per_week,
        ));
        self.put(format_args!(
            "<p class=\"faint\">Plots: alarms are red, notes grey, from onset to closing, with a line at \
             the moment they were noticed{}. The band is what was expected, 95 %.</p>",
            if outcome.labels.is_some() { "; labels have a green bar at the foot" } else { "" },
        ));
        for (reason, count) in &found.dead {
            let first = found.first_dead.get(reason).map_or("", String::as_str);
            self.put(format_args!(
                "<p class=\"faint\">Dead letters, {reason}: {count} (the first: {})</p>",
                escape(first)
            ));
        }
        let head = [
            "mentions",
            "weeks",
            "alarms",
            "alarms a week (95 %)",
            "notes",
        ];
        self.table_head("brand", &head);
        let rows = found.rows();
        for row in rows.iter().take(ROWS) {
            self.summary_row(row);
        }
        self.out.push_str("</table></div>\n");
        self.more(rows.len(), ROWS, "brands");
    }

    /// Begins a table of one column of texts and others of numbers.
    fn table_head(&mut self, first: &str, numbers: &[&str]) {
        let numbers = numbers
            .iter()
            .map(|name| format!("<th class=\"number\">{name}</th>"));
        let numbers: String = numbers.collect();
        self.put(format_args!(
            "<div class=\"wide\"><table><tr><th>{first}</th>{numbers}</tr>"
        ));
    }

    fn summary_row(&mut self, row: &Row<'_>) {
        let watched = if row.is_watched {
            ""
        } else {
            " <span class=\"faint\">(not watched)</span>"
        };
        let numbers = [
            row.mentions.to_string(),
            format!("{:.1}", row.weeks),
            row.alarms.to_string(),
            with_interval(row.rate),
            row.notes.to_string(),
        ];
        self.numbers(&format!("{}{watched}", escape(row.brand)), &numbers);
    }

    /// A row of a table: markup, and numbers as text.
    fn numbers(&mut self, first: &str, numbers: &[String]) {
        let cells = numbers
            .iter()
            .map(|number| format!("<td class=\"number\">{number}</td>"));
        let cells: String = cells.collect();
        self.put(format_args!("<tr><td>{first}</td>{cells}</tr>"));
    }

    /// Says what was left out of a list.
    fn more(&mut self, all: usize, shown: usize, what: &str) {
        let more = all.saturating_sub(shown);
        if more > 0 {
            self.put(format_args!(
                "<p class=\"faint\">And {more} {what} more, which <code>--json</code> lists.</p>"
            ));
        }
    }

    fn verdict(&mut self, verdict: &Verdict, found: &Found) {
        let judged = verdict.found.len() + verdict.missed.len();
        self.put(format_args!(
            "<h2>Labels</h2>\n<p><strong>{} of {judged} found</strong>: recall {}, precision {}{}.</p>",
            verdict.found.len(),
            or_none(verdict.recall()),
            or_none(verdict.precision()),
            delay(verdict),
        ));
        for remark in remarks(verdict) {
            self.put(format_args!("<p class=\"faint\">{remark}.</p>"));
        }
        self.table_head("label", &["alarm after", "mentions until then"]);
        for hit in verdict.found.iter().take(LISTED) {
            let numbers = [format!("{:.0} min", hit.minutes), hit.mentions.to_string()];
            self.numbers(&label(&hit.label), &numbers);
        }
        for missed in verdict.missed.iter().take(LISTED) {
            let numbers = ["<strong>missed</strong>".to_owned(), String::new()];
            self.numbers(&label(missed), &numbers);
        }
        for unrecorded in verdict.unrecorded.iter().take(LISTED) {
            let numbers = ["not recorded".to_owned(), String::new()];
            self.numbers(&label(unrecorded), &numbers);
        }
        self.out.push_str("</table></div>\n");
        let lists = [&verdict.missed, &verdict.unrecorded].map(Vec::len);
        let longest = lists.into_iter().fold(verdict.found.len(), usize::max);
        self.more(longest, LISTED, "labels");
        let outside = verdict.outside.iter();
        let outside: Vec<_> = outside.filter_map(|id| found.spikes.get(id)).collect();
        self.list("Alarms outside every label: false ones", &outside);
    }

    /// A heading with one line for each spike; nothing if there is none.
    fn list(&mut self, heading: &str, spikes: &[&Spike]) {
        if spikes.is_empty() {
            return;
        }
        self.put(format_args!("<h3>{heading}</h3>\n<ul>"));
        for spike in spikes.iter().take(LISTED) {
            self.put(format_args!("<li>{}</li>", escape(&line(spike))));
        }
        self.out.push_str("</ul>\n");
        self.more(spikes.len(), LISTED, "spikes");
    }

    fn comparison(&mut self, outcome: &Outcome<'_>, other: &Other<'_>) {
        let found = &outcome.found;
        let (first, second) = (found.alarms(), other.found.alarms());
        let comparison = Comparison::of(&first, &second);
        let name = escape(&other.name);
        self.put(format_args!(
            "<h2>Compared with {name}</h2>\n<p><strong>{} instead of {}</strong>. \
             False alarms accepted a brand and week: {} instead of {}. \
             In the plots its alarms are violet lines.</p>",
            several(second.len(), "alarm"),
            first.len(),
            other.settings.watch.alarms_per_week,
            outcome.settings.watch.alarms_per_week,
        ));
        if let Some(verdict) = other.found.verdict() {
            self.put(format_args!(
                "<p>Against the labels: recall {}, precision {}{}.</p>",
                or_none(verdict.recall()),
                or_none(verdict.precision()),
                delay(&verdict),
            ));
        }
        let columns = ["alarms a week (95 %)".to_owned(), format!("with {name}")];
        self.table_head("brand", &columns.each_ref().map(String::as_str));
        let there = other.found.rows();
        for row in found.rows().iter().take(ROWS) {
            let then = there.iter().find(|other| other.brand == row.brand);
            let rate = |row: &Row<'_>| {
                if row.is_watched {
                    with_interval(row.rate)
                } else {
                    "not watched".to_owned()
                }
            };
            let numbers = [rate(row), then.map(rate).unwrap_or_default()];
            self.numbers(&escape(row.brand), &numbers);
        }
        self.out.push_str("</table></div>\n");
        if !comparison.both.is_empty() {
            self.out.push_str("<h3>Alarms of both</h3>\n<ul>\n");
            for pair in comparison.both.iter().take(LISTED) {
                let when = change(pair.later_minutes());
                self.put(format_args!(
                    "<li>{when}: {}</li>",
                    escape(&line(pair.second))
                ));
            }
            self.out.push_str("</ul>\n");
            self.more(comparison.both.len(), LISTED, "alarms");
        }
        self.list("No more", &comparison.only_first);
        self.list("New", &comparison.only_second);
    }

    fn brands(&mut self, outcome: &Outcome<'_>) {
        let rows = outcome.found.rows();
        let watched: Vec<_> = rows.iter().filter(|row| row.is_watched).collect();
        for row in watched.iter().take(BRANDS) {
            self.put(format_args!("<h2>{}</h2>", escape(row.brand)));
            let mut spikes = numbered(&outcome.found, row.brand);
            for chart in plots::of_brand(outcome, &spikes, row.brand) {
                self.out.push_str(&chart.to_inline_svg());
            }
            let room = SPIKES.saturating_sub(self.told);
            let all = spikes.len();
            // Where there is room for some only, it is for alarms.
            spikes.sort_by_key(|spike| !spike.is_alarm);
            spikes.truncate(room);
            spikes.sort_by_key(|spike| spike.number);
            for spike in &spikes {
                self.spike(spike);
            }
            self.told += spikes.len();
            self.more(all, room, "spikes");
        }
        self.more(watched.len(), BRANDS, "brands");
    }
}

/// A spike with its number among those of its brand, by onset.
struct Numbered<'a> {
    number: usize,
    spike: &'a Spike,
    /// Whether somebody was called.
    is_alarm: bool,
}

fn numbered<'a>(found: &'a Found, brand: &str) -> Vec<Numbered<'a>> {
    let spikes = in_order(&found.spikes).into_iter();
    let spikes = spikes.filter(|spike| spike.brand == brand);
    let numbered = spikes.zip(1..).map(|(spike, number)| Numbered {
        number,
        spike,
        is_alarm: found.is_alarm(spike),
    });
    numbered.collect()
}

fn label(label: &Label) -> String {
    let name = match label.name.as_str() {
        "" => String::new(),
        name => format!(" ({})", escape(name)),
    };
    format!(
        "{}, {} to {}{name}",
        escape(&label.brand),
        escape(&short_time(&label.from.to_string())),
        escape(&short_time(&label.until.to_string())),
    )
}
