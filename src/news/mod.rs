//! What happened, and who has to learn of it.

pub mod live;

#[cfg(feature = "postgres")]
pub mod event;
