//! What is offered, who bids, and who wins.

pub mod bid;
pub mod project;

#[cfg(feature = "postgres")]
pub mod archive;
#[cfg(feature = "postgres")]
pub mod award;
