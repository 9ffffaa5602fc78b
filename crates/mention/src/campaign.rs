//! What a campaign brought: the totals of advertising platforms, and how they travel to
//! the brand's mentions.

use serde::{Deserialize, Serialize};

use crate::wire::read;
use crate::{Clock, EventTime, Platform, Reason, Rejection, Text, check_clock, is_brand_slug};

/// Longest name of a campaign, bytes: it is a metric label.
pub const MAX_CAMPAIGN_BYTES: usize = 80;
/// Longest record, bytes.
pub const MAX_CAMPAIGN_EVENT_BYTES: usize = 16 * 1024;
/// Largest count that is taken: what every reader of JSON holds exactly.
pub const MAX_COUNT: u64 = 1 << 53;
/// Largest spend of one period, in units of the currency.
const MAX_SPEND: f64 = 1e12;
/// Millionths of a unit of a currency: as advertising platforms count.
pub const MICROS: u64 = 1_000_000;

/// What a campaign brought on one platform within one period: totals, not increments.
///
/// Platforms restate what they told – conversions are found days later – so the record
/// with the newest `observed_at` of a brand, campaign, platform and period stands,
/// whatever the order, and told twice it changes nothing.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignEvent<'a> {
    /// Slug of the brand.
    pub brand: Text<'a>,
    /// Name of the campaign, as the mentions' field `campaign` has it; small letters.
    pub campaign: String,
    /// Where it ran.
    pub platform: Platform,
    /// The period's begin.
    pub from: EventTime,
    /// How long it is.
    pub period: Period,
    /// When these totals were read; the Kafka timestamp if absent.
    pub observed_at: Option<EventTime>,
    /// What the period brought.
    pub totals: CampaignTotals,
    /// What `totals.spend` is in, three capital letters (ISO 4217); none without spend.
    pub currency: Option<[u8; 3]>,
}

impl CampaignEvent<'_> {
    /// When the totals were read: what the event says, if the clock of whoever wrote it
    /// isn't ahead of `stamped_at`, when it was written; else that.
    ///
    /// # Errors
    /// [`Reason::TimeAhead`]: a clock that is more than a day ahead, or a period that hadn't
    /// begun yet.
    pub fn read_at(&self, stamped_at: EventTime) -> Result<EventTime, Rejection> {
        let ahead = |detail| Rejection::new(Reason::TimeAhead, detail);
        let told = self.observed_at.unwrap_or(stamped_at);
        let at = match check_clock(told, stamped_at) {
            Ok(Clock::Fine) => told,
            Ok(Clock::ClampTo(at)) => at,
            Err(_) => {
                return Err(ahead(
                    "observed_at: more than a day ahead of when it was told",
                ));
            }
        };
        if self.from > at {
            return Err(ahead(
                "created_at: the period begins after its totals were read",
            ));
        }
        Ok(at)
    }
}

/// Counts of a stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CampaignTotals {
    /// How often it was shown.
    pub impressions: u64,
    /// Reactions of any kind: likes, shares, replies, saves.
    pub engagements: u64,
    /// Clicks that lead to the brand.
    pub clicks: u64,
    /// What was to be reached: orders, sign-ups.
    pub conversions: u64,
    /// What it cost, millionths of a unit of the currency.
    pub spend: u64,
}

/// How long the period of a [`CampaignEvent`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Period {
    /// 60 minutes.
    Hour,
    /// 24 hours, beginning at any full hour: days of the account's own time zone.
    #[default]
    Day,
}

impl Period {
    /// Its length, milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        match self {
            Self::Hour => EventTime::HOUR_MS,
            Self::Day => EventTime::DAY_MS,
        }
    }
}

/// The fields as they stand in the JSON; what is missing or wrong is named by us.
#[derive(Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(
        title = "Campaign event",
        description = "What a campaign brought on one platform within one period: totals, of \
            which the newest by observed_at stand. Key = brand. Counts that are absent are 0."
    )
)]
pub(crate) struct CampaignWire<'a> {
    /// Slug of the tracked brand; the key of the record.
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "String", regex(pattern = "^[a-z0-9][a-z0-9._-]{0,63}$"))
    )]
    brand: Option<Text<'a>>,
    /// Name of the campaign, as in the mentions' field; capitals don't matter.
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "String", length(min = 1, max = 80))
    )]
    campaign: Option<Text<'a>>,
    /// Where it ran, as in a mention.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    platform: Option<Platform>,
    /// When the period began, RFC 3339 with an offset; the full hour before it counts.
    #[cfg_attr(feature = "schema", schemars(with = "EventTime"))]
    created_at: Option<EventTime>,
    /// Length of the period; `day` if absent.
    period: Option<Period>,
    /// When the totals were read, RFC 3339 with an offset; the Kafka timestamp if absent.
    observed_at: Option<EventTime>,
    /// How often it was shown.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    impressions: Option<i64>,
    /// Reactions of any kind.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    engagements: Option<i64>,
    /// Clicks that lead to the brand.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    clicks: Option<i64>,
    /// What was to be reached.
    #[cfg_attr(feature = "schema", schemars(range(min = 0)))]
    conversions: Option<i64>,
    /// What it cost, in units of the currency.
    #[cfg_attr(feature = "schema", schemars(range(min = 0.0)))]
    spend: Option<f64>,
    /// Three capital letters, ISO 4217; must be there with spend.
    #[serde(borrow)]
    #[cfg_attr(
        feature = "schema",
        schemars(with = "Option<String>", regex(pattern = "^[A-Z]{3}$"))
    )]
    currency: Option<Text<'a>>,
}

/// Reads one record of [`crate::Topic::CampaignEvents`].
///
/// # Errors
/// A [`Rejection`] that names the first field at fault: one that isn't there, a negative
/// count, spend without a currency, totals from before their period.
pub fn parse_campaign_event(bytes: &[u8]) -> Result<CampaignEvent<'_>, Rejection> {
    if bytes.len() > MAX_CAMPAIGN_EVENT_BYTES {
        let detail = format!(
            "{} bytes, at most {MAX_CAMPAIGN_EVENT_BYTES} are taken",
            bytes.len()
        );
        return Err(Rejection::new(Reason::RecordTooLarge, detail));
    }
    check(read(bytes)?)
}

fn check(wire: CampaignWire<'_>) -> Result<CampaignEvent<'_>, Rejection> {
    let brand = wire.brand.ok_or_else(|| missing("brand"))?;
    if !is_brand_slug(&brand) {
        return Err(bad("brand: not a slug of 1 to 64 of a-z 0-9 - _ ."));
    }
    let campaign =
        campaign_name(&wire.campaign.ok_or_else(|| missing("campaign"))?).ok_or_else(|| {
            bad(&format!(
                "campaign: not 1 to {MAX_CAMPAIGN_BYTES} bytes without control characters"
            ))
        })?;
    let platform = wire.platform.ok_or_else(|| missing("platform"))?;
    let begin = wire.created_at.ok_or_else(|| missing("created_at"))?;
    if begin.millis() < 0 {
        let detail = format!("created_at: {begin}");
        return Err(Rejection::new(Reason::TimeOutOfRange, detail));
    }
    if wire.observed_at.is_some_and(|at| at < begin) {
        return Err(bad("observed_at: before the period that it tells of"));
    }
    let none = [
        wire.impressions,
        wire.engagements,
        wire.clicks,
        wire.conversions,
    ];
    if none.iter().all(Option::is_none) && wire.spend.is_none() {
        return Err(missing(
            "impressions, engagements, clicks, conversions or spend",
        ));
    }
    let totals = CampaignTotals {
        impressions: count(wire.impressions, "impressions")?,
        engagements: count(wire.engagements, "engagements")?,
        clicks: count(wire.clicks, "clicks")?,
        conversions: count(wire.conversions, "conversions")?,
        spend: micros(wire.spend)?,
    };
    let currency = match (wire.spend, &wire.currency) {
        (None, _) => None,
        (Some(_), None) => return Err(missing("currency")),
        (Some(_), Some(code)) => Some(currency_code(code)?),
    };
    let hour = begin.millis().div_euclid(EventTime::HOUR_MS);
    Ok(CampaignEvent {
        brand,
        campaign,
        platform,
        from: EventTime::from_millis(hour * EventTime::HOUR_MS),
        period: wire.period.unwrap_or_default(),
        observed_at: wire.observed_at,
        totals,
        currency,
    })
}

/// The name of a campaign as names are compared: without blanks around it, in small
/// letters. `None` if it is empty, too long, or holds control characters.
#[must_use]
pub fn campaign_name(name: &str) -> Option<String> {
    // Before the letters are changed, so that a hostile name costs nothing.
    let name = Some(name.trim()).filter(|name| name.len() <= MAX_CAMPAIGN_BYTES)?;
    let name = name.to_lowercase();
    let is_fine = (1..=MAX_CAMPAIGN_BYTES).contains(&name.len());
    (is_fine && !name.chars().any(char::is_control)).then_some(name)
}

fn count(value: Option<i64>, field: &str) -> Result<u64, Rejection> {
    let value = u64::try_from(value.unwrap_or(0))
        .map_err(|_| bad(&format!("{field}: negative, totals are 0 or more")))?;
    if value > MAX_COUNT {
        return Err(bad(&format!("{field}: more than {MAX_COUNT}")));
    }
    Ok(value)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "0 to 10^18 by the check"
)]
fn micros(spend: Option<f64>) -> Result<u64, Rejection> {
    let spend = spend.unwrap_or(0.0);
    if !(0.0..=MAX_SPEND).contains(&spend) {
        return Err(bad("spend: negative, or more than 10^12"));
    }
    Ok((spend * MICROS as f64).round() as u64)
}

fn currency_code(code: &str) -> Result<[u8; 3], Rejection> {
    let letters: Option<[u8; 3]> = code.as_bytes().try_into().ok();
    letters
        .filter(|letters| letters.iter().all(u8::is_ascii_uppercase))
        .ok_or_else(|| bad("currency: not three capital letters"))
}

fn missing(field: &str) -> Rejection {
    Rejection::new(Reason::MissingField, field)
}

fn bad(detail: &str) -> Rejection {
    Rejection::new(Reason::BadField, detail)
}

/// How a campaign's totals travel beside the brand's scored mentions: a heartbeat, as all
/// readers know it, of a time that is long past for everybody, so that it moves nothing,
/// with the totals in a field of their own.
#[derive(Serialize)]
struct Carrier<'a> {
    event: &'static str,
    created_at: EventTime,
    campaign_totals: Carried<'a>,
}

/// The totals as [`CampaignWire`] reads them.
#[derive(Serialize)]
struct Carried<'a> {
    brand: &'a str,
    campaign: &'a str,
    platform: &'static str,
    created_at: EventTime,
    period: Period,
    observed_at: EventTime,
    impressions: u64,
    engagements: u64,
    clicks: u64,
    conversions: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    spend: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
}

/// The record that tells the event on [`crate::Topic::Mentions`] or
/// [`crate::Topic::Scored`], as read at `observed_at`; [`carried_campaign_event`] reads it.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "fifteen digits of money")]
pub fn carry_campaign_event(event: &CampaignEvent<'_>, observed_at: EventTime) -> Vec<u8> {
    let currency = event.currency.as_ref();
    let currency = currency.and_then(|code| std::str::from_utf8(code).ok());
    let totals = &event.totals;
    let carrier = Carrier {
        event: "heartbeat",
        created_at: EventTime::from_millis(0),
        campaign_totals: Carried {
            brand: &event.brand,
            campaign: &event.campaign,
            platform: event.platform.as_str(),
            created_at: event.from,
            period: event.period,
            observed_at,
            impressions: totals.impressions,
            engagements: totals.engagements,
            clicks: totals.clicks,
            conversions: totals.conversions,
            spend: currency.map(|_| totals.spend as f64 / MICROS as f64),
            currency,
        },
    };
    // Every field has a form in JSON; an empty record would be rejected by its readers.
    serde_json::to_vec(&carrier).unwrap_or_default()
}

/// The event that a heartbeat carries, if it carries one.
///
/// # Errors
/// As [`parse_campaign_event`].
pub fn carried_campaign_event(bytes: &[u8]) -> Option<Result<CampaignEvent<'_>, Rejection>> {
    #[derive(Deserialize)]
    struct Heartbeat<'a> {
        #[serde(borrow)]
        campaign_totals: Option<CampaignWire<'a>>,
    }
    match read::<Heartbeat<'_>>(bytes) {
        Ok(heartbeat) => heartbeat.campaign_totals.map(check),
        Err(rejection) => Some(Err(rejection)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"brand":"acme","campaign":" Spring-Sale ","platform":"instagram",
        "created_at":"2026-03-03T10:20:00+01:00","period":"hour","observed_at":"2026-03-03T11:05:00Z",
        "impressions":12000,"engagements":480,"clicks":310,"conversions":9,"spend":48.5,
        "currency":"EUR","account":"unknown fields are let through"}"#;

    #[test]
    fn totals_are_read_and_carried() {
        let event = parse_campaign_event(WHOLE.as_bytes()).unwrap();
        assert_eq!(event.campaign, "spring-sale");
        assert_eq!(event.from.to_string(), "2026-03-03T09:00:00Z");
        assert_eq!((event.totals.clicks, event.totals.spend), (310, 48_500_000));
        let carried = carry_campaign_event(&event, event.observed_at.unwrap());
        assert_eq!(carried_campaign_event(&carried), Some(Ok(event)));
        let Ok(crate::Record::Heartbeat(at)) = crate::parse(&carried) else {
            panic!("readers that don't know campaigns take it for a heartbeat");
        };
        assert_eq!(at, EventTime::from_millis(0));
        let plain = crate::heartbeat(EventTime::from_millis(1));
        assert_eq!(carried_campaign_event(plain.as_bytes()), None);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let fault = |from: &str, to: &str| {
            let text = WHOLE.replace(from, to);
            assert!(text != WHOLE || from == to, "{from}");
            let rejection = parse_campaign_event(text.as_bytes()).unwrap_err();
            format!("{rejection}")
        };
        for (from, to, expected) in [
            (
                "\"clicks\":310",
                "\"clicks\":-310",
                "bad_field: clicks: negative",
            ),
            (
                "\"conversions\":9",
                "\"conversions\":-1",
                "bad_field: conversions: negative",
            ),
            (
                "\"clicks\":310",
                "\"clicks\":3.5",
                "bad_field: clicks: wrong type",
            ),
            (
                "\"clicks\":310",
                "\"clicks\":\"310\"",
                "bad_field: clicks: wrong type",
            ),
            (
                "\"clicks\":310",
                "\"clicks\":9007199254740993",
                "bad_field: clicks: more than",
            ),
            ("48.5", "-0.01", "bad_field: spend: negative"),
            ("48.5", "1e300", "bad_field: spend"),
            ("\"currency\":\"EUR\",", "", "missing_field: currency"),
            ("EUR", "euro", "bad_field: currency"),
            ("\"brand\":\"acme\",", "", "missing_field: brand"),
            ("acme", "Acme B.V.", "bad_field: brand"),
            (" Spring-Sale ", "  ", "bad_field: campaign"),
            ("\"platform\":\"instagram\",", "", "missing_field: platform"),
            ("\"hour\"", "\"week\"", "bad_field: period"),
            (
                "2026-03-03T11:05:00Z",
                "2026-03-03T09:00:00Z",
                "bad_field: observed_at: before",
            ),
            (
                "2026-03-03T10:20:00+01:00",
                "1969-03-03T10:20:00Z",
                "time_out_of_range: created_at",
            ),
            (WHOLE, "[]", "not_json"),
            (WHOLE, "{", "not_json"),
        ] {
            let found = fault(from, to);
            assert!(found.starts_with(expected), "{to}: {found}");
        }
        let nothing =
            r#"{"brand":"acme","campaign":"x","platform":"x","created_at":"2026-03-03T10:00:00Z"}"#;
        let found = parse_campaign_event(nothing.as_bytes()).unwrap_err();
        assert_eq!(found.reason, Reason::MissingField);
        let large = " ".repeat(MAX_CAMPAIGN_EVENT_BYTES + 1);
        let found = parse_campaign_event(large.as_bytes()).unwrap_err();
        assert_eq!(found.reason, Reason::RecordTooLarge);
    }
}
