//! Forms that were sent after the session had ended, so that what was typed is not lost.
//! Invariant: a form is kept for an hour, and shown to the account that it was sent for, in the browser it was sent from, alone.
//! Ends where pages are: the server reads and shows forms.

mod store;

pub use store::{forget, forget_old, pages, read, save};

/// The most that is kept of a form, in bytes of names and values: the longest description in any script, and the rest of its form.
pub const MOST_BYTES: usize = 100_000;

/// Of how many pages forms are kept for an account in a browser: a few tabs.
const MOST_FORMS: i64 = 5;

/// A field's name and what was typed into it.
pub type Field = (String, String);
