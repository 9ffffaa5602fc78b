//! One spike in full.

use std::collections::BTreeMap;

use mention::{ClosedBecause, Exemplar, Spike};
use plot::escape;

use super::{Numbered, Page, plots};
use crate::demo::report::short_time;

/// Values of one dimension that are listed.
const VALUES: usize = 5;
/// Terms that are listed.
const TERMS: usize = 10;

impl Page {
    /// What, when, why, and how far; then its course and typical mentions.
    pub(super) fn spike(&mut self, numbered: &Numbered<'_>) {
        let Numbered {
            number,
            spike,
            is_alarm,
        } = *numbered;
        let class = if is_alarm { "spike alarm" } else { "spike" };
        let calls = match (is_alarm, spike.pages) {
            (true, true) => "",
            (true, false) => " <span class=\"faint\">(called at first, then taken back)</span>",
            (false, _) => " <span class=\"faint\">(calls nobody)</span>",
        };
        self.put(format_args!(
            "<section class=\"{class}\" id=\"{}\">\n<h3>{number}. {} on {}, severity {}{calls}</h3>",
            escape(&spike.id),
            escape(&plots::name(spike.spike_kind)),
            escape(&spike.platform),
            spike.severity,
        ));
        self.put(format_args!("<p>{}</p>", when(spike)));
        self.put(format_args!("<p>{}</p>", unbroken(&how_much(spike))));
        for sentence in circumstances(spike) {
            self.put(format_args!(
                "<p class=\"faint\">{}</p>",
                unbroken(&sentence)
            ));
        }
        self.reasons(spike);
        if !spike.series.is_empty() {
            self.out.push_str(&plots::of_spike(spike).to_inline_svg());
        }
        for exemplar in &spike.exemplars {
            self.put(format_args!(
                "<blockquote>{}<br><span class=\"faint\">{}, {}</span></blockquote>",
                marked(exemplar),
                exemplar.platform.as_str(),
                short_time(&exemplar.created_at.to_string()),
            ));
        }
        self.out.push_str("</section>\n");
    }

    /// Drivers by dimension, and rising words, beside each other.
    fn reasons(&mut self, spike: &Spike) {
        let mut dimensions: BTreeMap<&str, Vec<(&str, f64)>> = BTreeMap::new();
        for driver in &spike.drivers {
            let values = dimensions.entry(&driver.dimension).or_default();
            values.push((&driver.value, driver.share));
        }
        self.out.push_str("<div class=\"columns\">\n");
        for (dimension, mut values) in dimensions {
            values.sort_by(|a, b| b.1.total_cmp(&a.1));
            self.table_head(&escape(&dimension.replace('_', " ")), &["of the excess"]);
            for (value, share) in values.into_iter().take(VALUES) {
                self.numbers(&escape(value), &[format!("{:.0}\u{a0}%", share * 100.0)]);
            }
            self.out.push_str("</table></div>\n");
        }
        if !spike.terms.is_empty() {
            self.table_head("rising word", &["times as often", "mentions"]);
            for term in spike.terms.iter().take(TERMS) {
                let numbers = [format!("{:.1}", term.lift), term.count.to_string()];
                self.numbers(&escape(&term.term), &numbers);
            }
            self.out.push_str("</table></div>\n");
        }
        self.out.push_str("</div>\n");
    }
}

/// The text with its percentages in one piece.
fn unbroken(text: &str) -> String {
    text.replace(" %", "\u{a0}%")
}

fn when(spike: &Spike) -> String {
    let onset = short_time(&spike.onset.to_string());
    let seen = short_time(&spike.detected_at.to_string());
    let end = match (spike.closed_at, spike.closed_because) {
        (None, _) => "still open at the end".to_owned(),
        (Some(closed), because) => {
            let why = match because {
                Some(ClosedBecause::Recovered) => ": back to the usual",
                Some(ClosedBecause::NewNormal) => ": it had become the usual",
                Some(ClosedBecause::InputSilent) => ": the input fell silent",
                Some(ClosedBecause::Noted) => ": noted after the fact",
                None => "",
            };
            format!("closed {}{why}", short_time(&closed.to_string()))
        }
    };
    let recovery = spike.recovery_minutes;
    let recovery = recovery.map_or_else(String::new, |m| format!(", {m} minutes after the onset"));
    format!("From {onset}, noticed {seen}, {end}{recovery}.")
}

fn how_much(spike: &Spike) -> String {
    let (observed, expected) = (spike.observed, spike.expected);
    let mut sentence = format!(
        "<strong>{} of {}</strong> negative where {:.0} % is usual ({:.0} to {:.0} %).",
        observed.negative,
        observed.total,
        expected.share * 100.0,
        expected.low * 100.0,
        expected.high * 100.0,
    );
    if let Some(corrected) = &spike.corrected {
        sentence.push_str(&format!(
            " Free of the scorer's bias: {:.0} % ({:.0} to {:.0} %) where {:.0} % is usual.",
            corrected.share * 100.0,
            corrected.low * 100.0,
            corrected.high * 100.0,
            corrected.expected * 100.0,
        ));
    }
    sentence
}

/// What else is known: volume, reach, copies, the platform, the calendar. Escaped.
fn circumstances(spike: &Spike) -> Vec<String> {
    let volume = spike.volume.map(|volume| {
        format!(
            "Volume: {} mentions in the last hour where {:.0} are usual, severity {} of 5.",
            volume.observed, volume.expected, volume.severity
        )
    });
    // A reach that nobody told isn't a reach of nobody.
    let reach = spike.reach.filter(|reach| reach.missing < 1.0);
    let reach = reach.map(|reach| {
        format!(
            "Reach: {} people ({:.0} % measured, {:.0} % estimated by followers, {:.0} % unknown); \
             {} reactions, {:.0} % of them in one thread.",
            reach.people,
            reach.measured * 100.0,
            reach.estimated * 100.0,
            reach.missing * 100.0,
            reach.engagement,
            reach.top_thread * 100.0,
        )
    });
    let copies = spike.coordination.map(|coordination| {
        let young = coordination.young_accounts;
        let young = young.map_or_else(String::new, |part| {
            format!(
                ", {:.0} % of the accounts younger than 30 days",
                part * 100.0
            )
        });
        format!(
            "Copies: {}, {:.0} % of them in step{young}.",
            coordination.copies,
            coordination.in_step * 100.0
        )
    });
    let shift = spike.platform_shift.as_ref().map(|shift| {
        format!(
            "Platform: on {}, {} of {} brands changed at once.",
            escape(&shift.platform),
            shift.changed,
            shift.active
        )
    });
    let calendar = spike.calendar.iter().map(|entry| {
        format!(
            "Calendar: {} ({}), {} to {}.",
            escape(&entry.name),
            escape(&entry.kind),
            escape(&short_time(&entry.from.to_string())),
            escape(&short_time(&entry.until.to_string())),
        )
    });
    let known = [volume, reach, copies, shift].into_iter().flatten();
    known.chain(calendar).collect()
}

/// The text with the pieces marked that made its score negative.
fn marked(exemplar: &Exemplar) -> String {
    let pieces = exemplar.pieces(usize::MAX).into_iter();
    let pieces = pieces.map(|(text, is_marked)| match is_marked {
        true => format!("<mark>{}</mark>", escape(&text)),
        false => escape(&text),
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_marked_and_escaped() {
        let exemplar = Exemplar {
            id: "1".to_owned(),
            platform: mention::Platform::X,
            created_at: mention::EventTime::default(),
            text: "wéér <b>niet".to_owned(),
            reach: 0,
            spans: vec![[5, 8], [0, 4]],
        };
        assert_eq!(
            marked(&exemplar),
            "<mark>wéér</mark> <mark>&lt;b&gt;</mark>niet"
        );
    }
}
