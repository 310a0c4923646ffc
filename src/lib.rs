//! The marketplace itself: accounts, projects, bids and awards, with their rules.
//!
//! It knows nothing of HTTP, HTML or Leptos. Without the feature `postgres` it compiles to WASM, where the bid form
//! uses its rules. With the feature, each capability has its SQL, checked against the schema at compile time. The actor
//! is always an argument (`Viewer`), and the time comes from the database. Nothing here renders, redirects or reads
//! configuration.
//!
//! The folders, called wings, only group the capabilities. A wing is not part of a path: a capability is
//! `guildhall::bid` whichever wing it is in.

mod base;
mod market;
mod news;
mod people;
#[cfg(feature = "postgres")]
mod programs;

pub use base::*;
pub use market::*;
pub use news::*;
pub use people::*;
#[cfg(feature = "postgres")]
pub use programs::*;

pub use error::{Error, Result};
