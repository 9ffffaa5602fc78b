//! What a brand's mentions say over weeks: trends, people, wishes, competitors, and what
//! these figures can't see.

use askama::Template;
use mention::{Aspect, AspectCourse, EventTime, Insight, InsightDay, Platform};
use plot::{Chart, Tone};

use super::Frame;
use super::campaigns::{Campaigns, backfiring};
use super::lists::{cut, encoded};
use super::time::{Clock, Shown, utc_day};
use super::words::{self, Lang};
use crate::store::Voice;

/// Entries of each list that are shown; the contract has no more, a hostile record may.
const ROWS: usize = 28;
/// Longest word or name that is shown, characters.
const NAME: usize = 60;
/// Longest example of a wish, characters.
const EXAMPLE: usize = 280;
/// Days of a week.
const WEEK: usize = 7;
/// Pictures for a desk and for a phone, pixels, as those of a spike.
const SIZES: [(f64, f64); 2] = [(880.0, 260.0), (400.0, 240.0)];

/// One aspect in a row.
#[derive(Debug)]
pub(crate) struct AspectRow {
    pub(crate) name: String,
    pub(crate) negative: String,
    pub(crate) before: String,
    pub(crate) neutral: String,
    pub(crate) positive: String,
    pub(crate) rises: bool,
}

/// A rising term in a row.
#[derive(Debug)]
pub(crate) struct TermRow {
    pub(crate) term: String,
    pub(crate) count: String,
    pub(crate) expected: String,
    pub(crate) lift: String,
    pub(crate) negative: String,
}

/// A wish in a row.
#[derive(Debug)]
pub(crate) struct WishRow {
    pub(crate) words: String,
    pub(crate) count: String,
    pub(crate) last: Shown,
    pub(crate) example: String,
}

/// A competitor in a row.
#[derive(Debug)]
pub(crate) struct RivalRow {
    pub(crate) name: String,
    pub(crate) mentions: String,
    pub(crate) ours: String,
    pub(crate) theirs: String,
    /// Who is preferred more often, as far as that can be told.
    pub(crate) winner: &'static str,
}

/// The course of the days.
#[derive(Debug)]
pub(crate) struct Days {
    /// SVG for wide pages and for narrow ones; escaped by `plot`.
    pub(crate) wide: String,
    pub(crate) narrow: String,
    /// Day, mentions, negative, positive, share of negative ones.
    pub(crate) rows: Vec<[String; 5]>,
}

/// What a brand's mentions say over weeks.
#[derive(Debug, Template)]
#[template(path = "brand_trends.html")]
pub(crate) struct BrandTrendsPage {
    pub(crate) f: Frame,
    pub(crate) brand: String,
    /// The brand as a part of an address.
    pub(crate) query: String,
    pub(crate) lead: String,
    pub(crate) as_of: Shown,
    pub(crate) since: Shown,
    /// What rises now, each a sentence.
    pub(crate) findings: Vec<String>,
    /// What rose in the last seven days and is over, each a sentence.
    pub(crate) past: Vec<String>,
    pub(crate) is_too_little: bool,
    pub(crate) days: Option<Days>,
    pub(crate) terms: Vec<TermRow>,
    pub(crate) aspects: Vec<AspectRow>,
    pub(crate) wishes: Vec<WishRow>,
    pub(crate) price: Vec<(&'static str, String)>,
    pub(crate) voice: String,
    pub(crate) rivals: Vec<RivalRow>,
    pub(crate) c: Campaigns,
    pub(crate) people: Vec<(&'static str, String)>,
    pub(crate) blind: Vec<String>,
}

impl BrandTrendsPage {
    pub(crate) fn new(f: Frame, told: &Insight, voice: Voice, clock: &Clock) -> Self {
        let lang = f.lang;
        let aspects = &told.aspects[..told.aspects.len().min(ROWS)];
        let mut findings = findings(aspects, clock, lang);
        findings.extend(backfiring(told, clock, lang));
        Self {
            brand: cut(&told.brand, 100),
            query: encoded(&told.brand),
            lead: lead(told, lang),
            as_of: clock.show(lang, told.at),
            since: clock.show(lang, told.since),
            findings,
            past: past(aspects, clock, lang),
            is_too_little: told.coverage.is_too_little,
            days: days(told, lang),
            terms: terms(told, lang),
            aspects: aspects
                .iter()
                .map(|course| aspect_row(course, lang))
                .collect(),
            wishes: wishes(told, clock, lang),
            price: price(aspects, lang),
            voice: match voice.share() {
                Some(share) => lang.percent(share),
                None => "–".to_owned(),
            },
            rivals: rivals(told, lang),
            c: Campaigns::new(told, clock, lang),
            people: people(told, lang),
            blind: blind(told, lang),
            f,
        }
    }
}

/// Sums over days: mentions, those that count, and of these the negative ones.
fn sums(days: &[InsightDay]) -> [u64; 3] {
    days.iter().fold([0; 3], |sums: [u64; 3], day| {
        let own = [day.mentions, day.counted, day.negative];
        [0, 1, 2].map(|at| sums[at].saturating_add(own[at]))
    })
}

#[allow(clippy::cast_precision_loss, reason = "counts of mentions")]
fn share([_, counted, negative]: [u64; 3], lang: Lang) -> Option<String> {
    (counted > 0).then(|| lang.percent(negative as f64 / counted as f64))
}

/// The week in a sentence.
fn lead(told: &Insight, lang: Lang) -> String {
    let (before, week) = told.days.split_at(told.days.len().saturating_sub(WEEK));
    let before = &before[before.len().saturating_sub(WEEK)..];
    let week = sums(week);
    let mentions = lang.number(week[0]);
    let mut lead = match (lang, share(week, lang)) {
        (Lang::En, Some(share)) => {
            format!("{mentions} mentions in seven days; of customers' own, {share} are negative")
        }
        (Lang::Nl, Some(share)) => {
            format!(
                "{mentions} berichten in zeven dagen; van wat klanten schreven is {share} negatief"
            )
        }
        (_, None) => format!(
            "{mentions} {}",
            lang.or(
                "mentions in seven days, none by customers",
                "berichten in zeven dagen, geen van klanten",
            )
        ),
    };
    if let Some(share) = share(sums(before), lang) {
        let then = lang.or("in the seven before", "in de zeven ervoor");
        lead.push_str(&format!("; {then} {share}"));
    }
    lead.push('.');
    lead
}

/// The aspects whose complaints are more than their past explains.
fn findings(aspects: &[AspectCourse], clock: &Clock, lang: Lang) -> Vec<String> {
    let rising = aspects
        .iter()
        .filter_map(|course| Some((course, course.rise?)));
    let sentences = rising.map(|(course, rise)| {
        let name = words::aspect(lang, course.aspect);
        let since = clock.show(lang, rise.since).people;
        let (negative, total) = (lang.number(rise.negative), lang.number(rise.total));
        let expected = percent_of(rise.expected, lang);
        match lang {
            Lang::En => format!(
                "Complaints about {name} are more than their past explains, since {since}: in \
                 {negative} of {total} mentions, where {expected} was expected."
            ),
            Lang::Nl => format!(
                "Sinds {since} wordt er meer over {name} geklaagd dan te verwachten was: in \
                 {negative} van de {total} berichten, tegen verwacht {expected}."
            ),
        }
    });
    sentences.collect()
}

/// The aspects whose complaints were so lately.
fn past(aspects: &[AspectCourse], clock: &Clock, lang: Lang) -> Vec<String> {
    let over = aspects
        .iter()
        .filter_map(|course| Some((course, course.rose?)));
    let sentences = over.map(|(course, rose)| {
        let name = words::aspect(lang, course.aspect);
        let [since, until] = [rose.since, rose.until].map(|at| clock.show(lang, at).people);
        match lang {
            Lang::En => format!("{name}: from {since} to {until}"),
            Lang::Nl => format!("{name}: van {since} tot {until}"),
        }
    });
    sentences.collect()
}

/// A part of one with a decimal, whatever the record says it is.
fn percent_of(part: f64, lang: Lang) -> String {
    let percent = lang.decimal(100.0 * part.clamp(0.0, 1.0));
    format!("{percent}{}", lang.or("%", "\u{a0}%"))
}

/// A number with a decimal, no longer than a column is wide.
fn times(value: f64, lang: Lang) -> String {
    lang.decimal(value.clamp(0.0, 1e6))
}

fn days(told: &Insight, lang: Lang) -> Option<Days> {
    let days = &told.days[told.days.len().saturating_sub(ROWS)..];
    // One day makes no line.
    if days.len() < 2 {
        return None;
    }
    let [wide, narrow] = SIZES.map(|size| draw(told, days, lang, size));
    let rows = days.iter().rev().map(|day| {
        let share = share([day.mentions, day.counted, day.negative], lang);
        [
            utc_day(lang, day.day),
            lang.number(day.mentions),
            lang.number(day.negative),
            lang.number(day.positive),
            share.unwrap_or_else(|| "–".to_owned()),
        ]
    });
    Some(Days {
        wide,
        narrow,
        rows: rows.collect(),
    })
}

/// Where the pictures of these days begin and end, milliseconds: with the newest day goes as
/// much as is known of it, so that what is marked on it is on the picture.
#[allow(clippy::cast_precision_loss, reason = "times of our age")]
pub(super) fn span(days: &[InsightDay], at: EventTime) -> [f64; 2] {
    let [first, last] =
        [days.first(), days.last()].map(|day| day.map_or_else(EventTime::default, |day| day.day));
    let to = at.clamp(last, last.plus_millis(EventTime::DAY_MS).max(last));
    [first.millis() as f64, to.millis() as f64]
}

#[allow(clippy::cast_precision_loss, reason = "counts, and times of our age")]
fn draw(told: &Insight, days: &[InsightDay], lang: Lang, (width, height): (f64, f64)) -> String {
    let line = |of: fn(&InsightDay) -> u64| {
        let points = days.iter();
        points.map(move |day| (day.day.millis() as f64, of(day) as f64))
    };
    let [from, to] = span(days, told.at);
    let mut chart = Chart::new(lang.or("Mentions a day", "Berichten per dag"))
        .size(width, height)
        .x_time()
        .x_range(from, to)
        .y_from(0.0)
        .line(lang.or("mentions", "berichten"), line(|day| day.mentions))
        .line(lang.or("negative", "negatief"), line(|day| day.negative))
        .line(lang.or("positive", "positief"), line(|day| day.positive));
    for course in told.aspects.iter().take(ROWS) {
        let name = words::aspect(lang, course.aspect);
        let began = course.rise.map(|rise| (rise.since, Tone::Alarm));
        let over = course.rose.map(|rose| (rose.since, Tone::Note));
        for (since, tone) in began.into_iter().chain(over) {
            chart = chart.mark(since.millis() as f64, name, tone);
        }
    }
    chart.to_inline_svg()
}

fn terms(told: &Insight, lang: Lang) -> Vec<TermRow> {
    let rising = told.rising.iter().take(ROWS);
    let rows = rising.map(|rising| TermRow {
        term: cut(&rising.term, NAME),
        count: lang.number(rising.count),
        expected: times(rising.expected, lang),
        lift: format!("{}×", times(rising.lift, lang)),
        negative: lang.percent(rising.negative.clamp(0.0, 1.0)),
    });
    rows.collect()
}

fn aspect_row(course: &AspectCourse, lang: Lang) -> AspectRow {
    AspectRow {
        name: words::aspect(lang, course.aspect).to_owned(),
        negative: lang.number(course.week.negative),
        before: lang.number(course.week_before.negative),
        neutral: lang.number(course.week.neutral),
        positive: lang.number(course.week.positive),
        rises: course.rise.is_some(),
    }
}

fn wishes(told: &Insight, clock: &Clock, lang: Lang) -> Vec<WishRow> {
    let rows = told.wishes.iter().take(ROWS).map(|wish| WishRow {
        words: cut(&wish.terms.join(" "), NAME),
        count: lang.number(wish.count),
        last: clock.show(lang, wish.last),
        example: cut(wish.example.as_deref().unwrap_or("–"), EXAMPLE),
    });
    rows.collect()
}

/// What is said of the price.
fn price(aspects: &[AspectCourse], lang: Lang) -> Vec<(&'static str, String)> {
    let price = aspects.iter().find(|course| course.aspect == Aspect::Price);
    let of = |now: bool| {
        price.map_or(0, |course| {
            let week = if now { course.week } else { course.week_before };
            week.negative
        })
    };
    let rises = price.is_some_and(|course| course.rise.is_some());
    vec![
        (
            lang.or("Complaints this week", "Klachten deze week"),
            lang.number(of(true)),
        ),
        (
            lang.or("The week before", "De week ervoor"),
            lang.number(of(false)),
        ),
        (
            lang.or("More than its past explains", "Meer dan te verwachten was"),
            lang.or(
                if rises { "yes" } else { "no" },
                if rises { "ja" } else { "nee" },
            )
            .to_owned(),
        ),
    ]
}

fn rivals(told: &Insight, lang: Lang) -> Vec<RivalRow> {
    let rows = told.competitors.iter().take(ROWS).map(|rival| RivalRow {
        name: cut(&rival.name, NAME),
        mentions: lang.number(rival.mentions),
        ours: lang.number(rival.ours),
        theirs: lang.number(rival.theirs),
        winner: match rival.ours.cmp(&rival.theirs) {
            std::cmp::Ordering::Greater => lang.or("we do", "wij"),
            std::cmp::Ordering::Less => lang.or("they do", "zij"),
            std::cmp::Ordering::Equal => lang.or("nobody", "niemand"),
        },
    });
    rows.collect()
}

fn people(told: &Insight, lang: Lang) -> Vec<(&'static str, String)> {
    let people = &told.community;
    let mut shown = vec![
        (
            lang.or(
                "Different authors, last day",
                "Verschillende auteurs, laatste dag",
            ),
            lang.number(people.authors_today),
        ),
        (
            lang.or(
                "This week and the three before",
                "Deze week en de drie weken ervoor",
            ),
            lang.number(people.authors_four_weeks),
        ),
    ];
    // Shares of nobody are no shares.
    if people.sampled > 0 {
        shown.extend([
            (
                lang.or(
                    "Came on more than one day of 28",
                    "Plaatsten iets op meer dan één van de 28 dagen",
                ),
                percent_of(people.returning, lang),
            ),
            (
                lang.or("Loyal advocates", "Trouwe ambassadeurs"),
                percent_of(people.advocates, lang),
            ),
            (
                lang.or(
                    "Days active of 28, mean",
                    "Actieve dagen van de 28, gemiddeld",
                ),
                times(people.days_active, lang),
            ),
            (
                lang.or("Authors these shares rest on", "Auteurs waarop dit berust"),
                lang.number(people.sampled),
            ),
        ]);
    }
    if people.anonymous > 0 {
        let what = lang.or("Mentions without an author", "Berichten zonder auteur");
        shown.push((what, lang.number(people.anonymous)));
    }
    shown
}

/// What these figures can't see, each a sentence.
fn blind(told: &Insight, lang: Lang) -> Vec<String> {
    let coverage = &told.coverage;
    let part = percent_of(coverage.unscored_media, lang);
    let mut blind = vec![format!(
        "{part} {}",
        lang.or(
            "of the mentions say it in a picture or film that wasn't scored.",
            "van de berichten zegt het met een foto of video die niet beoordeeld is.",
        )
    )];
    let names = |platforms: &[Platform]| {
        let names = platforms.iter().take(ROWS);
        let names = names.map(|platform| words::platform(lang, platform.as_str()));
        names.collect::<Vec<_>>().join(", ")
    };
    if !coverage.silent.is_empty() {
        let what = lang.or(
            "Silent far longer than usual",
            "Veel langer stil dan anders",
        );
        blind.push(format!("{what}: {}.", names(&coverage.silent)));
    }
    if !coverage.sampled.is_empty() {
        let what = lang.or(
            "Only a sample is seen of",
            "Er komt alleen een steekproef binnen van",
        );
        blind.push(format!("{what}: {}.", names(&coverage.sampled)));
    }
    if coverage.is_too_little {
        blind.push(
            lang.or(
                "Fewer than 20 mentions of customers in seven days: too few to judge the mood by.",
                "Minder dan 20 berichten van klanten in zeven dagen: te weinig om de stemming te beoordelen.",
            )
            .to_owned(),
        );
    }
    if coverage.too_late > 0 {
        let what = lang.or(
            "mentions came too late to be counted.",
            "berichten kwamen te laat om mee te tellen.",
        );
        blind.push(format!("{} {what}", lang.number(coverage.too_late)));
    }
    blind
}
