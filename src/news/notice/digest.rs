//! Digests of saved searches, found by the clock as deadlines are.

use super::{
    NoticeFacts, NoticeKind,
    facts::SearchFacts,
    store,
    verbs::{NewNotice, write},
};
use crate::{
    Result,
    saved_search::{self, Digest},
    store::{Tx, now},
};

/// How many digests one transaction writes.
const DIGESTS_AT_ONCE: i64 = 50;

/// Tells about 50 digests of saved searches that are due; returns how many were due. Call it again until it returns 0.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn tell_digests(tx: &mut Tx<'_>) -> Result<usize> {
    store::lock(tx).await?;
    let due = saved_search::due(tx, DIGESTS_AT_ONCE).await?;
    if due.is_empty() {
        return Ok(0);
    }
    let now = now(tx).await?;
    saved_search::record_digests(tx, &due, now).await?;
    let count = due.len();
    let with_news = due.into_iter().filter(|digest| digest.count > 0);
    write(tx, with_news.map(notice).collect()).await?;
    Ok(count)
}

fn notice(digest: Digest) -> (NoticeKind, NewNotice) {
    let list = digest.filter.path(digest.since);
    let search = SearchFacts {
        name: digest.name,
        others: 0,
        count: digest.count,
        found: digest.found,
        list: Some(list),
    };
    let facts = NoticeFacts {
        search: Some(search),
        ..NoticeFacts::default()
    };
    let notice = NewNotice {
        account: digest.account,
        project: None,
        facts,
    };
    (NoticeKind::SearchDigest, notice)
}
