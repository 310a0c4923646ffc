//! Work whose cost grows with its input: small inputs run in place, large ones on a pool of low-priority threads.
//!
//! Async threads serve everybody, so no poll may hold one for more than about a millisecond. The pool renders long
//! descriptions, serializes and compresses large answers, and hashes or parses large bodies. A hop between threads
//! costs more than a small input does, so each caller sets its threshold.
//!
//! Cheap limits come first: a form with too many fields is refused after counting `&`, and an overlong list after
//! counting its bytes. `server/tests/processor` sends the most expensive request of each kind, and limits the time of
//! every poll. It measures the thread's own processor time, so the machine's other work does not count.

use guildhall::{Result, cpu::CpuPool, fairness::Submitter};

/// A pool with one thread per core; their low priority leaves the CPU to everything else.
pub(crate) fn pool() -> std::io::Result<CpuPool> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    CpuPool::new("heavy", cores)
}

/// Runs the work here if its cost is at most `small`, and otherwise on the pool when the client's turn comes. The
/// caller chooses the unit of the cost, usually bytes.
///
/// # Errors
/// `Busy` if the turn does not come in time.
pub(crate) async fn run<T: Send + 'static>(
    pool: &CpuPool,
    client: Submitter,
    cost: usize,
    small: usize,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    if cost <= small {
        Ok(work())
    } else {
        pool.run(&client, work).await
    }
}
