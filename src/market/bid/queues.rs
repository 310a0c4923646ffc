//! Queues of pending bids, by project, and the number of tasks that decide them.
//!
//! Nothing in this module blocks.
//!
//! - A transaction takes up to 500 bids, each project's in order of arrival. Up to 100 of them may have an idempotency
//!   key: each key takes an advisory lock, and PostgreSQL has a few thousand locks.
//! - A project whose row another transaction has locked is skipped. After two skips in a row it is decided alone, by a
//!   task that blocks on the row lock. Most locks are released within milliseconds.
//! - At most half of the tasks, but at least one, may block on a lock, so that the others can decide other projects'
//!   bids.
//! - The queues are bounded: at most 5,000 bids wait for one project, and at most 20,000 are unanswered in all. Excess
//!   bids get `Busy` (503) immediately.
//!
//! Projects share transactions because with one project per transaction, throughput over 10,000 projects fell from
//! 5,379 to 385 bids a second, below the mission's average of 397 (docs/PERFORMANCE.md).

use super::{Outcome, combiner::busy, decide::BidRequest};
use crate::{
    Result,
    batch::{Backlog, PendingRequest},
    project::ProjectId,
    receipt::Mark,
};
use std::collections::{HashMap, VecDeque};

/// Maximum number of bids in one transaction.
const MAX_BATCH: usize = 500;
/// Maximum number of bids in one transaction that have an idempotency key. Each key takes an advisory lock, and the
/// database has room for only a few thousand.
const MAX_KEYED_BATCH: usize = 100;
/// Maximum number of pending bids, per project and in total; any further bid gets `Busy` at once.
const MAX_PENDING_PER_PROJECT: usize = 5_000;
const MAX_PENDING: usize = 20_000;

/// How many times in a row a project with a locked row is skipped before a task blocks on that lock. Most locks are
/// released within milliseconds.
const SKIPS_BEFORE_WAIT: u8 = 2;

/// A bid that waits for its decision.
pub(super) type PendingBid = PendingRequest<BidRequest, Result<Outcome>>;

/// The projects with pending bids.
pub(super) struct BidQueues {
    queues: HashMap<ProjectId, ProjectQueue>,
    /// Projects with pending bids of which no task has taken any, in the order of their turns.
    ready: VecDeque<ProjectId>,
    /// Projects that were skipped too often. A task blocks on the lock of each, with no other project in its
    /// transaction.
    locked: VecDeque<ProjectId>,
    /// The number of bids without an outcome yet.
    pending: usize,
    /// The number of tasks blocked on a project's lock, and its maximum.
    blocked_tasks: usize,
    max_blocked_tasks: usize,
}

/// Bids decided in one transaction.
#[derive(Default)]
pub(super) struct BidBatch {
    pub lots: Vec<(ProjectId, Vec<PendingBid>)>,
    /// True if the batch holds one project's bids and the task blocks on its row lock.
    pub wait: bool,
}

/// The bids on one project, in order of arrival.
#[derive(Default)]
struct ProjectQueue {
    bids: Vec<PendingBid>,
    /// How many bids a task has taken from the front. While there are any, the project belongs to that task.
    taken: usize,
    /// How many times in a row the row was found locked.
    skips: u8,
}

impl ProjectQueue {
    /// True once the project needs a task of its own, which blocks on its lock.
    const fn needs_own_task(&self) -> bool {
        self.skips >= SKIPS_BEFORE_WAIT
    }

    /// Takes bids from the front, as many as fit into the transaction.
    fn take(&mut self, room: &mut Room) -> Vec<PendingBid> {
        let fit = self.bids.iter().take_while(|bid| room.take(&bid.request));
        self.taken = fit.count();
        let rest = self.bids.split_off(self.taken);
        std::mem::replace(&mut self.bids, rest)
    }
}

/// How many more bids fit into a transaction.
struct Room {
    bids: usize,
    keyed: usize,
}

impl Room {
    fn take(&mut self, bid: &BidRequest) -> bool {
        let keyed = usize::from(bid.mark.as_ref().is_some_and(Mark::is_call));
        let fits = self.bids > 0 && self.keyed >= keyed;
        if fits {
            self.bids -= 1;
            self.keyed -= keyed;
        }
        fits
    }
}

impl BidQueues {
    /// At most half of the tasks, but at least one, block on locks, so that the others can decide other projects' bids.
    pub fn new(most_tasks: usize) -> Self {
        Self {
            queues: HashMap::new(),
            ready: VecDeque::new(),
            locked: VecDeque::new(),
            pending: 0,
            blocked_tasks: 0,
            max_blocked_tasks: (most_tasks / 2).max(1),
        }
    }

    /// Adds a bid to its project's queue.
    ///
    /// # Errors
    /// `Busy` when too many bids are pending.
    pub fn push(&mut self, project: ProjectId, bid: PendingBid) -> Result<()> {
        if self.pending >= MAX_PENDING {
            return Err(busy());
        }
        let queue = self.queues.entry(project).or_default();
        if queue.bids.len() >= MAX_PENDING_PER_PROJECT {
            return Err(busy());
        }
        queue.bids.push(bid);
        self.pending += 1;
        if queue.taken == 0 && queue.bids.len() == 1 {
            self.ready.push_back(project);
        }
        Ok(())
    }

    /// True if another task may block on a project's lock.
    fn may_block(&self) -> bool {
        !self.locked.is_empty() && self.blocked_tasks < self.max_blocked_tasks
    }

    /// The next bids: those of one project whose lock the task blocks on, or those of as many other projects as fit.
    pub fn take(&mut self) -> BidBatch {
        let mut batch = BidBatch::default();
        let mut room = Room {
            bids: MAX_BATCH,
            keyed: MAX_KEYED_BATCH,
        };
        if self.may_block()
            && let Some(project) = self.locked.pop_front()
            && let Some(queue) = self.queues.get_mut(&project)
        {
            self.blocked_tasks += 1;
            return BidBatch {
                lots: vec![(project, queue.take(&mut room))],
                wait: true,
            };
        }
        while let Some(project) = self.ready.pop_front() {
            let Some(queue) = self.queues.get_mut(&project) else {
                continue;
            };
            let bids = queue.take(&mut room);
            if bids.is_empty() {
                self.ready.push_front(project);
                break;
            }
            batch.lots.push((project, bids));
        }
        batch
    }

    /// Ends a task's claim on a project. Bids left undecided because the row was locked are queued again.
    pub fn release(&mut self, project: ProjectId, undecided: Vec<PendingBid>) {
        let Some(queue) = self.queues.get_mut(&project) else {
            return;
        };
        self.pending -= queue.taken - undecided.len();
        self.blocked_tasks -= usize::from(queue.needs_own_task());
        queue.taken = 0;
        queue.skips = if undecided.is_empty() {
            0
        } else {
            queue.skips.saturating_add(1)
        };
        queue.bids.splice(0..0, undecided);
        if queue.bids.is_empty() {
            self.queues.remove(&project);
        } else if queue.needs_own_task() {
            self.locked.push_back(project);
        } else {
            self.ready.push_back(project);
        }
    }
}

impl Backlog for BidQueues {
    /// The projects whose bids a task has taken.
    type InProgress = VecDeque<ProjectId>;

    fn has_work(&mut self, _busy: usize) -> bool {
        !self.ready.is_empty() || self.may_block()
    }

    /// Drops all bids on these projects, so that their callers get an error.
    fn forget(&mut self, projects: VecDeque<ProjectId>) {
        for project in projects {
            if let Some(queue) = self.queues.remove(&project) {
                self.blocked_tasks -= usize::from(queue.needs_own_task());
                self.pending -= queue.taken + queue.bids.len();
            }
        }
    }

    fn clear(&mut self) {
        self.queues.clear();
        self.ready.clear();
        self.locked.clear();
        (self.pending, self.blocked_tasks) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        account::AccountId,
        error::Error,
        money::{Currency, Money},
    };
    use tokio::sync::oneshot::{Receiver, error::TryRecvError};

    fn bid() -> (PendingBid, Receiver<Result<Outcome>>) {
        PendingRequest::new(BidRequest {
            buyer: AccountId(1),
            offer: Money::from_minor(1, Currency::Eur).into(),
            mark: None,
        })
    }

    fn push(queues: &mut BidQueues, project: i64) {
        queues.push(ProjectId(project), bid().0).unwrap();
    }

    fn settle(queues: &mut BidQueues, project: i64) {
        queues.release(ProjectId(project), Vec::new());
    }

    fn shape(batch: &BidBatch) -> Vec<(i64, usize)> {
        let lots = batch.lots.iter();
        lots.map(|(project, bids)| (project.0, bids.len()))
            .collect()
    }

    #[test]
    fn pending_bids_are_bounded_over_all_projects() {
        let mut queues = BidQueues::new(1);
        for project in 0..20_000 {
            push(&mut queues, project);
        }
        let one_more = |queues: &mut BidQueues| queues.push(ProjectId(20_000), bid().0);
        assert!(matches!(one_more(&mut queues), Err(Error::Busy { .. })));
        // Bids taken by a task still count; decided ones do not.
        let batch = queues.take();
        assert_eq!(batch.lots.len(), 500);
        assert!(one_more(&mut queues).is_err());
        settle(&mut queues, 0);
        assert!(one_more(&mut queues).is_ok());
    }

    #[test]
    fn one_task_at_a_time_decides_a_projects_bids_and_later_bids_wait_for_its_next_turn() {
        let mut queues = BidQueues::new(2);
        push(&mut queues, 1);
        assert_eq!(shape(&queues.take()), [(1, 1)]);
        push(&mut queues, 1);
        assert!(
            !queues.has_work(1),
            "a project's next bids wait until its task has released it"
        );
        push(&mut queues, 2);
        push(&mut queues, 2);
        push(&mut queues, 3);
        assert!(queues.has_work(1));
        assert_eq!(shape(&queues.take()), [(2, 2), (3, 1)]);
        assert!(queues.take().lots.is_empty());
        settle(&mut queues, 1);
        assert!(queues.has_work(1));
        assert_eq!(shape(&queues.take()), [(1, 1)]);
        for project in 1..=3 {
            settle(&mut queues, project);
        }
        assert!(!queues.has_work(0));
        assert_eq!((queues.queues.len(), queues.pending), (0, 0));
    }

    #[test]
    fn a_locked_project_is_skipped_twice_and_then_gets_a_task_of_its_own() {
        let mut queues = BidQueues::new(2);
        let locked = ProjectId(2);
        for project in 1..=3 {
            push(&mut queues, project);
        }
        let mut batch = queues.take();
        assert_eq!(shape(&batch), [(1, 1), (2, 1), (3, 1)]);
        let (_, undecided) = batch.lots.remove(1);
        push(&mut queues, 2);
        settle(&mut queues, 1);
        queues.release(locked, undecided);
        settle(&mut queues, 3);
        push(&mut queues, 4);
        let mut batch = queues.take();
        assert_eq!(shape(&batch), [(2, 2), (4, 1)]);
        let (_, undecided) = batch.lots.remove(0);
        queues.release(locked, undecided);
        settle(&mut queues, 4);
        push(&mut queues, 5);
        let alone = queues.take();
        assert_eq!((shape(&alone), alone.wait), (vec![(2, 2)], true));
        let others = queues.take();
        assert_eq!((shape(&others), others.wait), (vec![(5, 1)], false));
        settle(&mut queues, 2);
        push(&mut queues, 2);
        push(&mut queues, 6);
        assert_eq!(shape(&queues.take()), [(2, 1), (6, 1)]);
    }

    #[test]
    fn at_most_half_of_the_tasks_block_on_locks() {
        let mut queues = BidQueues::new(4);
        for project in 1..=3 {
            push(&mut queues, project);
        }
        for _ in 0..SKIPS_BEFORE_WAIT {
            for (project, undecided) in queues.take().lots {
                queues.release(project, undecided);
            }
        }
        assert_eq!(shape(&queues.take()), [(1, 1)]);
        assert_eq!(shape(&queues.take()), [(2, 1)]);
        assert!(queues.take().lots.is_empty());
        assert!(!queues.has_work(2), "the other tasks have nothing to do");
        settle(&mut queues, 1);
        assert!(queues.has_work(1));
        assert_eq!(shape(&queues.take()), [(3, 1)]);
        queues.forget([ProjectId(3)].into());
        settle(&mut queues, 2);
        let left = (queues.blocked_tasks, queues.pending, queues.queues.len());
        assert_eq!(left, (0, 0, 0));
    }

    #[test]
    fn a_long_queue_is_decided_in_parts_and_others_get_turns_in_between() {
        let mut queues = BidQueues::new(1);
        for _ in 0..1_200 {
            push(&mut queues, 1);
        }
        push(&mut queues, 2);
        assert_eq!(shape(&queues.take()), [(1, 500)]);
        settle(&mut queues, 1);
        assert_eq!(shape(&queues.take()), [(2, 1), (1, 499)]);
    }

    #[test]
    fn a_crashed_task_drops_only_the_bids_on_its_own_projects() {
        let mut queues = BidQueues::new(2);
        push(&mut queues, 1);
        let batch = queues.take();
        let (queued, mut answer) = bid();
        queues.push(ProjectId(1), queued).unwrap();
        push(&mut queues, 2);
        drop(batch);
        queues.forget([ProjectId(1)].into());
        assert_eq!(answer.try_recv().unwrap_err(), TryRecvError::Closed);
        assert_eq!(queues.pending, 1);
        assert_eq!(shape(&queues.take()), [(2, 1)]);
    }
}
