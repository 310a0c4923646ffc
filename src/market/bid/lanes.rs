//! Bids that wait to be decided, by project, and how many work for them. Nobody is waited for here.

use super::{Outcome, combiner::busy, decide::Asked};
use crate::{Result, project::ProjectId, receipt::Mark};
use std::collections::{HashMap, VecDeque};
use tokio::sync::oneshot;

/// How many bids share a transaction at most, and how many of them with a key: each takes a lock of the database's, which has a
/// few thousand.
const TOGETHER: usize = 500;
const KEYED_TOGETHER: usize = 100;
/// How many bids wait for one project, and for all of them, at most; the next is told at once that we are busy.
const WAITING: usize = 5_000;
const WAITING_IN_ALL: usize = 20_000;

/// A bid that waits to be decided, and where its answer goes.
pub(super) type Waits = (Asked, oneshot::Sender<Result<Outcome>>);

/// How often a project that somebody holds is passed by before it is waited for: most are let go within milliseconds.
const PASSED_BY: u8 = 2;

/// Every project that bids wait for.
pub(super) struct Lanes {
    lanes: HashMap<ProjectId, Lane>,
    /// Those with bids that nobody decides yet, in the order in which their turns come.
    ready: VecDeque<ProjectId>,
    /// Those of them that somebody holds: each is waited for alone.
    held: VecDeque<ProjectId>,
    /// Bids that were not answered yet.
    in_all: usize,
    workers: usize,
    most_workers: usize,
    /// Workers that wait for a project.
    waiting: usize,
}

/// Bids that are decided together.
#[derive(Default)]
pub(super) struct Taken {
    pub bids: Vec<(ProjectId, Vec<Waits>)>,
    /// The one project is waited for.
    pub waits: bool,
}

/// A project's bids, in the order in which they came.
#[derive(Default)]
struct Lane {
    waiting: Vec<Waits>,
    /// Some of its bids are being decided.
    is_taken: bool,
    /// How often in a row somebody held the project.
    passed_by: u8,
}

impl Lane {
    /// Whether the project is waited for, and no other with it.
    const fn is_alone(&self) -> bool {
        self.passed_by >= PASSED_BY
    }

    /// The first bids of the lane, as many as there is room for.
    fn cut(&mut self, room: &mut Room) -> Vec<Waits> {
        let fit = self
            .waiting
            .iter()
            .take_while(|(asked, _)| room.take(asked));
        let most = fit.count();
        let rest = self.waiting.split_off(most);
        std::mem::replace(&mut self.waiting, rest)
    }
}

/// How many more bids go into a transaction.
struct Room {
    bids: usize,
    keyed: usize,
}

impl Room {
    fn take(&mut self, asked: &Asked) -> bool {
        let keyed = usize::from(asked.mark.as_ref().is_some_and(Mark::is_call));
        let fits = self.bids > 0 && self.keyed >= keyed;
        if fits {
            self.bids -= 1;
            self.keyed -= keyed;
        }
        fits
    }
}

impl Lanes {
    pub fn new(most_workers: usize) -> Self {
        Self {
            lanes: HashMap::new(),
            ready: VecDeque::new(),
            held: VecDeque::new(),
            in_all: 0,
            workers: 0,
            most_workers,
            waiting: 0,
        }
    }

    /// Puts a bid into its project's lane; answers whether another worker has to begin.
    ///
    /// # Errors
    /// `Busy` when too many wait.
    pub fn push(&mut self, project: ProjectId, waits: Waits) -> Result<bool> {
        if self.in_all >= WAITING_IN_ALL {
            return Err(busy());
        }
        let lane = self.lanes.entry(project).or_default();
        if lane.waiting.len() >= WAITING {
            return Err(busy());
        }
        lane.waiting.push(waits);
        self.in_all += 1;
        let is_ready = !lane.is_taken && lane.waiting.len() == 1;
        if is_ready {
            self.ready.push_back(project);
        }
        // Without any at all, whoever is ready was left behind by one that fell over.
        let is_needed = self.workers == 0 || (is_ready && self.workers < self.most_workers);
        self.workers += usize::from(is_needed);
        Ok(is_needed)
    }

    /// Whether there is nothing to do for a worker, which goes then.
    pub fn is_done(&mut self) -> bool {
        let is_done = self.ready.is_empty() && !self.may_wait();
        self.workers -= usize::from(is_done);
        is_done
    }

    /// Whether a worker may wait for a project that somebody holds: half of them at most do, so that the others' bids go on.
    fn may_wait(&self) -> bool {
        !self.held.is_empty() && self.waiting < (self.most_workers / 2).max(1)
    }

    /// The next bids.
    pub fn take(&mut self) -> Taken {
        let mut taken = Taken::default();
        let mut room = Room {
            bids: TOGETHER,
            keyed: KEYED_TOGETHER,
        };
        if self.may_wait()
            && let Some(project) = self.held.pop_front()
            && let Some(lane) = self.lanes.get_mut(&project)
        {
            lane.is_taken = true;
            self.waiting += 1;
            return Taken {
                bids: vec![(project, lane.cut(&mut room))],
                waits: true,
            };
        }
        while let Some(project) = self.ready.pop_front() {
            let Some(lane) = self.lanes.get_mut(&project) else {
                continue;
            };
            let bids = lane.cut(&mut room);
            if bids.is_empty() {
                self.ready.push_front(project);
                break;
            }
            lane.is_taken = true;
            taken.bids.push((project, bids));
        }
        taken
    }

    /// So many of a project's bids are answered, and these were not decided because somebody holds the project.
    pub fn put_back(&mut self, project: ProjectId, answered: usize, not_decided: Vec<Waits>) {
        self.in_all -= answered;
        let Some(lane) = self.lanes.get_mut(&project) else {
            return;
        };
        lane.is_taken = false;
        self.waiting -= usize::from(lane.is_alone());
        lane.passed_by = if not_decided.is_empty() {
            0
        } else {
            lane.passed_by.saturating_add(1)
        };
        lane.waiting.splice(0..0, not_decided);
        if lane.waiting.is_empty() {
            self.lanes.remove(&project);
        } else if lane.is_alone() {
            self.held.push_back(project);
        } else {
            self.ready.push_back(project);
        }
    }

    /// A worker fell over while it had so many bids of these projects: those who wait for them are told that we are busy.
    pub fn fell_over(&mut self, taken: &VecDeque<(ProjectId, usize)>) {
        self.workers -= 1;
        for (project, bids) in taken {
            self.in_all -= bids;
            if let Some(lane) = self.lanes.remove(project) {
                self.waiting -= usize::from(lane.is_alone());
                self.in_all -= lane.waiting.len();
            }
        }
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

    fn bid() -> Waits {
        let asked = Asked {
            buyer: AccountId(1),
            offer: Money::from_minor(1, Currency::Eur).into(),
            mark: None,
        };
        (asked, oneshot::channel().0)
    }

    fn shape(taken: &Taken) -> Vec<(i64, usize)> {
        let shape = taken
            .bids
            .iter()
            .map(|(project, bids)| (project.0, bids.len()));
        shape.collect()
    }

    #[test]
    fn those_who_wait_are_bounded_over_all_projects() {
        let mut lanes = Lanes::new(1);
        for project in 0..20_000 {
            assert!(lanes.push(ProjectId(project), bid()).is_ok());
        }
        let ask = |lanes: &mut Lanes| lanes.push(ProjectId(20_000), bid());
        assert!(matches!(ask(&mut lanes), Err(Error::Busy { .. })));
        // What is taken out to be decided still counts; what is answered does not.
        let taken = lanes.take();
        assert_eq!(taken.bids.len(), 500);
        assert!(ask(&mut lanes).is_err());
        lanes.put_back(ProjectId(0), 1, Vec::new());
        assert!(ask(&mut lanes).is_ok());
    }

    #[test]
    fn a_project_is_decided_by_one_worker_at_a_time_and_waits_for_its_turn() {
        let mut lanes = Lanes::new(2);
        let push = |lanes: &mut Lanes, project| lanes.push(ProjectId(project), bid()).unwrap();
        assert!(push(&mut lanes, 1));
        assert_eq!(shape(&lanes.take()), [(1, 1)]);
        assert!(!push(&mut lanes, 1), "whoever has the project goes on");
        assert!(push(&mut lanes, 2));
        assert!(
            !push(&mut lanes, 2) && !push(&mut lanes, 3),
            "no more than two"
        );
        assert_eq!(shape(&lanes.take()), [(2, 2), (3, 1)]);
        assert!(lanes.take().bids.is_empty());
        lanes.put_back(ProjectId(1), 1, Vec::new());
        assert!(!lanes.is_done());
        assert_eq!(shape(&lanes.take()), [(1, 1)]);
        for (project, answered) in [(1, 1), (2, 2), (3, 1)] {
            lanes.put_back(ProjectId(project), answered, Vec::new());
        }
        assert!(lanes.is_done() && lanes.is_done());
        assert_eq!((lanes.lanes.len(), lanes.in_all, lanes.workers), (0, 0, 0));
    }

    #[test]
    fn a_project_that_somebody_holds_is_passed_by_twice_and_then_waited_for_alone() {
        let mut lanes = Lanes::new(2);
        let push = |lanes: &mut Lanes, project| lanes.push(ProjectId(project), bid()).unwrap();
        let held = ProjectId(2);
        for project in 1..=3 {
            push(&mut lanes, project);
        }
        let mut taken = lanes.take();
        assert_eq!(shape(&taken), [(1, 1), (2, 1), (3, 1)]);
        let (_, waits) = taken.bids.remove(1);
        push(&mut lanes, 2);
        lanes.put_back(ProjectId(1), 1, Vec::new());
        lanes.put_back(held, 0, waits);
        lanes.put_back(ProjectId(3), 1, Vec::new());
        push(&mut lanes, 4);
        let mut taken = lanes.take();
        assert_eq!(shape(&taken), [(2, 2), (4, 1)]);
        let (_, waits) = taken.bids.remove(0);
        lanes.put_back(held, 0, waits);
        lanes.put_back(ProjectId(4), 1, Vec::new());
        push(&mut lanes, 5);
        let alone = lanes.take();
        assert_eq!((shape(&alone), alone.waits), (vec![(2, 2)], true));
        let others = lanes.take();
        assert_eq!((shape(&others), others.waits), (vec![(5, 1)], false));
        lanes.put_back(held, 2, Vec::new());
        push(&mut lanes, 2);
        push(&mut lanes, 6);
        assert_eq!(shape(&lanes.take()), [(2, 1), (6, 1)]);
    }

    #[test]
    fn half_of_the_workers_wait_for_projects_and_no_more() {
        let mut lanes = Lanes::new(4);
        for project in 1..=3 {
            lanes.push(ProjectId(project), bid()).unwrap();
        }
        for _ in 0..PASSED_BY {
            for (project, waits) in lanes.take().bids {
                lanes.put_back(project, 0, waits);
            }
        }
        assert_eq!(shape(&lanes.take()), [(1, 1)]);
        assert_eq!(shape(&lanes.take()), [(2, 1)]);
        assert!(lanes.take().bids.is_empty());
        assert!(lanes.is_done(), "there is nothing to do for the others");
        lanes.put_back(ProjectId(1), 1, Vec::new());
        assert!(!lanes.is_done());
        assert_eq!(shape(&lanes.take()), [(3, 1)]);
        lanes.fell_over(&[(ProjectId(3), 1)].into());
        lanes.put_back(ProjectId(2), 1, Vec::new());
        assert_eq!((lanes.waiting, lanes.in_all, lanes.lanes.len()), (0, 0, 0));
    }

    #[test]
    fn a_long_lane_is_decided_in_parts_and_lets_others_have_their_turn() {
        let mut lanes = Lanes::new(1);
        for _ in 0..1_200 {
            lanes.push(ProjectId(1), bid()).unwrap();
        }
        lanes.push(ProjectId(2), bid()).unwrap();
        assert_eq!(shape(&lanes.take()), [(1, 500)]);
        lanes.put_back(ProjectId(1), 500, Vec::new());
        assert_eq!(shape(&lanes.take()), [(2, 1), (1, 499)]);
    }

    #[test]
    fn who_waits_for_a_worker_that_fell_over_does_not_wait_for_ever() {
        let mut lanes = Lanes::new(1);
        lanes.push(ProjectId(1), bid()).unwrap();
        let taken = lanes.take();
        let (asked, mut answer) = oneshot::channel();
        lanes.push(ProjectId(1), (bid().0, asked)).unwrap();
        lanes.push(ProjectId(2), bid()).unwrap();
        lanes.fell_over(&[(ProjectId(1), taken.bids[0].1.len())].into());
        assert!(matches!(
            answer.try_recv(),
            Err(oneshot::error::TryRecvError::Closed)
        ));
        let again = lanes.push(ProjectId(2), bid()).unwrap();
        assert!(again, "another worker begins, for whoever was left behind");
        assert_eq!(lanes.in_all, 2);
        assert_eq!(shape(&lanes.take()), [(2, 2)]);
    }
}
