//! A cache of database reads. The caller says how fresh the answer has to be.
//!
//! Every entry records when its read *began*: it contains whatever was committed before then.
//!
//! - `Freshness::Recent`, for anybody: at most 250 ms behind, on every instance. All callers waiting for the same key
//!   share one read. From 125 ms on, one caller refreshes the entry while the others use it as it is. So a project or
//!   list that thousands watch costs each process eight reads per second, and nobody else waits for the database.
//! - `Freshness::Now`, for callers with a session or token: a read that began after the request. It is shared with all
//!   requests that arrived before it began. So a caller always sees its own writes, through whichever server, and
//!   servers need not invalidate each other's caches.
//! - An entry that is confirmed to be unchanged stays valid without a read, and is refreshed later (after 185 ms).
//! - An error is shared only by the callers that waited for that read. An entry that is still fresh enough is preferred
//!   to an error.
//! - During an outage of the database the last good answer is served, up to ten minutes old, and its age is reported.
//! - A cache may allow more than 250 ms (`for_up_to`), for what is costly to read and changes slowly.
//! - Each cache is bounded in bytes.

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

/// How far behind the database a cached answer may be.
pub(crate) const MAX_STALENESS: Duration = Duration::from_millis(250);

/// The age from which one caller renews an entry while the others use it as it is. As long as the read ends before
/// [`MAX_STALENESS`], nobody else waits for the database.
pub(crate) const RENEW_AFTER: Duration = Duration::from_millis(125);

/// The same for an entry that was confirmed without a read. An entry confirmed once will usually be confirmed again
/// soon, so it is renewed later.
const RENEW_CONFIRMED_AFTER: Duration = Duration::from_millis(185);

/// How long an entry is kept for an outage: while the database does not answer, an old answer is better than none.
const TIME_TO_LIVE: Duration = Duration::from_mins(10);

/// How fresh an answer has to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// True as of a moment at most [`MAX_STALENESS`] ago, or as long ago as the cache allows.
    Recent,
    /// From a read that began after the call, so a client sees its own writes on every instance.
    Now,
}

/// How old entries may be, and how old they are when one caller renews them.
#[derive(Clone, Copy)]
struct Ages {
    most: Duration,
    renew: Duration,
    renew_confirmed: Duration,
}

const AGES: Ages = Ages {
    most: MAX_STALENESS,
    renew: RENEW_AFTER,
    renew_confirmed: RENEW_CONFIRMED_AFTER,
};

/// The values that were read, by key, bounded in bytes.
pub(crate) struct ReadCache<K, V> {
    entries: Cache<K, Arc<CacheEntry<V>>>,
    ages: Ages,
}

/// The result of a read, and when the read began.
struct CacheEntry<V> {
    began: Instant,
    value: Result<V, Arc<Error>>,
    /// If this read failed, the value of an earlier one, and when that one began. An outage begins with failed reads.
    earlier: Option<(Instant, V)>,
    /// True while a caller is reading a newer value.
    is_renewing: AtomicBool,
}

impl<V: Clone> CacheEntry<V> {
    /// The last value that was read, and when its read began.
    fn last(&self) -> Option<(Instant, V)> {
        match &self.value {
            Ok(value) => Some((self.began, value.clone())),
            Err(_) => self.earlier.clone(),
        }
    }

    /// The moment as of which the value is true: when its read began, or a later moment that `confirmed` vouches for.
    fn as_of(&self, ages: Ages, confirmed: impl Fn(&V, Instant) -> Option<Instant>) -> Instant {
        match &self.value {
            Ok(value) if self.began.elapsed() >= ages.renew => {
                let until = confirmed(value, self.began);
                until.map_or(self.began, |until| until.max(self.began))
            }
            _ => self.began,
        }
    }

    async fn of(read: impl Future<Output = Result<V>>, before: Option<&Arc<Self>>) -> Arc<Self> {
        let began = Instant::now();
        let value = read.await.map_err(Arc::new);
        let earlier = match &value {
            Ok(_) => None,
            Err(_) => before.and_then(|before| before.last()),
        };
        Arc::new(Self {
            began,
            value,
            earlier,
            is_renewing: AtomicBool::new(false),
        })
    }
}

/// Clears the flag when dropped: if the renewing caller gives up halfway, another one may renew the entry.
struct RenewalGuard<'e>(&'e AtomicBool);

impl Drop for RenewalGuard<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}

impl<K, V> ReadCache<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    /// A cache of at most `max_bytes`, as counted by `weigh`.
    pub fn new(max_bytes: u64, weigh: impl Fn(&K, &V) -> usize + Send + Sync + 'static) -> Self {
        let weigh = move |key: &K, entry: &Arc<CacheEntry<V>>| {
            let bytes = entry.value.as_ref().map_or(0, |value| weigh(key, value));
            u32::try_from(bytes + 200).unwrap_or(u32::MAX)
        };
        Self {
            entries: Cache::builder()
                .max_capacity(max_bytes)
                .weigher(weigh)
                .time_to_live(TIME_TO_LIVE)
                .build(),
            ages: AGES,
        }
    }

    /// The same for values that may be up to `most` behind; one caller renews them in the second half of that time.
    #[must_use]
    pub fn for_up_to(mut self, most: Duration) -> Self {
        self.ages = Ages {
            most,
            renew: most / 2,
            renew_confirmed: most / 2,
        };
        self
    }

    /// The last value for the key, however old.
    pub async fn last(&self, key: &K) -> Option<V> {
        let entry = self.entries.get(key).await?;
        entry.last().map(|(_, value)| value)
    }

    /// The last value for the key, for a request during an outage, which shows how old it is.
    async fn last_in_outage(&self, key: &K) -> Result<V> {
        let entry = self.entries.get(key).await;
        let (began, value) = entry
            .and_then(|entry| entry.last())
            .ok_or_else(|| outage::unreachable(false))?;
        outage::use_as_of(began);
        Ok(value)
    }

    /// The value for the key, from memory or from `read`. The error of a read is shared only by the callers that waited
    /// for it. During an outage, this is the last known value.
    ///
    /// # Errors
    /// Those of the read.
    pub async fn get<F>(&self, key: &K, freshness: Freshness, read: impl Fn() -> F) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send,
    {
        self.get_confirmed(key, freshness, |_, _| None, read).await
    }

    /// Like `get`, but an old value also counts as fresh if `confirmed` says that it has not changed. `confirmed` takes
    /// the value and the moment its read began, and returns until when the value is known to be unchanged.
    ///
    /// # Errors
    /// Those of the read.
    pub async fn get_confirmed<F>(
        &self,
        key: &K,
        freshness: Freshness,
        confirmed: impl Fn(&V, Instant) -> Option<Instant> + Sync,
        read: impl Fn() -> F,
    ) -> Result<V>
    where
        F: Future<Output = Result<V>> + Send,
    {
        if outage::is_memory_only() {
            return self.last_in_outage(key).await;
        }
        let (called, ages) = (Instant::now(), self.ages);
        let oldest = match freshness {
            Freshness::Recent => called.checked_sub(ages.most).unwrap_or(called),
            Freshness::Now => called,
        };
        // When the entry was current, if that is recent enough for this call.
        let serves = |entry: &Arc<CacheEntry<V>>| {
            let bound = if entry.value.is_ok() { oldest } else { called };
            let as_of = match freshness {
                Freshness::Recent => entry.as_of(ages, &confirmed),
                Freshness::Now => entry.began,
            };
            (as_of >= bound).then_some(as_of)
        };
        if freshness == Freshness::Recent
            && let Some(entry) = self.entries.get(key).await
            && let Some(as_of) = serves(&entry)
        {
            let renew = if as_of == entry.began {
                ages.renew
            } else {
                ages.renew_confirmed
            };
            let is_due = as_of.elapsed() >= renew;
            if !is_due || entry.is_renewing.swap(true, Ordering::Relaxed) {
                return entry.value.clone().map_err(shared_error);
            }
            let _renewing = RenewalGuard(&entry.is_renewing);
            let newer = CacheEntry::of(read(), Some(&entry)).await;
            // While it is recent enough, the old value is better than an error.
            if newer.value.is_err() && as_of.elapsed() < ages.most {
                return entry.value.clone().map_err(shared_error);
            }
            let now = self.entries.get(key).await;
            if newer.value.is_ok() && now.is_none_or(|now| now.began < newer.began) {
                self.entries.insert(key.clone(), newer.clone()).await;
            }
            return newer.value.clone().map_err(shared_error);
        }
        loop {
            let before = self.entries.get(key).await;
            let begin = async { CacheEntry::of(read(), before.as_ref()).await };
            let selector = self.entries.entry_by_ref(key);
            let replace = |entry: &Arc<CacheEntry<V>>| serves(entry).is_none();
            let entry = selector.or_insert_with_if(begin, replace).await;
            let entry = entry.into_value();
            // A read that this call joined may have begun too early. The next one begins after this call.
            if serves(&entry).is_some() {
                return entry.value.clone().map_err(shared_error);
            }
        }
    }
}

/// The error for one of the callers that waited for the same read.
pub(crate) fn shared_error(error: Arc<Error>) -> Error {
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
