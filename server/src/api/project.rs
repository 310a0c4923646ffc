use super::{
    amount::Amount,
    body::{self, Nothing, Raw, Sent},
    call::{Call, InPath},
    cursor::Cursor,
    deadline::Deadline,
    list,
    once::{Begun, Once, answer, created},
    problem::{Kind, Problem},
    query::{Asked, Minor, Moment, Page, PerPage, PublicState, Sort, Words, read},
};
use axum::{Json, response::Response};
use guildhall::{
    Error,
    field::{Check, Problem as Wrong},
    moment,
    money::{Currency, Money},
    project::{self, Browsed, Category, Details, ProjectId, Purpose, Start, State, Typed, Wanted},
    token::Scope,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A project as everybody sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Project, example = json!({
    "id": 7, "name": "A new shop window", "summary": "Letters and a sign for a small bakery",
    "description": "Two panes of glass, **lettered** by hand.", "budget": 900, "currency": "EUR",
    "deadline": "2027-01-31T17:00:00Z", "status": "open", "bid_count": 2, "lowest_bid_amount": 850.5,
    "category": "trades", "skills": ["Sign writing"], "seller": "Ada Brenner", "published_at": "2026-11-16T09:00:00Z",
    "message": "It takes bids until its deadline.",
}))]
pub(super) struct ProjectBody {
    #[schema(example = 7)]
    id: i64,
    #[schema(example = "A new shop window")]
    name: String,
    summary: String,
    /// Markdown.
    description: String,
    /// The most that the seller pays.
    #[schema(value_type = f64, example = 900)]
    budget: Amount,
    #[schema(value_type = CurrencyCode)]
    currency: &'static str,
    #[schema(format = DateTime, example = "2027-01-31T17:00:00Z")]
    deadline: String,
    #[schema(value_type = PublicStatus)]
    status: &'static str,
    /// How many buyers have a live bid.
    bid_count: i32,
    /// -1 when there is no bid.
    #[schema(value_type = f64, example = -1)]
    lowest_bid_amount: Amount,
    /// Once the project is awarded.
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
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    ended_at: Option<String>,
    message: String,
}

/// How far a published project has come.
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
        let message = match (project.state, project.winning_bid) {
            (State::Open, _) if project.takes_bids() => {
                "It takes bids until its deadline.".to_owned()
            }
            (State::Open, _) => "Its deadline has passed; the award follows.".to_owned(),
            (State::Awarded, Some(bid)) => format!("Awarded to bid {}, the lowest.", bid.0),
            (State::Unawarded, _) => "It ended without a bid.".to_owned(),
            (State::Cancelled, _) => "Its seller cancelled it before there was a bid.".to_owned(),
            (state, _) => format!("It is {}.", state.name()),
        };
        Self {
            id: project.id.0,
            name: project.name,
            summary: project.summary,
            description: project.description,
            budget: project.budget.into(),
            currency: project.budget.currency().code(),
            deadline: moment::rfc3339(project.deadline),
            status: project.state.name(),
            bid_count: project.bid_count,
            lowest_bid_amount: Amount::lowest(project.lowest),
            winning_bid_id: project.winning_bid.map(|bid| bid.0),
            category: project.category.slug(),
            skills: project.skills,
            seller: project.seller_name,
            published_at: moment::rfc3339(project.published_at),
            ended_at: project.ended_at.map(moment::rfc3339),
            message,
        }
    }
}

/// What was made or changed.
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
}))]
pub(super) struct NewProject {
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "A new shop window")]
    name: Raw,
    #[schema(value_type = String, min_length = 1, max_length = 200, example = "Letters and a sign for a small bakery")]
    summary: Raw,
    /// Markdown.
    #[schema(value_type = String, min_length = 1, max_length = 20_000, example = "Two panes of glass, **lettered** by hand.")]
    description: Raw,
    /// The most that you pay; at most two decimals.
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
    fn details(&self) -> Result<Details, Error> {
        let mut check = Check::default();
        let name = check.take("name", body::text(&self.name));
        let summary = check.take("summary", body::text(&self.summary));
        let description = check.take("description", body::text(&self.description));
        let category = check.take("category", body::text(&self.category));
        let skills = check.take("skills", skills(&self.skills));
        let currency = check.take("currency", body::text(&self.currency).and_then(code));
        let budget = check.take(
            "budget",
            body::amount(&self.budget, currency.unwrap_or_default()),
        );
        let deadline = check.take("deadline", body::moment(&self.deadline));
        let kinds = check.finish();
        let text = |text: Option<String>| text.unwrap_or_default();
        let category = match text(category) {
            none if none.is_empty() => Category::Business.slug().to_owned(),
            some => some,
        };
        let budget = budget.map(Money::to_decimal).unwrap_or_default();
        let parsed = Details::parse(
            &Typed {
                name: &text(name),
                summary: &text(summary),
                description: &text(description),
                category: &category,
                skills: &text(skills),
                currency: currency.unwrap_or_default().code(),
                budget: &budget,
                deadline: deadline.ok_or(Wrong::Missing),
            },
            Purpose::Publish,
        );
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

/// Commas separate skills in a form, so none has one.
fn skills(raw: &Raw) -> Result<String, Wrong> {
    let skills = body::texts(raw)?;
    if skills.iter().any(|skill| skill.contains(',')) {
        return Err(Wrong::Refused("A skill has no comma.".to_owned()));
    }
    Ok(skills.join(","))
}

fn code(text: String) -> Result<Currency, Wrong> {
    if text.is_empty() {
        return Ok(Currency::default());
    }
    text.parse()
}

/// Post a project
///
/// It takes bids at once, until its deadline; the lowest bid wins then, by itself. What is posted stays as it is.
#[utoipa::path(
    post, path = "/api/v1/projects", tag = "Projects", operation_id = "post_project",
    request_body = NewProject,
    security(("oauth2" = ["projects:write"]), ("token" = [])),
    responses((status = 201, description = "It is open for bids", body = Done,
        headers(("Location" = String, description = "Where it is")))),
)]
pub(super) async fn post(call: Call, sent: Sent<NewProject>) -> Result<Response, Problem> {
    let caller = call.must(Scope::ProjectsWrite)?;
    let mut once = match Once::begin(&call, caller, &sent.bytes).await? {
        Begun::Replayed(response) => return Ok(response),
        Begun::First(once) => once,
    };
    let done = match sent.value.details() {
        Ok(details) => project::publish(once.tx(), &caller.viewer, None, &details).await,
        Err(error) => Err(error),
    };
    let done = done.and_then(|id| {
        let message = "The project is published and takes bids.".to_owned();
        created(
            format!("/api/v1/projects/{id}"),
            &Done { id: id.0, message },
        )
    });
    once.finish(&call, done).await
}

/// Read a project
#[utoipa::path(
    get, path = "/api/v1/projects/{id}", tag = "Projects", operation_id = "read_project",
    params(("id" = i64, Path, description = "The project's number", example = 7, minimum = 1)),
    security((), ("oauth2" = []), ("token" = [])),
    responses((status = 200, description = "The project", body = ProjectBody)),
)]
pub(super) async fn show(call: Call, InPath(id): InPath) -> Result<Json<ProjectBody>, Problem> {
    let project = project::find(&mut *call.app.pool.acquire().await?, id).await?;
    Ok(Json(project.into()))
}

/// Cancel a project
///
/// Its seller takes it back, while there is no live bid and its deadline is ahead.
#[utoipa::path(
    post, path = "/api/v1/projects/{id}/cancel", tag = "Projects", operation_id = "cancel_project",
    params(("id" = i64, Path, description = "The project's number", example = 7, minimum = 1)),
    security(("oauth2" = ["projects:write"]), ("token" = [])),
    responses((status = 200, description = "It is cancelled", body = Done,
        example = json!({ "id": 7, "message": "The project is cancelled. Nobody can bid on it any more." }))),
)]
pub(super) async fn cancel(
    call: Call,
    InPath(id): InPath,
    Nothing(bytes): Nothing,
) -> Result<Response, Problem> {
    let caller = call.must(Scope::ProjectsWrite)?;
    let mut once = match Once::begin(&call, caller, &bytes).await? {
        Begun::Replayed(response) => return Ok(response),
        Begun::First(once) => once,
    };
    let done = project::cancel(once.tx(), &caller.viewer, id).await;
    let done = done.and_then(|()| {
        let message = "The project is cancelled. Nobody can bid on it any more.".to_owned();
        answer(200, &Done { id: id.0, message })
    });
    once.finish(&call, done).await
}

/// Which projects, in which order, and which part of them.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// Which numbered page, from 1. Not together with `cursor`.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 4_294_967_295_i64, example = 1, nullable = false)]
    page: Option<Page>,
    /// How many on a page.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 400, default = 30, example = 30, nullable = false)]
    per_page: Option<PerPage>,
    /// Goes on where an earlier answer ended, as fast on the last page as on the first: its `next_cursor`.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<String>, max_length = 200, nullable = false)]
    cursor: Option<Cursor>,
    /// The order; ties are by id. A `-` before it turns it round. A project without a bid counts as -1.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<SortName>, example = "deadline", nullable = false)]
    sort: Option<Sort>,
    /// Words in name, summary and description; "quotes", `or` and `-` work.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<String>, min_length = 1, max_length = 200, example = "bakery", nullable = false)]
    q: Option<Words>,
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<CategoryName>, example = "trades", nullable = false)]
    category: Option<Category>,
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<CurrencyCode>, example = "EUR", nullable = false)]
    currency: Option<Currency>,
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<PublicStatus>, default = "open", example = "open", nullable = false)]
    status: Option<PublicState>,
    /// Only budgets up to this, in each project's own currency.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<f64>, minimum = 0.01, maximum = 10_000_000_000_000_000_i64, multiple_of = 0.01, example = 1000, nullable = false)]
    budget_max: Option<Minor>,
    /// Only deadlines before this: RFC 3339, or Unix seconds.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<Deadline>, example = "2027-01-31T17:00:00Z", nullable = false)]
    closing_before: Option<Moment>,
}

/// What projects can be sorted by.
#[derive(ToSchema)]
#[expect(dead_code, reason = "documents the names that `Sort` reads")]
pub(super) enum SortName {
    #[schema(rename = "id")]
    Id,
    #[schema(rename = "-id")]
    IdDescending,
    #[schema(rename = "deadline")]
    Deadline,
    #[schema(rename = "-deadline")]
    DeadlineDescending,
    #[schema(rename = "budget")]
    Budget,
    #[schema(rename = "-budget")]
    BudgetDescending,
    #[schema(rename = "lowest_bid")]
    LowestBid,
    #[schema(rename = "-lowest_bid")]
    LowestBidDescending,
}

/// A page of projects. With a cursor it has no number: `page`, `pages` and `total` are left out.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, example = 1)]
    page: Option<i64>,
    /// How many pages there are; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, example = 1)]
    pages: Option<i64>,
    #[schema(minimum = 1, maximum = 400, example = 30)]
    per_page: i64,
    /// How many projects there are on all pages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, example = 1)]
    total: Option<i64>,
    projects: Vec<ProjectBody>,
    /// For `cursor`, to go on from here; null on the last page.
    next_cursor: Option<String>,
    #[schema(example = "1 project.")]
    message: String,
}

/// List projects
///
/// All open projects in ascending order of their numbers, unless asked otherwise.
#[utoipa::path(
    get, path = "/api/v1/projects", tag = "Projects", operation_id = "list_projects",
    params(ListQuery),
    security((), ("oauth2" = []), ("token" = [])),
    responses((status = 200, description = "A page of projects", body = ProjectPage,
        headers(("Link" = String, description = "RFC 8288: first, prev, next, last")))),
)]
pub(super) async fn list(call: Call, Asked(query): Asked<ListQuery>) -> Result<Response, Problem> {
    let sort = query.sort.unwrap_or(Sort::DEFAULT);
    let per_page = PerPage::or_default(query.per_page);
    if query.page.is_some() && query.cursor.is_some() {
        return Err(Problem::new(Kind::InvalidQuery)
            .at("cursor", "Send either a page or a cursor, not both."));
    }
    let wanted = Wanted {
        state: query.status.map_or(State::Open, |state| state.0),
        words: query
            .q
            .map(|words| words.0)
            .filter(|words| !words.is_empty()),
        category: query.category,
        currency: query.currency,
        budget_max: query.budget_max.map(|minor| minor.0),
        closing_before: query.closing_before.map(|moment| moment.0),
    };
    let cursor = list::after(query.cursor, &sort.name())?;
    let _place = call.app.api_limits.list_place().await?;
    let db = &mut *call.app.pool.acquire().await?;
    let page = query.page.map_or(1, |page| page.0);
    let (start, total) = match &cursor {
        Some(at) => (
            Start::After {
                key: at.key,
                id: ProjectId(at.id),
            },
            None,
        ),
        None => (
            Start::Offset((page - 1) * per_page),
            Some(project::browsed_total(db, &wanted).await?),
        ),
    };
    // Past the end there is nothing to be looked for.
    let rows = match (start, total) {
        (Start::Offset(offset), Some(total)) if offset >= total => Vec::new(),
        _ => {
            project::browse(
                db,
                &wanted,
                sort.order,
                sort.descending,
                start,
                per_page + 1,
            )
            .await?
        }
    };
    let (rows, more) = list::cut(rows, per_page);
    let next_cursor = rows
        .last()
        .filter(|_| more)
        .map(|last| Cursor::new(sort.name(), last.key, last.project.id.0).to_text());
    let pages = total.map(|total| (total.max(1) + per_page - 1) / per_page);
    let links = match pages {
        Some(pages) => numbered_links(&call, page, pages),
        None => list::next_link(&call, next_cursor.as_deref()),
    };
    let projects: Vec<ProjectBody> = rows
        .into_iter()
        .map(|Browsed { project, .. }| project.into())
        .collect();
    let message = match total {
        Some(total) => format!("{}.", list::counted(total, "project")),
        None => list::on_this_page(projects.len(), "project"),
    };
    let body = ProjectPage {
        page: total.map(|_| page),
        pages,
        per_page,
        total,
        projects,
        next_cursor,
        message,
    };
    Ok(list::page(body, &links))
}

fn numbered_links(call: &Call, page: i64, pages: i64) -> Vec<String> {
    let to = |relation: &str, page: i64| list::link(call, relation, "page", &page.to_string());
    let mut links = vec![to("first", 1), to("last", pages)];
    if page > 1 {
        links.push(to("prev", (page - 1).min(pages)));
    }
    if page < pages {
        links.push(to("next", page + 1));
    }
    links
}
