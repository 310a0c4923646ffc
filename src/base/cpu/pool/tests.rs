use super::*;
use rustix::process::getpriority_process;
use std::{
    net::Ipv4Addr,
    sync::mpsc::{Sender, channel},
};
use tokio::task::yield_now;

const LIMITS: QueueLimits = QueueLimits {
    in_all: 3,
    per_network: 3,
    per_customer: 2,
};

fn client(host: u8) -> Submitter {
    Submitter::stranger(Ipv4Addr::new(192, 0, 2, host).into())
}

fn pool() -> CpuPool {
    CpuPool::with_limits("test", 1, LIMITS).expect("starts")
}

/// Occupies the only thread until the returned sender is dropped.
async fn occupy(pool: &CpuPool) -> Sender<()> {
    let (release, released) = channel::<()>();
    let (begin, begun) = oneshot::channel();
    let pool = pool.clone();
    tokio::spawn(async move {
        let wait = move || {
            let _ = begin.send(());
            let _ = released.recv();
        };
        pool.run(&client(250), wait).await
    });
    begun.await.expect("begins");
    release
}

/// Waits until `count` jobs are queued.
async fn until_waiting(pool: &CpuPool, count: usize) {
    while pool.0.0.state().queue.len() != count {
        yield_now().await;
    }
}

#[tokio::test]
async fn work_runs_at_a_lower_priority_than_the_caller() {
    let own = || getpriority_process(None).expect("Linux reports the priority");
    let before = own();
    let nice = pool().run(&client(1), own).await.expect("runs");
    assert_eq!(nice, NICENESS);
    assert_eq!(own(), before, "the caller's thread keeps its priority");
}

#[tokio::test]
async fn work_that_panics_is_an_error_and_its_thread_survives() {
    let pool = pool();
    let panicked = pool.run(&client(1), || panic!("on purpose")).await;
    assert!(
        matches!(panicked, Err(Error::Unexpected(_))),
        "{panicked:?}"
    );
    assert_eq!(pool.run(&client(1), || 7).await.expect("runs"), 7);
}

#[tokio::test]
async fn a_client_with_too_many_queued_jobs_gets_busy_at_once() {
    let pool = pool();
    let release = occupy(&pool).await;
    let mut waiting = Vec::new();
    for n in 0..2 {
        let pool = pool.clone();
        waiting.push(tokio::spawn(async move {
            pool.run(&client(1), move || n).await
        }));
    }
    until_waiting(&pool, 2).await;
    let refused = pool.run(&client(1), || 9).await;
    assert!(matches!(refused, Err(Error::Busy { .. })), "{refused:?}");
    drop(release);
    for (n, waiting) in waiting.into_iter().enumerate() {
        assert_eq!(waiting.await.expect("ends").expect("runs"), n);
    }
}

#[tokio::test]
async fn when_the_queue_is_full_a_client_served_before_gives_way_to_a_newcomer() {
    let pool = pool();
    pool.run(&client(1), || ()).await.expect("runs");
    let release = occupy(&pool).await;
    let served = {
        let pool = pool.clone();
        tokio::spawn(async move { pool.run(&client(1), || ()).await })
    };
    until_waiting(&pool, 1).await;
    let mut newcomers = Vec::new();
    for host in 2..=4 {
        let pool = pool.clone();
        newcomers.push(tokio::spawn(
            async move { pool.run(&client(host), || ()).await },
        ));
    }
    let gone = served.await.expect("ends");
    assert!(matches!(gone, Err(Error::Busy { .. })), "{gone:?}");
    drop(release);
    for newcomer in newcomers {
        newcomer.await.expect("ends").expect("runs");
    }
}

#[tokio::test]
async fn abandoned_work_is_not_run() {
    let pool = pool();
    let release = occupy(&pool).await;
    let (done, was_done) = channel();
    let abandoned = {
        let pool = pool.clone();
        tokio::spawn(async move { pool.run(&client(1), move || done.send(())).await })
    };
    until_waiting(&pool, 1).await;
    abandoned.abort();
    until_waiting(&pool, 0).await;
    drop(release);
    pool.run(&client(2), || ()).await.expect("runs");
    assert!(was_done.try_recv().is_err());
}

#[tokio::test]
async fn the_threads_exit_with_the_last_clone_of_the_pool() {
    let pool = pool();
    let shared = Arc::downgrade(&pool.0.0);
    let copy = pool.clone();
    drop(pool);
    copy.run(&client(1), || ()).await.expect("runs");
    drop(copy);
    while shared.upgrade().is_some() {
        yield_now().await;
    }
}
