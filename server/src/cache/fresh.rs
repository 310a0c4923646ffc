//! Answers from memory that are as new as whoever asks needs them. All who ask at the same moment share one look.

use crate::database::outage;
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
mod tests;
