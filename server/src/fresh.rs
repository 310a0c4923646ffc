//! Answers from memory that are as new as whoever asks needs them. All who ask at the same moment share one look.

use crate::outage;
use guildhall::{Error, Result};
use moka::future::Cache;
use std::{
    hash::Hash,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

/// How far behind the database an answer from memory may be.
pub(crate) const MOST_BEHIND: Duration = Duration::from_millis(250);

/// How old an answer is when one who asks for it renews it, while the others take it as it is: as long as a look takes less
/// than the rest of the time, nobody else waits for the database.
pub(crate) const RENEWED: Duration = Duration::from_millis(125);

/// The same, where it should be known by then that nothing changed.
const OVERDUE: Duration = Duration::from_millis(185);

/// How long an answer is kept for an outage: while the database does not answer, one that is old is better than none.
const KEPT: Duration = Duration::from_mins(10);

/// How new an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Good as of a moment at most [`MOST_BEHIND`] ago.
    Recent,
    /// From a look that began after it was asked for. So whoever writes sees what it wrote, on every instance.
    Now,
}

/// How old answers from memory may be, and how old they are when somebody renews them.
#[derive(Clone, Copy)]
struct Ages {
    most: Duration,
    renewed: Duration,
    overdue: Duration,
}

const AGES: Ages = Ages {
    most: MOST_BEHIND,
    renewed: RENEWED,
    overdue: OVERDUE,
};

/// What was looked up, by key, bounded in what it weighs.
pub(crate) struct Fresh<K, V> {
    kept: Cache<K, Arc<Look<V>>>,
    ages: Ages,
}

/// What a look found, and when it began: whatever was committed before then is in it.
struct Look<V> {
    began: Instant,
    found: Result<V, Arc<Error>>,
    /// What an earlier look found, where this one failed, and when that one began: for an outage, which begins with failures.
    earlier: Option<(Instant, V)>,
    /// Somebody looks for a newer one.
    is_renewed: AtomicBool,
}

impl<V: Clone> Look<V> {
    /// The last thing that is known, and when the look began that found it.
    fn known(&self) -> Option<(Instant, V)> {
        match &self.found {
            Ok(found) => Some((self.began, found.clone())),
            Err(_) => self.earlier.clone(),
        }
    }

    /// The moment as of which the answer is good, when `unchanged` can tell of a later one than that at which the look began.
    fn as_of(&self, ages: Ages, unchanged: impl Fn(&V, Instant) -> Option<Instant>) -> Instant {
        match &self.found {
            Ok(found) if self.began.elapsed() >= ages.renewed => {
                let until = unchanged(found, self.began);
                until.map_or(self.began, |until| until.max(self.began))
            }
            _ => self.began,
        }
    }

    async fn of(look: impl Future<Output = Result<V>>, before: Option<&Arc<Self>>) -> Arc<Self> {
        let began = Instant::now();
        let found = look.await.map_err(Arc::new);
        let earlier = match &found {
            Ok(_) => None,
            Err(_) => before.and_then(|before| before.known()),
        };
        Arc::new(Self {
            began,
            found,
            earlier,
            is_renewed: AtomicBool::new(false),
        })
    }
}

/// Whoever renews an answer may give up half-way; somebody else does it then.
struct Renewing<'l>(&'l AtomicBool);

impl Drop for Renewing<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl<K, V> Fresh<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// One that keeps so many bytes at most, as `weigh` counts them.
    pub fn new(most_bytes: u64, weigh: impl Fn(&K, &V) -> usize + Send + Sync + 'static) -> Self {
        let weigh = move |key: &K, look: &Arc<Look<V>>| {
            let bytes = look.found.as_ref().map_or(0, |found| weigh(key, found));
            u32::try_from(bytes + 200).unwrap_or(u32::MAX)
        };
        Self {
            kept: Cache::builder()
                .max_capacity(most_bytes)
                .weigher(weigh)
                .time_to_live(KEPT)
                .build(),
            ages: AGES,
        }
    }

    /// The last answer for the key, however old.
    pub async fn last(&self, key: &K) -> Option<V> {
        let kept = self.kept.get(key).await?;
        kept.known().map(|(_, found)| found)
    }

    /// The last answer for the key, for a request during an outage, which shows how old it is.
    async fn remembered(&self, key: &K) -> Result<V> {
        let kept = self.kept.get(key).await;
        let (began, found) = kept
            .and_then(|kept| kept.known())
            .ok_or_else(|| outage::unreachable(false))?;
        outage::use_as_of(began);
        Ok(found)
    }

    /// What `look` finds for the key, or found a moment ago. A look that failed is shared only by those who waited for it.
    /// During an outage it is the last answer that there is.
    ///
    /// # Errors
    /// Those of the look.
    pub async fn get<F>(&self, key: &K, need: Need, look: impl Fn() -> F) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send,
    {
        self.get_unchanged(key, need, |_, _| None, look).await
    }

    /// As `get`. What was found by a look that began a while ago is as good as new where `unchanged` can tell until when
    /// nothing changed since then.
    ///
    /// # Errors
    /// Those of the look.
    pub async fn get_unchanged<F>(
        &self,
        key: &K,
        need: Need,
        unchanged: impl Fn(&V, Instant) -> Option<Instant> + Sync,
        look: impl Fn() -> F,
    ) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send,
    {
        if outage::is_memory_only() {
            return self.remembered(key).await;
        }
        let (asked, ages) = (Instant::now(), self.ages);
        let oldest = match need {
            Need::Recent => asked.checked_sub(ages.most).unwrap_or(asked),
            Need::Now => asked,
        };
        // As of when the answer is good, if that is late enough.
        let serves = |look: &Arc<Look<V>>| {
            let bound = if look.found.is_ok() { oldest } else { asked };
            let as_of = match need {
                Need::Recent => look.as_of(ages, &unchanged),
                Need::Now => look.began,
            };
            (as_of >= bound).then_some(as_of)
        };
        if need == Need::Recent
            && let Some(kept) = self.kept.get(key).await
            && let Some(as_of) = serves(&kept)
        {
            // What is known to be unchanged soon is so again, as long as all goes well.
            let renewed = if as_of == kept.began {
                ages.renewed
            } else {
                ages.overdue
            };
            let is_due = as_of.elapsed() >= renewed;
            if !is_due || kept.is_renewed.swap(true, Ordering::Relaxed) {
                return kept.found.clone().map_err(shared);
            }
            let _renewing = Renewing(&kept.is_renewed);
            let newer = Look::of(look(), Some(&kept)).await;
            // What is there still is better than an error, as long as it may be told.
            if newer.found.is_err() && as_of.elapsed() < ages.most {
                return kept.found.clone().map_err(shared);
            }
            let now = self.kept.get(key).await;
            if newer.found.is_ok() && now.is_none_or(|now| now.began < newer.began) {
                self.kept.insert(key.clone(), newer.clone()).await;
            }
            return newer.found.clone().map_err(shared);
        }
        loop {
            let before = self.kept.get(key).await;
            let begin = async { Look::of(look(), before.as_ref()).await };
            let entry = self.kept.entry_by_ref(key);
            let replace = |kept: &Arc<Look<V>>| serves(kept).is_none();
            let kept = entry.or_insert_with_if(begin, replace).await.into_value();
            // One that was joined under way may have begun too early; the next begins after this one asked.
            if serves(&kept).is_some() {
                return kept.found.clone().map_err(shared);
            }
        }
    }
}

/// The error of a look that several waited for.
pub(crate) fn shared(error: Arc<Error>) -> Error {
    match &*error {
        Error::Busy { retry_after } => Error::Busy {
            retry_after: *retry_after,
        },
        Error::Unreachable {
            may_be_stored,
            retry_after,
        } => Error::Unreachable {
            may_be_stored: *may_be_stored,
            retry_after: *retry_after,
        },
        Error::NoSpace { what, retry_after } => Error::NoSpace {
            what,
            retry_after: *retry_after,
        },
        _ => Error::unexpected(error),
    }
}

#[cfg(test)]
mod tests {
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
}
