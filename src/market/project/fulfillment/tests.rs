use super::*;
use proptest::prelude::*;
use time::macros::{date, datetime};

const DEADLINE: OffsetDateTime = datetime!(2027-01-31 23:30 UTC);

type Wrong = Vec<(String, ValueError)>;

fn parsed(typed: &FulfillmentInput<'_>, is_draft: bool) -> Result<Fulfillment, Wrong> {
    let mut check = Check::default();
    let parsed = Fulfillment::parse(typed, Some(DEADLINE), is_draft, &mut check);
    match check.finish() {
        Ok(()) => Ok(parsed.expect("no problem was recorded")),
        Err(Error::Invalid(errors)) => {
            assert_eq!(parsed, None);
            Err(errors.into_iter().map(|e| (e.field, e.problem)).collect())
        }
        Err(other) => panic!("{other:?}"),
    }
}

fn wrong_fields(typed: &FulfillmentInput<'_>) -> Vec<String> {
    let wrong = parsed(typed, false).expect_err("something is wrong");
    wrong.into_iter().map(|(field, _)| field).collect()
}

fn at(work_place: &'static str, site: &'static str) -> FulfillmentInput<'static> {
    FulfillmentInput {
        work_place,
        site,
        ..FulfillmentInput::default()
    }
}

#[test]
fn everything_may_be_left_out() {
    let nothing = FulfillmentInput::default();
    assert_eq!(parsed(&nothing, false), Ok(Fulfillment::default()));
    let unit_alone = FulfillmentInput {
        duration_unit: "weeks",
        ..nothing
    };
    assert!(parsed(&unit_alone, false).expect("valid").is_empty());
}

#[test]
fn a_place_is_remote_or_a_site() {
    let place = |work_place, site| parsed(&at(work_place, site), false).map(|read| read.place);
    let leeds = Some(WorkPlace::OnSite("Leeds".to_owned()));
    assert_eq!(place("remote", " "), Ok(Some(WorkPlace::Remote)));
    assert_eq!(place("on_site", "  Leeds "), Ok(leeds.clone()));
    assert_eq!(place("", "Leeds"), Ok(leeds));
    assert_eq!(
        place("on_site", ""),
        Err(vec![("site".to_owned(), ValueError::Missing)])
    );
    assert_eq!(wrong_fields(&at("remote", "Leeds")), ["site"]);
    assert_eq!(wrong_fields(&at("moon", "")), ["work_place"]);
}

#[test]
fn a_draft_may_lack_its_site() {
    let read = parsed(&at("on_site", ""), true).expect("valid as a draft");
    assert_eq!(read.place, Some(WorkPlace::OnSite(String::new())));
}

#[test]
fn every_wrong_field_is_reported_at_once() {
    let typed = FulfillmentInput {
        work_place: "on_site",
        site: "",
        delivery_date: "2027-02-30",
        duration: "a while",
        duration_unit: "weeks",
    };
    assert_eq!(wrong_fields(&typed), ["site", "delivery_date", "duration"]);
    let typed = FulfillmentInput {
        duration: "3",
        duration_unit: "years",
        ..FulfillmentInput::default()
    };
    assert_eq!(wrong_fields(&typed), ["duration_unit"]);
}

#[test]
fn work_is_due_from_the_day_bidding_ends_until_two_years_later() {
    for (day, is_accepted) in [
        (date!(2027 - 01 - 30), false),
        (date!(2027 - 01 - 31), true),
        (date!(2029 - 01 - 31), true),
        (date!(2029 - 02 - 01), false),
    ] {
        let followed = DeliveryDate(day).must_follow(DEADLINE);
        assert_eq!(followed.is_ok(), is_accepted, "{day}");
    }
}

#[test]
fn a_duration_is_read_in_its_unit_and_shown_in_the_largest() {
    for (count, unit, days, shown) in [
        ("1", "days", 1, "1 day"),
        ("10", "", 10, "10 days"),
        ("7", "days", 7, "1 week"),
        ("3", "weeks", 21, "3 weeks"),
        ("2", "months", 60, "2 months"),
        ("730", "days", 730, "730 days"),
    ] {
        let unit = DurationUnit::parse(unit).unwrap();
        let read = WorkDuration::parse(count, unit).unwrap().unwrap();
        assert_eq!((read.days(), read.to_string().as_str()), (days, shown));
    }
    for count in ["0", "731", "99999999999"] {
        let refused = WorkDuration::parse(count, DurationUnit::Days);
        assert!(matches!(refused, Err(ValueError::Refused(_))), "{count}");
    }
    for count in ["-1", "1.5", "two", "+3"] {
        let refused = WorkDuration::parse(count, DurationUnit::Weeks);
        assert_eq!(refused, Err(ValueError::NotACount), "{count}");
    }
}

#[test]
fn a_row_whose_columns_contradict_each_other_is_refused() {
    let site = || Some("Leeds".to_owned());
    assert!(WorkPlace::of_columns(Some("on_site"), site()).is_ok());
    for (place, site) in [
        (None, site()),
        (Some("remote"), site()),
        (Some("on_site"), None),
        (Some("moon"), None),
    ] {
        assert!(WorkPlace::of_columns(place, site).is_err(), "{place:?}");
    }
    for days in [-1, 0, 731] {
        assert!(Fulfillment::of_columns(None, None, None, Some(days)).is_err());
    }
}

prop_compose! {
    fn fulfillments()(
        place in prop_oneof![
            Just(None),
            Just(Some(WorkPlace::Remote)),
            "[A-Za-z][a-z]{0,20}".prop_map(|site| Some(WorkPlace::OnSite(site))),
        ],
        delivery in prop::option::of((0_i64..=731).prop_map(|days| {
            DeliveryDate(DEADLINE.date() + Duration::days(days))
        })),
        duration in prop::option::of((1..=MAX_DAYS).prop_map(|days| WorkDuration { days })),
    ) -> Fulfillment {
        Fulfillment { place, delivery, duration }
    }
}

proptest! {
    #[test]
    fn what_a_form_shows_is_read_as_it_was(all in fulfillments()) {
        let in_units = all.duration.map(WorkDuration::in_units);
        let typed = FulfillmentInput {
            work_place: all.place.as_ref().map_or("", WorkPlace::name),
            site: all.place.as_ref().and_then(WorkPlace::site).unwrap_or_default(),
            delivery_date: &all.delivery.map(DeliveryDate::to_field).unwrap_or_default(),
            duration: &in_units.map(|(count, _)| count.to_string()).unwrap_or_default(),
            duration_unit: in_units.map_or("", |(_, unit)| unit.name()),
        };
        prop_assert_eq!(parsed(&typed, false), Ok(all));
    }

    #[test]
    fn columns_are_read_as_they_were_stored(all in fulfillments()) {
        let place = all.place.as_ref();
        let read = Fulfillment::of_columns(
            place.map(WorkPlace::name),
            place.and_then(WorkPlace::site).map(str::to_owned),
            all.delivery.map(DeliveryDate::day),
            all.duration.map(|duration| duration.days().into()),
        );
        prop_assert_eq!(read.unwrap(), all);
    }

    #[test]
    fn no_text_is_read_as_a_place_a_day_or_a_duration_out_of_bounds(
        work_place in "(remote|on_site|.{0,5})",
        site in "(?s).{0,100}",
        delivery_date in "(\\d{4}-\\d\\d-\\d\\d|.{0,12})",
        duration in "(\\d{0,6}|.{0,6})",
        duration_unit in "(days|weeks|months|.{0,3})",
    ) {
        let typed = FulfillmentInput {
            work_place: &work_place,
            site: &site,
            delivery_date: &delivery_date,
            duration: &duration,
            duration_unit: &duration_unit,
        };
        if let Ok(read) = parsed(&typed, false) {
            if let Some(WorkPlace::OnSite(site)) = read.place {
                prop_assert!((1..=LONGEST_SITE).contains(&site.chars().count()));
            }
            if let Some(delivery) = read.delivery {
                prop_assert!(delivery.must_follow(DEADLINE).is_ok());
            }
            if let Some(duration) = read.duration {
                prop_assert!((1..=MAX_DAYS).contains(&duration.days()));
            }
        }
    }
}
