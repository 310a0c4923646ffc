//! A thread pool for work that takes more than a millisecond of CPU time: hashing, rendering, compressing.
//!
//! Invariant: such work never starves the threads that serve bids, and no client monopolizes the pool. Work that waits
//! for the database or the network belongs on the async threads.

mod pool;

pub use pool::CpuPool;
