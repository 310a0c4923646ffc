//! Notices to everybody who follows a project, batch by batch.
//!
//! A project may have thousands of watchers. Writing to all of them in one transaction would block the outbox and all
//! other notices, so the event only queues a row. Each batch is written in the transaction that moves the row on, or
//! deletes it after the last batch, so nobody is told twice or left out when a worker dies.

use super::{
    NoticeKind,
    store::{self, broadcast},
    verbs::{NewNotice, write},
};
use crate::{Result, account::AccountId, project::ProjectId, store::Tx};

/// How many recipients are considered in one transaction.
const BATCH: i64 = 500;

/// A kind of notice that is being written to everybody who follows a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Broadcast {
    pub kind: NoticeKind,
    pub project: ProjectId,
    /// The recipients up to this account have been told.
    pub after: AccountId,
}

/// Somebody who watches a project.
#[derive(Debug, Clone)]
pub(super) struct Watcher {
    pub notice: NewNotice,
    /// True if the same was told to them as bidders.
    pub knows: bool,
}

/// The kinds that tell a bidder what `kind` tells a watcher.
pub(super) const fn told_to_bidders(kind: NoticeKind) -> &'static [NoticeKind] {
    match kind {
        NoticeKind::WatchedInADay => &[NoticeKind::DeadlineInADay],
        NoticeKind::WatchedInAnHour => &[NoticeKind::DeadlineInAnHour],
        NoticeKind::WatchedAwarded => &[NoticeKind::Won, NoticeKind::Lost],
        NoticeKind::WatchedCancelled => &[NoticeKind::Cancelled],
        _ => &[],
    }
}

/// True if the kind says that the deadline is near, which is of no use once it has passed.
const fn is_about_deadline(kind: NoticeKind) -> bool {
    matches!(
        kind,
        NoticeKind::WatchedInADay | NoticeKind::WatchedInAnHour
    )
}

/// Writes the next batch of the oldest broadcast; false if there is none. Call it again until then.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn broadcast(tx: &mut Tx<'_>) -> Result<bool> {
    store::lock(tx).await?;
    let Some((next, takes_bids)) = broadcast::next(tx).await? else {
        return Ok(false);
    };
    if is_about_deadline(next.kind) && !takes_bids {
        broadcast::end(tx, &next).await?;
        return Ok(true);
    }
    let watchers = broadcast::watchers(tx, &next, BATCH).await?;
    let last = watchers.last().map(|watcher| watcher.notice.account);
    match last.filter(|_| i64::try_from(watchers.len()).is_ok_and(|count| count == BATCH)) {
        Some(last) => broadcast::advance(tx, &next, last).await?,
        None => broadcast::end(tx, &next).await?,
    }
    let told = watchers.into_iter().filter(|watcher| !watcher.knows);
    write(
        tx,
        told.map(|watcher| (next.kind, watcher.notice)).collect(),
    )
    .await?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::NoticeSubject;

    #[test]
    fn what_bidders_are_told_is_not_told_again_to_those_who_also_watch() {
        for kind in NoticeKind::ALL {
            let known = told_to_bidders(*kind);
            assert!(
                known.is_empty() || kind.subject() == NoticeSubject::Watched,
                "{kind:?}"
            );
            // An auction without bids has no bidder to tell.
            let has_no_bidder = *kind == NoticeKind::WatchedUnawarded;
            if kind.subject() == NoticeSubject::Watched {
                assert_eq!(known.is_empty(), has_no_bidder, "{kind:?}");
            }
        }
    }
}
