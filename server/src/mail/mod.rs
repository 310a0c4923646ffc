//! Composes e-mail and hands it to an SMTP relay.
//!
//! - A [`Letter`] is one message to one person. Its HTML part and its text part are rendered from the same blocks.
//! - A [`Mailer`] sends letters. Without `SMTP_URL` it keeps them in the database instead, and `/dev/mail` shows them.
//! - A letter has an id that never changes, and with it a `Message-ID`: who gets it twice can drop the repeat.
//!
//! What is said, to whom, in which order and how often is retried is decided by the callers.

mod address;
mod compose;
mod error;
mod html;
mod kept;
mod letter;
mod line;
mod mailer;
mod settings;
mod smtp;
#[cfg(test)]
mod tests;
mod text;

pub use address::{Recipient, RecipientError};
pub use error::{Accepted, SendError};
pub use letter::{Block, Fact, Item, Letter, LetterId, Link, ThreadKey};
pub use mailer::{Counts, Mailer};
pub use settings::{check_settings, is_this_machine, may_keep};
pub use smtp::MAX_CONNECTIONS;
