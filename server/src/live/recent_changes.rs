//! Tracks since when each project is known to be unchanged, so that cached answers stay valid without a read.
//!
//! While programs read projects, the poll of the outbox that live pages share runs ten times per second. An answer
//! about a project stays valid if all of the following hold:
//!
//! - those polls, without a gap between them, saw no event for the project since the answer was read;
//! - the last of them began at most 250 ms ago;
//! - the answer is at most 30 s old. Callers also check the deadline, at which an answer changes without an event.
//!
//! When a project has changed, its answer counts as valid until the last poll that had not seen the change, and one
//! caller reads it again. So reads spread over many projects cost the database little. If a poll fails, or sees too many
//! changes or an account's new name, no answer counts as unchanged until it is read again.
//!
//! One limitation: a row changed by hand, without the event that every use case writes, may be served stale for 30 s.
//!
//! Without this module, the p99 of reads spread over 10,000 projects rose from 11 to 54 ms, which still meets the goal
//! of 100 ms. In two runs on a busy machine it rose from 355 to 1,183 ms, and from 141 to 2,545 ms
//! (docs/PERFORMANCE.md).

use crate::cache::read_cache::MAX_STALENESS;
use guildhall::project::ProjectId;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long changes are remembered. Answers older than this are read again.
const REMEMBERED: Duration = Duration::from_secs(30);
/// The maximum number of remembered changes. With more, all projects count as changed.
const MAX_CHANGES: usize = 200_000;
/// How long the feed keeps polling after the last caller asked for a project's validity.
const IN_USE_FOR: Duration = Duration::from_secs(10);
/// How often old changes are forgotten.
const CLEANUP_PERIOD: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct RecentChanges(Mutex<Record>);

#[derive(Default)]
struct Record {
    /// `changes` contains every change that was committed between these two moments.
    complete: Option<(Instant, Instant)>,
    changes: HashMap<ProjectId, LatestChange>,
    cleaned_at: Option<Instant>,
    wanted_at: Option<Instant>,
}

/// The last change of a project.
struct LatestChange {
    /// When the poll that found it ended. An answer read before then may be from before the change.
    found_at: Instant,
    /// When the previous poll, which had not found it, began.
    not_found_at: Instant,
    /// When the change before this one was found.
    earlier: Option<Instant>,
}

/// What is known about a project since some moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Validity {
    /// Unchanged until then.
    Until(Instant),
    /// Changed, or possibly so.
    Changed,
    /// The feed is not running, or its last poll is too old.
    Unknown,
}

impl RecentChanges {
    /// What is known about a project since `began`.
    pub fn validity(&self, id: ProjectId, began: Instant, now: Instant) -> Validity {
        let mut record = self.lock();
        record.wanted_at = Some(now);
        let Some((since, until)) = record
            .complete
            .filter(|(_, until)| now < *until + MAX_STALENESS)
        else {
            return Validity::Unknown;
        };
        if began < since || began + REMEMBERED <= now {
            return Validity::Changed;
        }
        match record.changes.get(&id) {
            Some(change) if change.earlier.is_some_and(|at| began < at) => Validity::Changed,
            Some(change) if began < change.found_at => Validity::Until(change.not_found_at),
            _ => Validity::Until(until),
        }
    }

    /// Records a poll that began at `began` and ended at `now`: since the previous one, the projects in `changed` have
    /// changed, or any may have if `all`.
    pub fn record(&self, began: Instant, now: Instant, changed: &[ProjectId], all: bool) {
        let mut record = self.lock();
        let complete = record.complete;
        let complete = complete.filter(|_| !all && record.changes.len() < MAX_CHANGES);
        if let Some((_, not_found_at)) = complete {
            for id in changed {
                let earlier = record.changes.get(id).map(|change| change.found_at);
                let change = LatestChange {
                    found_at: now,
                    not_found_at,
                    earlier,
                };
                record.changes.insert(*id, change);
            }
        } else {
            record.changes.clear();
        }
        record.complete = Some((complete.map_or(now, |(since, _)| since), began));
        if record
            .cleaned_at
            .is_none_or(|at| at + CLEANUP_PERIOD <= now)
        {
            record.cleaned_at = Some(now);
            record
                .changes
                .retain(|_, change| now < change.found_at + REMEMBERED);
        }
    }

    /// True if a caller asked for a project's validity within the last [`IN_USE_FOR`].
    pub fn is_in_use(&self, now: Instant) -> bool {
        let wanted_at = self.lock().wanted_at;
        wanted_at.is_some_and(|at| now < at + IN_USE_FOR)
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ProjectId = ProjectId(1);
    const OTHER: ProjectId = ProjectId(2);

    /// Moments in milliseconds from now.
    fn clock() -> impl Fn(u64) -> Instant {
        let start = Instant::now();
        move |ms| start + Duration::from_millis(ms)
    }

    #[test]
    fn an_answer_is_valid_until_the_last_poll_without_a_change() {
        let (at, changes) = (clock(), RecentChanges::default());
        assert_eq!(changes.validity(ONE, at(0), at(1)), Validity::Unknown);
        changes.record(at(10), at(12), &[], true);
        let before = changes.validity(ONE, at(11), at(20));
        assert_eq!(before, Validity::Changed, "there was no earlier poll");
        changes.record(at(110), at(112), &[ONE], false);
        let old = changes.validity(ONE, at(20), at(120));
        assert_eq!(
            old,
            Validity::Until(at(10)),
            "the previous poll found no change"
        );
        let during = changes.validity(ONE, at(111), at(120));
        assert_eq!(
            during,
            Validity::Until(at(10)),
            "the answer may be from before the change"
        );
        let new = changes.validity(ONE, at(112), at(120));
        assert_eq!(new, Validity::Until(at(110)));
        let other = changes.validity(OTHER, at(20), at(120));
        assert_eq!(other, Validity::Until(at(110)));
        changes.record(at(210), at(212), &[ONE], false);
        assert_eq!(changes.validity(ONE, at(20), at(220)), Validity::Changed);
        let new = changes.validity(ONE, at(112), at(220));
        assert_eq!(new, Validity::Until(at(110)));
        changes.record(at(310), at(312), &[], false);
        assert_eq!(changes.validity(ONE, at(20), at(320)), Validity::Changed);
        let new = changes.validity(ONE, at(112), at(320));
        assert_eq!(new, Validity::Until(at(110)), "the change is not forgotten");
        let other = changes.validity(OTHER, at(20), at(320));
        assert_eq!(other, Validity::Until(at(310)));
    }

    #[test]
    fn after_an_incomplete_poll_or_too_many_changes_every_project_counts_as_changed() {
        let (at, changes) = (clock(), RecentChanges::default());
        changes.record(at(0), at(1), &[], true);
        changes.record(at(100), at(101), &[], true);
        assert_eq!(changes.validity(ONE, at(50), at(110)), Validity::Changed);
        let many: Vec<_> = (0..200_000).map(ProjectId).collect();
        changes.record(at(200), at(201), &many, false);
        changes.record(at(300), at(301), &[], false);
        let none_of_them = changes.validity(ProjectId(-1), at(250), at(310));
        assert_eq!(none_of_them, Validity::Changed);
    }

    #[test]
    fn without_a_recent_poll_nothing_is_known() {
        let (at, changes) = (clock(), RecentChanges::default());
        changes.record(at(0), at(1), &[], true);
        changes.record(at(100), at(101), &[], false);
        let known = changes.validity(ONE, at(50), at(349));
        assert_eq!(known, Validity::Until(at(100)));
        assert_eq!(changes.validity(ONE, at(50), at(350)), Validity::Unknown);
        assert!(changes.is_in_use(at(10_349)));
        assert!(!changes.is_in_use(at(10_350)));
    }

    #[test]
    fn a_change_is_remembered_until_earlier_answers_have_expired() {
        let (at, changes) = (clock(), RecentChanges::default());
        for second in 0..40 {
            let changed: &[ProjectId] = if second == 5 { &[ONE] } else { &[] };
            let began = 1_000 * second;
            changes.record(at(began), at(began + 1), changed, second == 0);
            let answered = changes.validity(ONE, at(4_500), at(began + 2));
            let expected = match second {
                0..5 => continue,
                5..35 => Validity::Until(at(4_000)),
                _ => Validity::Changed,
            };
            assert_eq!(answered, expected, "after {second} s");
        }
    }
}
