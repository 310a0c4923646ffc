//! Threads: those for heavy work, and how one of our own is stopped.

pub(crate) mod heavy;
pub(crate) mod stopper;
