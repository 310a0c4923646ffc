//! What an account is told about its webhooks and browsers.

use super::{NoticeFacts, NoticeKind, store, verbs::NewNotice};
use crate::{Result, account::AccountId, store::Tx};

/// Tells the account's owner about a new webhook, or a browser that shows the account's notices. The outbox's consumer
/// can't do this: a worker of the previous version would skip an event that it does not know. The caller holds the lock
/// of all writers.
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
