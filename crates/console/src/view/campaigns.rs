//! Campaigns, and those who reach many: a part of a brand's page and of its weekly report.

use std::collections::BTreeMap;

use askama::Template;
use jiff::tz::TimeZone;
use mention::{
    Backfire, CampaignChannel, CampaignCourse, Insight, InsightDay, Measure, Mood, PartnerPost,
    Spend, TierCourse,
};
use plot::{Chart, Tone};

use super::lists::cut;
use super::time::{Clock, Shown};
use super::words::{self, Lang};

/// Entries of each list that are shown; the contract has no more, a hostile record may.
const CAMPAIGNS: usize = 8;
const CHANNELS: usize = 16;
const CURRENCIES: usize = 8;
const TIERS: usize = 8;
const POSTS: usize = 10;
/// Days in the picture, as many as the contract has.
const DAYS: usize = 28;
/// Longest name that is shown, characters.
const NAME: usize = 60;
/// Fewer mentions or answers than this say too little of a mood: the bound by which a
/// brand's week is judged, too.
const JUDGED: u64 = 20;
/// Days with fewer mentions aren't drawn: their interval is half of the picture, and hides
/// the others.
const DRAWN: u64 = 5;
/// Pictures for a desk and for a phone, pixels, as those of the days.
const SIZES: [(f64, f64); 2] = [(880.0, 240.0), (400.0, 240.0)];
/// Amounts above this are no amounts of money; a hostile record may have them.
const MONEY: f64 = 1e12;

/// A mood in a row.
#[derive(Debug)]
pub(crate) struct MoodShown {
    pub(crate) counted: String,
    pub(crate) negative: String,
    /// The share with its interval; a dash without mentions.
    pub(crate) share: String,
    /// Whether there are mentions, but too few to judge by.
    pub(crate) is_few: bool,
}

/// What a campaign brought on one platform, or in all.
#[derive(Debug)]
pub(crate) struct Brought {
    pub(crate) platform: String,
    pub(crate) impressions: String,
    pub(crate) engagements: String,
    pub(crate) engagement: String,
    pub(crate) clicks: String,
    pub(crate) click_through: String,
    pub(crate) conversions: String,
    pub(crate) conversion: String,
    pub(crate) spend: String,
}

/// One campaign.
#[derive(Debug)]
pub(crate) struct CampaignShown {
    pub(crate) name: String,
    pub(crate) from: Shown,
    pub(crate) to: Shown,
    /// Whether it backfires now.
    pub(crate) backfires: bool,
    /// Why it is said to backfire, or to have done so.
    pub(crate) backfire: Option<String>,
    pub(crate) all: Brought,
    pub(crate) channels: Vec<Brought>,
    /// What the mood is of, and the mood.
    pub(crate) moods: Vec<(&'static str, MoodShown)>,
}

/// The posts of one size of accounts.
#[derive(Debug)]
pub(crate) struct TierShown {
    pub(crate) size: &'static str,
    pub(crate) is_partner: bool,
    pub(crate) posts: String,
    pub(crate) reach: String,
    pub(crate) reactions: String,
    pub(crate) replies: MoodShown,
}

/// One post of a partner.
#[derive(Debug)]
pub(crate) struct PostShown {
    pub(crate) at: Shown,
    pub(crate) platform: String,
    pub(crate) campaign: String,
    pub(crate) size: &'static str,
    pub(crate) reach: String,
    pub(crate) reactions: String,
    pub(crate) replies: MoodShown,
    pub(crate) id: String,
}

/// Campaigns, and those who reach many.
#[derive(Debug)]
pub(crate) struct Campaigns {
    pub(crate) lang: Lang,
    /// SVG for wide pages and for narrow ones, escaped by `plot`; none where there is no
    /// course.
    pub(crate) pictures: Option<[String; 2]>,
    pub(crate) list: Vec<CampaignShown>,
    pub(crate) tiers: Vec<TierShown>,
    pub(crate) posts: Vec<PostShown>,
}

impl Campaigns {
    pub(crate) fn new(told: &Insight, clock: &Clock, lang: Lang) -> Self {
        let list = told.campaigns.iter().take(CAMPAIGNS);
        let tiers = told.influence.tiers.iter().take(TIERS);
        let posts = told.influence.partners.iter().take(POSTS);
        Self {
            lang,
            pictures: pictures(told, lang),
            list: list.map(|one| campaign(one, clock, lang)).collect(),
            tiers: tiers.map(|course| tier(course, lang)).collect(),
            posts: posts.map(|one| post(one, clock, lang)).collect(),
        }
    }

    /// The one of the two that is in the page's language.
    pub(crate) fn t<'a>(&self, english: &'a str, dutch: &'a str) -> &'a str {
        self.lang.or(english, dutch)
    }
}

/// The part by itself, for other pages than the console's.
#[derive(Debug, Template)]
#[template(path = "campaigns.html")]
struct Part {
    c: Campaigns,
}

/// What a brand's summary says of campaigns and of those who reach many, as a piece of HTML
/// with its two headings of the second level: for reports. Times are UTC.
///
/// The page around it has [`plot::STYLE`] and gives a look to what the console's own pages
/// have: `card`, `fault`, `figures`, `pill`, `scroll`, `number`, `faint`, and `chart`, of
/// which a page shows either those that are `wide` or those that are `narrow`.
///
/// # Errors
/// Those of writing to a string, of which there are none.
pub fn campaigns_part(told: &Insight, lang: Lang) -> Result<String, std::fmt::Error> {
    let clock = Clock::new(TimeZone::UTC, told.at);
    let c = Campaigns::new(told, &clock, lang);
    Part { c }.render().map_err(|_| std::fmt::Error)
}

/// The campaigns that backfire now, each a sentence.
pub(crate) fn backfiring(told: &Insight, clock: &Clock, lang: Lang) -> Vec<String> {
    let campaigns = told.campaigns.iter().take(CAMPAIGNS);
    let present = campaigns.filter_map(|one| {
        let backfire = present(one)?;
        let name = cut(&one.campaign, NAME);
        let what = lang.or("The campaign", "De campagne");
        Some(format!(
            "{what} {name} {}",
            sentence(&backfire, clock, lang)
        ))
    });
    present.collect()
}

/// What a campaign backfires by, if it does so now.
pub(crate) fn present(one: &CampaignCourse) -> Option<Backfire> {
    one.backfire.filter(|backfire| backfire.until.is_none())
}

/// Why a campaign is said to backfire; to be read behind its name.
fn sentence(backfire: &Backfire, clock: &Clock, lang: Lang) -> String {
    let since = clock.show(lang, backfire.since).people;
    let until = backfire.until.map(|until| clock.show(lang, until).people);
    let (negative, counted) = (
        lang.number(backfire.negative),
        lang.number(backfire.counted),
    );
    let expected = lang.percent(backfire.expected.clamp(0.0, 1.0));
    let mood = match (lang, until) {
        (Lang::En, None) => format!(
            "backfires since {since}: {negative} of {counted} mentions of it were negative, \
             where {expected} was expected"
        ),
        (Lang::En, Some(until)) => format!(
            "backfired from {since} to {until}: {negative} of {counted} mentions of it were \
             negative, where {expected} was expected"
        ),
        (Lang::Nl, None) => format!(
            "werkt averechts sinds {since}: {negative} van de {counted} berichten erover waren \
             negatief, waar {expected} te verwachten was"
        ),
        (Lang::Nl, Some(until)) => format!(
            "werkte averechts van {since} tot {until}: {negative} van de {counted} berichten \
             erover waren negatief, waar {expected} te verwachten was"
        ),
    };
    format!("{mood}{}", rise(backfire, lang))
}

/// What rose with the negatives, as the end of a sentence.
fn rise(backfire: &Backfire, lang: Lang) -> String {
    let count = lang.number(backfire.count);
    let is_new = backfire.usual <= 0.0;
    let usual = usual(backfire.usual.clamp(0.0, 1e9), lang);
    let what = match backfire.measure {
        Measure::Clicks => lang.or("clicks", "kliks"),
        Measure::Impressions => lang.or("impressions", "vertoningen"),
    };
    match (lang, is_new) {
        (Lang::En, true) => format!(
            "; and it had {count} {what} since then, with no day before to hold them against."
        ),
        (Lang::En, false) => format!(
            "; and it had {count} {what} since then, where {usual} are usual in the same hours."
        ),
        (Lang::Nl, true) => format!(
            "; en er waren sindsdien {count} {what}, zonder een dag ervoor om mee te vergelijken."
        ),
        (Lang::Nl, false) => format!(
            "; en er waren sindsdien {count} {what}, tegen gewoonlijk {usual} in dezelfde uren."
        ),
    }
}

/// A mean of counts; of large ones nobody wants decimals.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mean of counts, clamped"
)]
fn usual(mean: f64, lang: Lang) -> String {
    if mean < 100.0 {
        lang.decimal(mean)
    } else {
        lang.number(mean.round() as u64)
    }
}

fn campaign(one: &CampaignCourse, clock: &Clock, lang: Lang) -> CampaignShown {
    let channels = &one.channels[..one.channels.len().min(CHANNELS)];
    let backfire = one.backfire.as_ref();
    let name = cut(&one.campaign, NAME);
    let moods = [
        (lang.or("before", "ervoor"), one.before),
        (lang.or("during", "tijdens"), one.during),
        (lang.or("after", "erna"), one.after),
        (
            lang.or("about the campaign", "over de campagne"),
            Some(one.about),
        ),
    ];
    let moods = moods.map(|(what, of)| (what, mood(&of.unwrap_or_default(), lang)));
    CampaignShown {
        from: clock.show(lang, one.from),
        to: clock.show(lang, one.to),
        backfires: present(one).is_some(),
        backfire: backfire.map(|backfire| format!("{name} {}", sentence(backfire, clock, lang))),
        all: brought(String::new(), &together(channels), lang),
        channels: channels
            .iter()
            .map(|channel| {
                let platform = words::platform(lang, channel.platform.as_str());
                brought(platform.to_owned(), channel, lang)
            })
            .collect(),
        moods: moods.into(),
        name,
    }
}

/// All platforms as one; amounts of one currency are added up.
fn together(channels: &[CampaignChannel]) -> CampaignChannel {
    let sum = |of: fn(&CampaignChannel) -> u64| {
        let counts = channels.iter().map(of);
        counts.fold(0, u64::saturating_add)
    };
    let mut spend = BTreeMap::new();
    for one in channels.iter().flat_map(|channel| &channel.spend) {
        *spend.entry(one.currency.clone()).or_insert(0.0) += one.amount;
    }
    let spend = spend.into_iter();
    CampaignChannel {
        platform: mention::Platform::Other,
        impressions: sum(|channel| channel.impressions),
        engagements: sum(|channel| channel.engagements),
        clicks: sum(|channel| channel.clicks),
        conversions: sum(|channel| channel.conversions),
        spend: spend
            .map(|(currency, amount)| Spend { currency, amount })
            .collect(),
    }
}

fn brought(platform: String, channel: &CampaignChannel, lang: Lang) -> Brought {
    let spend = channel.spend.iter().take(CURRENCIES);
    let spend: Vec<String> = spend.map(|one| money(one, lang)).collect();
    Brought {
        platform,
        impressions: lang.number(channel.impressions),
        engagements: lang.number(channel.engagements),
        engagement: rate(channel.engagements, channel.impressions, lang),
        clicks: lang.number(channel.clicks),
        click_through: rate(channel.clicks, channel.impressions, lang),
        conversions: lang.number(channel.conversions),
        conversion: rate(channel.conversions, channel.clicks, lang),
        spend: if spend.is_empty() {
            "–".to_owned()
        } else {
            spend.join(", ")
        },
    }
}

/// So many of so many, in percent with two decimals, since a click-through of a thousandth
/// is an ordinary one; of none there is no rate.
#[allow(clippy::cast_precision_loss, reason = "counts of a campaign")]
fn rate(part: u64, of: u64, lang: Lang) -> String {
    if of == 0 {
        return "–".to_owned();
    }
    let percent = format!("{:.2}", 100.0 * part as f64 / of as f64);
    let percent = percent.replace('.', lang.or(".", ","));
    format!("{percent}{}", lang.or("%", "\u{a0}%"))
}

/// An amount with its currency.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "cents, clamped to what fits"
)]
fn money(spend: &Spend, lang: Lang) -> String {
    let cents = (100.0 * spend.amount.clamp(0.0, MONEY)).round() as u64;
    let (whole, cents) = (lang.number(cents / 100), cents % 100);
    let currency = cut(&spend.currency, 8);
    format!("{currency}\u{a0}{whole}{}{cents:02}", lang.or(".", ","))
}

fn mood(mood: &Mood, lang: Lang) -> MoodShown {
    let [share, low, high] = [mood.share, mood.low, mood.high].map(|part| {
        let part = part.clamp(0.0, 1.0);
        lang.percent(part)
    });
    let share = match mood.counted {
        0 => "–".to_owned(),
        _ => format!("{share} ({low} – {high})"),
    };
    MoodShown {
        counted: lang.number(mood.counted),
        negative: lang.number(mood.negative),
        share,
        is_few: (1..JUDGED).contains(&mood.counted),
    }
}

fn tier(course: &TierCourse, lang: Lang) -> TierShown {
    TierShown {
        size: words::value(lang, "author_tier", course.tier.as_str()),
        is_partner: course.is_partner,
        posts: lang.number(course.posts),
        reach: lang.number(course.reach),
        reactions: lang.number(course.reactions),
        replies: mood(&course.replies, lang),
    }
}

fn post(one: &PartnerPost, clock: &Clock, lang: Lang) -> PostShown {
    PostShown {
        at: clock.show(lang, one.at),
        platform: words::platform(lang, one.platform.as_str()).to_owned(),
        campaign: cut(one.campaign.as_deref().unwrap_or("–"), NAME),
        size: words::value(lang, "author_tier", one.tier.as_str()),
        reach: lang.number(one.reach),
        reactions: lang.number(one.reactions),
        replies: mood(&one.replies, lang),
        id: cut(&one.id, NAME),
    }
}

/// The share of negatives by day with its interval, and when campaigns ran and backfired.
fn pictures(told: &Insight, lang: Lang) -> Option<[String; 2]> {
    let days = &told.days[told.days.len().saturating_sub(DAYS)..];
    // One day makes no line, and without campaigns there is nothing to see in it.
    if days.len() < 2 || told.campaigns.is_empty() {
        return None;
    }
    Some(SIZES.map(|size| draw(told, days, lang, size)))
}

#[allow(clippy::cast_precision_loss, reason = "counts, and times of our age")]
fn draw(told: &Insight, days: &[InsightDay], lang: Lang, (width, height): (f64, f64)) -> String {
    let x = |at: mention::EventTime| at.millis() as f64;
    let counted = days.iter().filter(|day| day.counted >= DRAWN);
    let share = counted.clone().map(|day| {
        let share = day.negative as f64 / day.counted as f64;
        (x(day.day), share.min(1.0))
    });
    let band = counted.map(|day| {
        let [low, high] = detect::share::wilson(day.negative.min(day.counted), day.counted);
        (x(day.day), low, high)
    });
    let [from, to] = super::trends::span(days, told.at);
    let title = lang.or("Share of negatives by day", "Aandeel negatief per dag");
    let mut chart = Chart::new(title)
        .size(width, height)
        .x_time()
        .x_range(from, to)
        .y_percent()
        .y_from(0.0)
        .band(lang.or("95% interval", "95%-interval"), band)
        .line(lang.or("negative", "negatief"), share);
    for (number, one) in (1..).zip(told.campaigns.iter().take(CAMPAIGNS)) {
        let name = cut(&one.campaign, NAME);
        chart = chart.span(x(one.from), x(one.to), name, Tone::Other);
        // Names are long; the numbers are those of the headings.
        chart = chart.mark(x(one.from), number.to_string(), Tone::Other);
        if let Some(backfire) = &one.backfire {
            let what = lang.or("backfires", "averechts");
            chart = chart.mark(x(backfire.since), what, Tone::Alarm);
        }
    }
    chart.to_inline_svg()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_need_something_to_be_rates_of() {
        assert_eq!(rate(9, 0, Lang::En), "–");
        assert_eq!(rate(310, 12_000, Lang::En), "2.58%");
        assert_eq!(rate(1, 2_000, Lang::Nl), "0,05\u{a0}%");
        // More conversions than clicks are taken: people see here and buy elsewhere.
        assert_eq!(rate(5, 2, Lang::En), "250.00%");
    }

    #[test]
    fn what_is_usual_has_no_decimals_where_it_is_much() {
        assert_eq!(usual(61.5, Lang::Nl), "61,5");
        assert_eq!(usual(1_690.4, Lang::Nl), "1.690");
    }

    #[test]
    fn amounts_are_added_up_in_one_currency_only() {
        let channel = |amounts: &[(&str, f64)]| CampaignChannel {
            platform: mention::Platform::X,
            impressions: u64::MAX,
            engagements: 1,
            clicks: 2,
            conversions: 3,
            spend: amounts
                .iter()
                .map(|(currency, amount)| Spend {
                    currency: (*currency).to_owned(),
                    amount: *amount,
                })
                .collect(),
        };
        let all = together(&[
            channel(&[("EUR", 1_234.5)]),
            channel(&[("USD", 0.004), ("EUR", 0.5)]),
        ]);
        assert_eq!(all.impressions, u64::MAX);
        let shown = brought(String::new(), &all, Lang::Nl);
        assert_eq!(shown.spend, "EUR\u{a0}1.235,00, USD\u{a0}0,00");
        let odd = Spend {
            currency: "EUR".to_owned(),
            amount: f64::NAN,
        };
        assert_eq!(money(&odd, Lang::En), "EUR\u{a0}0.00");
    }

    #[test]
    fn few_mentions_are_said_to_be_few() {
        let of = |counted| Mood {
            counted,
            negative: counted / 2,
            share: 0.5,
            low: 0.3,
            high: 0.7,
            ..Mood::default()
        };
        let shown = [0, 1, JUDGED - 1, JUDGED].map(|counted| mood(&of(counted), Lang::En));
        assert_eq!(
            shown.each_ref().map(|one| one.is_few),
            [false, true, true, false]
        );
        assert_eq!(shown[0].share, "–");
        assert_eq!(shown[3].share, "50% (30% – 70%)");
    }
}
