//! Threads: a pool for heavy work, and stopping threads.

pub(crate) mod heavy;
pub(crate) mod stopper;
