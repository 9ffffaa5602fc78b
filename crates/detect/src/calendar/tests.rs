use std::hint::black_box;

use super::*;

fn at(text: &str) -> EventTime {
    text.parse().unwrap()
}

fn amsterdam() -> Calendar {
    Calendar::new("Europe/Amsterdam", Some(Holidays::Nl)).unwrap()
}

fn hour(text: &str) -> i64 {
    at(text).millis().div_euclid(EventTime::HOUR_MS)
}

#[test]
fn an_unknown_zone_is_refused() {
    let error = Calendar::new("Amsterdam", None).unwrap_err();
    assert!(error.to_string().contains("Europe/Amsterdam"), "{error}");
}

#[test]
fn the_clock_on_the_wall_follows_summer_time() {
    let calendar = amsterdam();
    let local = |text: &str| calendar.hour_of_day(at(text));
    assert_eq!(local("2026-03-02T09:00:00Z"), 10);
    assert_eq!(local("2026-07-02T09:00:00Z"), 11);
    // The day of 23 hours: after 01 o'clock comes 03.
    let spring: Vec<_> = (0..24)
        .map(|hours| calendar.slot(hour("2026-03-28T23:00:00Z") + hours).hour)
        .collect();
    assert_eq!(spring[..4], [0, 1, 3, 4]);
    assert_eq!(spring[22..], [23, 0]);
    // The day of 25 hours: 02 o'clock comes twice.
    let autumn: Vec<_> = (0..25)
        .map(|hours| calendar.slot(hour("2026-10-24T22:00:00Z") + hours).hour)
        .collect();
    assert_eq!(autumn[..5], [0, 1, 2, 2, 3]);
    assert_eq!(autumn[24], 23);
}

#[test]
fn days_off_are_told_by_the_local_date() {
    let calendar = amsterdam();
    let off = |text: &str| calendar.is_day_off(at(text));
    assert!(!off("2026-03-06T12:00:00Z"));
    assert!(off("2026-03-06T23:30:00Z"), "Saturday has begun there");
    assert!(!off("2026-03-08T23:30:00Z"), "and Monday");
    assert!(off("2024-12-25T12:00:00Z"));
    assert!(
        !off("2024-02-29T12:00:00Z"),
        "a leap day is a day as any other"
    );
    assert!(off("2024-05-05T12:00:00Z") && off("2024-05-09T12:00:00Z"));
    let belgium = Calendar::new("Europe/Brussels", Some(Holidays::Be)).unwrap();
    assert!(belgium.is_day_off(at("2026-07-21T12:00:00Z")) && !off("2026-07-21T12:00:00Z"));
}

#[test]
fn the_prepared_years_agree_with_all_others() {
    // The first hours that aren't prepared any more, and the last that are.
    let calendar = amsterdam();
    let border = hour("2070-01-01T00:00:00Z");
    let hours: Vec<_> = (border - 3..border + 3)
        .map(|hour| calendar.slot(hour))
        .map(|slot| (slot.hour, slot.is_off))
        .collect();
    let (eve, new_year) = (false, true); // a Tuesday, and a holiday
    assert_eq!(
        hours,
        [
            (22, eve),
            (23, eve),
            (0, new_year),
            (1, new_year),
            (2, new_year),
            (3, new_year)
        ]
    );
    assert_eq!(calendar.hour_of_day(at("2099-07-01T12:00:00Z")), 14);
    assert_eq!(
        calendar.entries_at(at("2099-12-25T12:00:00Z"))[0].name,
        "Eerste Kerstdag"
    );
}

#[test]
fn no_time_makes_it_panic() {
    let calendar = amsterdam().with_office_hours(vec![OpenHours {
        days: [true; 7],
        from_minute: 0,
        to_minute: 1,
    }]);
    for millis in [i64::MIN, i64::MIN + 1, -1, 0, i64::MAX - 1, i64::MAX] {
        let at = EventTime::from_millis(millis);
        black_box((calendar.is_day_off(at), calendar.entries_at(at)));
        black_box((calendar.next_opening(at), calendar.is_open(at)));
        black_box((calendar.slot(millis), calendar.expected_factor(millis)));
    }
}

#[test]
fn a_holiday_lasts_its_local_day() {
    let entries = amsterdam().entries_at(at("2026-04-27T10:00:00Z"));
    assert_eq!(entries.len(), 1);
    let entry = &entries[0];
    assert_eq!(
        (entry.name.as_str(), entry.kind.as_str()),
        ("Koningsdag", "holiday")
    );
    assert_eq!(entry.from, at("2026-04-26T22:00:00Z"));
    assert_eq!(entry.until, at("2026-04-27T22:00:00Z"));
    // Ascension Day and Liberation Day fell on one day.
    let both = amsterdam().entries_at(at("2016-05-05T10:00:00Z"));
    assert_eq!(both.len(), 2);
}

const WORKING_DAYS: [bool; 7] = [true, true, true, true, true, false, false];

fn open(days: [bool; 7], from: u16, to: u16) -> OpenHours {
    OpenHours {
        days,
        from_minute: from,
        to_minute: to,
    }
}

#[test]
fn the_office_is_open_by_its_own_clock() {
    let calendar = amsterdam().with_office_hours(vec![open(WORKING_DAYS, 540, 1_020)]);
    let is_open = |text: &str| calendar.is_open(at(text));
    assert!(is_open("2026-03-06T08:00:00Z") && !is_open("2026-03-06T07:59:59Z"));
    assert!(is_open("2026-03-06T15:59:59Z") && !is_open("2026-03-06T16:00:00Z"));
    assert!(is_open("2026-07-03T07:00:00Z"), "summer time");
    let next = |text: &str| calendar.next_opening(at(text)).unwrap();
    assert_eq!(next("2026-03-06T12:00:00Z"), at("2026-03-06T12:00:00Z"));
    assert_eq!(next("2026-03-06T17:00:00Z"), at("2026-03-09T08:00:00Z"));
    // Easter: Thursday evening to Friday, Friday evening to Tuesday.
    assert_eq!(next("2026-04-02T18:00:00Z"), at("2026-04-03T07:00:00Z"));
    assert_eq!(next("2026-04-03T18:00:00Z"), at("2026-04-07T07:00:00Z"));
    // Over the night in which summer time begins.
    assert_eq!(next("2026-03-27T18:00:00Z"), at("2026-03-30T07:00:00Z"));
    assert!(
        amsterdam().is_open(at("2026-04-05T03:00:00Z")),
        "no hours: always open"
    );
    let never = amsterdam().with_office_hours(vec![open([false; 7], 0, 1_440)]);
    assert_eq!(never.next_opening(at("2026-03-06T12:00:00Z")), None);
}

#[test]
fn an_opening_in_the_hour_that_is_left_out_comes_at_the_jump() {
    let calendar = amsterdam().with_office_hours(vec![open([true; 7], 150, 240)]);
    let next = |text: &str| calendar.next_opening(at(text)).unwrap();
    assert_eq!(next("2026-03-29T00:00:00Z"), at("2026-03-29T01:00:00Z"));
    // And in the hour that comes twice it opens twice.
    let calendar = amsterdam().with_office_hours(vec![open([true; 7], 135, 165)]);
    let next = |text: &str| calendar.next_opening(at(text)).unwrap();
    assert_eq!(next("2026-10-24T23:00:00Z"), at("2026-10-25T00:15:00Z"));
    assert_eq!(next("2026-10-25T00:50:00Z"), at("2026-10-25T01:15:00Z"));
}

fn planned(name: &str, from: &str, until: &str, expected_volume: f64) -> Planned {
    Planned {
        name: name.to_owned(),
        kind: PlannedKind::Campaign,
        from: at(from),
        until: at(until),
        expected_volume,
    }
}

#[test]
fn campaigns_raise_the_expected_volume_while_they_run() {
    let calendar = amsterdam().with_planned(vec![
        planned(
            "spring",
            "2026-03-02T09:30:00Z",
            "2026-03-03T09:00:00Z",
            3.0,
        ),
        planned(
            "flash",
            "2026-03-02T12:00:00Z",
            "2026-03-02T14:00:00Z",
            10.0,
        ),
        planned(
            "nonsense",
            "2026-03-05T12:00:00Z",
            "2026-03-05T14:00:00Z",
            f64::NAN,
        ),
    ]);
    let factor = |text: &str| calendar.expected_factor(hour(text));
    let told: Vec<_> = ["08", "09", "10", "12", "13", "14"]
        .iter()
        .map(|hour| factor(&format!("2026-03-02T{hour}:00:00Z")))
        .collect();
    assert_eq!(told, [1.0, 2.0, 3.0, 10.0, 10.0, 3.0]);
    assert!((factor("2026-03-03T08:00:00Z") - 3.0).abs() < 1e-9);
    assert!((factor("2026-03-03T09:00:00Z") - 1.0).abs() < 1e-9);
    assert!((factor("2026-03-05T12:00:00Z") - 1.0).abs() < 1e-9);
    let names: Vec<_> = calendar
        .entries_at(at("2026-03-02T13:00:00Z"))
        .into_iter()
        .map(|entry| entry.name)
        .collect();
    assert_eq!(names, ["spring", "flash"]);
    assert!(calendar.entries_at(at("2026-03-03T09:00:00Z")).is_empty());
}

#[test]
fn open_time_is_what_the_open_minutes_add_up_to() {
    let weekdays = [true, true, true, true, true, false, false];
    // Overlapping entries, an evening up to midnight, Easter and the change of the clock.
    let calendar = amsterdam().with_office_hours(vec![
        open(weekdays, 9 * 60, 17 * 60 + 30),
        open([true; 7], 10 * 60, 12 * 60),
        open(
            [false, false, false, false, true, false, false],
            20 * 60,
            24 * 60,
        ),
    ]);
    let start = at("2026-03-26T07:11:00Z");
    let minute = |count: i64| start.plus_millis(count * EventTime::MINUTE_MS);
    let mut open_minutes = 0;
    for count in 0..14 * 24 * 60 {
        let from_start = calendar.open_millis(start, minute(count));
        assert_eq!(
            from_start,
            open_minutes * EventTime::MINUTE_MS,
            "{}",
            minute(count)
        );
        let is_open = calendar.is_open(minute(count));
        if is_open {
            open_minutes += 1;
            let after = calendar.after_open_millis(start, open_minutes * EventTime::MINUTE_MS);
            assert_eq!(after, Some(minute(count + 1)));
        }
    }
    assert!(open_minutes > 4_000);
    assert_eq!(calendar.open_millis(minute(5), start), 0);
    let never = amsterdam().with_office_hours(vec![open([false; 7], 0, 60)]);
    assert_eq!(never.after_open_millis(start, 1), None);
    let always = Calendar::default();
    assert_eq!(always.open_millis(start, minute(3)), 180_000);
    assert_eq!(always.after_open_millis(start, 60_000), Some(minute(1)));
}
