//! The report as one self-contained page: no script, nothing fetched. Every text that
//! comes from mentions is escaped.

use std::fmt::Write;

use console::{Lang, campaigns_part};
use mention::{AspectCourse, Insight, InsightDay, Platform, Polarities};
use plot::{Chart, Tone, escape};

use super::words::Words;
use crate::cli::report::Language;
use crate::demo::report::short_time;

/// Days of the week that is told.
const WEEK: usize = 7;
/// Aspects in the plot, most mentioned first: more lines can't be told apart.
const PLOTTED: usize = 5;

/// The whole page.
///
/// # Errors
/// Those of writing to a string, of which there are none.
pub(super) fn page(summary: &Insight, language: Language) -> Result<String, std::fmt::Error> {
    let words = Words::of(language);
    let mut page = Page {
        out: String::new(),
        words,
    };
    page.head(summary);
    page.days(&summary.days);
    page.aspects(summary);
    page.rising(summary);
    page.wishes(summary);
    page.people(summary);
    page.competitors(summary);
    // The console's own, so that both say the same in the same words.
    page.out.push_str(&campaigns_part(summary, words.lang)?);
    page.coverage(summary);
    page.out.push_str("</body>\n</html>\n");
    Ok(page.out)
}

/// A page in the making.
struct Page {
    out: String,
    words: &'static Words,
}

/// Sums over days.
#[derive(Default)]
struct Sums {
    mentions: u64,
    counted: u64,
    negative: u64,
}

impl Sums {
    fn of(days: &[InsightDay]) -> Self {
        days.iter().fold(Self::default(), |sums, day| Self {
            mentions: sums.mentions + day.mentions,
            counted: sums.counted + day.counted,
            negative: sums.negative + day.negative,
        })
    }

    fn share(&self, lang: Lang) -> String {
        match self.counted {
            0 => "–".to_owned(),
            counted => percent(ratio(self.negative, counted), lang),
        }
    }
}

impl Page {
    /// Adds markup; a string takes everything, so this can't fail.
    fn put(&mut self, markup: std::fmt::Arguments<'_>) {
        let _ = self.out.write_fmt(markup);
        self.out.push('\n');
    }

    fn head(&mut self, summary: &Insight) {
        let (brand, words) = (escape(&summary.brand), self.words);
        self.put(format_args!(
            "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{} {brand}</title>\n<style>\n{}{}</style>\n</head>\n<body>\n<h1>{} {brand}</h1>",
            words.code,
            words.title,
            include_str!("../backtest/html/page.css"),
            plot::STYLE,
            words.title,
        ));
        self.put(format_args!(
            "<p class=\"faint\">{} {} UTC. {} Ophef {}.</p>",
            words.until,
            escape(&short_time(&summary.at.to_string())),
            words.times_in_utc,
            env!("CARGO_PKG_VERSION"),
        ));
    }

    fn days(&mut self, days: &[InsightDay]) {
        let words = self.words;
        let (before, week) = days.split_at(days.len().saturating_sub(WEEK));
        let before = Sums::of(&before[before.len().saturating_sub(WEEK)..]);
        let week = Sums::of(week);
        self.table_head("", &[words.this_week, words.week_before]);
        for (name, [now, then]) in [
            (
                words.mentions,
                [&week, &before].map(|sums| words.lang.number(sums.mentions)),
            ),
            (
                words.negative,
                [&week, &before].map(|sums| words.lang.number(sums.negative)),
            ),
            (
                words.share,
                [&week, &before].map(|sums| sums.share(words.lang)),
            ),
        ] {
            self.row(&[name.to_owned(), now, then]);
        }
        self.out.push_str("</table></div>\n");
        self.put(format_args!("<h2>{}</h2>", words.by_day));
        let at = |day: &InsightDay| number(day.day.millis().cast_unsigned());
        let line =
            |of: fn(&InsightDay) -> u64| days.iter().map(move |day| (at(day), number(of(day))));
        let chart = Chart::new(words.mentions)
            .x_time()
            .y_from(0.0)
            .line(words.mentions, line(|day| day.mentions))
            .line(words.positive, line(|day| day.positive))
            .line(words.negative, line(|day| day.negative));
        self.put(format_args!("{}", chart.to_inline_svg()));
    }

    fn aspects(&mut self, summary: &Insight) {
        let words = self.words;
        self.put(format_args!("<h2>{}</h2>", words.aspects));
        for (course, rise) in rises(summary) {
            self.put(format_args!(
                "<p><strong>{}: {}</strong>, {} {} UTC ({} / {}).</p>",
                words.name_of(course.aspect),
                words.rises,
                words.since,
                escape(&short_time(&rise.since.to_string())),
                words.lang.number(rise.negative),
                words.lang.number(rise.total),
            ));
        }
        for (course, rose) in past(summary) {
            let [since, until] = [rose.since, rose.until].map(|at| short_time(&at.to_string()));
            self.put(format_args!(
                "<p><strong>{}: {}</strong>, {} {} – {} UTC.</p>",
                words.name_of(course.aspect),
                words.rose,
                words.since,
                escape(&since),
                escape(&until),
            ));
        }
        let mut chart = Chart::new(words.complaints).x_time().y_from(0.0);
        for course in summary.aspects.iter().take(PLOTTED) {
            let days = summary
                .days
                .iter()
                .map(|day| number(day.day.millis().cast_unsigned()));
            let counts = course.negative_by_day.iter().map(|&count| number(count));
            chart = chart.line(words.name_of(course.aspect), days.zip(counts));
        }
        for (course, rise) in rises(summary) {
            let at = number(rise.since.millis().cast_unsigned());
            chart = chart.mark(at, words.name_of(course.aspect), Tone::Alarm);
        }
        for (course, rose) in past(summary) {
            let at = number(rose.since.millis().cast_unsigned());
            chart = chart.mark(at, words.name_of(course.aspect), Tone::Note);
        }
        self.put(format_args!("{}", chart.to_inline_svg()));
        let head = [
            words.negative,
            words.week_before,
            words.neutral,
            words.positive,
        ];
        self.table_head(words.aspect, &head);
        for course in &summary.aspects {
            let Polarities {
                negative,
                neutral,
                positive,
            } = course.week;
            let counts = [negative, course.week_before.negative, neutral, positive];
            let name = words.name_of(course.aspect).to_owned();
            let row: Vec<String> = std::iter::once(name)
                .chain(counts.map(|count| words.lang.number(count)))
                .collect();
            self.row(&row);
        }
        self.out.push_str("</table></div>\n");
    }

    fn rising(&mut self, summary: &Insight) {
        let words = self.words;
        self.put(format_args!("<h2>{}</h2>", words.rising));
        if summary.rising.is_empty() {
            self.put(format_args!("<p>{}</p>", words.nothing_rises));
            return;
        }
        self.table_head(
            words.term,
            &[words.times, words.expected, words.lift, words.negative],
        );
        for rising in &summary.rising {
            self.row(&[
                escape(&rising.term),
                words.lang.number(rising.count),
                words.lang.decimal(rising.expected),
                words.lang.decimal(rising.lift),
                percent(rising.negative, words.lang),
            ]);
        }
        self.out.push_str("</table></div>\n");
    }

    fn wishes(&mut self, summary: &Insight) {
        let words = self.words;
        self.put(format_args!("<h2>{}</h2>", words.wishes));
        if summary.wishes.is_empty() {
            self.put(format_args!("<p>{}</p>", words.no_wishes));
            return;
        }
        self.table_head(words.wish, &[words.times, words.example]);
        for wish in &summary.wishes {
            let example = wish.example.as_deref().unwrap_or("–");
            self.row(&[
                escape(&wish.terms.join(" ")),
                words.lang.number(wish.count),
                escape(example),
            ]);
        }
        self.out.push_str("</table></div>\n");
    }

    fn people(&mut self, summary: &Insight) {
        let (words, people) = (self.words, &summary.community);
        self.put(format_args!(
            "<h2>{}</h2>\n<ul>\n<li>{} {}</li>\n<li>{} {}</li>\n<li>{} {}</li>\n<li>{} {}</li>\n\
             <li>{} {}</li>\n</ul>",
            words.people,
            words.lang.number(people.authors_today),
            words.authors,
            words.lang.number(people.authors_four_weeks),
            words.authors_four_weeks,
            percent(people.returning, words.lang),
            words.returning,
            percent(people.advocates, words.lang),
            words.advocates,
            words.lang.decimal(people.days_active),
            words.days_active,
        ));
    }

    fn competitors(&mut self, summary: &Insight) {
        let words = self.words;
        if summary.competitors.is_empty() {
            return;
        }
        self.put(format_args!("<h2>{}</h2>", words.competitors));
        let head = [words.mentions, words.prefer_us, words.prefer_them];
        self.table_head(words.competitor, &head);
        for competitor in &summary.competitors {
            self.row(&[
                escape(&competitor.name),
                words.lang.number(competitor.mentions),
                words.lang.number(competitor.ours),
                words.lang.number(competitor.theirs),
            ]);
        }
        self.out.push_str("</table></div>\n");
    }

    fn coverage(&mut self, summary: &Insight) {
        let (words, coverage) = (self.words, &summary.coverage);
        self.put(format_args!(
            "<h2>{}</h2>\n<ul>\n<li>{} {}</li>",
            words.blind,
            percent(coverage.unscored_media, words.lang),
            words.unscored
        ));
        for (what, platforms) in [
            (words.silent, &coverage.silent),
            (words.sampled, &coverage.sampled),
        ] {
            if !platforms.is_empty() {
                let names: Vec<&str> = platforms.iter().copied().map(Platform::as_str).collect();
                self.put(format_args!("<li>{what}: {}</li>", names.join(", ")));
            }
        }
        if coverage.is_too_little {
            self.put(format_args!("<li>{}</li>", words.too_little));
        }
        if coverage.too_late > 0 {
            self.put(format_args!(
                "<li>{} {}</li>",
                words.lang.number(coverage.too_late),
                words.too_late
            ));
        }
        self.out.push_str("</ul>\n");
    }

    /// Begins a table of one column of texts and others of numbers.
    fn table_head(&mut self, first: &str, others: &[&str]) {
        let others = others.iter();
        let others: String = others
            .map(|name| format!("<th class=\"number\">{name}</th>"))
            .collect();
        self.put(format_args!(
            "<div class=\"wide\"><table><tr><th>{first}</th>{others}</tr>"
        ));
    }

    /// A row of a table: pieces of markup.
    fn row(&mut self, cells: &[String]) {
        let (first, others) = cells
            .split_first()
            .map_or(("", &[][..]), |(first, others)| (first.as_str(), others));
        let others = others.iter();
        let others: String = others
            .map(|cell| format!("<td class=\"number\">{cell}</td>"))
            .collect();
        self.put(format_args!("<tr><td>{first}</td>{others}</tr>"));
    }
}

/// The aspects whose complaints rise.
fn rises(summary: &Insight) -> impl Iterator<Item = (&AspectCourse, mention::AspectRise)> {
    let aspects = summary.aspects.iter();
    aspects.filter_map(|course| Some((course, course.rise?)))
}

/// The aspects whose complaints rose in the last seven days, and no more do.
fn past(summary: &Insight) -> impl Iterator<Item = (&AspectCourse, mention::AspectRose)> {
    let aspects = summary.aspects.iter();
    aspects.filter_map(|course| Some((course, course.rose?)))
}

fn percent(share: f64, lang: Lang) -> String {
    format!("{} %", lang.decimal(100.0 * share))
}

fn ratio(part: u64, of: u64) -> f64 {
    number(part) / number(of)
}

#[allow(clippy::cast_precision_loss, reason = "counts and times below 2^53")]
fn number(count: u64) -> f64 {
    count as f64
}
