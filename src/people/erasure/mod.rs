//! Erasing an account: its owner asks for it, can change their mind for a week, and then the worker anonymizes it.
//!
//! Invariant: an account is erased whole, in one transaction, never while it has an open project or an active bid, and never
//! while its former address can still take it back. Results stay as they are and can be checked by everybody: projects, bids
//! and awards stay, without a name.
//!
//! - From the request on, the account can neither publish nor bid. A request locks the account's row against what refers to
//!   it, so of a request and a project at the same moment, the later one sees the other. A bid does not take that lock: one
//!   that slips in makes the worker wait until its project has ended.
//! - The row in the table `erasure` stays, so that a sign-in at the very moment of the erasure opens nothing (`session`).
//! - What is deleted and what stays is listed in `privacy`, and a test compares that with the database.

mod refusal;
mod rules;
mod store;
mod verbs;

pub use refusal::Refusal;
pub use rules::{NAME, Obligation, WAIT_DAYS};
pub use verbs::{
    CarriedOut, carry_out, due, must_be_free, of_account, request, stop, stop_by_link, stoppable,
};
pub(crate) use verbs::{must_not_be_scheduled, stop_at_undo};

use time::OffsetDateTime;

/// An erasure that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledErasure {
    pub requested_at: OffsetDateTime,
    /// Not before this time.
    pub due_at: OffsetDateTime,
    /// What it waits for once it is due.
    pub obligation: Option<Obligation>,
}
