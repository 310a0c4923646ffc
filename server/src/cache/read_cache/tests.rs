use super::*;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use tokio::{
    sync::{Notify, Semaphore},
    task::JoinHandle,
};

#[tokio::test]
async fn during_an_outage_the_last_value_is_returned_and_nothing_is_read() {
    let cache = cache(SHORT, SHORT, SHORT);
    let read = || async { Ok(1) };
    assert_eq!(cache.get(&1, Freshness::Now, read).await.unwrap(), 1);
    tokio::time::sleep(SHORT).await;
    // An outage begins with failed reads, which must not evict the last good value.
    let fails = || async { Err(Error::unexpected("the connection was cut")) };
    assert!(cache.get(&1, Freshness::Now, fails).await.is_err());
    let never = || async { panic!("the database is read during an outage") };
    let request = async {
        for freshness in [Freshness::Recent, Freshness::Now] {
            assert_eq!(cache.get(&1, freshness, never).await.unwrap(), 1);
        }
        assert!(outage::age().is_some_and(|age| age >= SHORT));
        let unknown = cache.get(&2, Freshness::Recent, never).await;
        assert!(matches!(unknown, Err(Error::Unreachable { .. })));
    };
    outage::Memory::only().scope(request).await;
}

/// Longer than any test takes.
const LONG: Duration = Duration::from_hours(1);
const SHORT: Duration = Duration::from_millis(1);

fn cache(most: Duration, renew: Duration, renew_confirmed: Duration) -> ReadCache<u8, u32> {
    let ages = Ages {
        most,
        renew,
        renew_confirmed,
    };
    let cache = ReadCache::new(10_000, |_: &u8, _: &u32| 1);
    ReadCache { ages, ..cache }
}

/// Numbered reads, each of which ends when the test lets it.
#[derive(Clone)]
struct Reads {
    cache: Arc<ReadCache<u8, u32>>,
    started: Arc<AtomicU32>,
    began: Arc<Notify>,
    may_end: Arc<Semaphore>,
}

impl Reads {
    fn of(cache: ReadCache<u8, u32>) -> Self {
        Self {
            cache: Arc::new(cache),
            started: Arc::default(),
            began: Arc::default(),
            may_end: Arc::new(Semaphore::new(0)),
        }
    }

    fn get(&self, freshness: Freshness) -> JoinHandle<u32> {
        let reads = self.clone();
        tokio::spawn(async move {
            let read = || async {
                let number = reads.started.fetch_add(1, SeqCst);
                reads.began.notify_one();
                reads.may_end.acquire().await.unwrap().forget();
                Ok(number)
            };
            reads.cache.get(&1, freshness, read).await.unwrap()
        })
    }
}

#[tokio::test]
async fn a_recent_value_is_read_again_only_if_the_caller_needs_a_newer_one() {
    let (recent, reads) = (cache(LONG, LONG, LONG), AtomicU32::new(0));
    let read = || async { Ok(reads.fetch_add(1, SeqCst)) };
    assert_eq!(recent.get(&1, Freshness::Recent, read).await.unwrap(), 0);
    assert_eq!(recent.get(&1, Freshness::Recent, read).await.unwrap(), 0);
    assert_eq!(recent.get(&1, Freshness::Now, read).await.unwrap(), 1);
    assert_eq!(recent.get(&2, Freshness::Recent, read).await.unwrap(), 2);
    let old = cache(SHORT, LONG, LONG);
    assert_eq!(old.get(&1, Freshness::Recent, read).await.unwrap(), 3);
    tokio::time::sleep(SHORT).await;
    assert_eq!(old.get(&1, Freshness::Recent, read).await.unwrap(), 4);
}

#[tokio::test]
async fn waiting_callers_share_a_read_and_callers_that_need_a_newer_one_share_the_next() {
    let reads = Reads::of(cache(LONG, LONG, LONG));
    let first = reads.get(Freshness::Recent);
    reads.began.notified().await;
    let recent: Vec<_> = (0..5).map(|_| reads.get(Freshness::Recent)).collect();
    let newer: Vec<_> = (0..5).map(|_| reads.get(Freshness::Now)).collect();
    // All of them are waiting before the first read ends.
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    reads.may_end.add_permits(2);
    assert_eq!(first.await.unwrap(), 0);
    for one in recent {
        assert_eq!(one.await.unwrap(), 0);
    }
    for one in newer {
        assert_eq!(one.await.unwrap(), 1);
    }
    assert_eq!(reads.started.load(SeqCst), 2);
}

#[tokio::test]
async fn an_old_value_is_renewed_by_one_caller_and_the_others_do_not_wait() {
    let reads = Reads::of(cache(LONG, SHORT, LONG));
    reads.may_end.add_permits(1);
    let get = || reads.get(Freshness::Recent);
    assert_eq!(get().await.unwrap(), 0);
    reads.began.notified().await;
    tokio::time::sleep(SHORT).await;
    let gives_up = get();
    reads.began.notified().await;
    assert_eq!(get().await.unwrap(), 0, "the others get the old value");
    gives_up.abort();
    let _ = gives_up.await;
    let renews = get();
    reads.began.notified().await;
    reads.may_end.add_permits(1);
    assert_eq!(renews.await.unwrap(), 2, "another caller renews it");
    let entry = reads.cache.entries.get(&1).await.unwrap();
    assert_eq!(*entry.value.as_ref().unwrap(), 2);
    assert_eq!(reads.started.load(SeqCst), 3);
}

#[tokio::test]
async fn a_value_is_fresh_for_as_long_as_it_is_confirmed() {
    let old = cache(SHORT, SHORT, LONG);
    let reads = AtomicU32::new(0);
    let read = || async { Ok(reads.fetch_add(1, SeqCst)) };
    let known = |_: &u32, _| Some(Instant::now());
    let get = |freshness| old.get_confirmed(&1, freshness, known, read);
    assert_eq!(get(Freshness::Recent).await.unwrap(), 0);
    tokio::time::sleep(SHORT).await;
    assert_eq!(
        get(Freshness::Recent).await.unwrap(),
        0,
        "it needs no renewal"
    );
    assert_eq!(get(Freshness::Now).await.unwrap(), 1);
    tokio::time::sleep(SHORT).await;
    let long_ago = |_: &u32, began| Some(began);
    let again = old.get_confirmed(&1, Freshness::Recent, long_ago, read);
    assert_eq!(
        again.await.unwrap(),
        2,
        "it was not confirmed for long enough"
    );
    tokio::time::sleep(SHORT).await;
    assert_eq!(old.get(&1, Freshness::Recent, read).await.unwrap(), 3);

    let overdue = cache(LONG, SHORT, SHORT);
    assert_eq!(overdue.get(&1, Freshness::Recent, read).await.unwrap(), 4);
    tokio::time::sleep(SHORT).await;
    let a_while_ago = |_: &u32, _| Instant::now().checked_sub(SHORT);
    let renewed = overdue.get_confirmed(&1, Freshness::Recent, a_while_ago, read);
    assert_eq!(renewed.await.unwrap(), 5, "a caller renews it");
    let in_time = cache(LONG, SHORT, LONG);
    assert_eq!(in_time.get(&1, Freshness::Recent, read).await.unwrap(), 6);
    tokio::time::sleep(SHORT).await;
    let confirmed = in_time.get_confirmed(&1, Freshness::Recent, a_while_ago, read);
    assert_eq!(confirmed.await.unwrap(), 6, "it was confirmed a moment ago");
}

#[tokio::test]
async fn a_failed_read_is_not_cached() {
    let (cache, reads) = (cache(LONG, LONG, LONG), AtomicU32::new(0));
    let read = || async {
        match reads.fetch_add(1, SeqCst) {
            0 => Err(Error::Busy {
                retry_after: Duration::from_secs(1),
            }),
            number => Ok(number),
        }
    };
    assert!(matches!(
        cache.get(&1, Freshness::Recent, read).await,
        Err(Error::Busy { .. })
    ));
    assert_eq!(cache.get(&1, Freshness::Recent, read).await.unwrap(), 1);
}
