//! Caches and batches of database reads.

pub(crate) mod fresh;
pub(crate) mod gathered;
