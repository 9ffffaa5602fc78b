//! Public holidays, computed: there is no table that runs out.

/// Whose holidays a brand keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holidays {
    /// The Netherlands: the days of the Algemene termijnenwet, article 3, with the
    /// Sundays of Easter and Pentecost. Good Friday is left out, since most people
    /// work then.
    Nl,
    /// Belgium: the ten legal holidays, with the Sundays of Easter and Pentecost.
    Be,
}

impl Holidays {
    /// The holidays that go with a time zone, by its IANA name; none for other
    /// countries than the two that are known here.
    #[must_use]
    pub fn of_zone(zone: &str) -> Option<Self> {
        match zone {
            "Europe/Amsterdam" => Some(Self::Nl),
            "Europe/Brussels" => Some(Self::Be),
            _ => None,
        }
    }

    /// The holidays of that year of the Gregorian calendar as days since 1970-01-01
    /// and their names, in order of time. Two may fall on one day.
    #[must_use]
    pub fn of_year(self, year: i64) -> Vec<(i64, &'static str)> {
        let on = |month, day| days_from_civil(year, month, day);
        let easter = easter(year);
        let mut days = match self {
            Self::Nl => vec![
                (on(1, 1), "Nieuwjaarsdag"),
                (easter, "Eerste Paasdag"),
                (easter + 1, "Tweede Paasdag"),
                kings_day(year),
                (on(5, 5), "Bevrijdingsdag"),
                (easter + 39, "Hemelvaartsdag"),
                (easter + 49, "Eerste Pinksterdag"),
                (easter + 50, "Tweede Pinksterdag"),
                (on(12, 25), "Eerste Kerstdag"),
                (on(12, 26), "Tweede Kerstdag"),
            ],
            Self::Be => vec![
                (on(1, 1), "Nieuwjaar"),
                (easter, "Pasen"),
                (easter + 1, "Paasmaandag"),
                (on(5, 1), "Dag van de Arbeid"),
                (easter + 39, "O.L.H. Hemelvaart"),
                (easter + 49, "Pinksteren"),
                (easter + 50, "Pinkstermaandag"),
                (on(7, 21), "Nationale feestdag"),
                (on(8, 15), "O.L.V. Hemelvaart"),
                (on(11, 1), "Allerheiligen"),
                (on(11, 11), "Wapenstilstand"),
                (on(12, 25), "Kerstmis"),
            ],
        };
        days.sort_by_key(|(day, _)| *day);
        days
    }
}

/// The King's or Queen's day: 27 April, or the day before where that is a Sunday; up
/// to 2013 it was 30 April, by the same rule.
fn kings_day(year: i64) -> (i64, &'static str) {
    let (day, name) = if year >= 2014 {
        (days_from_civil(year, 4, 27), "Koningsdag")
    } else {
        (days_from_civil(year, 4, 30), "Koninginnedag")
    };
    if weekday(day) == SUNDAY {
        (day - 1, name)
    } else {
        (day, name)
    }
}

/// Easter Sunday as a day since 1970-01-01, by the anonymous Gregorian algorithm
/// (Nature 13 (1876) 487; J. Meeus, "Astronomical Algorithms", 2nd ed., ch. 8).
fn easter(year: i64) -> i64 {
    let a = year.rem_euclid(19);
    let (b, c) = (year.div_euclid(100), year.rem_euclid(100));
    let (d, e) = (b.div_euclid(4), b.rem_euclid(4));
    let f = (b + 8).div_euclid(25);
    let g = (b - f + 1).div_euclid(3);
    let h = (19 * a + b - d - g + 15).rem_euclid(30);
    let (i, k) = (c.div_euclid(4), c.rem_euclid(4));
    let l = (32 + 2 * e + 2 * i - h - k).rem_euclid(7);
    let m = (a + 11 * h + 22 * l).div_euclid(451);
    let n = h + l - 7 * m + 114;
    days_from_civil(year, n.div_euclid(31), n.rem_euclid(31) + 1)
}

const SUNDAY: i64 = 6;

/// The day of the week of a day since 1970-01-01, which was a Thursday: 0 is Monday.
pub(super) fn weekday(day: i64) -> i64 {
    (day.rem_euclid(7) + 3).rem_euclid(7)
}

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar
/// (H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (shifted.div_euclid(400), shifted.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The year in which a day since 1970-01-01 falls (`civil_from_days` of the same).
pub(super) fn year_of(day: i64) -> i64 {
    let shifted = day.saturating_add(719_468);
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Its years begin on 1 March; the last 60 days belong to the next one.
    era * 400 + year_of_era + i64::from(day_of_year >= 306)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn date(day: i64) -> String {
        mention::EventTime::from_millis(day * 86_400_000).to_string()[..10].to_owned()
    }

    #[test]
    fn easter_of_known_years() {
        // The earliest and the latest there is, and years around now.
        for (year, expected) in [
            (1818, "1818-03-22"),
            (1943, "1943-04-25"),
            (2024, "2024-03-31"),
            (2025, "2025-04-20"),
            (2026, "2026-04-05"),
            (2038, "2038-04-25"),
            (2100, "2100-03-28"),
        ] {
            assert_eq!(date(easter(year)), expected);
        }
    }

    #[test]
    fn the_days_of_a_year() {
        let told = |holidays: Holidays| {
            let days = holidays.of_year(2026).into_iter();
            let told = days.map(|(day, name)| format!("{} {name}", &date(day)[5..]));
            told.collect::<Vec<_>>().join(", ")
        };
        insta::assert_snapshot!(told(Holidays::Nl), @"01-01 Nieuwjaarsdag, 04-05 Eerste Paasdag, 04-06 Tweede Paasdag, 04-27 Koningsdag, 05-05 Bevrijdingsdag, 05-14 Hemelvaartsdag, 05-24 Eerste Pinksterdag, 05-25 Tweede Pinksterdag, 12-25 Eerste Kerstdag, 12-26 Tweede Kerstdag");
        insta::assert_snapshot!(told(Holidays::Be), @"01-01 Nieuwjaar, 04-05 Pasen, 04-06 Paasmaandag, 05-01 Dag van de Arbeid, 05-14 O.L.H. Hemelvaart, 05-24 Pinksteren, 05-25 Pinkstermaandag, 07-21 Nationale feestdag, 08-15 O.L.V. Hemelvaart, 11-01 Allerheiligen, 11-11 Wapenstilstand, 12-25 Kerstmis");
    }

    #[test]
    fn the_kings_day_is_never_a_sunday() {
        for (year, expected) in [
            (2013, "2013-04-30"),
            (2014, "2014-04-26"), // 27 April was a Sunday
            (2025, "2025-04-26"),
            (2026, "2026-04-27"),
            (2031, "2031-04-26"),
        ] {
            assert_eq!(date(kings_day(year).0), expected);
        }
        assert!((1980..2500).all(|year| weekday(kings_day(year).0) != SUNDAY));
    }

    proptest! {
        #[test]
        fn easter_is_a_sunday_of_spring(year in 1583_i64..9999) {
            let day = easter(year);
            prop_assert_eq!(weekday(day), SUNDAY);
            prop_assert!((days_from_civil(year, 3, 22)..=days_from_civil(year, 4, 25)).contains(&day));
        }

        #[test]
        fn days_fall_in_their_year(year in -9999_i64..9999, month in 1_i64..=12, day in 1_i64..=28) {
            prop_assert_eq!(year_of(days_from_civil(year, month, day)), year);
        }
    }
}
