//! Leptos, but with a small reader of JSON in the browser.
//!
//! The macro of islands reads their properties by `leptos::serde_json`. That library formats floats and Unicode for its messages, which nobody
//! would see, and reading with it costs a browser 20 kB of brotli, an eighth of all our code. `app` has this crate under the name of `leptos`, so
//! the macro finds [`serde_json`] here. On the server it is the real one.

pub use upstream::*;

#[cfg(any(feature = "hydrate", test))]
pub mod json;

/// As Leptos has it, with another `lazy`.
#[cfg(feature = "hydrate")]
pub mod prelude {
    pub use slim_leptos_macros::lazy;
    pub use upstream::prelude::*;
}

/// What islands need of `serde_json`.
#[cfg(feature = "hydrate")]
pub mod serde_json {
    pub use crate::json::{Malformed, from_str};
    use std::convert::Infallible;

    /// Writes nothing: the macro calls this for an island's properties in the browser as well, where nobody reads them.
    /// [`write`](crate::json::write) writes.
    ///
    /// # Errors
    /// None.
    pub const fn to_string<T: ?Sized>(_: &T) -> Result<String, Infallible> {
        Ok(String::new())
    }
}
