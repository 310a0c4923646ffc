use super::*;
use crate::{Error, moment::TimeOfDay};
use proptest::prelude::*;
use time::{Weekday, macros::datetime};

const NIGHT: TypedSchedule<'static> = TypedSchedule {
    zone: "Europe/Berlin",
    quiet_from: "22:00",
    quiet_until: "07:00",
    frequency: "at_once",
    digest_hour: "7",
    digest_day: "Monday",
};

fn schedule(typed: TypedSchedule<'_>) -> MailSchedule {
    MailSchedule::parse(&typed).expect("is valid")
}

/// 23:00 in Berlin, on a Saturday.
const AT_NIGHT: OffsetDateTime = datetime!(2026-11-28 22:00 UTC);
const MORNING: OffsetDateTime = datetime!(2026-11-29 6:00 UTC);

#[test]
fn quiet_hours_hold_everything_but_security_until_they_end() {
    let night = schedule(NIGHT);
    for kind in NoticeKind::ALL {
        let hold = night.hold(*kind, None, AT_NIGHT);
        match kind.delay() {
            MailDelay::Nothing => assert_eq!(hold, None, "{kind:?}"),
            _ => assert_eq!(hold, Some(MailHold::Until(MORNING)), "{kind:?}"),
        }
        assert_eq!(night.hold(*kind, None, MORNING), None, "{kind:?}");
        assert!(
            kind.required().is_none() || kind.delay() == MailDelay::Nothing,
            "{kind:?}"
        );
    }
}

#[test]
fn a_reminder_is_held_only_if_it_still_comes_an_hour_before_the_deadline() {
    let night = schedule(NIGHT);
    let held = |deadline| night.hold(NoticeKind::DeadlineInADay, Some(deadline), AT_NIGHT);
    assert_eq!(
        held(MORNING + Duration::HOUR),
        Some(MailHold::Until(MORNING))
    );
    assert_eq!(held(MORNING + Duration::minutes(59)), None);
    assert_eq!(
        night.hold(
            NoticeKind::WatchedInAnHour,
            Some(AT_NIGHT + Duration::HOUR),
            AT_NIGHT
        ),
        None
    );
}

#[test]
fn a_digest_has_what_can_wait_and_leaves_out_what_cannot() {
    let weekly = schedule(TypedSchedule {
        frequency: "weekly",
        digest_hour: "9",
        digest_day: "Wednesday",
        quiet_from: "",
        quiet_until: "",
        ..NIGHT
    });
    let wednesday = datetime!(2026-12-02 8:00 UTC);
    for kind in NoticeKind::ALL {
        let hold = weekly.hold(*kind, Some(AT_NIGHT + Duration::DAY), AT_NIGHT);
        let expected = (kind.delay() == MailDelay::Digest).then_some(MailHold::Digest(wednesday));
        assert_eq!(hold, expected, "{kind:?}");
    }
    for (kind, waits) in [
        (NoticeKind::FirstBid, true),
        (NoticeKind::Lost, true),
        (NoticeKind::Won, false),
        (NoticeKind::Awarded, false),
        (NoticeKind::DeadlineInADay, false),
        (NoticeKind::SearchFit, false),
        (NoticeKind::WatchedAwarded, true),
    ] {
        assert_eq!(kind.delay() == MailDelay::Digest, waits, "{kind:?}");
    }
}

#[test]
fn a_digest_waits_for_the_end_of_quiet_hours_with_all_that_comes_in_them() {
    for frequency in ["daily", "weekly"] {
        let early = schedule(TypedSchedule {
            frequency,
            digest_hour: "5",
            digest_day: "Sunday",
            ..NIGHT
        });
        assert_eq!(early.next_digest(AT_NIGHT), Some(MORNING));
        // Half past five.
        let half_past = MORNING - Duration::minutes(90);
        assert_eq!(early.next_digest(half_past), Some(MORNING));
        assert!(early.next_digest(MORNING) > Some(MORNING + Duration::hours(23)));
    }
}

#[test]
fn what_is_written_while_mail_waits_is_held_behind_it_unless_it_would_be_too_late() {
    let at_once = MailSchedule::at_once(Zone::utc());
    let behind =
        |kind, deadline| at_once.hold_behind(Some(MORNING), kind, Some(deadline), AT_NIGHT);
    let (far, near) = (MORNING + Duration::WEEK, MORNING + Duration::minutes(59));
    for kind in NoticeKind::ALL {
        let held = Some(MailHold::Until(MORNING));
        let expected = match kind.delay() {
            MailDelay::Nothing => [None, None],
            MailDelay::QuietHours | MailDelay::Digest => [held, held],
            MailDelay::BeforeDeadline | MailDelay::DigestBeforeDeadline => [held, None],
        };
        assert_eq!(
            [behind(*kind, far), behind(*kind, near)],
            expected,
            "{kind:?}"
        );
    }
}

#[test]
fn whoever_is_outbid_shortly_before_a_deadline_is_told_in_time() {
    let daily = schedule(TypedSchedule {
        frequency: "daily",
        digest_hour: "12",
        ..NIGHT
    });
    let hold = |deadline| daily.hold(NoticeKind::Outbid, Some(deadline), AT_NIGHT);
    let noon = datetime!(2026-11-29 11:00 UTC);
    assert_eq!(hold(noon + Duration::HOUR), Some(MailHold::Digest(noon)));
    // The digest would be too late, the end of the quiet hours is not.
    assert_eq!(
        hold(noon + Duration::minutes(59)),
        Some(MailHold::Until(MORNING))
    );
    assert_eq!(hold(MORNING + Duration::minutes(59)), None);
}

#[test]
fn what_is_wrong_with_a_schedule_is_said_at_its_field() {
    let errors = |typed: TypedSchedule<'_>| match MailSchedule::parse(&typed) {
        Err(Error::Invalid(errors)) => errors
            .into_iter()
            .map(|error| format!("{}: {}", error.field, error.message()))
            .collect(),
        other => vec![format!("{other:?}")],
    };
    let same = TypedSchedule {
        quiet_until: "22:00",
        ..NIGHT
    };
    assert_eq!(
        errors(same),
        ["quiet_until: Choose another time: quiet hours can't last the whole day."]
    );
    let half = TypedSchedule {
        quiet_from: "",
        ..NIGHT
    };
    assert_eq!(
        errors(half),
        ["quiet_from: Enter a time of day such as 22:00, or leave both fields empty."]
    );
    let impossible = TypedSchedule {
        quiet_from: "25:00",
        zone: "Mars/Olympus",
        frequency: "hourly",
        digest_hour: "24",
        digest_day: "Caturday",
        ..NIGHT
    };
    assert_eq!(
        errors(impossible),
        [
            "time_zone: Choose a time zone from the list.",
            "quiet_from: Enter a time of day such as 22:00.",
            "how_often: Choose one of the options.",
            "digest_time: Choose one of the options.",
            "digest_day: Choose one of the options.",
        ]
    );
}

proptest! {
    /// In every zone: nothing that is held is due in quiet hours or comes too late.
    #[test]
    fn what_is_held_is_due_later_outside_quiet_hours_and_in_time(
        zone in prop::sample::select(Zone::names().collect::<Vec<_>>()),
        seconds in 1_600_000_000_i64..2_000_000_000,
        from in 0..1440_i16,
        until in 0..1440_i16,
        hour in 0..24_i8,
        ahead in 0..100_000_i64,
        frequency in prop::sample::select(Frequency::ALL.to_vec()),
    ) {
        let time = |minutes| TimeOfDay::from_minutes(minutes).expect("a time");
        let schedule = MailSchedule {
            zone: Zone::by_name(zone).expect("a known zone"),
            quiet: DailyInterval::new(time(from), time(until)),
            frequency,
            digest: DigestTime { hour, day: Weekday::Sunday },
        };
        let now = OffsetDateTime::from_unix_timestamp(seconds).expect("in range");
        let deadline = now + Duration::seconds(ahead);
        for kind in NoticeKind::ALL {
            let Some(hold) = schedule.hold(*kind, Some(deadline), now) else { continue };
            prop_assert!(hold.due_at() > now);
            prop_assert_eq!(schedule.quiet_until(hold.due_at()), None);
            prop_assert!(hold.due_at() - now <= Duration::days(10));
            let is_collected = frequency != Frequency::AtOnce && kind.delay().is_for_digest();
            prop_assert!(is_collected || !hold.is_digest());
            let is_urgent = matches!(kind.delay(), MailDelay::BeforeDeadline | MailDelay::DigestBeforeDeadline);
            prop_assert!(!is_collected || hold.is_digest() || is_urgent);
            if is_urgent {
                prop_assert!(hold.due_at() + Duration::HOUR <= deadline);
            }
        }
    }
}
