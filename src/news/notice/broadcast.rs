//! Notices to everybody who follows a project, or saved a search that it fits, batch by batch.
//!
//! A project may have thousands of watchers. Writing to all of them in one transaction would block the outbox and all
//! other notices, so the event only queues a row. Each batch is written in the transaction that moves the row on, or
//! deletes it after the last batch, so nobody is told twice or left out when a worker dies.

use super::{
    NoticeFacts, NoticeKind, SearchFacts,
    store::{self, broadcast},
    verbs::{NewNotice, write},
};
use crate::{Result, account::AccountId, project::ProjectId, saved_search, store::Tx};

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
    let Some((next, accepts_bids)) = broadcast::next(tx).await? else {
        return Ok(false);
    };
    let is_late = is_about_deadline(next.kind) || next.kind == NoticeKind::SearchFit;
    if is_late && !accepts_bids {
        broadcast::end(tx, &next).await?;
    } else if next.kind == NoticeKind::SearchFit {
        tell_searchers(tx, &next).await?;
    } else {
        tell_watchers(tx, &next).await?;
    }
    Ok(true)
}

/// Compares the project with the next saved searches, and tells those who want to know at once. Whoever saved several
/// that it fits is told once.
async fn tell_searchers(tx: &mut Tx<'_>, next: &Broadcast) -> Result<()> {
    let Some(last) = saved_search::last_of_batch(tx, next.after, BATCH).await? else {
        return broadcast::end(tx, next).await;
    };
    broadcast::advance(tx, next, last).await?;
    let mut told: Vec<(NoticeKind, NewNotice)> = Vec::new();
    for search in saved_search::fitting(tx, next.project, next.after, last).await? {
        let before = told
            .last_mut()
            .filter(|(_, notice)| notice.account == search.account);
        if let Some(facts) = before.and_then(|(_, notice)| notice.facts.search.as_mut()) {
            facts.others += 1;
            continue;
        }
        let facts = SearchFacts {
            name: search.name,
            count: 1,
            ..SearchFacts::default()
        };
        let notice = NewNotice {
            account: search.account,
            project: Some(next.project),
            facts: NoticeFacts {
                search: Some(facts),
                ..NoticeFacts::default()
            },
        };
        told.push((next.kind, notice));
    }
    write(tx, told).await
}

async fn tell_watchers(tx: &mut Tx<'_>, next: &Broadcast) -> Result<()> {
    let watchers = broadcast::watchers(tx, next, BATCH).await?;
    let last = watchers.last().map(|watcher| watcher.notice.account);
    match last.filter(|_| i64::try_from(watchers.len()).is_ok_and(|count| count == BATCH)) {
        Some(last) => broadcast::advance(tx, next, last).await?,
        None => broadcast::end(tx, next).await?,
    }
    let told = watchers.into_iter().filter(|watcher| !watcher.knows);
    write(
        tx,
        told.map(|watcher| (next.kind, watcher.notice)).collect(),
    )
    .await
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
