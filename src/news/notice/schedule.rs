//! When somebody's mail goes out: not in quiet hours, or in a digest instead of single letters.
//!
//! Only mail is delayed. The site, webhooks and chats are told at once: people sleep, machines do not.

use super::NoticeKind;
use crate::{
    Error, Result,
    field::{Check, ValueError},
    moment::{DailyInterval, TimeOfDay, Zone},
    saved_search::{DigestTime, Frequency},
};
use std::str::FromStr;
use time::{Duration, OffsetDateTime, Weekday};

/// What may delay the mail of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailDelay {
    Nothing,
    /// Quiet hours, if they end early enough before the project's deadline.
    BeforeDeadline,
    /// Quiet hours, but no digest: it would come too late, or has a frequency of its own.
    QuietHours,
    /// Quiet hours and digests.
    Digest,
    /// Quiet hours and digests, if they come early enough before the project's deadline.
    DigestBeforeDeadline,
}

impl MailDelay {
    /// True if digests collect it.
    #[must_use]
    pub const fn is_for_digest(self) -> bool {
        matches!(self, Self::Digest | Self::DigestBeforeDeadline)
    }

    /// True if mail that goes out at the end of this hold does not come too late for the project's deadline.
    fn allows(self, hold: MailHold, deadline: Option<OffsetDateTime>) -> bool {
        match self {
            Self::Nothing => false,
            Self::QuietHours | Self::Digest => true,
            Self::BeforeDeadline | Self::DigestBeforeDeadline => {
                deadline.is_none_or(|deadline| hold.due_at() + AHEAD_OF_DEADLINE <= deadline)
            }
        }
    }
}

/// Mail that may come too late is held only if it still comes this long before the deadline.
const AHEAD_OF_DEADLINE: Duration = Duration::HOUR;

/// When an account's mail goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSchedule {
    /// The zone of all its times.
    pub zone: Zone,
    pub quiet: Option<DailyInterval>,
    pub frequency: Frequency,
    pub digest: DigestTime,
}

/// Why and until when a notice's mail is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MailHold {
    /// Decided again at this time.
    Until(OffsetDateTime),
    /// Part of the digest of this time.
    Digest(OffsetDateTime),
}

impl MailHold {
    pub const fn due_at(self) -> OffsetDateTime {
        match self {
            Self::Until(at) | Self::Digest(at) => at,
        }
    }

    pub const fn is_digest(self) -> bool {
        matches!(self, Self::Digest(_))
    }
}

impl MailSchedule {
    /// At once, at any time of the day.
    #[must_use]
    pub const fn at_once(zone: Zone) -> Self {
        Self {
            zone,
            quiet: None,
            frequency: Frequency::AtOnce,
            digest: DigestTime::MORNING,
        }
    }

    /// Parses the fields of the form; two empty times mean no quiet hours.
    ///
    /// # Errors
    /// `Invalid` for `time_zone`, `quiet_from`, `quiet_until`, `how_often`, `digest_time` or `digest_day`.
    pub fn parse(typed: &TypedSchedule<'_>) -> Result<Self> {
        let mut check = Check::default();
        let zone = check.take("time_zone", Zone::by_name(typed.zone));
        let is_empty = typed.quiet_from.trim().is_empty() && typed.quiet_until.trim().is_empty();
        let mut quiet = None;
        if !is_empty {
            let from = check.take("quiet_from", TimeOfDay::from_str(typed.quiet_from));
            let until = check.take("quiet_until", TimeOfDay::from_str(typed.quiet_until));
            if let Some((from, until)) = from.zip(until) {
                let interval = DailyInterval::new(from, until).ok_or(ValueError::WholeDay);
                quiet = check.take("quiet_until", interval);
            }
        }
        let frequency = check.take("how_often", typed.frequency.parse());
        let hour = check.take("digest_time", hour(typed.digest_hour));
        let day = check.take("digest_day", day(typed.digest_day));
        check.finish()?;
        let parsed = zone.zip(frequency).zip(hour.zip(day));
        let ((zone, frequency), (hour, day)) =
            parsed.ok_or_else(|| Error::unexpected("a field was neither read nor refused"))?;
        Ok(Self {
            zone,
            quiet,
            frequency,
            digest: DigestTime { hour, day },
        })
    }

    /// The end of the quiet hours that contain `moment`; `None` outside them.
    pub(super) fn quiet_until(&self, moment: OffsetDateTime) -> Option<OffsetDateTime> {
        self.quiet.and_then(|quiet| self.zone.end_of(quiet, moment))
    }

    /// When the first digest after this moment goes out, which is never in quiet hours; `None` if there are no digests.
    #[must_use]
    pub fn next_digest(&self, moment: OffsetDateTime) -> Option<OffsetDateTime> {
        let next_after = |moment| (self.frequency).next_digest(&self.zone, self.digest, moment);
        if let Some(end) = self.quiet_until(moment) {
            // The digest of these quiet hours waits for their end. They last less than a day.
            let waiting = next_after(end - Duration::DAY)?;
            if waiting <= moment && self.quiet_until(waiting) == Some(end) {
                return Some(end);
            }
        }
        let next = next_after(moment)?;
        Some(self.quiet_until(next).unwrap_or(next))
    }

    /// Whether, and until when, to hold the mail of a notice written now; `deadline` is its project's.
    pub(super) fn hold(
        &self,
        kind: NoticeKind,
        deadline: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Option<MailHold> {
        let delay = kind.delay();
        let until_end = self.quiet_until(now).map(MailHold::Until);
        let for_digest = || self.next_digest(now).map(MailHold::Digest);
        let is_in_time = |hold: &MailHold| delay.allows(*hold, deadline);
        match delay {
            MailDelay::Nothing => None,
            MailDelay::BeforeDeadline | MailDelay::QuietHours => until_end.filter(is_in_time),
            MailDelay::Digest | MailDelay::DigestBeforeDeadline => for_digest()
                .filter(is_in_time)
                .or(until_end.filter(is_in_time)),
        }
    }
}

impl MailSchedule {
    /// Like [`Self::hold`], for somebody whose mail is held until `waiting_until`: what is written now must not come first,
    /// unless it would then come too late.
    pub(super) fn hold_behind(
        &self,
        waiting_until: Option<OffsetDateTime>,
        kind: NoticeKind,
        deadline: Option<OffsetDateTime>,
        now: OffsetDateTime,
    ) -> Option<MailHold> {
        let delay = kind.delay();
        let behind = waiting_until.map(MailHold::Until);
        let behind = behind.filter(|hold| delay.allows(*hold, deadline));
        self.hold(kind, deadline, now).or(behind)
    }
}

/// The fields of a schedule as they were typed and chosen.
#[derive(Debug, Clone, Copy, Default)]
pub struct TypedSchedule<'a> {
    pub zone: &'a str,
    pub quiet_from: &'a str,
    pub quiet_until: &'a str,
    pub frequency: &'a str,
    pub digest_hour: &'a str,
    pub digest_day: &'a str,
}

fn hour(text: &str) -> Result<i8, ValueError> {
    let hour = text.parse().ok().filter(|hour| (0..24).contains(hour));
    hour.ok_or(ValueError::NotAChoice)
}

/// The days of the week, in the order of the choice.
pub const DAYS: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn day(text: &str) -> Result<Weekday, ValueError> {
    text.parse().map_err(|_| ValueError::NotAChoice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

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
            let expected =
                (kind.delay() == MailDelay::Digest).then_some(MailHold::Digest(wednesday));
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
}
