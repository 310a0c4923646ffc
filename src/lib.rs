//! The marketplace itself: accounts, projects, bids and awards, with their rules and, behind the feature
//! `postgres`, their store. Knows nothing of HTTP, HTML or Leptos; without that feature it compiles to WASM.
//!
//! The folders are wings of a house with many rooms. A room is known by its own name alone: `guildhall::bid`.

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

pub use error::{Error, Refusal, Result};
