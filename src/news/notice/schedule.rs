//! When somebody's mail goes out: not in quiet hours, or in a digest instead of single letters.
//!
//! Only mail is delayed. The site, webhooks and chats get notices at once: people sleep, machines do not. In quiet
//! hours, browsers show notices without a sound.

mod typed;

pub use typed::{DAYS, TypedSchedule};

use super::{MailDelay, NoticeKind, mail_hold::MailHold};
use crate::{
    moment::{DailyInterval, Zone},
    saved_search::{DigestTime, Frequency},
};
use time::{Duration, OffsetDateTime};

/// When an account's mail goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSchedule {
    /// The zone of all its times.
    pub zone: Zone,
    pub quiet: Option<DailyInterval>,
    pub frequency: Frequency,
    pub digest: DigestTime,
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

    /// The end of the quiet hours that contain `moment`; `None` outside them.
    pub(super) fn quiet_until(&self, moment: OffsetDateTime) -> Option<OffsetDateTime> {
        self.quiet.and_then(|quiet| self.zone.end_of(quiet, moment))
    }

    /// True in quiet hours.
    #[must_use]
    pub fn is_quiet(&self, moment: OffsetDateTime) -> bool {
        self.quiet_until(moment).is_some()
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

    /// Like [`Self::hold`], for somebody whose mail is held until `waiting_until`. Mail of a notice written now must
    /// not overtake it, so it is held until then as well, unless it would then come too late.
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

#[cfg(test)]
mod tests;
