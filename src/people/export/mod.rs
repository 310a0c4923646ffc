//! Everything that an account owns, as one document for its owner.
//!
//! Invariant: an export has neither secrets nor their hashes, and nothing about other people. It is read only through a link
//! that the server has signed for the account, that expires, and that works only while its owner is signed in: so neither a
//! link that leaked nor an open session is enough.
//!
//! Nothing is prepared or stored. The document is made while it is downloaded, in batches, so neither the server nor the
//! database holds more than one batch of it. A link is made after a proof that the owner is present; the owner is told by
//! mail.

mod link;
mod section;
mod store;

pub use link::{ExportLink, ExportSigner, LINK_HOURS};
pub use section::{Batch, Cursor, Row, Section, next};

use crate::{
    Result,
    account::{self, Viewer},
    account_mail::{self, MailKind},
    event::{self, EventKind},
    store::Tx,
};
use serde_json::json;

/// Tells the owner that a link to an export was made, and records it. The caller must have confirmed that the owner is
/// present.
///
/// # Errors
/// `NotFound` if the account no longer exists.
pub async fn announce(tx: &mut Tx<'_>, viewer: &Viewer) -> Result<()> {
    let account = viewer.account;
    // An address that is not confirmed may be a stranger's.
    if viewer.has_confirmed_email {
        let email = account::find(tx, account).await?.email;
        account_mail::request(tx, MailKind::ExportMade, Some(account), &email).await?;
    }
    event::record(tx, EventKind::ExportMade, None, Some(account), json!({})).await
}
