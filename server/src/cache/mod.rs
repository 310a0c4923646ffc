//! Caches and batches of database reads.

pub(crate) mod project_reads;
pub(crate) mod read_cache;
