//! Confirming an account's e-mail address: the page that says where the e-mail was sent, and the page that its link opens.

mod link;
mod sent;

pub use link::{ConfirmEmail, LinkState};
pub use sent::{ConfirmationState, EmailConfirmation};
