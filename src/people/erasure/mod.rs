//! Erasing an account: its owner asks for it, can change their mind for a week, and then the worker anonymizes it.
//!
//! Invariant: an account is erased whole, in one transaction, never while it has an open project or an active bid, and never
//! while its former address can still take it back. Results stay as they are and can be checked by everybody: projects, bids
//! and awards stay, without a name.
//!
//! - From the request on, the account can neither publish nor bid. A request locks the account's row, and every new
//!   reference to the account waits for that lock. So if a request and a new project come at the same moment, the later
//!   one sees the earlier one. A bid checks for an erasure before its insert waits for the lock, so a bid may slip in;
//!   the worker then waits until its project has ended.
//! - The row in the table `erasure` stays, so that a sign-in at the very moment of the erasure opens nothing (`session`).
//! - A request that was under way at the erasure may still add something afterwards, for example a token. So the deletions
//!   are repeated for an hour, and a token of an erased account is not valid.
//! - What is deleted and what stays is listed in `privacy`, and a test compares that with the database.

mod refusal;
mod rules;
mod store;
mod verbs;

pub use refusal::Refusal;
pub use rules::{NAME, Obligation, WAIT_DAYS};
pub use verbs::{
    CarriedOut, carry_out, due, obligation, of_account, request, stop, stop_by_link, stoppable,
};
pub(crate) use verbs::{must_not_be_scheduled, stop_for_owner};

use time::OffsetDateTime;

/// For how many hours after an erasure its deletions are repeated: much longer than any request takes.
const AGAIN_HOURS: i32 = 1;

/// An erasure that is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScheduledErasure {
    /// Not before this time.
    pub due_at: OffsetDateTime,
    /// What it waits for once it is due.
    pub obligation: Option<Obligation>,
}
