//! Pages of the archive, by cursor.
//!
//! The list is a search in the order of deadlines (`project::search`), so every page costs the same. If few auctions
//! match the filters, a page examines at most 10,000 and then says so, and the next page continues there.

use super::{ArchiveCursor, ArchiveFilter, ArchiveOrder, FinishedAuction, store};
use crate::{
    Result,
    project::{ProjectId, Search, SearchReport, SortKey, Start, TotalCache},
    store::Connection,
};

/// Auctions per page.
pub const PER_PAGE: i64 = 20;
/// Maximum number of auctions in one file.
pub const MAX_ROWS: i64 = 5_000;

/// One page of the archive.
#[derive(Debug, Clone)]
pub struct ArchivePage {
    pub auctions: Vec<FinishedAuction>,
    /// Where the next page starts; `None` on the last.
    pub next: Option<ArchiveCursor>,
    pub search: SearchReport,
}

/// Up to `most` auctions after the cursor.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn list(
    db: &mut Connection,
    totals: Option<&TotalCache>,
    filter: &ArchiveFilter,
    order: ArchiveOrder,
    after: Option<ArchiveCursor>,
    most: i64,
) -> Result<ArchivePage> {
    let descending = order == ArchiveOrder::Newest;
    let words = filter.words.as_ref();
    let (key, tally_filter) = (SortKey::Deadline, filter.tally_filter());
    let search = Search::begin(db, totals, words, tally_filter, key, descending).await?;
    let from = after.map_or(Start::Offset(0), ArchiveCursor::start);
    let (mut places, search) = search.page(from, most + 1).await?;
    let limit = usize::try_from(most).unwrap_or(usize::MAX);
    let has_more = places.len() > limit;
    places.truncate(limit);
    let last = places.last().map(|place| (place.key, ProjectId(place.id)));
    let next = if has_more { last } else { search.stopped_at };
    let ids: Vec<i64> = places.iter().map(|place| place.id).collect();
    Ok(ArchivePage {
        auctions: store::finished(db, &ids).await?,
        next: next.map(|(key, id)| ArchiveCursor::new(key, id)),
        search,
    })
}
