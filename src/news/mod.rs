//! Events, and the updates that live pages get of them.

pub mod live;

#[cfg(feature = "postgres")]
pub mod event;
