//! Composes e-mail and hands it to an SMTP relay.
//!
//! - A [`Letter`] is one message to one person. Its HTML part and its text part are rendered from the same blocks.
//! - A [`Mailer`] sends letters. Without `SMTP_URL` it keeps them in the database instead, and `/dev/mail` shows them.
//! - [`parse_report`] reads what other mail systems report later: bounces and complaints.
//! - A letter has an id that never changes, and hence a fixed `Message-ID`: whoever gets it twice can drop the repeat.
//!
//! Callers decide what to send to whom, in which order, and how often to retry.

mod address;
mod compose;
mod dev_mailbox;
mod error;
mod html;
mod letter;
mod line;
mod mailer;
mod report;
mod settings;
mod smtp;
#[cfg(test)]
mod tests;
mod text;

pub use address::{Recipient, RecipientError};
pub use error::{Accepted, SendError};
pub use letter::{Block, Fact, Item, Letter, LetterId, Link, ThreadKey};
pub use mailer::{Counts, Mailer};
pub use report::{MailReport, NoReport, parse_report};
pub use settings::{check_settings, is_this_machine, may_keep};
pub use smtp::MAX_CONNECTIONS;
