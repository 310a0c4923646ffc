//! `/dashboard/results.csv`: a buyer's bids or a seller's projects, with their results, for use in a spreadsheet.

use super::{failure::Failure, visit::Visit};
use crate::http::csv;
use axum::{
    http::{HeaderValue, header},
    response::Response,
};
use guildhall::{
    Result,
    account::{Role, Viewer},
    bid::{self, BuyersBid, Standing},
    moment::rfc3339,
    money::Money,
    project::{self, SellerProject},
    store::Connection,
};
use time::OffsetDateTime;

/// The maximum number of rows, newest first. This is more than anybody has, and makes a file of about 2 MB.
const MAX_ROWS: usize = 10_000;
/// How many rows one query reads.
const BATCH: usize = 500;

const BID_COLUMNS: [&str; 10] = [
    "project",
    "name",
    "address",
    "currency",
    "amount",
    "placed (UTC)",
    "bid",
    "result",
    "deadline (UTC)",
    "note",
];
const PROJECT_COLUMNS: [&str; 12] = [
    "project",
    "name",
    "address",
    "state",
    "currency",
    "budget",
    "active bids",
    "lowest bid",
    "deadline (UTC)",
    "ended (UTC)",
    "winner",
    "winner's e-mail",
];

/// `GET /dashboard/results.csv`
pub(super) async fn download(visit: Visit) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let base = &visit.app.settings.base_url;
    let _place = visit.app.request_limits.list_place().await?;
    let db = &mut *visit.app.pool.acquire().await?;
    let (name, file) = match viewer.role {
        Role::Buyer => {
            let bids = bids(db, viewer).await?;
            let rows = bids.iter().map(|bid| bid_row(base, bid));
            ("guildhall-bids.csv", csv::file(BID_COLUMNS, rows)?)
        }
        Role::Seller => {
            let projects = projects(db, viewer).await?;
            let rows = projects.iter().map(|project| project_row(base, project));
            ("guildhall-projects.csv", csv::file(PROJECT_COLUMNS, rows)?)
        }
    };
    let mut response = csv::download(name, file);
    // As with pages for a signed-in viewer, the browser must not keep a copy that outlives the session.
    response.headers_mut().insert(
        header::CACHE_CONTROL,
        HeaderValue::from_static("private, no-store"),
    );
    Ok(response)
}

/// The viewer's bids, newest first.
async fn bids(db: &mut Connection, viewer: &Viewer) -> Result<Vec<BuyersBid>> {
    let mut all: Vec<BuyersBid> = Vec::new();
    while all.len() < MAX_ROWS {
        let before = all.last().map(|bid| bid.id);
        let next = bid::buyers_bids_before(db, viewer, None, before, BATCH as i64).await?;
        let is_end = next.len() < BATCH;
        all.extend(next);
        if is_end {
            break;
        }
    }
    Ok(all)
}

/// The viewer's projects, newest first.
async fn projects(db: &mut Connection, viewer: &Viewer) -> Result<Vec<SellerProject>> {
    let mut all: Vec<SellerProject> = Vec::new();
    while all.len() < MAX_ROWS {
        let before = all.last().map(|project| project.id);
        let next = project::of_seller_before(db, viewer, None, before, BATCH as i64).await?;
        let is_end = next.len() < BATCH;
        all.extend(next);
        if is_end {
            break;
        }
    }
    Ok(all)
}

fn bid_row(base: &str, bid: &BuyersBid) -> [String; 10] {
    [
        bid.project.to_string(),
        bid.project_name.clone(),
        format!("{base}/projects/{}", bid.project),
        bid.amount.currency().code().to_owned(),
        bid.amount.to_decimal(),
        rfc3339(bid.accepted_at),
        bid_state(bid.state).to_owned(),
        bid.standing.map_or("", Standing::name).to_owned(),
        rfc3339(bid.deadline),
        bid.note
            .as_ref()
            .map(|note| note.as_str().to_owned())
            .unwrap_or_default(),
    ]
}

/// The state's name, as the pages show it.
const fn bid_state(state: bid::State) -> &'static str {
    match state {
        bid::State::Live => "active",
        bid::State::Replaced => "replaced",
        bid::State::Withdrawn => "withdrawn",
    }
}

fn project_row(base: &str, project: &SellerProject) -> [String; 12] {
    let amount = |amount: Option<Money>| amount.map(Money::to_decimal).unwrap_or_default();
    let moment = |at: Option<OffsetDateTime>| at.map(rfc3339).unwrap_or_default();
    let winner = project.progress.winner();
    [
        project.id.to_string(),
        project.name.clone(),
        format!("{base}/projects/{}", project.id),
        project.state().name().to_owned(),
        project.currency.code().to_owned(),
        amount(project.progress.budget()),
        project.bid_count.to_string(),
        amount(project.lowest),
        moment(project.progress.deadline()),
        moment(project.progress.ended_at()),
        winner.map(|winner| winner.name.clone()).unwrap_or_default(),
        winner
            .and_then(|winner| winner.address())
            .unwrap_or_default()
            .to_owned(),
    ]
}
