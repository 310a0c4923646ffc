use super::{
    call::Call,
    cursor::Cursor,
    deadline::Deadline,
    json_body::JsonBody,
    list,
    new_project::{CategoryName, CurrencyCode, WorkPlaceName},
    problem::{Problem, ProblemKind},
    project::{ProjectBody, PublicStatus},
    query::{
        Flag, MinorUnits, Moment, PageNumber, PerPage, PublicState, SearchText, Sort, ValidQuery,
        read,
    },
};
use crate::runtime::heavy;
use guildhall::{
    Error,
    money::Currency,
    project::{
        self, BrowseFilter, BrowsedProject, Category, ProjectId, SearchReport, Start, State,
        TotalCache, WorkPlaceKind,
    },
    store::Connection,
};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use utoipa::ToSchema;

/// Filters, order and page of the list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// A page number, from 1. Cannot be combined with `cursor`.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 4_294_967_295_i64, example = 1, nullable = false)]
    page: Option<PageNumber>,
    /// Projects per page.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<i64>, minimum = 1, maximum = 400, default = 30, example = 30, nullable = false)]
    per_page: Option<PerPage>,
    /// The `next_cursor` of an earlier answer, to continue where it ended; equally fast on any page.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<String>, max_length = 200, nullable = false)]
    cursor: Option<Cursor>,
    /// The order; ties are ordered by id. A leading `-` reverses it. When sorted by `lowest_bid`, a project
    /// without bids counts as -1.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<SortName>, example = "deadline", nullable = false)]
    sort: Option<Sort>,
    /// Words to find in name, summary and description, regardless of accents, case and endings; "quotes", `or` and `-`
    /// are supported. In Chinese, Japanese, Korean, Thai and other scripts without spaces, any part of a text matches.
    /// Words that nearly every text contains, such as `the`, and words after the first 32 are ignored and listed in
    /// `left_out`. If no word is left, nothing is found.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<String>, min_length = 1, max_length = 200, example = "bakery", nullable = false)]
    q: Option<SearchText>,
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<CategoryName>, example = "trades", nullable = false)]
    category: Option<Category>,
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<CurrencyCode>, example = "EUR", nullable = false)]
    currency: Option<Currency>,
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<PublicStatus>, default = "open", example = "open", nullable = false)]
    status: Option<PublicState>,
    /// Only budgets up to this amount, in each project's own currency.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<f64>, minimum = 0.01, maximum = 10_000_000_000_000_000_i64, multiple_of = 0.01, example = 1000, nullable = false)]
    budget_max: Option<MinorUnits>,
    /// Only deadlines before this time: RFC 3339, or Unix seconds.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<Deadline>, example = "2027-01-31T17:00:00Z", nullable = false)]
    closing_before: Option<Moment>,
    /// Only projects published at this time or later: RFC 3339, or Unix seconds.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<Deadline>, example = "2026-11-16T09:00:00Z", nullable = false)]
    published_from: Option<Moment>,
    /// Only work that is done there.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<WorkPlaceName>, example = "on_site", nullable = false)]
    work_place: Option<WorkPlaceKind>,
    /// With true, only projects without an active bid.
    #[serde(default, deserialize_with = "read")]
    #[param(value_type = Option<bool>, example = false, nullable = false)]
    without_bids: Option<Flag>,
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

/// A page of projects. `page`, `pages` and `total` are omitted if a cursor was sent.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ProjectPage {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, example = 1)]
    page: Option<i64>,
    /// The number of pages; at least 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1, example = 1)]
    pages: Option<i64>,
    #[schema(minimum = 1, maximum = 400, example = 30)]
    per_page: i64,
    /// The number of projects on all pages; see `is_total_exact`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, example = 1)]
    total: Option<i64>,
    /// Present with `total`. False if the search stopped counting: `total` is then a minimum, and `next_cursor`
    /// continues past the last numbered page.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    is_total_exact: Option<bool>,
    projects: Vec<ProjectBody>,
    /// Send it as `cursor` to continue; null on the last page. A page of a search may have fewer projects than
    /// `per_page`, or none, and still have a next cursor: a search stops after examining 10,000 projects, and so does a
    /// list with `work_place`, `without_bids` or `published_from`.
    next_cursor: Option<String>,
    /// Words and phrases of `q` that were ignored, because nearly every text contains them or because they come after
    /// the first 32. Absent if there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    left_out: Vec<String>,
    #[schema(example = "1 project.")]
    message: String,
}

/// List projects
///
/// All open projects in ascending order of their ids, unless other parameters are sent.
#[utoipa::path(
    get, path = "/api/v1/projects", tag = "Projects", operation_id = "list_projects",
    params(ListQuery),
    security((), ("oauth2" = []), ("token" = [])),
    responses((status = 200, description = "A page of projects", body = ProjectPage,
        headers(("Link" = String, description = "RFC 8288: first, prev, next, last")))),
)]
pub(super) async fn list(
    call: Call,
    ValidQuery(query): ValidQuery<ListQuery>,
) -> Result<JsonBody, Problem> {
    let part = Part::of(query)?;
    let (query, lists) = (&call.query, &call.app.answers.lists);
    Ok(lists
        .get(query, call.freshness(), || read_page(&call, &part))
        .await?)
}

/// Descriptions of up to this total size are serialized as JSON within a millisecond.
const SMALL_BYTES: usize = 256 * 1024;

/// The requested part of the list.
struct Part {
    filter: BrowseFilter,
    sort: Sort,
    /// Where it starts; `None` means at `page`.
    cursor: Option<Cursor>,
    page: i64,
    per_page: i64,
}

impl Part {
    fn of(query: ListQuery) -> Result<Self, Problem> {
        let sort = query.sort.unwrap_or(Sort::DEFAULT);
        if query.page.is_some() && query.cursor.is_some() {
            return Err(Problem::new(ProblemKind::InvalidQuery)
                .at("cursor", "Send either a page or a cursor, not both."));
        }
        Ok(Self {
            filter: BrowseFilter {
                state: query.status.map_or(State::Open, |state| state.0),
                words: query.q.and_then(|text| text.0),
                category: query.category,
                currency: query.currency,
                budget_max: query.budget_max.map(|minor| minor.0),
                closing_before: query.closing_before.map(|moment| moment.0),
                published_from: query.published_from.map(|moment| moment.0),
                work_place: query.work_place,
                without_bids: query.without_bids.is_some_and(|flag| flag.0),
            },
            cursor: list::check_cursor(query.cursor, &sort.name())?,
            page: query.page.map_or(1, |page| page.0),
            per_page: PerPage::or_default(query.per_page),
            sort,
        })
    }

    fn start(&self) -> Start {
        match &self.cursor {
            Some(at) => Start::After {
                key: at.key,
                id: ProjectId(at.id),
            },
            None => Start::Offset((self.page - 1) * self.per_page),
        }
    }
}

/// Reads a part of the list and serializes it.
async fn read_page(call: &Call, part: &Part) -> Result<JsonBody, Error> {
    let (sort, per_page) = (part.sort, part.per_page);
    let _place = call.app.request_limits.list_place().await?;
    let mut connection = call.app.pool.acquire().await?;
    let db = &mut *connection;
    let read = rows_of(db, &call.app.totals, part).await?;
    // Release the connection before serializing: others need it.
    drop(connection);
    let (rows, more) = list::drop_extra_row(read.rows, per_page);
    let last = rows
        .last()
        .filter(|_| more)
        .map(|last| (last.key, last.project.id));
    let next_cursor = last
        .or(read.report.stopped_at)
        .map(|(key, id)| Cursor::new(sort.name(), key, id.0).to_text());
    let total = read.total;
    let pages = total.map(|total| (total.max(1) + per_page - 1) / per_page);
    let links = match pages {
        Some(pages) => numbered_links(call, part.page, pages, &read.report, next_cursor.as_deref()),
        None => list::next_link(call, next_cursor.as_deref()),
    };
    let bytes = rows.iter().map(|row| row.project.description.len()).sum();
    let projects: Vec<ProjectBody> = rows
        .into_iter()
        .map(|BrowsedProject { project, .. }| project.into())
        .collect();
    let left_out: Vec<String> = read.report.left_out().map(str::to_owned).collect();
    let mut message = match total {
        Some(total) if read.report.is_total_exact => {
            format!("{}.", list::count_text(total, "project"))
        }
        Some(total) => format!("At least {}.", list::count_text(total, "project")),
        None => list::on_this_page(projects.len(), "project"),
    };
    if !left_out.is_empty() {
        let _ = write!(message, " Ignored: {}.", left_out.join(", "));
    }
    let body = ProjectPage {
        page: total.map(|_| part.page),
        pages,
        per_page,
        total,
        is_total_exact: total.map(|_| read.report.is_total_exact),
        projects,
        next_cursor,
        left_out,
        message,
    };
    let render = move || JsonBody::new(&body, &links);
    heavy::run(&call.app.heavy, call.client(), bytes, SMALL_BYTES, render).await?
}

/// The rows of a part.
struct Rows {
    /// One more row than the page holds, if there are enough.
    rows: Vec<BrowsedProject>,
    /// Absent when a cursor is followed.
    total: Option<i64>,
    report: SearchReport,
}

async fn rows_of(db: &mut Connection, totals: &TotalCache, part: &Part) -> Result<Rows, Error> {
    let (filter, sort, most) = (&part.filter, part.sort, part.per_page + 1);
    let (order, descending) = (sort.order, sort.descending);
    if filter.needs_search() {
        let (rows, report) = project::search(
            db,
            Some(totals),
            filter,
            order,
            descending,
            part.start(),
            most,
        )
        .await?;
        let total = part.cursor.is_none().then_some(report.total);
        return Ok(Rows {
            rows,
            total,
            report,
        });
    }
    let total = match part.cursor {
        Some(_) => None,
        None => Some(project::browsed_total(db, filter).await?),
    };
    // Past the end there is nothing to read.
    let rows = match (part.start(), total) {
        (Start::Offset(offset), Some(total)) if offset >= total => Vec::new(),
        (start, _) => project::browse(db, filter, order, descending, start, most).await?,
    };
    Ok(Rows {
        rows,
        total,
        report: SearchReport {
            is_total_exact: true,
            ..SearchReport::default()
        },
    })
}

/// If the last page is unknown, the last numbered page links to the next one through a cursor.
fn numbered_links(
    call: &Call,
    page: i64,
    pages: i64,
    report: &SearchReport,
    next_cursor: Option<&str>,
) -> Vec<String> {
    let to = |relation: &str, page: i64| list::link(call, relation, "page", &page.to_string());
    let mut links = vec![to("first", 1)];
    if report.is_total_exact {
        links.push(to("last", pages));
    }
    if page > 1 {
        links.push(to("prev", (page - 1).min(pages)));
    }
    if page < pages {
        links.push(to("next", page + 1));
    } else {
        links.extend(list::next_link(call, next_cursor));
    }
    links
}
