//! Ten days with two campaigns: one that goes well, and one that backfires.
//!
//! A recording of its own, so that the bundled week stays as it is. Brand *Pluimvos* has a
//! week like any other; on its fourth day a campaign begins that customers like, and on the
//! eighth another, of which they learn on the ninth, at two in the afternoon, that its
//! discount was put on the prices first. More people click than before, and most who speak
//! are angry. Both have a partner who posts for them.

use mention::{EventTime, Label, Platform};
use serde_json::json;

use crate::draft::moment;
use crate::rhythm::{DAY, HOUR, MINUTE, arrivals, clock, everyday};
use crate::rng::Rng;
use crate::texts::{Category, texts};

/// The campaign that goes well.
pub const GOOD_CAMPAIGN: &str = "lentekriebels";
/// The campaign that backfires.
pub const BACKFIRING_CAMPAIGN: &str = "tuinweek";

/// Seconds after the start: the good campaign, the other, and its backfire.
const GOOD: [u64; 2] = [clock(3, 8, 0), clock(5, 22, 0)];
const OTHER: [u64; 2] = [clock(7, 8, 0), clock(9, 20, 0)];
const BACKFIRE: [u64; 2] = [clock(8, 14, 0), clock(8, 18, 0)];
/// The last second.
const END: u64 = 10 * DAY;
/// Platforms that run both campaigns, with their part of 100 clicks.
const CHANNELS: [(Platform, u64); 2] = [(Platform::Instagram, 60), (Platform::Facebook, 40)];

/// What customers of the second campaign say when they found out.
const ANGRY: [&str; 12] = [
    "Eerst de prijs omhoog en dan 30% korting in de tuinweek. Wat een bedrog",
    "Die tuinweek is nep, vorige week was de stoel gewoon goedkoper. Schandalig",
    "Klik je op de advertentie is alles uitverkocht. Waardeloze actie",
    "Ik voel me belazerd door die zogenaamde korting, nooit meer",
    "Misleidende reclame van Pluimvos, zelfde prijs als in januari. Slecht hoor",
    "Kortingscode uit de advertentie werkt niet en de klantenservice reageert niet",
    "Wat een flauwekul die tuinweek, je betaalt gewoon meer dan eerst. Oplichters",
    "Belachelijk, de kortingsprijs is hoger dan de oude prijs. Heel teleurstellend",
    "Trap er niet in, de aanbieding van de tuinweek klopt van geen kant",
    "Zwaar teleurgesteld, de actie stond er nog maar in de kassa betaal ik alsnog de volle prijs",
    "Dit is gewoon volksverlakkerij. Eerst duurder maken en dan stunten, bah",
    "Slechte actie, verkeerde prijzen en niemand die antwoord geeft. Jammer en irritant",
];

/// One line of the ten days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advertised {
    /// A record of the mentions topic.
    Mention(String),
    /// A record of the topic of campaign events, and when it is told.
    Totals(EventTime, String),
}

impl Advertised {
    /// The line as a recording has it: totals travel in a heartbeat of the time they are told,
    /// with the brand, by which lines find their partition.
    #[must_use]
    pub fn line(&self) -> String {
        match self {
            Self::Mention(line) => line.clone(),
            Self::Totals(at, event) => {
                format!(
                    r#"{{"event":"heartbeat","brand":"pluimvos","created_at":"{at}","campaign_totals":{event}}}"#
                )
            }
        }
    }
}

/// First and last moment of the backfire in ten days that start at `start`.
#[must_use]
pub fn backfire(start: EventTime) -> [EventTime; 2] {
    BACKFIRE.map(|seconds| moment(start, seconds))
}

/// The ten days from `start` on, in the order of time; the same on every machine.
///
/// ```
/// use sample::{Advertised, DEFAULT_START, adverts};
///
/// let told = adverts(DEFAULT_START);
/// let totals = told.iter().filter(|one| matches!(one, Advertised::Totals(..)));
/// assert!(totals.count() > 400 && told.len() > 4_000);
/// ```
#[must_use]
pub fn adverts(start: EventTime) -> Vec<Advertised> {
    let mut days = Days::new(start);
    days.everyday();
    days.campaign(GOOD_CAMPAIGN, GOOD, None);
    days.campaign(BACKFIRING_CAMPAIGN, OTHER, Some(BACKFIRE));
    days.told.sort_by_key(|(at, _)| *at);
    days.told.into_iter().map(|(_, told)| told).collect()
}

struct Days {
    start: EventTime,
    rng: Rng,
    pool: Vec<(Category, Label, String)>,
    told: Vec<(u64, Advertised)>,
}

impl Days {
    fn new(start: EventTime) -> Self {
        Self {
            start,
            rng: Rng::new(9),
            pool: texts().collect(),
            told: Vec::new(),
        }
    }

    /// A text of one of these categories.
    fn text(&mut self, categories: &[(Category, u64)]) -> String {
        let category = self.rng.weighted(categories).unwrap_or(Category::Remark);
        let of_it = |one: &&(Category, Label, String)| one.0 == category;
        let count = self.pool.iter().filter(of_it).count();
        let at = self.rng.index(count);
        let text = self.pool.iter().filter(of_it).nth(at);
        text.map_or_else(String::new, |(_, _, text)| text.clone())
    }

    /// A post of a customer, with `more` fields.
    fn post(&mut self, at: u64, platform: Platform, text: &str, more: &serde_json::Value) {
        let author = self.rng.below(4_000);
        let mut line = json!({
            "id": format!("adv-{}", self.told.len()), "brand": "pluimvos",
            "platform": platform.as_str(), "created_at": moment(self.start, at),
            "author": {"id": format!("adv-customer-{author}"), "followers": 40 + author % 900},
            "text": text
        });
        if let (Some(line), Some(more)) = (line.as_object_mut(), more.as_object()) {
            line.extend(more.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        self.told.push((at, Advertised::Mention(line.to_string())));
    }

    /// Ten days in which a seventh to a fifth of what is said is a complaint.
    fn everyday(&mut self) {
        let categories = [
            (Category::Remark, 40),
            (Category::Question, 20),
            (Category::Praise, 24),
            (Category::Complaint, 16),
        ];
        for at in arrivals(&mut self.rng, 0, END, |at| everyday(at) / 2) {
            let platform = self.rng.weighted(&CHANNELS).unwrap_or(Platform::Facebook);
            let text = self.text(&categories);
            self.post(at, platform, &text, &json!({}));
        }
    }

    /// What a campaign brings and what is said of it.
    fn campaign(&mut self, name: &str, [from, to]: [u64; 2], backfire: Option<[u64; 2]>) {
        let is_angry = |at: u64| backfire.is_some_and(|[from, to]| (from..to).contains(&at));
        let categories = [
            (Category::Campaign, 70),
            (Category::Praise, 18),
            (Category::Complaint, 12),
        ];
        let partner = format!("adv-partner-{name}");
        let posted = backfire.map_or(from, |[from, _]| from) + 5 * MINUTE;
        let promoted = self.text(&[(Category::PromoPartner, 1)]);
        let post = json!({
            "id": partner, "campaign": name,
            "author": {"id": partner, "followers": 45_000, "role": "partner"},
            "engagement": {"views": 21_000, "likes": 640, "shares": 12, "replies": 90}
        });
        self.post(posted, Platform::Instagram, &promoted, &post);
        for at in arrivals(&mut self.rng, from, to, |at| {
            everyday(at) / if is_angry(at) { 1 } else { 3 }
        }) {
            let text = if is_angry(at) && self.rng.chance(800) {
                ANGRY[self.rng.index(ANGRY.len())].to_owned()
            } else {
                self.text(&categories)
            };
            // A third of them answer the partner.
            let more = if at > posted && self.rng.chance(333) {
                json!({"root": partner, "in_reply_to": partner})
            } else {
                json!({"campaign": name})
            };
            self.post(at, Platform::Instagram, &text, &more);
        }
        for hour in (from..to).step_by(3_600) {
            let times = if is_angry(hour) { 3 } else { 1 };
            let clicks = times * everyday(hour) / 100;
            for (platform, part) in CHANNELS {
                self.totals(name, platform, hour, clicks * part / 100);
            }
        }
    }

    /// The totals of an hour: ten minutes after it, and three hours later with what was
    /// found since.
    fn totals(&mut self, name: &str, platform: Platform, hour: u64, clicks: u64) {
        for (later, conversions) in [(10 * MINUTE, clicks / 60), (3 * HOUR, clicks / 40)] {
            let told = hour + HOUR + later;
            let at = moment(self.start, told);
            let event = json!({
                "brand": "pluimvos", "campaign": name, "platform": platform.as_str(),
                "created_at": moment(self.start, hour), "period": "hour", "observed_at": at,
                "impressions": clicks * 45, "engagements": clicks * 2, "clicks": clicks,
                "conversions": conversions, "spend": clicks * 18 / 100, "currency": "EUR"
            });
            self.told
                .push((told, Advertised::Totals(at, event.to_string())));
        }
    }
}
