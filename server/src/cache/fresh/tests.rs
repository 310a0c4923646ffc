use super::*;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinHandle,
};

#[tokio::test]
async fn during_an_outage_the_last_answer_is_told_and_nothing_is_asked() {
    let fresh = fresh(SHORT, SHORT, SHORT);
    let look = || async { Ok(1) };
    assert_eq!(fresh.get(&1, Need::Now, look).await.unwrap(), 1);
    tokio::time::sleep(SHORT).await;
    // An outage begins with failures, which are no reason to forget what was known.
    let fails = || async { Err(Error::unexpected("the connection was cut")) };
    assert!(fresh.get(&1, Need::Now, fails).await.is_err());
    let never = || async { panic!("the database is asked during an outage") };
    let request = async {
        for need in [Need::Recent, Need::Now] {
            assert_eq!(fresh.get(&1, need, never).await.unwrap(), 1);
        }
        assert!(outage::age().is_some_and(|age| age >= SHORT));
        let unknown = fresh.get(&2, Need::Recent, never).await;
        assert!(matches!(unknown, Err(Error::Unreachable { .. })));
    };
    outage::Memory::only().scope(request).await;
}

/// Longer than any test takes.
const LONG: Duration = Duration::from_hours(1);
const SHORT: Duration = Duration::from_millis(1);

fn fresh(most: Duration, renewed: Duration, overdue: Duration) -> Fresh<u8, u32> {
    let ages = Ages {
        most,
        renewed,
        overdue,
    };
    let fresh = Fresh::new(10_000, |_: &u8, _: &u32| 1);
    Fresh { ages, ..fresh }
}

/// Looks that are numbered, and end when they may.
#[derive(Clone)]
struct Looks {
    fresh: Arc<Fresh<u8, u32>>,
    made: Arc<AtomicU32>,
    began: Arc<Notify>,
    may_end: Arc<Semaphore>,
}

impl Looks {
    fn of(fresh: Fresh<u8, u32>) -> Self {
        Self {
            fresh: Arc::new(fresh),
            made: Arc::default(),
            began: Arc::default(),
            may_end: Arc::new(Semaphore::new(0)),
        }
    }

    fn ask(&self, need: Need) -> JoinHandle<u32> {
        let looks = self.clone();
        tokio::spawn(async move {
            let look = || async {
                let number = looks.made.fetch_add(1, SeqCst);
                looks.began.notify_one();
                looks.may_end.acquire().await.unwrap().forget();
                Ok(number)
            };
            looks.fresh.get(&1, need, look).await.unwrap()
        })
    }
}

#[tokio::test]
async fn what_was_found_a_moment_ago_is_not_looked_up_again_unless_it_must_be_newer() {
    let (recent, looks) = (fresh(LONG, LONG, LONG), AtomicU32::new(0));
    let look = || async { Ok(looks.fetch_add(1, SeqCst)) };
    assert_eq!(recent.get(&1, Need::Recent, look).await.unwrap(), 0);
    assert_eq!(recent.get(&1, Need::Recent, look).await.unwrap(), 0);
    assert_eq!(recent.get(&1, Need::Now, look).await.unwrap(), 1);
    assert_eq!(recent.get(&2, Need::Recent, look).await.unwrap(), 2);
    let old = fresh(SHORT, LONG, LONG);
    assert_eq!(old.get(&1, Need::Recent, look).await.unwrap(), 3);
    tokio::time::sleep(SHORT).await;
    assert_eq!(old.get(&1, Need::Recent, look).await.unwrap(), 4);
}

#[tokio::test]
async fn all_who_wait_share_a_look_and_whoever_needs_a_newer_one_shares_the_next() {
    let looks = Looks::of(fresh(LONG, LONG, LONG));
    let first = looks.ask(Need::Recent);
    looks.began.notified().await;
    let recent: Vec<_> = (0..5).map(|_| looks.ask(Need::Recent)).collect();
    let newer: Vec<_> = (0..5).map(|_| looks.ask(Need::Now)).collect();
    // They are all waiting before the first look ends.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    looks.may_end.add_permits(2);
    assert_eq!(first.await.unwrap(), 0);
    for one in recent {
        assert_eq!(one.await.unwrap(), 0);
    }
    for one in newer {
        assert_eq!(one.await.unwrap(), 1);
    }
    assert_eq!(looks.made.load(SeqCst), 2);
}

#[tokio::test]
async fn an_answer_that_grows_old_is_renewed_by_one_and_the_others_do_not_wait() {
    let looks = Looks::of(fresh(LONG, SHORT, LONG));
    looks.may_end.add_permits(1);
    let ask = || looks.ask(Need::Recent);
    assert_eq!(ask().await.unwrap(), 0);
    looks.began.notified().await;
    tokio::time::sleep(SHORT).await;
    let gives_up = ask();
    looks.began.notified().await;
    assert_eq!(ask().await.unwrap(), 0, "the others have what there is");
    gives_up.abort();
    let _ = gives_up.await;
    let renews = ask();
    looks.began.notified().await;
    looks.may_end.add_permits(1);
    assert_eq!(renews.await.unwrap(), 2, "somebody else renews it");
    let kept = looks.fresh.kept.get(&1).await.unwrap();
    assert_eq!(*kept.found.as_ref().unwrap(), 2);
    assert_eq!(looks.made.load(SeqCst), 3);
}

#[tokio::test]
async fn an_answer_is_told_for_as_long_as_it_is_known_that_nothing_changed() {
    let old = fresh(SHORT, SHORT, LONG);
    let looks = AtomicU32::new(0);
    let look = || async { Ok(looks.fetch_add(1, SeqCst)) };
    let known = |_: &u32, _| Some(Instant::now());
    let get = |need| old.get_unchanged(&1, need, known, look);
    assert_eq!(get(Need::Recent).await.unwrap(), 0);
    tokio::time::sleep(SHORT).await;
    assert_eq!(get(Need::Recent).await.unwrap(), 0, "it needs no renewal");
    assert_eq!(get(Need::Now).await.unwrap(), 1);
    tokio::time::sleep(SHORT).await;
    let long_ago = |_: &u32, began| Some(began);
    let again = old.get_unchanged(&1, Need::Recent, long_ago, look);
    assert_eq!(again.await.unwrap(), 2, "it was not known for long enough");
    tokio::time::sleep(SHORT).await;
    assert_eq!(old.get(&1, Need::Recent, look).await.unwrap(), 3);

    let overdue = fresh(LONG, SHORT, SHORT);
    assert_eq!(overdue.get(&1, Need::Recent, look).await.unwrap(), 4);
    tokio::time::sleep(SHORT).await;
    let a_while_ago = |_: &u32, _| Instant::now().checked_sub(SHORT);
    let renewed = overdue.get_unchanged(&1, Need::Recent, a_while_ago, look);
    assert_eq!(renewed.await.unwrap(), 5, "somebody renews it");
    let in_time = fresh(LONG, SHORT, LONG);
    assert_eq!(in_time.get(&1, Need::Recent, look).await.unwrap(), 6);
    tokio::time::sleep(SHORT).await;
    let told = in_time.get_unchanged(&1, Need::Recent, a_while_ago, look);
    assert_eq!(told.await.unwrap(), 6, "it is known to be unchanged so far");
}

#[tokio::test]
async fn a_look_that_failed_is_not_kept() {
    let (fresh, looks) = (fresh(LONG, LONG, LONG), AtomicU32::new(0));
    let look = || async {
        match looks.fetch_add(1, SeqCst) {
            0 => Err(Error::Busy {
                retry_after: Duration::from_secs(1),
            }),
            number => Ok(number),
        }
    };
    assert!(matches!(
        fresh.get(&1, Need::Recent, look).await,
        Err(Error::Busy { .. })
    ));
    assert_eq!(fresh.get(&1, Need::Recent, look).await.unwrap(), 1);
}
