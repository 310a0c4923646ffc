use super::http::HttpError;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Mutex;

/// How long a fetched value is valid.
const TIME_TO_LIVE: Duration = Duration::from_secs(3600);
/// The pause after a failed fetch; without it, the callers that waited would each fetch again in turn.
const PAUSE_AFTER_FAILURE: Duration = Duration::from_secs(3);
/// The pause after an early refetch, that is, one before the value has expired.
const PAUSE_AFTER_REFETCH: Duration = Duration::from_secs(10);

/// A document that a provider publishes, fetched by one caller at a time on behalf of all.
#[derive(Debug)]
pub(super) struct DocumentCache<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    /// The value, and when it expires.
    value: Option<(Arc<T>, Instant)>,
    fails_until: Option<Instant>,
    no_refetch_until: Option<Instant>,
}

impl<T> Default for DocumentCache<T> {
    fn default() -> Self {
        Self(Mutex::new(State {
            value: None,
            fails_until: None,
            no_refetch_until: None,
        }))
    }
}

impl<T> DocumentCache<T> {
    /// The cached value. `fetch` runs if nothing is cached, or if the value has expired.
    pub async fn get(
        &self,
        fetch: impl Future<Output = Result<T, HttpError>>,
    ) -> Result<Arc<T>, HttpError> {
        let state = &mut *self.0.lock().await;
        match &state.value {
            Some((value, until)) if is_ahead(*until) => Ok(value.clone()),
            _ => state.fetch(fetch).await,
        }
    }

    /// A newer value, for a caller that does not find what it needs in `known`. `None` soon after another refetch.
    pub async fn newer_than(
        &self,
        known: &Arc<T>,
        fetch: impl Future<Output = Result<T, HttpError>>,
    ) -> Result<Option<Arc<T>>, HttpError> {
        let state = &mut *self.0.lock().await;
        if let Some((value, _)) = &state.value
            && !Arc::ptr_eq(value, known)
        {
            return Ok(Some(value.clone()));
        }
        if state.no_refetch_until.is_some_and(is_ahead) {
            return Ok(None);
        }
        // Set before the fetch, in case this caller gives up, and again after it, so that the pause follows a slow
        // answer.
        state.no_refetch_until = Some(Instant::now() + PAUSE_AFTER_REFETCH);
        let fetched = state.fetch(fetch).await;
        state.no_refetch_until = Some(Instant::now() + PAUSE_AFTER_REFETCH);
        fetched.map(Some)
    }
}

impl<T> State<T> {
    async fn fetch(
        &mut self,
        fetch: impl Future<Output = Result<T, HttpError>>,
    ) -> Result<Arc<T>, HttpError> {
        if self.fails_until.is_some_and(is_ahead) {
            return Err(HttpError::Unusable(
                "it failed a moment ago and is not requested again yet".to_owned(),
            ));
        }
        match fetch.await {
            Ok(value) => {
                let value = Arc::new(value);
                self.value = Some((value.clone(), Instant::now() + TIME_TO_LIVE));
                self.fails_until = None;
                Ok(value)
            }
            Err(error) => {
                self.fails_until = Some(Instant::now() + PAUSE_AFTER_FAILURE);
                Err(error)
            }
        }
    }
}

fn is_ahead(moment: Instant) -> bool {
    Instant::now() < moment
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{
        future::pending,
        sync::atomic::{AtomicU32, Ordering},
    };
    use tokio::time::sleep;

    /// Expires the value and ends all pauses.
    async fn expire_now<T>(cached: &DocumentCache<T>) {
        let (state, now) = (&mut *cached.0.lock().await, Instant::now());
        if let Some((_, until)) = &mut state.value {
            *until = now;
        }
        state.fails_until = Some(now);
        state.no_refetch_until = Some(now);
    }

    #[tokio::test]
    async fn concurrent_callers_share_one_fetch_until_the_value_expires() {
        let (cached, requests) = (DocumentCache::default(), AtomicU32::new(0));
        let fetch = || async {
            sleep(Duration::from_millis(20)).await;
            Ok(requests.fetch_add(1, Ordering::SeqCst))
        };
        let all = tokio::join!(
            cached.get(fetch()),
            cached.get(fetch()),
            cached.get(fetch())
        );
        assert_eq!([*all.0.unwrap(), *all.1.unwrap(), *all.2.unwrap()], [0; 3]);
        expire_now(&cached).await;
        assert_eq!(*cached.get(fetch()).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn an_insufficient_value_is_refetched_but_not_too_often() {
        let (cached, requests) = (DocumentCache::default(), AtomicU32::new(0));
        let fetch = || async { Ok(requests.fetch_add(1, Ordering::SeqCst)) };
        let first = cached.get(fetch()).await.unwrap();
        let second = cached.newer_than(&first, fetch()).await.unwrap().unwrap();
        assert_eq!(*second, 1);
        // A caller that still holds the first value gets the second, without a fetch.
        let again = cached.newer_than(&first, fetch()).await.unwrap();
        assert_eq!(again.as_deref(), Some(&1));
        assert!(cached.newer_than(&second, fetch()).await.unwrap().is_none());
        expire_now(&cached).await;
        let third = cached.newer_than(&second, fetch()).await.unwrap();
        assert_eq!(third.as_deref(), Some(&2));
    }

    #[tokio::test]
    async fn refetches_pause_after_a_slow_fetch_and_after_a_cancelled_one() {
        let cached = DocumentCache::default();
        let takes = Duration::from_millis(200);
        let slow = async {
            sleep(takes).await;
            Ok(2)
        };
        let first = cached.get(async { Ok(1) }).await.unwrap();
        let started_at = Instant::now();
        cached.newer_than(&first, slow).await.unwrap().unwrap();
        let until = cached.0.lock().await.no_refetch_until.unwrap();
        assert!(until >= started_at + takes + PAUSE_AFTER_REFETCH);

        let cached = DocumentCache::default();
        let first = cached.get(async { Ok(1) }).await.unwrap();
        let gone = cached.newer_than(&first, pending());
        tokio::time::timeout(Duration::from_millis(20), gone)
            .await
            .unwrap_err();
        let next = cached.newer_than(&first, async { Ok(3) });
        assert!(next.await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_failed_fetch_is_not_retried_immediately() {
        let (cached, requests) = (DocumentCache::<u32>::default(), AtomicU32::new(0));
        let fetch = || async {
            requests.fetch_add(1, Ordering::SeqCst);
            Err(HttpError::TooLarge)
        };
        assert!(cached.get(fetch()).await.is_err());
        assert!(cached.get(fetch()).await.is_err());
        assert_eq!(requests.load(Ordering::SeqCst), 1);
        expire_now(&cached).await;
        assert!(cached.get(fetch()).await.is_err());
        assert_eq!(requests.load(Ordering::SeqCst), 2);
    }
}
