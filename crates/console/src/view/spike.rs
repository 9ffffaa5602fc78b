//! A spike's page.

use askama::Template;
use mention::{Exemplar, Feedback, Spike, Verdict};

use super::Frame;
use super::chart::{Course, course};
use super::lists::{cut, encoded};
use super::marked::{Piece, pieces};
use super::time::{Clock, Shown, span};
use super::unanswered::AnswersShown;
use super::words::{self, Lang};
use crate::settings::Links;
use crate::store::Entry;

/// Values of one dimension, and dimensions, that are shown at most.
const VALUES: usize = 5;
const DIMENSIONS: usize = 8;
/// Rising words, threads and examples that are shown at most.
const TERMS: usize = 12;
const THREADS: usize = 5;
const EXAMPLES: usize = 5;
/// Longest value that comes from a record, characters.
const CHARS: usize = 80;
/// What is asked first at night, in this order. Threads and words have tables of their own,
/// which tell more.
const ORDER: [&str; 5] = ["aspect", "platform", "kind", "author_tier", "language"];
const ELSEWHERE: [&str; 2] = ["thread", "term"];

/// What happens, how bad it is, why, and what to do.
#[derive(Debug, Template)]
#[template(path = "spike.html")]
pub(crate) struct SpikePage {
    pub(crate) f: Frame,
    pub(crate) id: String,
    pub(crate) headline: String,
    pub(crate) kind: &'static str,
    pub(crate) brand: String,
    pub(crate) brand_query: String,
    pub(crate) severity: u8,
    pub(crate) severity_word: &'static str,
    pub(crate) pages: bool,
    pub(crate) is_open: bool,
    /// The numbers that say how bad it is, each with what it is.
    pub(crate) figures: Vec<(String, String)>,
    pub(crate) summary: String,
    pub(crate) advice: Vec<&'static str>,
    pub(crate) onset: Shown,
    pub(crate) detected: Shown,
    pub(crate) closed: Option<(Shown, &'static str)>,
    pub(crate) course: Option<Course>,
    pub(crate) dimensions: Vec<Dimension>,
    pub(crate) terms: Vec<Term>,
    pub(crate) threads: Vec<[String; 4]>,
    pub(crate) examples: Vec<Example>,
    /// What else is known, each in a sentence.
    pub(crate) facts: Vec<String>,
    /// Whether people get an answer; none if nobody asked anything.
    pub(crate) answers: Option<AnswersShown>,
    pub(crate) response: Response,
    pub(crate) links: Vec<(String, String)>,
    pub(crate) model: String,
}

/// The values of one dimension.
#[derive(Debug)]
pub(crate) struct Dimension {
    pub(crate) title: String,
    pub(crate) values: Vec<(String, String, String)>,
}

/// A rising word.
#[derive(Debug)]
pub(crate) struct Term {
    pub(crate) term: String,
    pub(crate) times: String,
    pub(crate) count: String,
}

/// A typical mention.
#[derive(Debug)]
pub(crate) struct Example {
    pub(crate) pieces: Vec<Piece>,
    pub(crate) platform: String,
    pub(crate) at: Shown,
    pub(crate) reach: Option<String>,
}

/// What people made of it.
#[derive(Debug, Default)]
pub(crate) struct Response {
    /// Whether the one who looks may change it.
    pub(crate) can_write: bool,
    pub(crate) acknowledged: Option<(String, String)>,
    pub(crate) assigned: Option<(String, String)>,
    pub(crate) useful: bool,
    pub(crate) not_useful: bool,
    pub(crate) judged: Option<(String, String)>,
}

impl SpikePage {
    pub(crate) fn new(f: Frame, entry: &Entry, clock: &Clock, links: &Links, write: bool) -> Self {
        let (lang, spike) = (f.lang, &*entry.spike);
        let brand = cut(&spike.brand, CHARS);
        Self {
            id: spike.id.clone(),
            headline: words::headline(lang, spike.spike_kind, &brand, entry.is_open()),
            kind: words::kind(lang, spike.spike_kind),
            brand_query: encoded(&spike.brand),
            severity: spike.severity,
            severity_word: words::severity(lang, spike.severity),
            pages: spike.pages,
            is_open: entry.is_open(),
            figures: figures(spike, clock, lang),
            summary: summary(spike, lang),
            advice: words::advice(lang, spike.spike_kind).to_vec(),
            onset: clock.show(lang, spike.onset),
            detected: clock.show(lang, spike.detected_at),
            closed: spike.closed_at.map(|closed| {
                let why = words::closed(lang, spike.closed_because);
                (clock.show(lang, closed), why)
            }),
            course: course(spike, clock, lang),
            dimensions: dimensions(spike, lang),
            terms: terms(spike, lang),
            threads: threads(spike, lang),
            examples: examples(spike, clock, lang),
            facts: facts(spike, clock, lang),
            answers: None,
            response: response(entry.feedback.as_deref(), clock, lang, write),
            links: links_of(spike, links, lang),
            model: cut(&spike.model, CHARS),
            brand,
            f,
        }
    }

    /// The same, with what is known of answers.
    pub(crate) fn with_answers(self, answers: Option<AnswersShown>) -> Self {
        Self { answers, ..self }
    }
}

/// Share now and usually, how long, and how many people.
fn figures(spike: &Spike, clock: &Clock, lang: Lang) -> Vec<(String, String)> {
    let mut figures = Vec::new();
    let mut add = |number: String, what: &str| figures.push((number, what.to_owned()));
    if spike.observed.total > 0 {
        #[expect(clippy::cast_precision_loss, reason = "counts of a spike")]
        let share = spike.observed.negative as f64 / spike.observed.total as f64;
        let usual = lang.percent(spike.expected.share);
        let what = match lang {
            Lang::En => format!("negative, usually {usual}"),
            Lang::Nl => format!("negatief, meestal {usual}"),
        };
        add(lang.percent(share), &what);
        let of = format!(
            "{} {} {}",
            lang.or("negative of", "negatieve van"),
            lang.number(spike.observed.total),
            lang.or("mentions", "berichten"),
        );
        add(lang.number(spike.observed.negative), &of);
    }
    if let Some(reach) = spike.reach.filter(|reach| reach.missing < 1.0) {
        let is_estimated = reach.estimated > reach.measured;
        let what = if is_estimated {
            lang.or("people reached, estimated", "mensen bereikt, geschat")
        } else {
            lang.or("people reached", "mensen bereikt")
        };
        add(lang.about(reach.people), what);
    }
    let lasted = spike.closed_at.map_or_else(
        || clock.ago(spike.onset),
        |closed| closed.millis_since(spike.onset).max(0),
    );
    let what = if spike.closed_at.is_some() {
        lang.or("from onset to end", "van begin tot eind")
    } else {
        lang.or("since the onset", "sinds het begin")
    };
    add(span(lang, lasted), what);
    figures
}

/// The strongest reasons in one sentence.
fn summary(spike: &Spike, lang: Lang) -> String {
    let strongest = |dimension: &str| {
        let drivers = spike.drivers.iter();
        let named = drivers.filter(|driver| {
            driver.dimension == dimension
                && driver.share >= 0.2
                && !["other", "none", "unknown"].contains(&driver.value.as_str())
        });
        let first = named.max_by(|a, b| a.share.total_cmp(&b.share))?;
        let value = cut(words::value(lang, dimension, &first.value), CHARS);
        Some(format!("{value} ({})", lang.percent(first.share)))
    };
    let about = strongest("aspect").map(|v| format!("{} {v}", lang.or("about", "over")));
    let place = strongest("platform").map(|v| format!("{} {v}", lang.or("on", "op")));
    let terms: Vec<String> = spike
        .terms
        .iter()
        .take(3)
        .map(|t| cut(&t.term, 40))
        .collect();
    let words = (!terms.is_empty())
        .then(|| format!("{} {}", lang.or("words:", "woorden:"), terms.join(", ")));
    let mostly: Vec<String> = [about, place].into_iter().flatten().collect();
    let mostly = (!mostly.is_empty())
        .then(|| format!("{} {}", lang.or("Mostly", "Vooral"), mostly.join(", ")));
    let parts: Vec<String> = [mostly, words].into_iter().flatten().collect();
    if parts.is_empty() {
        String::new()
    } else {
        parts.join("; ") + "."
    }
}

fn dimensions(spike: &Spike, lang: Lang) -> Vec<Dimension> {
    let drivers: Vec<_> = spike.drivers.iter().take(200).collect();
    let mut names = ORDER.to_vec();
    for driver in &drivers {
        let name = driver.dimension.as_str();
        if !names.contains(&name) && !ELSEWHERE.contains(&name) && names.len() < DIMENSIONS {
            names.push(name);
        }
    }
    let of = |name: &str| -> Vec<(&str, f64)> {
        let own = drivers.iter().filter(|driver| driver.dimension == name);
        own.map(|driver| (driver.value.as_str(), driver.share))
            .collect()
    };
    let found = names.into_iter().map(|name| (name, of(name)));
    let found = found.filter(|(_, values)| !values.is_empty());
    let dimensions = found.map(|(name, mut values)| {
        values.sort_by(|a, b| b.1.total_cmp(&a.1));
        let values = values.into_iter().take(VALUES).map(|(value, share)| {
            let width = format!("{:.0}", share.clamp(0.0, 1.0) * 100.0);
            let value = cut(words::value(lang, name, value), CHARS);
            (value, lang.percent(share), width)
        });
        Dimension {
            title: cut(words::dimension(lang, name), CHARS),
            values: values.collect(),
        }
    });
    dimensions.collect()
}

fn terms(spike: &Spike, lang: Lang) -> Vec<Term> {
    let terms = spike.terms.iter().take(TERMS).map(|term| Term {
        term: cut(&term.term, CHARS),
        times: format!("{}×", lang.decimal(term.lift)),
        count: lang.number(term.count),
    });
    terms.collect()
}

fn threads(spike: &Spike, lang: Lang) -> Vec<[String; 4]> {
    let threads = spike.threads.iter().take(THREADS).map(|thread| {
        [
            cut(&thread.root, 16),
            lang.number(thread.posts),
            lang.about(thread.reach),
            format!("{} / {}", lang.decimal(thread.velocity), lang.or("h", "u")),
        ]
    });
    threads.collect()
}

fn examples(spike: &Spike, clock: &Clock, lang: Lang) -> Vec<Example> {
    let example = |exemplar: &Exemplar| Example {
        pieces: pieces(exemplar),
        platform: words::platform(lang, exemplar.platform.as_str()).to_owned(),
        at: clock.show(lang, exemplar.created_at),
        reach: (exemplar.reach > 0).then(|| lang.about(exemplar.reach)),
    };
    spike.exemplars.iter().take(EXAMPLES).map(example).collect()
}

/// Volume, the corrected share, copies, the platform, the calendar.
fn facts(spike: &Spike, clock: &Clock, lang: Lang) -> Vec<String> {
    let mut facts = Vec::new();
    if let Some(corrected) = &spike.corrected {
        let [share, low, high, usual] = [
            corrected.share,
            corrected.low,
            corrected.high,
            corrected.expected,
        ]
        .map(|part| lang.percent(part));
        facts.push(match lang {
            Lang::En => format!(
                "Without the model's known errors {share} is negative ({low} to {high}), \
                 usually {usual}."
            ),
            Lang::Nl => format!(
                "Zonder de bekende fouten van het model is {share} negatief ({low} tot {high}), \
                 meestal {usual}."
            ),
        });
    }
    if let Some(volume) = &spike.volume {
        let (seen, expected) = (lang.number(volume.observed), volume.expected);
        facts.push(match lang {
            Lang::En => format!("{seen} mentions in the last hour, usually {expected:.0}."),
            Lang::Nl => format!("{seen} berichten in het laatste uur, meestal {expected:.0}."),
        });
    }
    if let Some(copies) = &spike.coordination {
        let (count, part) = (lang.number(copies.copies), lang.percent(copies.in_step));
        facts.push(match lang {
            Lang::En => format!("{count} copies of texts, {part} of them in step."),
            Lang::Nl => format!("{count} kopieën van teksten, waarvan {part} in de maat."),
        });
    }
    if let Some(shift) = &spike.platform_shift {
        let platform = cut(words::platform(lang, &shift.platform), CHARS);
        let (changed, active) = (shift.changed, shift.active);
        facts.push(match lang {
            Lang::En => format!("On {platform}, {changed} of {active} brands changed at once."),
            Lang::Nl => {
                format!("Op {platform} veranderden {changed} van {active} merken tegelijk.")
            }
        });
    }
    for entry in spike.calendar.iter().take(5) {
        let until = clock.show(lang, entry.until).people;
        facts.push(match lang {
            Lang::En => format!("{} is on, until {until}.", cut(&entry.name, CHARS)),
            Lang::Nl => format!("{} loopt, tot {until}.", cut(&entry.name, CHARS)),
        });
    }
    facts
}

fn response(feedback: Option<&Feedback>, clock: &Clock, lang: Lang, can_write: bool) -> Response {
    let Some(feedback) = feedback else {
        return Response {
            can_write,
            ..Response::default()
        };
    };
    let at = |time| clock.show(lang, time).people;
    let judged = feedback.judged.as_ref();
    let is = |verdict| judged.is_some_and(|judged| judged.verdict == verdict);
    Response {
        can_write,
        acknowledged: feedback
            .acknowledged
            .as_ref()
            .map(|signed| (signed.by.clone(), at(signed.at))),
        assigned: feedback
            .assigned
            .as_ref()
            .map(|assigned| (assigned.to.clone(), at(assigned.at))),
        useful: is(Verdict::Useful),
        not_useful: is(Verdict::NotUseful),
        judged: judged.map(|judged| (judged.by.clone(), at(judged.at))),
    }
}

/// Addresses with their texts: runbook, triage and the brand's dashboard.
fn links_of(spike: &Spike, links: &Links, lang: Lang) -> Vec<(String, String)> {
    let mut all = Vec::new();
    if let Some(runbooks) = &links.runbooks {
        let book = words::runbook(spike.spike_kind, &spike.platform);
        let text = lang.or("Runbook", "Draaiboek").to_owned();
        all.push((format!("{runbooks}/{book}"), text));
    }
    if let Some(grafana) = &links.grafana {
        let (brand, platform) = (encoded(&spike.brand), encoded(&spike.platform));
        // The dashboards' time runs from shortly before the onset to its end, or to now.
        let from = spike.onset.plus_millis(-3_600_000).millis();
        let to = spike.closed_at.map_or_else(
            || "now".to_owned(),
            |closed| closed.plus_millis(3_600_000).millis().to_string(),
        );
        all.push((
            format!(
                "{grafana}/d/ophef-spike-triage?var-brand={brand}&var-platform={platform}\
                 &from={from}&to={to}"
            ),
            lang.or("Triage in Grafana", "Triage in Grafana").to_owned(),
        ));
        all.push((
            format!("{grafana}/d/ophef-brand-health?var-brand={brand}&from={from}&to={to}"),
            lang.or("Brand in Grafana", "Merk in Grafana").to_owned(),
        ));
    }
    all
}
