//! The answering service, from the settings.

use conversation::BookSettings;
use mention::EventTime;
use settings::Settings;

use crate::calendar::Calendars;

/// The answering service, on this thread.
///
/// # Errors
/// A lasting fault.
pub(crate) fn run(
    settings: &Settings,
    service: service::Settings,
    context: &service::Context,
) -> anyhow::Result<()> {
    Ok(care::run(&care_settings(settings, service)?, context)?)
}

/// What the service is told.
///
/// # Errors
/// A time zone isn't known.
fn care_settings(
    settings: &Settings,
    service: service::Settings,
) -> anyhow::Result<care::Settings> {
    let mut calendars = Calendars::new(settings);
    let own = &settings.care;
    let mut book = |brand: &settings::Brand| -> anyhow::Result<BookSettings> {
        let hours = brand.answer_within_hours.unwrap_or(own.answer_within_hours);
        Ok(BookSettings {
            calendar: calendars.of(brand)?,
            expiry_ms: i64::from(own.expiry_days) * EventTime::DAY_MS,
            max_conversations: own.max_conversations,
            answer_within_ms: millis(hours),
            ..BookSettings::new(brand.slug.as_str())
        })
    };
    let brands = settings.brand.iter().map(&mut book);
    let brands = brands.collect::<anyhow::Result<_>>()?;
    let found = book(&settings::Brand::default())?;
    Ok(care::Settings {
        brands,
        found,
        calendars: calendars.of_named()?,
        max_brands: own.max_brands,
        ..care::Settings::new(service)
    })
}

/// Hours as milliseconds; the settings keep them below four weeks.
#[allow(clippy::cast_possible_truncation, reason = "four weeks are below 2^53")]
fn millis(hours: f64) -> i64 {
    (hours * 3_600_000.0) as i64
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use settings::Environment;

    use super::*;

    #[test]
    fn brands_have_their_own_promise() {
        let text = "[care]\nanswer_within_hours = 8\nexpiry_days = 7\n\
            [[brand]]\nslug = \"acme\"\nanswer_within_hours = 1.5\n\
            [[brand]]\nslug = \"globex\"\n";
        let settings = Settings::from_text(text, &Environment::default()).unwrap();
        let service = service::Settings::new(kafka::Connection::default());
        let care = care_settings(&settings, service).unwrap();
        let within: Vec<_> = care
            .brands
            .iter()
            .map(|brand| (brand.brand.as_str(), brand.answer_within_ms))
            .collect();
        assert_eq!(within, [("acme", 5_400_000), ("globex", 28_800_000)]);
        assert_eq!(care.found.expiry_ms, 7 * EventTime::DAY_MS);
    }
}
