//! Which projects have not changed since when, so that answers about them stay good without being looked up again.

use crate::cache::fresh::MOST_BEHIND;
use guildhall::project::ProjectId;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// For how long after a look it is known whether something changed since: answers from before are looked up again.
const REMEMBERED: Duration = Duration::from_secs(30);
/// How many changes are remembered at most; past that it is as if all had changed.
const MOST_CHANGES: usize = 200_000;
/// How long the feed goes on for those who ask.
const WANTED: Duration = Duration::from_secs(10);
/// How often old changes are forgotten.
const TENDED: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Unchanged(Mutex<Known>);

#[derive(Default)]
struct Known {
    /// Whatever was committed after the one moment and before the other is among `changed`.
    whole: Option<(Instant, Instant)>,
    changed: HashMap<ProjectId, Change>,
    tended_at: Option<Instant>,
    wanted_at: Option<Instant>,
}

/// When a project changed last.
struct Change {
    /// The look ended that saw it. An answer from before may be one from before the change.
    seen: Instant,
    /// The look before that one began, which had not seen it.
    unseen: Instant,
    /// When the change before this one was seen.
    earlier: Option<Instant>,
}

/// What is known of a project since some moment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Since {
    /// It has not changed until then.
    Unchanged(Instant),
    /// It changed, or may have.
    Changed,
    /// Nobody looks, or has not for the last moments.
    NotKnown,
}

impl Unchanged {
    /// What is known of a project since `began`.
    pub fn since(&self, id: ProjectId, began: Instant, now: Instant) -> Since {
        let mut known = self.lock();
        known.wanted_at = Some(now);
        let Some((since, until)) = known.whole.filter(|(_, until)| now < *until + MOST_BEHIND)
        else {
            return Since::NotKnown;
        };
        if began < since || began + REMEMBERED <= now {
            return Since::Changed;
        }
        match known.changed.get(&id) {
            Some(change) if change.earlier.is_some_and(|at| began < at) => Since::Changed,
            Some(change) if began < change.seen => Since::Unchanged(change.unseen),
            _ => Since::Unchanged(until),
        }
    }

    /// What a look saw that began then and has ended now: these changed since the look before, or anything may have.
    pub fn looked(&self, began: Instant, now: Instant, changed: &[ProjectId], all: bool) {
        let mut known = self.lock();
        let whole = known.whole;
        let whole = whole.filter(|_| !all && known.changed.len() < MOST_CHANGES);
        if let Some((_, unseen)) = whole {
            for id in changed {
                let earlier = known.changed.get(id).map(|change| change.seen);
                let seen = now;
                let change = Change {
                    seen,
                    unseen,
                    earlier,
                };
                known.changed.insert(*id, change);
            }
        } else {
            known.changed.clear();
        }
        known.whole = Some((whole.map_or(now, |(since, _)| since), began));
        if known.tended_at.is_none_or(|at| at + TENDED <= now) {
            known.tended_at = Some(now);
            known
                .changed
                .retain(|_, change| now < change.seen + REMEMBERED);
        }
    }

    /// Whether somebody asked a moment ago.
    pub fn is_wanted(&self, now: Instant) -> bool {
        let wanted_at = self.lock().wanted_at;
        wanted_at.is_some_and(|at| now < at + WANTED)
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: ProjectId = ProjectId(1);
    const OTHER: ProjectId = ProjectId(2);

    /// Moments by their milliseconds.
    fn clock() -> impl Fn(u64) -> Instant {
        let start = Instant::now();
        move |ms| start + Duration::from_millis(ms)
    }

    #[test]
    fn what_changed_since_is_told_from_what_did_not() {
        let (at, unchanged) = (clock(), Unchanged::default());
        assert_eq!(unchanged.since(ONE, at(0), at(1)), Since::NotKnown);
        unchanged.looked(at(10), at(12), &[], true);
        let before = unchanged.since(ONE, at(11), at(20));
        assert_eq!(before, Since::Changed, "nobody looked before");
        unchanged.looked(at(110), at(112), &[ONE], false);
        let old = unchanged.since(ONE, at(20), at(120));
        assert_eq!(old, Since::Unchanged(at(10)), "the look before saw nothing");
        let during = unchanged.since(ONE, at(111), at(120));
        assert_eq!(during, Since::Unchanged(at(10)), "it may be an old answer");
        let new = unchanged.since(ONE, at(112), at(120));
        assert_eq!(new, Since::Unchanged(at(110)));
        let other = unchanged.since(OTHER, at(20), at(120));
        assert_eq!(other, Since::Unchanged(at(110)));
        unchanged.looked(at(210), at(212), &[ONE], false);
        assert_eq!(unchanged.since(ONE, at(20), at(220)), Since::Changed);
        let new = unchanged.since(ONE, at(112), at(220));
        assert_eq!(new, Since::Unchanged(at(110)));
        unchanged.looked(at(310), at(312), &[], false);
        assert_eq!(unchanged.since(ONE, at(20), at(320)), Since::Changed);
        let new = unchanged.since(ONE, at(112), at(320));
        assert_eq!(new, Since::Unchanged(at(110)), "it is not forgotten");
        let other = unchanged.since(OTHER, at(20), at(320));
        assert_eq!(other, Since::Unchanged(at(310)));
    }

    #[test]
    fn when_a_look_missed_something_all_may_have_changed() {
        let (at, unchanged) = (clock(), Unchanged::default());
        unchanged.looked(at(0), at(1), &[], true);
        unchanged.looked(at(100), at(101), &[], true);
        assert_eq!(unchanged.since(ONE, at(50), at(110)), Since::Changed);
        let many: Vec<_> = (0..200_000).map(ProjectId).collect();
        unchanged.looked(at(200), at(201), &many, false);
        unchanged.looked(at(300), at(301), &[], false);
        let none_of_them = unchanged.since(ProjectId(-1), at(250), at(310));
        assert_eq!(none_of_them, Since::Changed);
    }

    #[test]
    fn what_is_not_looked_at_any_more_is_not_known() {
        let (at, unchanged) = (clock(), Unchanged::default());
        unchanged.looked(at(0), at(1), &[], true);
        unchanged.looked(at(100), at(101), &[], false);
        let known = unchanged.since(ONE, at(50), at(349));
        assert_eq!(known, Since::Unchanged(at(100)));
        assert_eq!(unchanged.since(ONE, at(50), at(350)), Since::NotKnown);
        assert!(unchanged.is_wanted(at(10_349)));
        assert!(!unchanged.is_wanted(at(10_350)));
    }

    #[test]
    fn a_change_is_remembered_as_long_as_an_answer_from_before_it() {
        let (at, unchanged) = (clock(), Unchanged::default());
        for second in 0..40 {
            let changed: &[ProjectId] = if second == 5 { &[ONE] } else { &[] };
            let began = 1_000 * second;
            unchanged.looked(at(began), at(began + 1), changed, second == 0);
            let answered = unchanged.since(ONE, at(4_500), at(began + 2));
            let expected = match second {
                0..5 => continue,
                5..35 => Since::Unchanged(at(4_000)),
                _ => Since::Changed,
            };
            assert_eq!(answered, expected, "after {second} s");
        }
    }
}
