//! Forms that were sent after the session had ended, kept so that what was typed is not lost.
//!
//! Invariant: a form is kept for an hour, and shown only to the account that it was sent for, in the browser that sent
//! it. At most five forms are kept per account and browser, one per page, each of at most 100 kB.

mod store;

pub use store::{forget, forget_old, pages, read, save};

/// How long a form is kept, in hours.
pub const KEPT_HOURS: i32 = 1;
/// Maximum size of one form's names and values, in bytes: enough for the longest description in any script and the rest
/// of its form.
pub const MAX_BYTES: usize = 100_000;

/// Maximum number of pages whose forms are kept per account and browser: enough for a few tabs.
const MAX_FORMS: i64 = 5;

/// A field's name and value.
pub type Field = (String, String);
