use super::{
    amount::Amount,
    award::ContactBody,
    bid::pseudonym,
    call::Call,
    cursor::Cursor,
    list,
    problem::Problem,
    query::{PerPage, ValidQuery, read},
    state::Api,
};
use axum::{Json, response::Response};
use guildhall::{
    account,
    bid::{self, BidId},
    moment,
    money::Money,
    project::{self, ProjectId},
    token::Scope,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(projects))
        .routes(routes!(bids))
}

/// The account behind the token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account, example = json!({
    "id": 3, "role": "buyer", "name": "Marta Kowalczyk", "email": "marta@example.com",
    "email_confirmed": true, "scopes": ["account:read", "bids:write"], "message": "You are Marta Kowalczyk, a buyer.",
}))]
pub(super) struct AccountBody {
    id: i64,
    #[schema(value_type = RoleName)]
    role: &'static str,
    name: String,
    email: String,
    /// False until the owner has confirmed the address. Until then, it may be somebody else's.
    email_confirmed: bool,
    /// The token's scopes.
    #[schema(example = json!(["account:read"]))]
    scopes: Vec<String>,
    message: String,
}

/// What an account may do: a seller offers work, a buyer bids for it (other platforms say client and freelancer).
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the names that `Role` has")]
pub(super) enum RoleName {
    Seller,
    Buyer,
}

/// Read the token's account
///
/// The account that the token acts for, and what the token may do.
#[utoipa::path(
    get, path = "/api/v1/account", tag = "Account", operation_id = "read_account",
    security(("oauth2" = ["account:read"]), ("token" = [])),
    responses((status = 200, description = "The account that the token acts for", body = AccountBody)),
)]
async fn show(call: Call) -> Result<Json<AccountBody>, Problem> {
    let caller = call.require(Scope::AccountRead)?;
    let viewer = &caller.viewer;
    let contact = account::find(&mut *call.app.pool.acquire().await?, viewer.account).await?;
    Ok(Json(AccountBody {
        id: viewer.account.0,
        role: viewer.role.name(),
        message: format!("You are {}, a {}.", contact.name, viewer.role.name()),
        name: contact.name,
        email: contact.email,
        email_confirmed: viewer.has_confirmed_email,
        scopes: caller.scopes.names(),
    }))
}

/// Filters for your own projects.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OwnProjectsQuery {
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<OwnStatus>, example = "open", nullable = false)]
    status: Option<project::State>,
    /// Projects per page.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 400, default = 30, example = 30, nullable = false)]
    per_page: Option<PerPage>,
    /// The `next_cursor` of an earlier answer, to continue where it ended.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<String>, max_length = 200, nullable = false)]
    cursor: Option<Cursor>,
}

/// The status of one of your own projects.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the names that `State` has")]
pub(super) enum OwnStatus {
    Draft,
    Open,
    Awarded,
    Unawarded,
    Cancelled,
}

/// One of your own projects; a draft may lack a budget and a deadline.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 7, "name": "A new shop window", "status": "open", "budget": 900, "deadline": "2027-01-31T17:00:00Z",
    "currency": "EUR",
    "bid_count": 2, "lowest_bid_amount": 850.5,
}))]
pub(super) struct OwnProject {
    id: i64,
    name: String,
    #[schema(value_type = OwnStatus)]
    status: &'static str,
    #[schema(value_type = Option<f64>)]
    budget: Option<Amount>,
    #[schema(example = "EUR")]
    currency: &'static str,
    #[schema(format = DateTime)]
    deadline: Option<String>,
    bid_count: i32,
    /// -1 if there is no bid.
    #[schema(value_type = f64, example = -1)]
    lowest_bid_amount: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    ended_at: Option<String>,
    /// Present if the token has `bids:read`, too.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    winner: Option<ContactBody>,
}

/// A page of your own projects.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct OwnProjectPage {
    #[schema(minimum = 1, maximum = 400, example = 30)]
    per_page: i64,
    projects: Vec<OwnProject>,
    /// Send it as `cursor` to continue; null on the last page.
    next_cursor: Option<String>,
    #[schema(example = "1 project on this page.")]
    message: String,
}

const PROJECTS: &str = "own-projects";
const BIDS: &str = "own-bids";

/// List your projects
///
/// For sellers: all your projects, newest first, including drafts.
#[utoipa::path(
    get, path = "/api/v1/account/projects", tag = "Account", operation_id = "list_own_projects",
    params(OwnProjectsQuery),
    security(("oauth2" = ["projects:read"]), ("token" = [])),
    responses((status = 200, description = "A page of your projects", body = OwnProjectPage,
        headers(("Link" = String, description = "RFC 8288: next")))),
)]
async fn projects(
    call: Call,
    ValidQuery(query): ValidQuery<OwnProjectsQuery>,
) -> Result<Response, Problem> {
    let caller = call.require(Scope::ProjectsRead)?;
    let per_page = PerPage::or_default(query.per_page);
    let before = list::check_cursor(query.cursor, PROJECTS)?.map(|cursor| ProjectId(cursor.id));
    let db = &mut *call.app.pool.acquire().await?;
    let rows =
        project::of_seller_before(db, &caller.viewer, query.status, before, per_page + 1).await?;
    let page = list::NewestFirst::of(&call, PROJECTS, rows, per_page, |row| row.id.0);
    let body = OwnProjectPage {
        per_page,
        message: list::on_this_page(page.rows.len(), "project"),
        projects: page
            .rows
            .into_iter()
            .map(|own| OwnProject {
                id: own.id.0,
                status: own.state().name(),
                budget: own.progress.budget().map(Into::into),
                currency: own.currency.code(),
                deadline: own.progress.deadline().map(moment::rfc3339),
                bid_count: own.bid_count,
                lowest_bid_amount: Amount::lowest(own.lowest),
                name: own.name,
                ended_at: own.progress.ended_at().map(moment::rfc3339),
                // Only that scope reveals bidders' names.
                winner: own
                    .progress
                    .winner()
                    .filter(|_| caller.scopes.contains(Scope::BidsRead))
                    .cloned()
                    .map(Into::into),
            })
            .collect(),
        next_cursor: page.next_cursor,
    };
    Ok(list::page(body, &page.links))
}

/// Filters for your own bids.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct OwnBidsQuery {
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<super::bid::BidStatus>, example = "live", nullable = false)]
    status: Option<bid::State>,
    /// Bids per page.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 400, default = 30, example = 30, nullable = false)]
    per_page: Option<PerPage>,
    /// The `next_cursor` of an earlier answer, to continue where it ended.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<String>, max_length = 200, nullable = false)]
    cursor: Option<Cursor>,
}

/// One of your own bids.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "id": 21, "project_id": 7, "project_name": "A new shop window", "project_status": "open",
    "deadline": "2027-01-31T17:00:00Z", "amount": 850.5, "currency": "EUR", "bidder": "Bidder 1",
    "note": "Two weeks, starting in May. I have lettered shop windows since 2009.",
    "accepted_at": "2026-11-17T08:30:00Z", "status": "live", "standing": "leading",
}))]
pub(super) struct MyBid {
    id: i64,
    project_id: i64,
    project_name: String,
    #[schema(value_type = super::project::PublicStatus)]
    project_status: &'static str,
    #[schema(format = DateTime)]
    deadline: String,
    #[schema(value_type = f64, example = 850.5)]
    amount: Amount,
    #[schema(example = "EUR")]
    currency: &'static str,
    #[schema(example = "Bidder 1")]
    bidder: String,
    /// Your note to the seller, if the bid has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    note: Option<String>,
    #[schema(format = DateTime)]
    accepted_at: String,
    #[schema(value_type = super::bid::BidStatus)]
    status: &'static str,
    /// Present for an active bid.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<StandingName>, nullable = false)]
    standing: Option<&'static str>,
}

/// The standing of an active bid: leading or outbid until the deadline, won or lost once the project is awarded.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the names that `Standing` has")]
pub(super) enum StandingName {
    Leading,
    Outbid,
    Won,
    Lost,
}

/// A page of your own bids.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MyBidPage {
    #[schema(minimum = 1, maximum = 400, example = 30)]
    per_page: i64,
    bids: Vec<MyBid>,
    /// Send it as `cursor` to continue; null on the last page.
    next_cursor: Option<String>,
    #[schema(example = "1 bid on this page.")]
    message: String,
}

/// List your bids
///
/// For buyers: all your bids in any state, newest first.
#[utoipa::path(
    get, path = "/api/v1/account/bids", tag = "Account", operation_id = "list_own_bids",
    params(OwnBidsQuery),
    security(("oauth2" = ["bids:read"]), ("token" = [])),
    responses((status = 200, description = "A page of your bids", body = MyBidPage,
        headers(("Link" = String, description = "RFC 8288: next")))),
)]
async fn bids(
    call: Call,
    ValidQuery(query): ValidQuery<OwnBidsQuery>,
) -> Result<Response, Problem> {
    let caller = call.require(Scope::BidsRead)?;
    let per_page = PerPage::or_default(query.per_page);
    let before = list::check_cursor(query.cursor, BIDS)?.map(|cursor| BidId(cursor.id));
    let db = &mut *call.app.pool.acquire().await?;
    let rows =
        bid::buyers_bids_before(db, &caller.viewer, query.status, before, per_page + 1).await?;
    let page = list::NewestFirst::of(&call, BIDS, rows, per_page, |row| row.id.0);
    let currency = |money: Money| money.currency().code();
    let body = MyBidPage {
        per_page,
        message: list::on_this_page(page.rows.len(), "bid"),
        bids: page
            .rows
            .into_iter()
            .map(|bid| MyBid {
                id: bid.id.0,
                project_id: bid.project.0,
                project_name: bid.project_name,
                project_status: bid.project_state.name(),
                deadline: moment::rfc3339(bid.deadline),
                amount: bid.amount.into(),
                currency: currency(bid.amount),
                bidder: pseudonym(bid.bidder_number),
                note: bid.note.map(bid::Note::into_text),
                accepted_at: moment::rfc3339(bid.accepted_at),
                status: bid.state.name(),
                standing: bid.standing.map(bid::Standing::name),
            })
            .collect(),
        next_cursor: page.next_cursor,
    };
    Ok(list::page(body, &page.links))
}
