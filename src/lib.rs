//! The marketplace itself: accounts, projects, bids and awards, with their rules and, behind the feature
//! `postgres`, their store. Knows nothing of HTTP, HTML or Leptos; without that feature it compiles to WASM.

pub mod account;
pub mod bid;
pub mod error;
pub mod field;
pub mod live;
pub mod money;
pub mod project;
pub mod quota;

#[cfg(feature = "postgres")]
pub mod award;
#[cfg(feature = "postgres")]
pub mod cpu;
#[cfg(feature = "postgres")]
pub mod device;
#[cfg(feature = "postgres")]
pub mod disk;
#[cfg(feature = "postgres")]
pub mod event;
#[cfg(feature = "postgres")]
pub mod fairness;
#[cfg(feature = "postgres")]
pub mod identity;
#[cfg(feature = "postgres")]
pub mod moment;
#[cfg(feature = "postgres")]
pub mod oauth;
#[cfg(feature = "postgres")]
pub mod origin;
#[cfg(feature = "postgres")]
pub mod receipt;
#[cfg(feature = "postgres")]
pub mod saved_form;
#[cfg(feature = "postgres")]
pub mod session;
#[cfg(feature = "postgres")]
pub mod store;
#[cfg(feature = "postgres")]
pub mod text;
#[cfg(feature = "postgres")]
pub mod token;

pub use error::{Error, Refusal, Result};
