use super::{
    amount::Amount,
    answer_cache::ProjectAnswer,
    body::{EmptyBody, SentBody},
    call::{Call, ProjectPath},
    json_body::JsonBody,
    new_project::{CategoryName, CurrencyCode, NewProject, WorkPlaceName},
    once::{self, CallStart, created},
    problem::Problem,
    project_list,
    state::Api,
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use guildhall::disk::DataKind;
use guildhall::{
    Error,
    account::Viewer,
    moment,
    project::{
        self, DeliveryDate, Details, Fulfillment, Progress, ProjectId, WorkDuration, WorkPlace,
    },
    quota::QuotaKind,
    store::Tx,
    token::Scope,
};
use serde::Serialize;
use std::time::Instant;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(project_list::list, post))
        .routes(routes!(show))
        .routes(routes!(cancel))
}

/// A project as visible to everybody.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project, example = json!({
    "id": 7, "name": "A new shop window", "summary": "Letters and a sign for a small bakery",
    "description": "Two panes of glass, **lettered** by hand.", "budget": 900, "currency": "EUR",
    "deadline": "2027-01-31T17:00:00Z", "status": "open", "bid_count": 2, "lowest_bid_amount": 850.5,
    "category": "trades", "skills": ["Sign writing"], "seller": "Ada Brenner", "published_at": "2026-11-16T09:00:00Z",
    "work_place": "on_site", "site": "Leeds", "delivery_date": "2027-03-31", "duration_days": 21, "message": "The project takes bids until its deadline.",
}))]
pub(super) struct ProjectBody {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "A new shop window")]
    name: String,
    summary: String,
    /// Markdown.
    description: String,
    /// The most the seller pays.
    #[schema(value_type = f64, example = 900)]
    budget: Amount,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    #[schema(format = DateTime, example = "2027-01-31T17:00:00Z")]
    deadline: String,
    #[schema(value_type = PublicStatus)]
    status: &'static str,
    /// The number of buyers with an active bid.
    bid_count: i32,
    /// -1 if there is no bid.
    #[schema(value_type = f64, example = -1)]
    lowest_bid_amount: Amount,
    /// Set once the project is awarded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    winning_bid_id: Option<i64>,
    #[schema(value_type = CategoryName)]
    category: &'static str,
    skills: Vec<String>,
    /// The seller's name.
    seller: String,
    #[schema(format = DateTime)]
    published_at: String,
    /// Missing if the seller did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<WorkPlaceName>, nullable = false)]
    work_place: Option<&'static str>,
    /// Where the work on site is done.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Leeds")]
    site: Option<String>,
    /// The last day on which the seller expects the finished work.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = Date, nullable = false, example = "2027-03-31")]
    delivery_date: Option<String>,
    /// How long the seller expects the work to take.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, maximum = 730, example = 21)]
    duration_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    ended_at: Option<String>,
    message: String,
}

/// The status of a published project.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the names that `State` has")]
pub(super) enum PublicStatus {
    Open,
    Awarded,
    Unawarded,
    Cancelled,
}

impl From<project::Project> for ProjectBody {
    fn from(project: project::Project) -> Self {
        let message = match project.progress {
            Progress::Open if project.accepts_bids() => {
                "The project takes bids until its deadline.".to_owned()
            }
            Progress::Open => "The deadline has passed; the award follows.".to_owned(),
            Progress::Awarded { bid, .. } => format!("Awarded to bid {}, the lowest.", bid.0),
            Progress::Unawarded { .. } => "The project ended without a bid.".to_owned(),
            Progress::Cancelled { .. } => {
                "The seller cancelled the project before there was a bid.".to_owned()
            }
        };
        let Fulfillment {
            place,
            delivery,
            duration,
        } = project.fulfillment;
        Self {
            id: project.id.0,
            name: project.name,
            summary: project.summary,
            description: project.description,
            budget: project.budget.into(),
            currency: project.budget.currency().code(),
            deadline: moment::rfc3339(project.deadline),
            status: project.progress.state().name(),
            bid_count: project.bid_count,
            lowest_bid_amount: Amount::lowest(project.lowest),
            winning_bid_id: project.progress.winning_bid().map(|bid| bid.0),
            category: project.category.slug(),
            skills: project.skills,
            seller: project.seller_name,
            published_at: moment::rfc3339(project.published_at),
            work_place: place.as_ref().map(WorkPlace::name),
            site: place.as_ref().and_then(WorkPlace::site).map(str::to_owned),
            delivery_date: delivery.map(DeliveryDate::to_field),
            duration_days: duration.map(WorkDuration::days),
            ended_at: project.progress.ended_at().map(moment::rfc3339),
            message,
        }
    }
}

/// The id of what was created or changed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Done {
    #[schema(example = 7)]
    pub id: i64,
    #[schema(example = "The project is published and takes bids.")]
    pub message: String,
}

/// Post a project
///
/// The project takes bids at once, until its deadline, when the lowest bid wins automatically. A posted project cannot
/// be changed.
#[utoipa::path(
    post, path = "/api/v1/projects", tag = "Projects", operation_id = "post_project",
    request_body = NewProject,
    security(("oauth2" = ["projects:write"]), ("token" = [])),
    responses((status = 201, description = "The project is open for bids", body = Done,
        headers(("Location" = String, description = "The URL of the project")))),
)]
async fn post(call: Call, sent: SentBody<NewProject>) -> Result<Response, Problem> {
    let caller = call.require(Scope::ProjectsWrite)?;
    let _turn = call.app.drafting.take(&call.client()).await?;
    let mut once = match once::begin(&call, caller, &sent.bytes).await? {
        CallStart::Repeated(receipt) => return once::replayed(receipt, posted_response),
        CallStart::First(once) => once,
    };
    let taken = call.app.disk.must_take(DataKind::Projects);
    let done = match taken.and_then(|()| sent.value.details(&sent.unknown)) {
        Ok(details) => publish(&call, once.tx(), &caller.viewer, &details).await,
        Err(error) => Err(error),
    };
    Ok(posted_response(once.finish(done).await?))
}

fn posted_response(id: ProjectId) -> Response {
    let message = "The project is published and takes bids.".to_owned();
    created(
        format!("/api/v1/projects/{id}"),
        &Done { id: id.0, message },
    )
}

async fn publish(
    call: &Call,
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    details: &Details,
) -> Result<ProjectId, Error> {
    let (quotas, account) = (&call.app.quotas, viewer.account);
    quotas
        .spend(tx, QuotaKind::Project, account, call.origin())
        .await?;
    project::publish(tx, viewer, None, details).await
}

/// Read a project
///
/// A published project in any status, as visible to everybody.
#[utoipa::path(
    get, path = "/api/v1/projects/{id}", tag = "Projects", operation_id = "read_project",
    params(("id" = i64, Path, description = "The project's id", example = 7, minimum = 1)),
    security((), ("oauth2" = []), ("token" = [])),
    responses((status = 200, description = "The project", body = ProjectBody)),
)]
async fn show(call: Call, ProjectPath(id): ProjectPath) -> Result<JsonBody, Problem> {
    let (projects, live) = (&call.app.answers.projects, &call.app.live);
    let read = async || {
        let began = Instant::now();
        let found = call.app.project_reads.project(id).await?;
        found
            .map(|project| ProjectAnswer::new(project, began))
            .transpose()
    };
    let confirmed = |found: &Option<ProjectAnswer>, began| {
        let until = live.unchanged_until(id, began)?;
        Some(found.as_ref().map_or(until, |project| project.until(until)))
    };
    let found = projects
        .get_confirmed(&id, call.freshness(), confirmed, read)
        .await?;
    Ok(found.ok_or(Error::NotFound)?.answer)
}

/// Cancel a project
///
/// Possible for its seller before the deadline, while there is no active bid.
#[utoipa::path(
    post, path = "/api/v1/projects/{id}/cancel", tag = "Projects", operation_id = "cancel_project",
    params(("id" = i64, Path, description = "The project's id", example = 7, minimum = 1)),
    security(("oauth2" = ["projects:write"]), ("token" = [])),
    responses((status = 200, description = "The project is cancelled", body = Done,
        example = json!({ "id": 7, "message": "The project is cancelled. Nobody can bid on it any more." }))),
)]
async fn cancel(
    call: Call,
    ProjectPath(id): ProjectPath,
    sent: EmptyBody,
) -> Result<Response, Problem> {
    let caller = call.require(Scope::ProjectsWrite)?;
    let mut once = match once::begin(&call, caller, &sent.bytes).await? {
        CallStart::Repeated(receipt) => return once::replayed(receipt, cancelled_response),
        CallStart::First(once) => once,
    };
    let done = match sent.must_be_empty() {
        Ok(()) => project::cancel(once.tx(), &caller.viewer, id).await,
        Err(error) => Err(error),
    };
    Ok(cancelled_response(once.finish(done.map(|()| id)).await?))
}

fn cancelled_response(id: ProjectId) -> Response {
    let message = "The project is cancelled. Nobody can bid on it any more.".to_owned();
    Json(Done { id: id.0, message }).into_response()
}
