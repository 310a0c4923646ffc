//! A pool of threads for work that takes more than a millisecond of processor: hashing, rendering, compressing.
//! Invariant: such work never takes the processor from the threads that serve bids, and no client takes the pool from others.
//! Ends where somebody waits for a database or for the network: that belongs on the async threads.

mod pool;

pub use pool::CpuPool;
