//! What is offered, who bids, and who wins.

#[cfg(feature = "postgres")]
pub mod autosave;
pub mod bid;
pub mod proceeds;
pub mod project;

#[cfg(feature = "postgres")]
pub mod archive;
#[cfg(feature = "postgres")]
pub mod award;
