use super::{Hour, Wall, Zone, datetime, from_rfc3339, rfc3339};
use crate::field::ValueError;
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

fn berlin() -> Zone {
    Zone::by_name("Europe/Berlin").expect("is in the time zone database")
}

fn parse(text: &str) -> Result<String, ValueError> {
    berlin().parse(&wall(text)).map(rfc3339)
}

fn wall(text: &str) -> Wall<'_> {
    Wall {
        text,
        ..Wall::default()
    }
}

#[test]
fn a_wall_clock_time_is_parsed_in_its_zone() {
    assert_eq!(
        parse("2027-01-31T17:00").as_deref(),
        Ok("2027-01-31T16:00:00Z")
    );
    assert_eq!(
        parse("2027-07-31T17:00:05").as_deref(),
        Ok("2027-07-31T15:00:05Z")
    );
    assert_eq!(
        parse(" 2027-01-31 17:00 ").as_deref(),
        Ok("2027-01-31T16:00:00Z")
    );
}

#[test]
fn an_hour_that_clocks_skip_is_refused() {
    assert_eq!(parse("2027-03-28T02:30"), Err(ValueError::SkippedTime));
    assert_eq!(
        parse("2027-03-28T03:00").as_deref(),
        Ok("2027-03-28T01:00:00Z")
    );
}

#[test]
fn a_repeated_hour_needs_a_choice() {
    let text = "2027-10-31T02:30";
    assert_eq!(parse(text), Err(ValueError::DoubledTime));
    let both = berlin()
        .repeated_moments(text)
        .map(|both| both.map(rfc3339));
    let expected = ["2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z"];
    assert_eq!(both, Some(expected.map(str::to_owned)));
    assert_eq!(berlin().repeated_moments("2027-10-31T03:00"), None);
    for (hour, moment) in [
        (Hour::First, "2027-10-31T00:30:00Z"),
        (Hour::Second, "2027-10-31T01:30:00Z"),
    ] {
        let typed = Wall {
            hour: Some(hour),
            ..wall(text)
        };
        assert_eq!(berlin().parse(&typed).map(rfc3339).as_deref(), Ok(moment));
        assert_eq!(
            berlin().hour(from_rfc3339(moment).expect("a moment")),
            Some(hour)
        );
        assert_eq!(hour.name().parse(), Ok(hour));
        // The choice is ignored for an hour that occurs once.
        let once = Wall {
            hour: Some(hour),
            ..wall("2027-10-31T03:00")
        };
        assert_eq!(
            berlin().parse(&once).map(rfc3339).as_deref(),
            Ok("2027-10-31T02:00:00Z")
        );
    }
    // Clocks there move by half an hour.
    let lord_howe = Zone::by_name("Australia/Lord_Howe").expect("is in the time zone database");
    assert!(lord_howe.repeated_moments("2027-04-04T01:45").is_some());
    assert!(lord_howe.repeated_moments("2027-04-04T01:15").is_none());
    // In the south, clocks are set back in April and forward in October.
    let sydney = Zone::by_name("Australia/Sydney").expect("is in the time zone database");
    assert!(sydney.repeated_moments("2027-04-04T02:30").is_some());
    assert_eq!(
        sydney.parse(&wall("2027-10-03T02:30")),
        Err(ValueError::SkippedTime)
    );
}

#[test]
fn a_datetime_attribute_has_at_most_three_decimals() {
    for (moment, attribute) in [
        ("2027-10-31T01:30:00.999999Z", "2027-10-31T01:30:00.999Z"),
        ("2027-10-31T01:30:00.25Z", "2027-10-31T01:30:00.25Z"),
        ("2027-10-31T01:30:00Z", "2027-10-31T01:30:00Z"),
    ] {
        let moment = from_rfc3339(moment).expect("a moment");
        assert_eq!(datetime(moment), attribute);
    }
}

#[test]
fn an_unedited_time_keeps_its_exact_moment() {
    let moment = from_rfc3339("2027-10-31T01:30:00.25Z").expect("a moment");
    let shown = berlin().to_field(moment);
    let unedited = Wall {
        text: &shown,
        hour: None,
        shown: Some(moment),
    };
    assert_eq!(berlin().parse(&unedited), Ok(moment));
    let edited = Wall {
        text: "2027-10-31T02:45",
        ..unedited
    };
    assert_eq!(berlin().parse(&edited), Err(ValueError::DoubledTime));
    let other_hour = Wall {
        hour: Some(Hour::First),
        ..unedited
    };
    assert_eq!(
        berlin().parse(&other_hour).map(rfc3339).as_deref(),
        Ok("2027-10-31T00:30:00Z")
    );
    // In another zone the same text means another time.
    assert_eq!(
        Zone::utc().parse(&unedited).map(rfc3339).as_deref(),
        Ok("2027-10-31T02:30:00Z")
    );
}

proptest! {
    #[test]
    fn every_time_survives_a_round_trip_through_the_form_in_every_zone(seconds in 1_790_000_000_i64..1_860_000_000, nanos in 0_i64..1_000_000_000, pick in any::<proptest::sample::Index>(), says_hour in any::<bool>()) {
        let zones: Vec<_> = Zone::names().collect();
        let zone = Zone::by_name(zones[pick.index(zones.len())]).expect("is listed");
        let moment = OffsetDateTime::from_unix_timestamp(seconds).expect("is in range") + Duration::nanoseconds(nanos);
        let text = zone.to_field(moment);
        let hour = if says_hour { zone.hour(moment) } else { None };
        prop_assert_eq!(zone.parse(&Wall { text: &text, hour, shown: Some(moment) }), Ok(moment));
        prop_assert_eq!(zone.hour(moment).is_some(), zone.repeated_moments(&text).is_some());
    }
}

#[test]
fn an_invalid_time_is_reported() {
    for text in [
        "tomorrow",
        "2027-13-01T10:00",
        "2027-02-30T10:00",
        "31.01.2027 17:00",
        "2027-01-31T17:00Z",
        "2027-01-31T17:00+02:00",
        "99999-01-01T00:00",
    ] {
        assert_eq!(parse(text), Err(ValueError::NotATime), "{text:?}");
    }
    assert_eq!(parse("  "), Err(ValueError::Missing));
}

#[test]
fn only_place_names_and_utc_are_zones() {
    for name in [
        "Mars/Olympus",
        "../etc/passwd",
        "localtime",
        "",
        "europe/berlin ",
    ] {
        assert_eq!(
            Zone::by_name(name).map(|_| ()),
            Err(ValueError::NotAZone),
            "{name:?}"
        );
    }
    assert_eq!(
        Zone::by_name("UTC").map(|z| z.name().to_owned()),
        Ok("UTC".to_owned())
    );
    assert!(Zone::names().count() > 300);
}

#[test]
fn a_time_is_shown_with_its_zone_and_parsed_back_from_its_field() {
    let zone = berlin();
    let moment = zone.parse(&wall("2026-11-27T17:00")).expect("a time");
    assert_eq!(zone.long(moment), "Fri 27 Nov 2026, 17:00 CET");
    assert_eq!(zone.day(moment), "27 Nov 2026");
    assert_eq!(zone.parse(&wall(&zone.to_field(moment))), Ok(moment));
}

#[test]
fn utc_is_shown_beside_a_time_unless_it_is_the_same() {
    let beside = |zone: &str, text: &str| {
        let moment = from_rfc3339(text).expect("a moment");
        Zone::by_name(zone).expect("a zone").utc_beside(moment)
    };
    let noon = "2027-01-31T12:00:00Z";
    assert_eq!(beside("Europe/Berlin", noon).as_deref(), Some("12:00 UTC"));
    assert_eq!(
        beside("Asia/Kathmandu", "2027-01-31T18:30:00Z").as_deref(),
        Some("Sun 31 Jan 2027, 18:30 UTC")
    );
    for zone in ["UTC", "Europe/London", "Africa/Abidjan"] {
        assert_eq!(beside(zone, noon), None, "{zone}");
    }
}

proptest! {
    /// The syntax of HTML for a global date and time.
    #[test]
    fn any_datetime_attribute_has_at_most_three_decimals(seconds in 0_i64..4_000_000_000, nanos in 0_i64..1_000_000_000) {
        let moment = OffsetDateTime::from_unix_timestamp(seconds).expect("is in range") + Duration::nanoseconds(nanos);
        let text = datetime(moment);
        let read = from_rfc3339(&text).expect("is valid");
        prop_assert!(text.len() <= "2027-01-31T12:00:00.123Z".len(), "{}", text);
        prop_assert!((Duration::ZERO..Duration::MILLISECOND).contains(&(moment - read)));
    }
}

#[test]
fn a_day_lasts_from_midnight_to_midnight_by_its_zones_clocks() {
    let zone = berlin();
    let hours = |text| {
        let day = zone.day_in(text).expect("a day");
        (day.end - day.start).whole_hours()
    };
    assert_eq!(hours("2026-11-27"), 24);
    assert_eq!(hours("2026-03-29"), 23);
    assert_eq!(hours("2026-10-25"), 25);
    let day = zone.day_in("2026-11-27").expect("a day");
    assert_eq!(zone.to_field(day.start), "2026-11-27T00:00");
    for text in [
        "2026-02-30",
        "27.11.2026",
        "2026-11-27T10:00",
        "9999-12-31",
        "soon",
    ] {
        assert_eq!(zone.day_in(text), Err(ValueError::NotADay), "{text:?}");
    }
    assert_eq!(zone.day_in(""), Err(ValueError::Missing));
}

#[test]
fn a_day_ends_where_the_next_begins_even_if_clocks_skip_midnight() {
    let end = |zone: &str, at: &str| {
        let moment = from_rfc3339(at).unwrap();
        Zone::by_name(zone).unwrap().end_of_day(moment).map(rfc3339)
    };
    let noon = "2026-11-28T12:00:00Z";
    assert_eq!(end("UTC", noon).as_deref(), Some("2026-11-29T00:00:00Z"));
    assert_eq!(
        end("Asia/Tokyo", noon).as_deref(),
        Some("2026-11-28T15:00:00Z")
    );
    // In Beirut, clocks went from 00:00 to 01:00 on 29 March 2026.
    assert_eq!(
        end("Asia/Beirut", "2026-03-28T12:00:00Z").as_deref(),
        Some("2026-03-28T22:00:00Z")
    );
}

proptest! {
    #[test]
    fn a_day_ends_after_each_of_its_moments_and_within_50_hours(seconds in 0_i64..4_000_000_000) {
        let at = OffsetDateTime::from_unix_timestamp(seconds).unwrap();
        for name in ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"] {
            let zone = Zone::by_name(name).unwrap();
            let end = zone.end_of_day(at).unwrap();
            prop_assert!(end > at && end - at <= Duration::hours(50), "{name}");
            prop_assert_eq!(zone.day(end - Duration::SECOND), zone.day(at));
        }
    }
}
