//! A task-local that marks requests during an outage.
//!
//! Such a request uses cached answers up to ten minutes old, and must not use the database. The task-local records the
//! age of the oldest answer that was used, for the page's notice and for `Age`.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

tokio::task_local! {
    /// The state of the current request's task.
    static MEMORY: Memory;
}

/// Whether a request must be answered from memory, and how old the oldest part of its answer is.
pub(crate) struct Memory {
    is_only: bool,
    as_of: Cell<Option<Instant>>,
}

impl Memory {
    /// For a request that may use the database.
    pub const fn with_database() -> Self {
        Self::new(false)
    }

    /// For a request during an outage, which must not use the database.
    pub const fn only() -> Self {
        Self::new(true)
    }

    const fn new(is_only: bool) -> Self {
        Self {
            is_only,
            as_of: Cell::new(None),
        }
    }

    /// Runs `request` with this state.
    pub async fn scope<F: Future>(self, request: F) -> F::Output {
        MEMORY.scope(self, request).await
    }
}

/// True if this request must not use the database, because of an outage.
pub(crate) fn is_memory_only() -> bool {
    MEMORY.try_with(|memory| memory.is_only).unwrap_or(false)
}

/// Records that the answer uses data as of this moment; the earliest moment counts.
pub(crate) fn use_as_of(moment: Instant) {
    // Outside a request there is nothing to record.
    let _ = MEMORY.try_with(|memory| {
        let oldest = memory
            .as_of
            .get()
            .map_or(moment, |oldest| oldest.min(moment));
        memory.as_of.set(Some(oldest));
    });
}

/// The age of the oldest data in this request's answer, during an outage.
pub(crate) fn age() -> Option<Duration> {
    let as_of = MEMORY.try_with(|memory| memory.as_of.get()).ok().flatten();
    as_of.map(|as_of| as_of.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_answer_is_as_old_as_its_oldest_data() {
        assert!(!is_memory_only() && age().is_none());
        let now = Instant::now();
        let minute = Duration::from_mins(1);
        let request = async {
            assert!(is_memory_only() && age().is_none());
            use_as_of(now);
            use_as_of(
                now.checked_sub(minute)
                    .expect("the machine's uptime is longer"),
            );
            use_as_of(now);
            assert!(age().is_some_and(|age| age >= minute));
        };
        Memory::only().scope(request).await;
        let other = async { assert!(!is_memory_only()) };
        Memory::with_database().scope(other).await;
    }
}
