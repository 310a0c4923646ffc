//! An auction that runs to its deadline while the server is flooded or its database fails.
//!
//! Honest clients and floods have different source addresses, all on loopback: see [`address`].

pub mod address;
pub mod auction;
pub mod cast;
pub mod client;
pub mod cluster;
pub mod flood;
pub mod honest_client;
pub mod sample;
