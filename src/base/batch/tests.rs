use super::*;
use crate::Error;
use proptest::{collection::vec, prelude::*};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{
        Semaphore,
        oneshot::{self, error::RecvError, error::TryRecvError},
    },
    task::{JoinHandle, yield_now},
};

const LIMITS: FifoLimits = FifoLimits {
    max_waiting: 6,
    max_batch: 3,
};
const MAX_TASKS: usize = 2;

/// The next thing to happen. Each step is one change under the lock. Tasks and callers are picked by number.
#[derive(Debug, Clone, Copy)]
enum Step {
    Ask,
    GiveUp(usize),
    /// A task takes a batch, or answers what it has and looks for more.
    Go(usize),
    Crash(usize),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => Just(Step::Ask),
        1 => (0..100_usize).prop_map(Step::GiveUp),
        8 => (0..100_usize).prop_map(Step::Go),
        1 => (0..100_usize).prop_map(Step::Crash),
    ];
    vec(step, 0..200)
}

type Batch = Vec<PendingRequest<usize, usize>>;

/// A task and what it works on.
type RunningTask = (Task<Fifo<usize, usize>>, Option<Batch>);

/// Runs callers and tasks step by step: every interleaving is a sequence of changes under the lock.
struct Model {
    batcher: Batcher<Fifo<usize, usize>>,
    tasks: Vec<RunningTask>,
    callers: Vec<oneshot::Receiver<usize>>,
}

impl Model {
    fn new() -> Self {
        Self {
            batcher: Batcher::new(Fifo::new(LIMITS), MAX_TASKS, None),
            tasks: Vec::new(),
            callers: Vec::new(),
        }
    }

    fn make(&mut self, step: Step) {
        match step {
            Step::Ask => {
                let (pending, answered) = PendingRequest::new(self.callers.len());
                let (pushed, task) = self.batcher.change(|fifo| fifo.push(pending));
                if pushed.is_ok() {
                    self.callers.push(answered);
                }
                self.tasks.extend(task.map(|task| (task, None)));
            }
            Step::GiveUp(nth) if !self.callers.is_empty() => {
                let nth = nth % self.callers.len();
                self.callers[nth].close();
            }
            Step::Go(nth) if !self.tasks.is_empty() => self.advance(nth % self.tasks.len()),
            Step::Crash(nth) if !self.tasks.is_empty() => {
                drop(self.tasks.remove(nth % self.tasks.len()));
            }
            Step::GiveUp(_) | Step::Go(_) | Step::Crash(_) => {}
        }
    }

    fn advance(&mut self, nth: usize) {
        let (task, batch) = &mut self.tasks[nth];
        match batch.take() {
            None => {
                let taken = task.take(Fifo::take);
                assert!(taken.len() <= LIMITS.max_batch, "{} at once", taken.len());
                *batch = Some(taken);
            }
            Some(taken) => {
                for pending in taken {
                    let answer = pending.request;
                    pending.answer(answer);
                }
                if !task.continues() {
                    self.tasks.remove(nth);
                }
            }
        }
    }

    fn check(&self) {
        let waiting = self.batcher.lock().len();
        assert!(waiting <= LIMITS.max_waiting, "{waiting} wait");
        assert!(self.tasks.len() <= MAX_TASKS, "{} tasks", self.tasks.len());
        assert!(
            waiting == 0 || !self.tasks.is_empty(),
            "requests wait and no task runs"
        );
    }
}

proptest! {
    #[test]
    fn every_request_is_answered_once_in_every_interleaving(steps in steps()) {
        let mut model = Model::new();
        for step in steps {
            model.make(step);
            model.check();
        }
        while !model.tasks.is_empty() {
            model.make(Step::Go(0));
            model.check();
        }
        for (number, mut answered) in model.callers.into_iter().enumerate() {
            match answered.try_recv() {
                Ok(answer) => prop_assert_eq!(answer, number),
                // The task crashed, or the caller gave up, which closes the channel as well.
                Err(TryRecvError::Closed) => {}
                Err(TryRecvError::Empty) => prop_assert!(false, "request {} waits forever", number),
            }
        }
    }

    #[test]
    fn without_a_crash_no_caller_gets_an_error(steps in steps()) {
        let mut model = Model::new();
        for step in steps {
            if let Step::Ask | Step::Go(_) = step {
                model.make(step);
            }
        }
        while !model.tasks.is_empty() {
            model.make(Step::Go(0));
        }
        for (number, mut answered) in model.callers.into_iter().enumerate() {
            prop_assert_eq!(answered.try_recv(), Ok(number));
        }
    }
}

#[test]
fn another_task_starts_only_when_more_requests_wait_than_a_batch_holds() {
    let mut model = Model::new();
    model.make(Step::Ask);
    assert_eq!(
        model.tasks.len(),
        1,
        "a request that arrives alone starts a task at once"
    );
    for _ in 0..4 {
        model.make(Step::Ask);
    }
    assert_eq!(model.tasks.len(), 1, "the first task is about to take them");
    model.make(Step::Go(0));
    model.make(Step::Ask);
    assert_eq!(model.tasks.len(), 1, "the rest fits into its next batch");
    model.make(Step::Ask);
    assert_eq!(model.tasks.len(), 2);
}

#[test]
fn a_request_that_finds_the_queue_full_is_refused_at_once() {
    let mut fifo = Fifo::<u32, u32>::new(LIMITS);
    for number in 0..6 {
        fifo.push(PendingRequest::new(number).0).unwrap();
    }
    let refused = fifo.push(PendingRequest::new(6).0);
    assert!(matches!(refused, Err(Error::Busy { .. })), "{refused:?}");
}

/// Echoes numbers when the test permits it; 13 makes it panic.
#[derive(Clone)]
struct Echo {
    batcher: Batcher<Fifo<u32, u32>>,
    may_answer: Arc<Semaphore>,
    batches: Arc<Mutex<Vec<Vec<u32>>>>,
}

impl Echo {
    fn on(runtime: Option<Handle>) -> Self {
        Self {
            batcher: Batcher::new(Fifo::new(LIMITS), 1, runtime),
            may_answer: Arc::new(Semaphore::new(0)),
            batches: Arc::default(),
        }
    }

    fn ask(&self, number: u32) -> JoinHandle<Result<u32, RecvError>> {
        let (pending, answered) = PendingRequest::new(number);
        let pushed = self
            .batcher
            .submit(|fifo| fifo.push(pending), |task| self.clone().work(task));
        pushed.unwrap();
        tokio::spawn(answered)
    }

    async fn work(self, mut task: Task<Fifo<u32, u32>>) {
        while task.continues() {
            let batch = task.take(Fifo::take);
            let numbers: Vec<u32> = batch.iter().map(|pending| pending.request).collect();
            self.batches.lock().unwrap().push(numbers.clone());
            self.may_answer.acquire().await.unwrap().forget();
            assert!(!numbers.contains(&13), "13 makes the task panic");
            for pending in batch {
                let answer = pending.request;
                pending.answer(answer);
            }
        }
    }

    async fn has_begun(&self, batches: usize) {
        while self.batches.lock().unwrap().len() < batches {
            yield_now().await;
        }
    }
}

#[test]
fn a_request_that_arrives_alone_waits_for_no_timer() {
    // This runtime has no timer: using one would panic.
    let runtime = Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let echo = Echo::on(None);
        echo.may_answer.add_permits(2);
        assert_eq!(echo.ask(1).await.unwrap(), Ok(1));
        assert_eq!(
            echo.ask(2).await.unwrap(),
            Ok(2),
            "the second request starts another task"
        );
    });
}

#[tokio::test]
async fn requests_that_arrive_while_the_task_works_share_the_next_batches() {
    let echo = Echo::on(None);
    let first = echo.ask(1);
    echo.has_begun(1).await;
    let others: Vec<_> = (2..=6).map(|number| echo.ask(number)).collect();
    echo.may_answer.add_permits(3);
    assert_eq!(first.await.unwrap(), Ok(1));
    for (number, other) in (2..).zip(others) {
        assert_eq!(other.await.unwrap(), Ok(number));
    }
    let batches = echo.batches.lock().unwrap().clone();
    assert_eq!(batches, [vec![1], vec![2, 3, 4], vec![5, 6]]);
}

#[tokio::test]
async fn when_the_task_panics_all_waiting_callers_get_an_error_and_the_next_call_starts_a_new_task()
{
    let echo = Echo::on(None);
    let unlucky = echo.ask(13);
    echo.has_begun(1).await;
    let behind = echo.ask(2);
    echo.may_answer.add_permits(1);
    assert!(unlucky.await.unwrap().is_err());
    assert!(behind.await.unwrap().is_err());
    echo.may_answer.add_permits(1);
    assert_eq!(echo.ask(3).await.unwrap(), Ok(3));
}

#[tokio::test]
async fn when_the_tasks_runtime_shuts_down_all_waiting_callers_get_an_error() {
    let runtime = Runtime::new().unwrap();
    let echo = Echo::on(Some(runtime.handle().clone()));
    let first = echo.ask(1);
    echo.has_begun(1).await;
    let behind = echo.ask(2);
    runtime.shutdown_background();
    assert!(first.await.unwrap().is_err());
    assert!(behind.await.unwrap().is_err());
}

#[tokio::test]
async fn nothing_is_done_for_callers_that_stopped_waiting() {
    let echo = Echo::on(None);
    let first = echo.ask(1);
    echo.has_begun(1).await;
    let gives_up = echo.ask(2);
    gives_up.abort();
    assert!(gives_up.await.is_err());
    let third = echo.ask(3);
    echo.may_answer.add_permits(2);
    assert_eq!(first.await.unwrap(), Ok(1));
    assert_eq!(third.await.unwrap(), Ok(3));
    let batches = echo.batches.lock().unwrap().clone();
    assert_eq!(batches, [vec![1], vec![3]]);
}
