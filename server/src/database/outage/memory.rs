//! A task-local that marks requests during an outage.
//!
//! Such a request uses cached answers of any age, up to ten minutes, and must not use the database. The task-local
//! notes the age of the oldest answer that was used, for the page's notice and for `Age`.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

tokio::task_local! {
    /// Of the request that this task works on.
    static MEMORY: Memory;
}

/// Whether a request is answered from memory alone, and the moment as of which its oldest part was true.
pub(crate) struct Memory {
    is_only: bool,
    as_of: Cell<Option<Instant>>,
}

impl Memory {
    /// For a request that the database is asked for as usual.
    pub const fn with_database() -> Self {
        Self::new(false)
    }

    /// For a request during an outage.
    pub const fn only() -> Self {
        Self::new(true)
    }

    const fn new(is_only: bool) -> Self {
        Self {
            is_only,
            as_of: Cell::new(None),
        }
    }

    /// Lets `request` use it.
    pub async fn scope<F: Future>(self, request: F) -> F::Output {
        MEMORY.scope(self, request).await
    }
}

/// True when this request must not ask the database, which does not answer.
pub(crate) fn is_memory_only() -> bool {
    MEMORY.try_with(|memory| memory.is_only).unwrap_or(false)
}

/// Notes that the request uses something that was true at that moment; what is older wins.
pub(crate) fn use_as_of(moment: Instant) {
    // Outside of a request there is nobody to tell.
    let _ = MEMORY.try_with(|memory| {
        let oldest = memory
            .as_of
            .get()
            .map_or(moment, |oldest| oldest.min(moment));
        memory.as_of.set(Some(oldest));
    });
}

/// How old the oldest thing is that this request was answered with, during an outage.
pub(crate) fn age() -> Option<Duration> {
    let as_of = MEMORY.try_with(|memory| memory.as_of.get()).ok().flatten();
    as_of.map(|as_of| as_of.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_request_is_as_old_as_the_oldest_thing_it_shows() {
        assert!(!is_memory_only() && age().is_none());
        let now = Instant::now();
        let minute = Duration::from_mins(1);
        let request = async {
            assert!(is_memory_only() && age().is_none());
            use_as_of(now);
            use_as_of(
                now.checked_sub(minute)
                    .expect("the machine runs for longer"),
            );
            use_as_of(now);
            assert!(age().is_some_and(|age| age >= minute));
        };
        Memory::only().scope(request).await;
        let other = async { assert!(!is_memory_only()) };
        Memory::with_database().scope(other).await;
    }
}
