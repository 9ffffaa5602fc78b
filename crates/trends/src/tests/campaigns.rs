//! The laws of campaigns.

use mention::{CampaignEvent, CampaignTotals, Measure, Period, Text, Tier};

use super::*;

const HOUR: i64 = EventTime::HOUR_MS;

/// Totals of an hour of the campaign `spring` on Instagram.
fn totals(from: i64, impressions: u64, clicks: u64) -> CampaignEvent<'static> {
    CampaignEvent {
        brand: Text::from("acme"),
        campaign: "spring".to_owned(),
        platform: Platform::Instagram,
        from: EventTime::from_millis(from.div_euclid(HOUR) * HOUR),
        period: Period::Hour,
        observed_at: None,
        totals: CampaignTotals {
            impressions,
            engagements: impressions / 25,
            clicks,
            conversions: clicks / 30,
            spend: clicks.saturating_mul(150_000),
        },
        currency: Some(*b"EUR"),
    }
}

fn at(millis: i64) -> EventTime {
    EventTime::from_millis(millis)
}

/// A customer's post that bears the campaign's name.
fn of_spring(when: i64, author: u64, label: &str) -> Mention<'static> {
    let mut mention = said(when, author, "actie van de week", label, "price");
    mention.campaign = Some(Text::from("Spring"));
    mention
}

/// Two days of a campaign after two quiet weeks: one mention of it each two minutes, of
/// which `share(hour)` percent are negative, and `clicks(hour)` clicks an hour. Says in which
/// hours it backfired, and gives the end state.
fn campaign(share: impl Fn(i64) -> u64, clicks: impl Fn(i64) -> u64) -> (Vec<i64>, BrandTrends) {
    let mut trends = after(14);
    let start = (START + 14 * DAY).div_euclid(HOUR) * HOUR + HOUR;
    let mut seen = Vec::new();
    for (number, mention) in (0_i64..).zip(quiet(start, 2)) {
        let when = mention.created_at.millis();
        let hour = (when - start) / HOUR;
        trends.observe(&mention);
        let chance = hash::mix(number.cast_unsigned() ^ 0x5EED);
        let label = if chance % 100 < share(hour) {
            "negative"
        } else {
            "positive"
        };
        trends.observe(&of_spring(when, 20_000 + number.cast_unsigned(), label));
        if number % 30 == 15 && clicks(hour) > 0 {
            let event = totals(when, clicks(hour) * 40, clicks(hour));
            trends.take_campaign(&event, at(when));
        }
        if let Some(summary) = trends.summary_if_due() {
            let backfire = summary.campaigns.first().and_then(|one| one.backfire);
            if backfire.is_some_and(|backfire| backfire.until.is_none()) {
                seen.push(hour);
            }
        }
    }
    seen.dedup();
    (seen, trends)
}

#[test]
fn a_planted_campaign_is_found_and_a_happy_one_never_backfires() {
    let (seen, trends) = campaign(|_| 8, |hour| if hour % 24 < 12 { 400 } else { 100 });
    assert!(seen.is_empty(), "{seen:?}");
    let summary = trends.summary();
    let [spring] = &summary.campaigns[..] else {
        panic!("{:?}", summary.campaigns);
    };
    assert_eq!(spring.campaign, "spring");
    let channel = &spring.channels[0];
    assert_eq!(channel.clicks, 2 * (12 * 400 + 12 * 100));
    assert_eq!(channel.impressions, 40 * channel.clicks);
    assert_eq!(channel.spend[0].currency, "EUR");
    assert!((channel.spend[0].amount - channel.clicks as f64 * 0.15).abs() < 1e-6);
    assert_eq!(spring.about.counted, 1_440);
    assert!(
        spring.about.low < 0.08 && spring.about.high > 0.05,
        "{:?}",
        spring.about
    );
    let (before, during) = (spring.before.unwrap(), spring.during.unwrap());
    assert!(before.low < 0.1 && 0.1 < before.high, "{before:?}");
    assert!(during.counted > before.counted / 4 && during.share < before.share);
    assert_eq!(spring.after, None);
}

#[test]
fn a_planted_backfire_is_found_within_the_hour_explained_and_over_in_time() {
    // From the 30th hour on more people see it, and most who speak are against it.
    let share = |hour: i64| if (30..34).contains(&hour) { 70 } else { 10 };
    let clicks = |hour: i64| if (30..34).contains(&hour) { 900 } else { 200 };
    let (seen, trends) = campaign(share, clicks);
    assert!(matches!(seen.first(), Some(30 | 31)), "{seen:?}");
    assert!(seen.iter().all(|hour| (30..37).contains(hour)), "{seen:?}");
    let backfire = trends.summary().campaigns[0].backfire.unwrap();
    assert_eq!(backfire.measure, Measure::Clicks);
    assert!(
        backfire.until.is_some() && backfire.surprise > 4.0,
        "{backfire:?}"
    );
    assert!(backfire.negative * 2 >= backfire.counted, "{backfire:?}");
    assert!(backfire.expected < 0.2, "{backfire:?}");
    assert!(backfire.count as f64 > 2.0 * backfire.usual, "{backfire:?}");
    assert!((1_000.0..1_300.0).contains(&backfire.usual), "{backfire:?}");
}

#[test]
fn it_takes_both_more_clicks_and_more_negatives() {
    let share = |hour: i64| if (30..34).contains(&hour) { 70 } else { 10 };
    let (seen, trends) = campaign(share, |_| 200);
    assert!(seen.is_empty(), "as many clicks as ever: {seen:?}");
    assert!(trends.summary().campaigns[0].backfire.is_none());
    let (seen, _) = campaign(|_| 10, |hour| if hour >= 30 { 5_000 } else { 200 });
    assert!(seen.is_empty(), "the mood as ever: {seen:?}");
    let (seen, trends) = campaign(share, |_| 0);
    assert!(seen.is_empty() && trends.summary().campaigns.is_empty());
}

/// The scan of campaigns whose mood is that of the brand, and steady: 120 campaigns of four
/// weeks. Its budget is 0.25/12 of a false alarm a week at the brand's default of one.
#[test]
fn steady_campaigns_hardly_ever_rise() {
    let settings = BrandSettings::new("acme");
    let mut rises = 0;
    for seed in 0..120_u64 {
        let mut scan = detect::AspectScan::of_subject(&settings, Some(0.2));
        let mut was_rising = false;
        for number in 0..28 * 24 * 4_u64 {
            let chance = hash::mix(seed << 32 | number);
            let minute = 29_000_000 + i64::try_from(number).unwrap() * 15;
            let negative = (chance % 100 < 20).then(|| hash::mix(chance));
            scan.count(minute, negative, &settings);
            let is_rising = scan.rise().is_some();
            rises += usize::from(is_rising && !was_rising);
            was_rising = is_rising;
        }
    }
    // 480 weeks make 10 at the budget.
    assert!(rises <= 10, "{rises}");
}

#[test]
fn restated_totals_replace_and_oddities_are_told() {
    let mut trends = after(1);
    let event = totals(START, 1_000, 60);
    let taken = Told::Taken {
        conversions_without_clicks: false,
        clicks_without_impressions: false,
    };
    assert_eq!(trends.take_campaign(&event, at(START + HOUR)), taken);
    assert_eq!(
        trends.take_campaign(&event, at(START + HOUR)),
        Told::Repeated
    );
    let more = totals(START, 1_200, 90);
    assert_eq!(trends.take_campaign(&more, at(START + 2 * HOUR)), taken);
    assert_eq!(
        trends.take_campaign(&event, at(START + HOUR)),
        Told::Outdated
    );
    let channel = trends.summary().campaigns[0].channels[0].clone();
    assert_eq!(
        (channel.impressions, channel.clicks, channel.conversions),
        (1_200, 90, 3)
    );
    let mut odd = totals(START + HOUR, 0, 0);
    odd.totals.conversions = 2;
    let told = trends.take_campaign(&odd, at(START + 2 * HOUR));
    assert!(
        matches!(
            told,
            Told::Taken {
                conversions_without_clicks: true,
                ..
            }
        ),
        "{told:?}"
    );
    assert_eq!(trends.summary().campaigns[0].channels[0].conversions, 5);
    let day = CampaignEvent {
        period: Period::Day,
        ..totals(START - 3 * HOUR, 5, 1)
    };
    assert_eq!(
        trends.take_campaign(&day, at(START + 2 * HOUR)),
        Told::Overlaps
    );
    let old = totals(START - 40 * DAY, 5, 1);
    assert_eq!(trends.take_campaign(&old, at(START)), Told::TooLate);
    for (number, code) in (0_i64..).zip([b"USD", b"GBP", b"SEK"]) {
        let hours = (2 + number) * HOUR;
        let event = CampaignEvent {
            currency: Some(*code),
            ..totals(START + hours, 9, 3)
        };
        assert_eq!(trends.take_campaign(&event, at(START + DAY)), taken);
    }
    let fifth = CampaignEvent {
        currency: Some(*b"NOK"),
        ..totals(START + 9 * HOUR, 9, 3)
    };
    assert_eq!(trends.take_campaign(&fifth, at(START + DAY)), Told::NoRoom);
    let spend = trends.summary().campaigns[0].channels[0].spend.clone();
    let codes: Vec<_> = spend.iter().map(|one| one.currency.as_str()).collect();
    assert_eq!(codes, ["EUR", "GBP", "SEK", "USD"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Revisions of some periods, in any order and with repeats, give one end state.
    #[test]
    fn the_order_of_events_and_repeats_leave_no_trace(
        events in prop::collection::vec((0_i64..5, 0_u64..4, 0_i64..4, any::<bool>()), 1..30),
        shuffle in any::<u64>(),
    ) {
        let tell = |events: &[(i64, u64, i64, bool)]| {
            let mut trends = after(1);
            for (hour, clicks, read, is_x) in events {
                let mut event = totals(START + hour * HOUR, clicks * 100, *clicks);
                if *is_x {
                    event.platform = Platform::X;
                    event.campaign = "autumn".to_owned();
                }
                trends.take_campaign(&event, at(START + DAY + read * HOUR));
            }
            trends.summary().campaigns
        };
        let mut others = events.clone();
        others.extend_from_slice(&events[..events.len() / 2]);
        others.sort_by_key(|(hour, clicks, read, is_x)| {
            hash::mix(shuffle ^ (*hour as u64) ^ (clicks << 8) ^ ((*read as u64) << 16) ^ u64::from(*is_x))
        });
        prop_assert_eq!(tell(&events), tell(&others));
    }
}

/// A post of an account with this role and so many followers.
fn by(id: &str, role: &str, followers: u64, when: i64) -> Mention<'static> {
    mention(
        json!({"id": id, "text": "kijk eens", "campaign": "spring",
            "author": {"id": format!("k1.{id}"), "role": role, "followers": followers},
            "engagement": {"views": 5_000, "likes": 40}}),
        when,
    )
}

/// A customer's answer to it.
fn answer(of: &str, author: &str, label: &str, when: i64) -> Mention<'static> {
    let mut mention = said(when, 1, "tja", label, "price");
    mention.id = Text::from(format!("{of}-{author}-{when}"));
    mention.root = Some(Text::from(of.to_owned()));
    let id = Some(Text::from(format!("k1.{author}")));
    mention.author = Some(mention::Author {
        id,
        ..mention::Author::default()
    });
    mention
}

#[test]
fn partners_and_large_accounts_are_judged_by_their_reach_and_what_is_answered() {
    let tell = |order: &[usize]| {
        let posts = [
            by("partner", "partner", 2_000, START),
            by("large", "customer", 250_000, START + 1),
            by("small", "customer", 900, START + 2),
            answer("partner", "a", "negative", START + 3),
            answer("partner", "b", "negative", START + 4),
            answer("partner", "c", "positive", START + 5),
            answer("partner", "partner", "positive", START + 6),
            answer("large", "a", "negative", START + 7),
            answer("small", "a", "negative", START + 8),
            answer("nobody", "a", "negative", START + 9),
        ];
        let mut trends = BrandTrends::new(about());
        trends.take_campaign(&totals(START, 100, 9), at(START + HOUR));
        for &number in order {
            trends.observe(&posts[number]);
        }
        let mut more = by("partner", "partner", 2_000, START + 20);
        more.event = mention::Event::Update;
        more.engagement.as_mut().unwrap().views = Some(8_000);
        trends.observe(&more);
        trends.summary()
    };
    let summary = tell(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let influence = &summary.influence;
    let tiers: Vec<_> = influence
        .tiers
        .iter()
        .map(|one| {
            (
                one.tier,
                one.is_partner,
                one.posts,
                one.reach,
                one.replies.counted,
                one.replies.negative,
            )
        })
        .collect();
    assert_eq!(
        tiers,
        [
            (Tier::Nano, true, 1, 8_000, 3, 2),
            (Tier::Macro, false, 1, 5_000, 1, 1)
        ]
    );
    let partner = &influence.partners[0];
    assert_eq!(partner.campaign.as_deref(), Some("spring"));
    assert_eq!((partner.reactions, partner.replies.positive), (40, 1));
    // Two posts with its name by customers, and the answers to two of its posts.
    assert_eq!(summary.campaigns[0].about.counted, 2 + 4);
    // Answers that come before the post count the same; who answers themselves is then not
    // known yet.
    let turned = tell(&[7, 3, 9, 4, 1, 0, 5, 2, 8, 6]);
    assert_eq!(turned.influence, summary.influence);
    assert_eq!(turned.campaigns[0].about, summary.campaigns[0].about);
    // A deletion takes the post away.
    let mut trends = BrandTrends::new(about());
    trends.observe(&by("partner", "partner", 2_000, START));
    let mut gone = by("partner", "partner", 2_000, START);
    gone.event = mention::Event::Delete;
    trends.observe(&gone);
    assert!(trends.summary().influence.tiers.is_empty());
}

#[test]
fn whatever_comes_the_state_is_bounded_and_restored() {
    let mut trends = after(2);
    let started = trends.snapshot().len();
    let mut folded = 0;
    for number in 0..40_000_u64 {
        let chance = hash::mix(number);
        let when = START + 2 * DAY + number as i64 * 60_000;
        // First more campaigns than there is room for, then more periods.
        let names = if number < 10_000 { 40 } else { 8 };
        let name = format!("{:x}-{}", chance % names, "n".repeat(60));
        let mut event = totals(
            when - (chance >> 8) as i64 % 200 * HOUR,
            u64::MAX >> 11,
            chance >> 11,
        );
        event.campaign = name.clone();
        event.platform = Platform::ALL[(chance >> 40) as usize % 15];
        let told = trends.take_campaign(&event, at(when));
        folded += usize::from(told == Told::TooLate);
        let mut post = by(&format!("{chance:x}"), "partner", chance, when);
        post.campaign = Some(Text::from(format!("{:x}", chance % 1_000)));
        trends.observe(&post);
        trends.observe(&answer(&format!("{number}"), "a", "negative", when));
    }
    assert!(folded > 0);
    let bytes = trends.snapshot();
    let of_campaigns = bytes.len() - started;
    println!("campaigns at their largest: {of_campaigns} bytes");
    assert!(of_campaigns < 96 * 1024, "{of_campaigns}");
    let again = BrandTrends::restore(about(), &bytes).unwrap();
    assert!(again == trends && again.summary() == trends.summary());
    let summary = trends.summary();
    assert_eq!(summary.campaigns.len(), CAMPAIGNS_MAX);
    assert!(serde_json::to_vec(&summary).unwrap().len() < 128 * 1024);
    // All of it is forgotten in time.
    trends.advance(at(START + 120 * DAY));
    let summary = trends.summary();
    assert!(summary.campaigns.is_empty() && summary.influence.tiers.is_empty());
}
