//! The change feed: what everybody may know, in an order that never changes.
//!
//! It is ordered by (transaction, event) and ends at the oldest transaction that has not ended: an event with a lower
//! number may commit after one with a higher number, and a reader would miss it. So any writing transaction in the same
//! PostgreSQL holds the feed back while it lasts.
//!
//! Transaction numbers start over in a database that was restored from a dump. See docs/OPERATIONS.md before clients
//! continue.

use super::{EventKind, names};
use crate::{Error, Result, bid::BidId, money::Money, project::ProjectId, store::Connection};
use serde::Deserialize;
use time::OffsetDateTime;

/// A position in the feed: after this event of this transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    pub transaction: i64,
    pub event: i64,
}

/// A public event.
#[derive(Debug, Clone)]
pub struct PublicEvent {
    pub at: Position,
    /// The stable name of a [`super::EventKind`].
    pub kind: String,
    pub project: ProjectId,
    pub happened_at: OffsetDateTime,
    pub bid: Option<BidId>,
    /// The bidder's pseudonym in the project: Bidder 1, Bidder 2 …
    pub bidder_number: Option<i32>,
    pub amount: Option<Money>,
}

/// The part of a bid event's body that is public.
#[derive(Deserialize, Default)]
struct Body {
    bid: Option<BidId>,
    bidder: Option<i32>,
    amount: Option<Money>,
}

/// Up to `most` changes after a position. Stops at the oldest transaction still in progress: a lower event id may
/// commit after a higher one, and a skipped event would never be seen.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn changes(db: &mut Connection, after: Position, most: i64) -> Result<Vec<PublicEvent>> {
    let rows = sqlx::query!(
        r#"select transaction_id::text::bigint as "transaction!", id, kind, project_id as "project!", body, happened_at
           from outbox
           where project_id is not null
             and kind = any ($4)
             and (transaction_id, id) > ($1::bigint::text::xid8, $2)
             and transaction_id < pg_snapshot_xmin(pg_current_snapshot())
           order by transaction_id, id limit $3"#,
        after.transaction,
        after.event,
        most,
        &names(EventKind::PUBLIC)
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let body: Body = serde_json::from_value(row.body).map_err(Error::unexpected)?;
            // Only bid events hold an amount; a published project's event holds its budget.
            Ok(PublicEvent {
                at: Position {
                    transaction: row.transaction,
                    event: row.id,
                },
                kind: row.kind,
                project: ProjectId(row.project),
                happened_at: row.happened_at,
                bid: body.bid,
                bidder_number: body.bidder,
                amount: body.amount,
            })
        })
        .collect()
}

/// The current end of the feed.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn latest(db: &mut Connection) -> Result<Position> {
    let transaction = sqlx::query_scalar!(
        r#"select pg_snapshot_xmin(pg_current_snapshot())::text::bigint - 1 as "transaction!""#
    )
    .fetch_one(db)
    .await?;
    Ok(Position {
        transaction,
        event: i64::MAX,
    })
}
