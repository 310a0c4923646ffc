//! The result of a project, decided once, at its deadline.
//!
//! Invariant: a project has at most one award. It goes to the lowest live bid that was accepted before the deadline; a
//! tie goes to the bid that was accepted first. Without a live bid the project ends unawarded.
//!
//! The primary key of `award` is the project, so no worker can store a second award. This module does not wait for
//! deadlines; the server's worker does.

mod check;
mod read;
mod rules;
mod store;
mod verbs;

pub use check::check;
pub use read::{Award, AwardOutcome, Contacts, RankedBid, outcome};
pub use verbs::{EndedProject, close_due, close_one, due, next_deadline};
