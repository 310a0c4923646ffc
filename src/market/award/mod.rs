//! The result of a project, made once, at its deadline, for the lowest live bid.
//! Invariant: at most one award a project, and it is the minimum of the live bids accepted before the deadline; a tie goes
//! to the bid accepted first; without a bid the project ends unawarded.
//! Ends where somebody waits for deadlines, or checks every result: the server's worker does.

mod check;
mod read;
mod rules;
mod store;
mod verbs;

pub use check::check;
pub use read::{Outcome, Ranked, outcome};
pub use verbs::{Ended, close_due, close_one, due, next_deadline};
