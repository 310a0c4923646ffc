//! Confirming the address of an account: where the letter went, and the page that its link opens.

mod link;
mod sent;

pub use link::{ConfirmEmail, LinkState};
pub use sent::{ConfirmationState, EmailConfirmation};
