use super::{
    amount::Amount,
    answer_cache::ProjectAnswer,
    body::{self, Nothing, Raw, Sent},
    call::{Call, InPath},
    deadline::Deadline,
    once::{self, CallStart, created},
    problem::Problem,
    project_list,
    ready::Ready,
    state::Api,
};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use guildhall::disk::Storing;
use guildhall::{
    Error,
    account::Viewer,
    field::{Check, FieldError, Problem as Wrong},
    moment,
    money::Money,
    project::{
        self, Category, DeliveryDate, Details, DurationUnit, Fulfillment, FulfillmentInput,
        Progress, ProjectId, ProjectInput, Purpose, WorkDuration, WorkPlace,
    },
    quota::QuotaKind,
    store::Tx,
    token::Scope,
};
use serde::{Deserialize, Serialize};
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
            Progress::Open if project.takes_bids() => {
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

/// A project to post.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({
    "name": "A new shop window", "summary": "Letters and a sign for a small bakery",
    "description": "Two panes of glass, **lettered** by hand.", "budget": 900, "deadline": "2027-01-31T17:00:00Z",
    "category": "trades", "skills": ["Sign writing"], "currency": "EUR",
    "work_place": "on_site", "site": "Leeds", "delivery_date": "2027-03-31", "duration_days": 21,
}))]
pub(super) struct NewProject {
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "A new shop window")]
    name: Raw,
    #[schema(value_type = String, min_length = 1, max_length = 200, example = "Letters and a sign for a small bakery")]
    summary: Raw,
    /// Markdown.
    #[schema(value_type = String, min_length = 1, max_length = 20_000, example = "Two panes of glass, **lettered** by hand.")]
    description: Raw,
    /// The most you pay; at most two decimals.
    #[schema(value_type = f64, example = 900, minimum = 0.01, maximum = 10_000_000_000_000_000_i64)]
    budget: Raw,
    /// RFC 3339, or Unix seconds; at most a year ahead.
    #[schema(value_type = Deadline)]
    deadline: Raw,
    #[schema(value_type = Option<CategoryName>, nullable = false, default = "business", example = "trades")]
    category: Raw,
    #[schema(value_type = Option<Vec<String>>, nullable = false, max_items = 10, example = json!(["Sign writing"]))]
    skills: Raw,
    #[schema(value_type = Option<CurrencyCode>, nullable = false, default = "EUR", example = "EUR")]
    currency: Raw,
    #[schema(value_type = Option<WorkPlaceName>, nullable = false, example = "on_site")]
    work_place: Raw,
    /// Where the work on site is done; required if `work_place` is `on_site`, and only then allowed.
    #[schema(value_type = Option<String>, nullable = false, max_length = 80, example = "Leeds")]
    site: Raw,
    /// The last day on which you expect the finished work: from the day on which bidding ends, in UTC, to two years
    /// later.
    #[schema(value_type = Option<String>, format = Date, nullable = false, example = "2027-03-31")]
    delivery_date: Raw,
    /// How long you expect the work to take.
    #[schema(value_type = Option<u16>, nullable = false, minimum = 1, maximum = 730, example = 21)]
    duration_days: Raw,
}

/// The field of work.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "documents the names that `Category` has")]
pub(super) enum CategoryName {
    Software,
    Design,
    Writing,
    Translation,
    Marketing,
    Media,
    Business,
    Trades,
}

/// Where the work is done.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "documents the names that `WorkPlace` has")]
pub(super) enum WorkPlaceName {
    Remote,
    OnSite,
}

/// The currency, by its ISO 4217 code.
#[derive(ToSchema)]
#[schema(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "documents the codes that `Currency` has")]
pub(super) enum CurrencyCode {
    Eur,
    Usd,
    Gbp,
    Chf,
}

impl NewProject {
    /// The parsed project, if nothing is wrong; `unknown` lists the problems with unknown members.
    fn details(&self, unknown: &[FieldError]) -> Result<Details, Error> {
        let mut check = Check::default();
        for error in unknown {
            check.take::<()>(&error.field, Err(error.problem.clone()));
        }
        let name = check.take("name", body::text(&self.name));
        let summary = check.take("summary", body::text(&self.summary));
        let description = check.take("description", body::text(&self.description));
        let category = check.take("category", body::text(&self.category));
        let skills = check.take("skills", skills(&self.skills));
        let currency = body::currency(&self.currency).map(Option::unwrap_or_default);
        let currency = check.take("currency", currency);
        let budget = check.take(
            "budget",
            body::amount(&self.budget, currency.unwrap_or_default()),
        );
        let deadline = check.take("deadline", body::moment(&self.deadline));
        let work_place = check.take("work_place", body::text(&self.work_place));
        let site = check.take("site", body::text(&self.site));
        let delivery_date = check.take("delivery_date", body::text(&self.delivery_date));
        let duration = check.take("duration_days", body::count(&self.duration_days));
        let kinds = check.finish();
        let text = |text: Option<String>| text.unwrap_or_default();
        let category = match text(category) {
            none if none.is_empty() => Category::Business.slug().to_owned(),
            some => some,
        };
        let budget = budget.map(Money::to_decimal).unwrap_or_default();
        let parsed = Details::parse(
            &ProjectInput {
                name: &text(name),
                summary: &text(summary),
                description: &text(description),
                category: &category,
                skills: &text(skills),
                currency: currency.unwrap_or_default().code(),
                budget: &budget,
                deadline: deadline.ok_or(Wrong::Missing),
                fulfillment: FulfillmentInput {
                    work_place: &text(work_place),
                    site: &text(site),
                    delivery_date: &text(delivery_date),
                    duration: &text(duration),
                    duration_unit: DurationUnit::Days.name(),
                },
            },
            Purpose::Publish,
        );
        let parsed = parsed.map_err(at_its_member);
        match (kinds, parsed) {
            (Ok(()), parsed) => parsed,
            (Err(Error::Invalid(mut errors)), Err(Error::Invalid(more))) => {
                let known: Vec<String> = errors.iter().map(|e| e.field.clone()).collect();
                errors.extend(more.into_iter().filter(|e| !known.contains(&e.field)));
                Err(Error::Invalid(errors))
            }
            (Err(error), _) => Err(error),
        }
    }
}

/// The API counts a duration in days, so its member has another name than the form's field.
fn at_its_member(error: Error) -> Error {
    match error {
        Error::Invalid(errors) => {
            let renamed = errors.into_iter().map(|error| match error.field.as_str() {
                "duration" => FieldError::new("duration_days", error.problem),
                _ => error,
            });
            Error::Invalid(renamed.collect())
        }
        other => other,
    }
}

/// Skills must not contain commas, because forms separate them with commas.
fn skills(raw: &Raw) -> Result<String, Wrong> {
    let skills = body::texts(raw)?;
    if skills.iter().any(|skill| skill.contains(',')) {
        return Err(Wrong::Refused(
            "A skill must not contain a comma.".to_owned(),
        ));
    }
    Ok(skills.join(","))
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
async fn post(call: Call, sent: Sent<NewProject>) -> Result<Response, Problem> {
    let caller = call.must(Scope::ProjectsWrite)?;
    let _turn = call.app.drafting.take(&call.client()).await?;
    let mut once = match once::begin(&call, caller, &sent.bytes).await? {
        CallStart::Repeated(receipt) => return once::replayed(receipt, posted),
        CallStart::First(once) => once,
    };
    let taken = call.app.disk.must_take(Storing::Projects);
    let done = match taken.and_then(|()| sent.value.details(&sent.unknown)) {
        Ok(details) => published(&call, once.tx(), &caller.viewer, &details).await,
        Err(error) => Err(error),
    };
    Ok(posted(once.finish(done).await?))
}

fn posted(id: ProjectId) -> Response {
    let message = "The project is published and takes bids.".to_owned();
    created(
        format!("/api/v1/projects/{id}"),
        &Done { id: id.0, message },
    )
}

async fn published(
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
async fn show(call: Call, InPath(id): InPath) -> Result<Ready, Problem> {
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
async fn cancel(call: Call, InPath(id): InPath, sent: Nothing) -> Result<Response, Problem> {
    let caller = call.must(Scope::ProjectsWrite)?;
    let mut once = match once::begin(&call, caller, &sent.bytes).await? {
        CallStart::Repeated(receipt) => return once::replayed(receipt, cancelled),
        CallStart::First(once) => once,
    };
    let done = match sent.must_be_empty() {
        Ok(()) => project::cancel(once.tx(), &caller.viewer, id).await,
        Err(error) => Err(error),
    };
    Ok(cancelled(once.finish(done.map(|()| id)).await?))
}

fn cancelled(id: ProjectId) -> Response {
    let message = "The project is cancelled. Nobody can bid on it any more.".to_owned();
    Json(Done { id: id.0, message }).into_response()
}
