use super::{
    amount::Amount,
    body::{self, EmptyBody, RawMember, SentBody},
    call::{Call, ProjectPath},
    cursor::Cursor,
    list,
    new_project::CurrencyCode,
    once::{self, CallStart, created},
    problem::Problem,
    project::Done,
    query::{PerPage, ValidQuery, read},
    state::Api,
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use guildhall::disk::DataKind;
use guildhall::{
    Error,
    bid::{self, Bid, BidId, HistoryBid, JsonOffer, Note, Offer, Outcome},
    field::FieldError,
    moment,
    project::{self, ProjectId},
    token::Scope,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(place, own, withdraw))
        .routes(routes!(list))
}

/// A bid to place.
#[derive(Debug, Deserialize, ToSchema)]
pub(super) struct NewBid {
    /// In the project's currency: at most the budget, at most two decimals, and lower than your last bid on the
    /// project.
    #[schema(value_type = f64, example = 850.5, minimum = 0.01, maximum = 10_000_000_000_000_000_i64)]
    amount: RawMember,
    /// The currency you expect the project to have; the bid is refused if it has another one.
    #[schema(value_type = Option<CurrencyCode>, nullable = false, example = "EUR")]
    currency: RawMember,
    /// A note that only the project's seller and you can read: plain text of one or more lines.
    #[schema(value_type = Option<String>, nullable = false, max_length = 500, example = "Two weeks, starting in May. I have lettered shop windows since 2009.")]
    note: RawMember,
}

impl NewBid {
    fn offer(&self, mut errors: Vec<FieldError>) -> Offer {
        let amount = self.amount.as_deref();
        let currency = body::currency(&self.currency).unwrap_or_else(|problem| {
            errors.push(FieldError::new("currency", problem));
            None
        });
        let note = body::text(&self.note).and_then(|note| Note::parse(&note));
        let members = JsonOffer {
            amount: amount.map_or_else(String::new, |raw| raw.get().to_owned()),
            currency,
            errors,
        };
        Offer::from(members).with_note(note)
    }
}

/// Bid on a project
///
/// The bid replaces your earlier one. At or after the deadline the answer is 405.
#[utoipa::path(
    post, path = "/api/v1/projects/{id}/bid", tag = "Bids", operation_id = "place_bid",
    params(("id" = i64, Path, description = "The project's id", example = 7, minimum = 1)),
    request_body = NewBid,
    security(("oauth2" = ["bids:write"]), ("token" = [])),
    responses(
        (status = 201, description = "The bid was accepted", body = Done,
            headers(("Location" = String, description = "The URL of your bid on this project")),
            example = json!({ "id": 21, "message": "Your bid is in. It is the lowest." })),
    ),
)]
async fn place(
    call: Call,
    ProjectPath(id): ProjectPath,
    sent: SentBody<NewBid>,
) -> Result<Response, Problem> {
    let caller = call.require(Scope::BidsWrite)?;
    let offer = sent.value.offer(sent.unknown);
    let mark = once::mark(&call, caller, &sent.bytes)?;
    call.app.disk.must_take(DataKind::Bids)?;
    match bid::place(&call.app.bids, &caller.viewer, id, offer, mark).await? {
        Outcome::Placed(bid) => Ok(placed(id, bid)),
        Outcome::Repeated(receipt) => once::replayed(receipt, |bid| placed(id, bid)),
        Outcome::Conflict(conflict) => Err(conflict.into()),
    }
}

fn placed(project: ProjectId, bid: Bid) -> Response {
    let message = if bid.leads {
        "Your bid is in. It is the lowest."
    } else {
        "Your bid is in. It is not the lowest."
    };
    let done = Done {
        id: bid.id.0,
        message: message.to_owned(),
    };
    created(format!("/api/v1/projects/{project}/bid"), &done)
}

/// Your own active bid on a project.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 21, "project_id": 7, "amount": 850.5, "currency": "EUR", "bidder": "Bidder 1",
    "note": "Two weeks, starting in May. I have lettered shop windows since 2009.",
    "accepted_at": "2026-11-17T08:30:00Z", "leads": true, "message": "Your bid is the lowest.",
}))]
pub(super) struct OwnBid {
    id: i64,
    project_id: i64,
    #[schema(value_type = f64, example = 850.5)]
    amount: Amount,
    #[schema(example = "EUR")]
    currency: &'static str,
    /// Your pseudonym in this project.
    #[schema(example = "Bidder 1")]
    bidder: String,
    /// Your note to the seller, if the bid has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<String>,
    #[schema(format = DateTime)]
    accepted_at: String,
    /// True if it would win if the deadline were now, or if it has won.
    leads: bool,
    message: String,
}

/// Read your active bid on a project
///
/// Its amount, and whether it would win if the deadline were now.
#[utoipa::path(
    get, path = "/api/v1/projects/{id}/bid", tag = "Bids", operation_id = "read_own_bid",
    params(("id" = i64, Path, description = "The project's id", example = 7, minimum = 1)),
    security(("oauth2" = ["bids:read"]), ("token" = [])),
    responses((status = 200, description = "Your active bid", body = OwnBid)),
)]
async fn own(call: Call, ProjectPath(id): ProjectPath) -> Result<Json<OwnBid>, Problem> {
    let caller = call.require(Scope::BidsRead)?;
    let db = &mut *call.app.pool.acquire().await?;
    let project = project::find(db, id).await?;
    let own = bid::own(db, &caller.viewer, &project)
        .await?
        .ok_or(Error::NotFound)?;
    let mut notes = bid::notes(db, &caller.viewer, &project, &[own.id]).await?;
    let message = match (own.leads, project.accepts_bids()) {
        (true, true) => "Your bid is the lowest.",
        (false, true) => "There is a lower bid, or an earlier one of the same amount.",
        (true, false) => "Your bid was the lowest.",
        (false, false) => "Another bid was the lowest.",
    };
    Ok(Json(OwnBid {
        id: own.id.0,
        project_id: id.0,
        amount: own.amount.into(),
        currency: own.amount.currency().code(),
        bidder: pseudonym(own.bidder_number),
        note: notes.remove(&own.id).map(Note::into_text),
        accepted_at: moment::rfc3339(own.accepted_at),
        leads: own.leads,
        message: message.to_owned(),
    }))
}

/// Withdraw your active bid
///
/// Possible until the deadline. A later bid of yours must still be lower than the withdrawn one.
#[utoipa::path(
    delete, path = "/api/v1/projects/{id}/bid", tag = "Bids", operation_id = "withdraw_bid",
    params(("id" = i64, Path, description = "The project's id", example = 7, minimum = 1)),
    security(("oauth2" = ["bids:write"]), ("token" = [])),
    responses((status = 200, description = "The bid is withdrawn", body = Done,
        example = json!({ "id": 21, "message": "Your bid is withdrawn. Until the deadline you can bid again, lower than before." }))),
)]
async fn withdraw(
    call: Call,
    ProjectPath(id): ProjectPath,
    sent: EmptyBody,
) -> Result<Response, Problem> {
    let caller = call.require(Scope::BidsWrite)?;
    let mut once = match once::begin(&call, caller, &sent.bytes).await? {
        CallStart::Repeated(receipt) => return once::replayed(receipt, withdrawn_response),
        CallStart::First(once) => once,
    };
    let done = match sent.must_be_empty() {
        Ok(()) => bid::withdraw(once.tx(), &caller.viewer, id, None).await,
        Err(error) => Err(error),
    };
    Ok(withdrawn_response(once.finish(done).await?))
}

fn withdrawn_response(bid: BidId) -> Response {
    let message = "Your bid is withdrawn. Until the deadline you can bid again, lower than before.";
    let done = Done {
        id: bid.0,
        message: message.to_owned(),
    };
    Json(done).into_response()
}

/// Pages through a list ordered by id, newest first.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct NewestFirst {
    /// Items per page.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 400, default = 30, example = 30, nullable = false)]
    per_page: Option<PerPage>,
    /// The `next_cursor` of an earlier answer, to continue where it ended.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<String>, max_length = 200, nullable = false)]
    cursor: Option<Cursor>,
}

/// A bid in a project's history.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 21, "bidder": "Bidder 1", "amount": 850.5, "currency": "EUR", "accepted_at": "2026-11-17T08:30:00Z",
    "status": "live", "own": false,
}))]
pub(super) struct BidBody {
    id: i64,
    /// The bidder's pseudonym in this project.
    #[schema(example = "Bidder 1")]
    bidder: String,
    /// The bidder's name, shown to the project's seller if the token has `bids:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    bidder_name: Option<String>,
    /// The note to the bid, shown to the project's seller and to its bidder if the token has `bids:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<String>,
    #[schema(value_type = f64, example = 850.5)]
    amount: Amount,
    #[schema(example = "EUR")]
    currency: &'static str,
    #[schema(format = DateTime)]
    accepted_at: String,
    #[schema(value_type = BidStatus)]
    status: &'static str,
    /// True if it is your own bid and the token has `bids:read`.
    own: bool,
}

/// The state of a bid. A `live` one is active: neither replaced nor withdrawn.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the names that `bid::State` has")]
pub(super) enum BidStatus {
    Live,
    Replaced,
    Withdrawn,
}

/// A page of a project's bids.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BidPage {
    #[schema(minimum = 1, maximum = 400, example = 30)]
    per_page: i64,
    bids: Vec<BidBody>,
    /// Send it as `cursor` to continue; null on the last page.
    next_cursor: Option<String>,
    #[schema(example = "1 bid on this page.")]
    message: String,
}

pub(super) fn pseudonym(number: i32) -> String {
    format!("Bidder {number}")
}

const OF_PROJECT: &str = "bids";

/// List a project's bids
///
/// All bids ever accepted, latest first, under pseudonyms. The project's seller sees the bidders' names.
#[utoipa::path(
    get, path = "/api/v1/projects/{id}/bids", tag = "Bids", operation_id = "list_bids",
    params(("id" = i64, Path, description = "The project's id", example = 7, minimum = 1), NewestFirst),
    security((), ("oauth2" = ["bids:read"]), ("token" = [])),
    responses((status = 200, description = "A page of bids", body = BidPage,
        headers(("Link" = String, description = "RFC 8288: next")))),
)]
async fn list(
    call: Call,
    ProjectPath(id): ProjectPath,
    ValidQuery(query): ValidQuery<NewestFirst>,
) -> Result<Response, Problem> {
    let per_page = PerPage::or_default(query.per_page);
    let before = list::check_cursor(query.cursor, OF_PROJECT)?.map(|cursor| BidId(cursor.id));
    let db = &mut *call.app.pool.acquire().await?;
    let project = project::find(db, id).await?;
    let viewer = call.viewer(Scope::BidsRead);
    let rows = bid::history_before(db, viewer, &project, before, per_page + 1).await?;
    let page = list::NewestFirst::of(&call, OF_PROJECT, rows, per_page, |row| row.id.0);
    let body = BidPage {
        per_page,
        message: list::on_this_page(page.rows.len(), "bid"),
        bids: page.rows.into_iter().map(BidBody::from).collect(),
        next_cursor: page.next_cursor,
    };
    Ok(list::page(body, &page.links))
}

impl From<HistoryBid> for BidBody {
    fn from(bid: HistoryBid) -> Self {
        Self {
            id: bid.id.0,
            bidder: pseudonym(bid.bidder_number),
            bidder_name: bid.bidder_name,
            note: bid.note.map(Note::into_text),
            amount: bid.amount.into(),
            currency: bid.amount.currency().code(),
            accepted_at: moment::rfc3339(bid.accepted_at),
            status: bid.state.name(),
            own: bid.is_own,
        }
    }
}
