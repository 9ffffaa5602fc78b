//! How the totals of campaigns come to the brand's mentions.
//!
//! A stage of its own reads [`Topic::CampaignEvents`], diverts what breaks the contract,
//! and writes each event to [`Topic::Scored`], keyed by the brand as mentions are, in the
//! form of a heartbeat that moves nothing ([`mention::carry_campaign_event`]). So all that
//! is known of a brand is in one partition and one order, and what holds for mentions –
//! exactly once, restarts, recordings – holds for campaigns.

use mention::{Rejection, Topic};
use service::{Input, Item, Outbox, Plan, Stage};

use crate::CAMPAIGNS;

/// The stage that checks campaign events and puts them beside the mentions.
#[derive(Debug, Default)]
pub struct CampaignStage;

impl Stage for CampaignStage {
    fn plan(&self) -> Plan {
        Plan {
            name: CAMPAIGNS,
            input: Topic::CampaignEvents,
            outputs: &[Topic::Scored],
            changelog: None,
        }
    }

    fn step(&mut self, input: &Input<'_>, out: &mut Outbox) -> Result<(), Rejection> {
        let event = mention::parse_campaign_event(input.value)?;
        let observed_at = event.read_at(input.stamped_at)?;
        out.push(&Item {
            topic: Topic::Scored,
            partition: None,
            stamped_at: Some(input.stamped_at),
            key: Some(event.brand.as_bytes()),
            value: Some(&mention::carry_campaign_event(&event, observed_at)),
        });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test")]

    use mention::Reason;

    use super::*;

    fn step(value: &str, stamped_at: &str) -> Result<String, Rejection> {
        let input = Input::offline(value.as_bytes(), 0, stamped_at.parse().unwrap());
        let mut out = Outbox::default();
        CampaignStage.step(&input, &mut out)?;
        let item = out.iter().next().unwrap();
        assert_eq!((item.topic, item.partition), (Topic::Scored, None));
        assert_eq!(item.key, Some(&b"acme"[..]));
        Ok(String::from_utf8(item.value.unwrap().to_vec()).unwrap())
    }

    #[test]
    fn events_travel_as_heartbeats_that_move_nothing_and_clocks_are_checked() {
        let event = |times: &str| {
            format!(
                r#"{{"brand":"acme","campaign":"Lente","platform":"tiktok","clicks":7,{times}}}"#
            )
        };
        let day = event(r#""created_at":"2026-03-02T23:00:00Z""#);
        insta::assert_snapshot!(step(&day, "2026-03-03T10:00:00Z").unwrap(), @r#"{"event":"heartbeat","created_at":"1970-01-01T00:00:00Z","campaign_totals":{"brand":"acme","campaign":"lente","platform":"tiktok","created_at":"2026-03-02T23:00:00Z","period":"day","observed_at":"2026-03-03T10:00:00Z","impressions":0,"engagements":0,"clicks":7,"conversions":0}}"#);
        let ahead =
            event(r#""created_at":"2026-03-02T23:00:00Z","observed_at":"2026-03-03T10:30:00Z""#);
        assert_eq!(
            step(&ahead, "2026-03-03T10:00:00Z").unwrap(),
            step(&day, "2026-03-03T10:00:00Z").unwrap()
        );
        for (times, stamped_at) in [
            (
                r#""created_at":"2026-03-02T23:00:00Z""#,
                "2026-03-02T10:00:00Z",
            ),
            (
                r#""created_at":"2026-03-02T23:00:00Z","observed_at":"2026-03-05T00:00:00Z""#,
                "2026-03-03T10:00:00Z",
            ),
        ] {
            let rejection = step(&event(times), stamped_at).unwrap_err();
            assert_eq!(rejection.reason, Reason::TimeAhead, "{times}");
        }
        let negative = day.replace(":7", ":-7");
        let rejection = step(&negative, "2026-03-03T10:00:00Z").unwrap_err();
        assert_eq!(
            rejection.to_string(),
            "bad_field: clicks: negative, totals are 0 or more"
        );
    }
}
