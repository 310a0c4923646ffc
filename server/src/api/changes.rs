//! `GET /api/v1/changes`: the change feed by cursor.
//!
//! `event::changes` documents what its order guarantees, and what can delay it.

use super::{
    amount::Amount,
    bid::pseudonym,
    call::Call,
    cursor::Cursor,
    list,
    problem::Problem,
    query::{Parameter, PerPage, ValidQuery, read},
    state::Api,
};
use axum::response::Response;
use guildhall::{
    event::{self, Position},
    moment,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Where to start, and how much to read.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FeedQuery {
    /// The `next_cursor` of an earlier answer, to continue where it ended. Without a cursor, the feed starts with the
    /// first change ever.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<String>, max_length = 200, nullable = false)]
    cursor: Option<Cursor>,
    /// `now` starts at the end of the feed: it returns no changes, only a cursor for what follows. Ignored if there is
    /// a cursor.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<FeedStartName>, example = "beginning", nullable = false)]
    from: Option<FeedStart>,
    /// Changes per page.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 400, default = 30, example = 30, nullable = false)]
    per_page: Option<PerPage>,
}

/// Where the feed starts without a cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FeedStart {
    Beginning,
    Now,
}

impl Parameter for FeedStart {
    fn read(text: &str) -> Result<Self, String> {
        match text {
            "beginning" => Ok(Self::Beginning),
            "now" => Ok(Self::Now),
            _ => Err("Send beginning or now.".to_owned()),
        }
    }
}

/// Where the feed starts without a cursor.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the names that `FeedStart` reads")]
pub(super) enum FeedStartName {
    Beginning,
    Now,
}

/// A change to a project or a bid.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "type": "bid.placed", "project_id": 7, "happened_at": "2026-11-17T08:30:00Z", "bid_id": 21,
    "bidder": "Bidder 1", "amount": 850.5, "currency": "EUR",
}))]
pub(super) struct Change {
    #[serde(rename = "type")]
    #[schema(value_type = ChangeType)]
    kind: String,
    project_id: i64,
    #[schema(format = DateTime)]
    happened_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    bid_id: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Bidder 1")]
    bidder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<f64>, nullable = false, example = 850.5)]
    amount: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "EUR")]
    currency: Option<&'static str>,
}

/// The type of a change.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the names that `EventKind` has")]
pub(super) enum ChangeType {
    #[schema(rename = "project.published")]
    ProjectPublished,
    #[schema(rename = "project.cancelled")]
    ProjectCancelled,
    #[schema(rename = "project.awarded")]
    ProjectAwarded,
    #[schema(rename = "project.unawarded")]
    ProjectUnawarded,
    #[schema(rename = "bid.placed")]
    BidPlaced,
    #[schema(rename = "bid.withdrawn")]
    BidWithdrawn,
}

/// A page of the feed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangePage {
    #[schema(minimum = 1, maximum = 400, example = 30)]
    per_page: i64,
    changes: Vec<Change>,
    /// Send it as `cursor` to continue, now or later; it never expires.
    #[schema(example = "Y2hhbmdlcyA4MTQgMjc")]
    next_cursor: String,
    /// True if more changes are available right now.
    #[schema(example = false)]
    more: bool,
    #[schema(example = "1 change on this page.")]
    message: String,
}

const FEED: &str = "changes";

/// Follow changes
///
/// Projects that opened or ended, and bids that were placed or withdrawn, each once, in an order that never changes.
/// Keep the cursor and call again later: nothing is missed, however long the pause. A bid that a buyer undoes on a page
/// is withdrawn, and the bid that it had replaced is placed once more.
#[utoipa::path(
    get, path = "/api/v1/changes", tag = "Changes", operation_id = "list_changes",
    params(FeedQuery),
    security((), ("oauth2" = []), ("token" = [])),
    responses((status = 200, description = "A page of changes", body = ChangePage,
        headers(("Link" = String, description = "RFC 8288: next")))),
)]
async fn list(call: Call, ValidQuery(query): ValidQuery<FeedQuery>) -> Result<Response, Problem> {
    let per_page = PerPage::or_default(query.per_page);
    let db = &mut *call.app.pool.acquire().await?;
    let after = match (list::check_cursor(query.cursor, FEED)?, query.from) {
        (Some(cursor), _) => Position {
            transaction: cursor.key.max(0),
            event: cursor.id,
        },
        (None, Some(FeedStart::Now)) => event::latest(db).await?,
        (None, _) => Position::default(),
    };
    let (rows, more) =
        list::drop_extra_row(event::changes(db, after, per_page + 1).await?, per_page);
    let end = rows.last().map_or(after, |last| last.at);
    let next_cursor = Cursor::new(FEED, end.transaction, end.event).to_text();
    let links = list::next_link(&call, Some(&next_cursor));
    let body = ChangePage {
        per_page,
        message: list::on_this_page(rows.len(), "change"),
        changes: rows
            .into_iter()
            .map(|change| Change {
                kind: change.kind,
                project_id: change.project.0,
                happened_at: moment::rfc3339(change.happened_at),
                bid_id: change.bid.map(|bid| bid.0),
                bidder: change.bidder_number.map(pseudonym),
                currency: change.amount.map(|amount| amount.currency().code()),
                amount: change.amount.map(Into::into),
            })
            .collect(),
        next_cursor,
        more,
    };
    Ok(list::page(body, &links))
}
