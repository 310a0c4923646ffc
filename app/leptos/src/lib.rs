//! Leptos with a small JSON reader in the browser.
//!
//! The island macro reads properties through `leptos::serde_json`. The real serde_json formats floats and Unicode for
//! error messages that nobody would see, and costs 20 kB of brotli, an eighth of all our browser code. `app` imports
//! this crate under the name `leptos`, so in the browser the macro finds this [`serde_json`]; on the server it finds
//! the real one.

pub use upstream::*;

#[cfg(any(feature = "hydrate", test))]
pub mod json;

/// Leptos's prelude, with our own `lazy`.
#[cfg(feature = "hydrate")]
pub mod prelude {
    pub use slim_leptos_macros::lazy;
    pub use upstream::prelude::*;
}

/// The part of `serde_json` that islands need.
#[cfg(feature = "hydrate")]
pub mod serde_json {
    pub use crate::json::{JsonError, from_str};
    use std::convert::Infallible;

    /// Returns an empty string: the macro also serializes an island's properties in the browser, where nothing reads
    /// them. Use [`write`](crate::json::write) to serialize.
    ///
    /// # Errors
    /// Never.
    pub const fn to_string<T: ?Sized>(_: &T) -> Result<String, Infallible> {
        Ok(String::new())
    }
}
