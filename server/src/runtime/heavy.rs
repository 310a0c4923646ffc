//! Work whose cost grows with what somebody sent or asked for: small pieces are done where they come up, large ones by a pool of
//! threads of low priority, so that no async thread is held for more than about a millisecond.

use guildhall::{Result, cpu::CpuPool, fairness::Client};

/// A pool of as many threads as the machine has cores: their low priority leaves the processor to everything else.
pub(crate) fn pool() -> std::io::Result<CpuPool> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    CpuPool::new("heavy", cores)
}

/// Does the work here when its cost is at most `small`, and else on the pool when the client's turn comes. What the cost is
/// counted in is up to the caller: usually bytes.
///
/// # Errors
/// `Busy` when the turn does not come in time.
pub(crate) async fn run<T: Send + 'static>(
    pool: &CpuPool,
    client: Client,
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
