//! What an account is told about its webhooks and browsers.

use super::{NoticeFacts, NoticeKind, store, verbs::NewNotice};
use crate::{Result, account::AccountId, store::Tx};

/// Tells the owner of an account that it has a new webhook, or that a browser shows its notices. This is not left to the
/// consumer of the outbox: a worker of the version before would pass over an event that it does not know. The caller holds the
/// lock of all writers.
pub(in crate::news) async fn tell_of_webhook(
    tx: &mut Tx<'_>,
    account: AccountId,
    kind: NoticeKind,
    name: &str,
) -> Result<()> {
    let facts = NoticeFacts {
        webhook: Some(name.to_owned()),
        ..NoticeFacts::default()
    };
    let notice = NewNotice {
        account,
        project: None,
        facts,
    };
    store::write(tx, kind, &[&notice]).await
}
