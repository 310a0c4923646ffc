use super::{Zone, rfc3339};
use crate::field::Problem;

fn berlin() -> Zone {
    Zone::named("Europe/Berlin").expect("is in the database of zones")
}

fn read(text: &str) -> Result<String, Problem> {
    berlin().parse(text).map(rfc3339)
}

#[test]
fn a_wall_clock_time_is_read_in_its_zone() {
    assert_eq!(
        read("2027-01-31T17:00").as_deref(),
        Ok("2027-01-31T16:00:00Z")
    );
    assert_eq!(
        read("2027-07-31T17:00:05").as_deref(),
        Ok("2027-07-31T15:00:05Z")
    );
    assert_eq!(
        read(" 2027-01-31 17:00 ").as_deref(),
        Ok("2027-01-31T16:00:00Z")
    );
}

#[test]
fn an_hour_that_clocks_skip_is_refused_and_one_they_repeat_is_the_first() {
    assert_eq!(read("2027-03-28T02:30"), Err(Problem::SkippedTime));
    assert_eq!(
        read("2027-10-31T02:30").as_deref(),
        Ok("2027-10-31T00:30:00Z")
    );
}

#[test]
fn what_is_no_time_is_named() {
    for text in [
        "tomorrow",
        "2027-13-01T10:00",
        "2027-02-30T10:00",
        "31.01.2027 17:00",
        "2027-01-31T17:00Z",
        "2027-01-31T17:00+02:00",
        "99999-01-01T00:00",
    ] {
        assert_eq!(read(text), Err(Problem::NotATime), "{text:?}");
    }
    assert_eq!(read("  "), Err(Problem::Missing));
}

#[test]
fn only_places_and_utc_are_zones() {
    for name in [
        "Mars/Olympus",
        "../etc/passwd",
        "localtime",
        "",
        "europe/berlin ",
    ] {
        assert_eq!(
            Zone::named(name).map(|_| ()),
            Err(Problem::NotAZone),
            "{name:?}"
        );
    }
    assert_eq!(
        Zone::named("UTC").map(|z| z.name().to_owned()),
        Ok("UTC".to_owned())
    );
    assert!(Zone::names().count() > 300);
}

#[test]
fn a_moment_is_shown_with_its_zone_and_read_back_from_its_field() {
    let zone = berlin();
    let moment = zone.parse("2026-11-27T17:00").expect("a time");
    assert_eq!(zone.long(moment), "Fri 27 Nov 2026, 17:00 CET");
    assert_eq!(zone.day(moment), "27 Nov 2026");
    assert_eq!(zone.parse(&zone.to_field(moment)), Ok(moment));
}
