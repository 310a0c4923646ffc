//! Numbered pages of open projects, for the list and the front page.
//!
//! The page's ids are found in an index that includes the deadline, and only their rows are joined. A page is reached
//! by skipping the rows before it, so later pages cost more. The order by fewest bids sorts all open projects: with an
//! index on a column that bids change, every bid would write to all indexes of its project's row. Both costs grow with
//! the number of open projects, not of all projects.

use super::{
    Category, Fulfillment, ProjectId, SearchWords, Start, State, Summary, WorkPlaceKind,
    search::{MAX_EXAMINED, Search, SearchReport, SortKey, TotalCache},
    store::begin_list_read,
    tally::{BidBounds, TallyFilter},
};
use crate::{
    Error, Result,
    field::ValueError,
    money::{Currency, Money},
    store::{Connection, now},
};
use std::str::FromStr;
use time::{Date, OffsetDateTime};

/// Projects per page of the list.
pub const PER_PAGE: i64 = 20;
/// Maximum number of pages of a search whose matches are not all counted; projects beyond them are not examined.
const MAX_PAGES: i64 = MAX_EXAMINED / PER_PAGE;

/// Filters of the list of open projects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub words: Option<SearchWords>,
    pub category: Option<Category>,
    pub currency: Option<Currency>,
    /// Bounds of the budget, in minor units of each project's own currency.
    pub budget_from: Option<i64>,
    pub budget_to: Option<i64>,
    pub work_place: Option<WorkPlaceKind>,
    pub closing_before: Option<OffsetDateTime>,
    /// Only projects without an active bid.
    pub without_bids: bool,
    /// Only projects published at this time or later.
    pub published_from: Option<OffsetDateTime>,
}

/// Parses a bound of the budget into minor units; all currencies have two decimals. A currency written next to the amount
/// must be the chosen one, if `chosen` is a currency's code.
///
/// # Errors
/// The errors of [`Money::parse`].
pub fn budget_bound(text: &str, chosen: &str) -> Result<i64, ValueError> {
    let chosen: Option<Currency> = chosen.parse().ok();
    let currency = chosen.or_else(|| Money::currency_in(text));
    Money::parse(text, currency.unwrap_or_default()).map(Money::minor)
}

/// The order of the list. Ties are ordered by id in the same direction, so that one index serves both directions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    #[default]
    Deadline,
    Newest,
    BudgetHighest,
    BudgetLowest,
    FewestBids,
}

impl Sort {
    /// Every order, as offered in forms.
    pub const ALL: [Self; 5] = [
        Self::Deadline,
        Self::Newest,
        Self::BudgetHighest,
        Self::BudgetLowest,
        Self::FewestBids,
    ];

    /// The name in URLs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::Newest => "newest",
            Self::BudgetHighest => "-budget",
            Self::BudgetLowest => "budget",
            Self::FewestBids => "bids",
        }
    }

    /// The sort key, and whether it is descending.
    const fn key(self) -> (SortKey, bool) {
        match self {
            Self::Deadline => (SortKey::Deadline, false),
            Self::Newest => (SortKey::Published, true),
            Self::BudgetHighest => (SortKey::Budget, true),
            Self::BudgetLowest => (SortKey::Budget, false),
            Self::FewestBids => (SortKey::BidCount, false),
        }
    }

    /// The name on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Deadline => "Closing soonest",
            Self::Newest => "Newest",
            Self::BudgetHighest => "Budget, highest first",
            Self::BudgetLowest => "Budget, lowest first",
            Self::FewestBids => "Fewest bids",
        }
    }
}

impl FromStr for Sort {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        Self::ALL
            .into_iter()
            .find(|sort| sort.name() == text)
            .ok_or(ValueError::NotAChoice)
    }
}

/// One page of open projects.
#[derive(Debug, Clone)]
pub struct Listing {
    pub projects: Vec<Summary>,
    /// The number of projects on all pages; for a search, a lower bound.
    pub total: i64,
    /// The page's number, from 1.
    pub page: i64,
    /// The number of pages, at least 1.
    pub pages: i64,
    /// The database's clock when this was read.
    pub now: OffsetDateTime,
    /// Present for a search.
    pub search: Option<SearchReport>,
}

/// Open projects before their deadline; a page number past the end shows the last page.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn list(
    db: &mut Connection,
    totals: Option<&TotalCache>,
    filter: &Filter,
    sort: Sort,
    page: i64,
) -> Result<Listing> {
    if filter.needs_search() {
        return search_page(db, totals, filter, sort, page).await;
    }
    let mut tx = begin_list_read(db).await?;
    let total = filter.tally_filter().total(&mut tx).await?;
    let pages = page_count(total);
    let page = page.clamp(1, pages);
    let rows = open_page(&mut tx, filter, sort, (page - 1) * PER_PAGE).await?;
    let projects = rows
        .into_iter()
        .map(Summary::try_from)
        .collect::<Result<_>>()?;
    let now = now(&mut tx).await?;
    tx.commit().await?;
    Ok(Listing {
        projects,
        total,
        page,
        pages,
        now,
        search: None,
    })
}

const fn page_count(total: i64) -> i64 {
    (if total > 1 { total } else { 1 } + PER_PAGE - 1) / PER_PAGE
}

/// Like [`list`], for a search, which need not have words. If not all matches are counted, `pages` includes the page
/// after this one if there is one.
async fn search_page(
    db: &mut Connection,
    totals: Option<&TotalCache>,
    filter: &Filter,
    sort: Sort,
    page: i64,
) -> Result<Listing> {
    let (key, descending) = sort.key();
    let mut page = page.clamp(1, MAX_PAGES);
    let (mut places, search) = loop {
        let search = Search::begin(
            db,
            totals,
            filter.words.as_ref(),
            filter.tally_filter(),
            key,
            descending,
        )
        .await?;
        if search.report.is_total_exact {
            page = page.min(page_count(search.report.total));
        }
        let from = Start::Offset((page - 1) * PER_PAGE);
        let (places, report) = search.page(from, PER_PAGE + 1).await?;
        if !places.is_empty() || page == 1 {
            break (places, report);
        }
        // The page is past the end. The last page is unknown, so show the first.
        page = 1;
    };
    let has_more = places.len() > PER_PAGE as usize;
    places.truncate(PER_PAGE as usize);
    let pages = if search.is_total_exact {
        page_count(search.total)
    } else {
        page_count(search.total).max(page + i64::from(has_more))
    };
    let ids: Vec<i64> = places.iter().map(|place| place.id).collect();
    let rows = sqlx::query_as!(
        Row,
        r#"select p.id, a.name as seller_name, p.name, p.summary, p.category, p.skills, p.currency,
                  p.budget_minor as "budget_minor!", p.lowest_minor, p.bid_count, p.deadline as "deadline!",
                  p.published_at as "published_at!", p.work_place, p.site, p.delivery_date, p.duration_days
           from project p cross join lateral (select name from account where id = p.seller_id offset 0) a
           where p.id = any ($1)"#,
        &ids
    )
    .fetch_all(&mut *db)
    .await?;
    let mut projects = rows
        .into_iter()
        .map(Summary::try_from)
        .collect::<Result<Vec<_>>>()?;
    projects.sort_by_key(|project| ids.iter().position(|id| *id == project.id.0));
    Ok(Listing {
        projects,
        total: search.total,
        page,
        pages,
        now: now(db).await?,
        search: Some(search),
    })
}

/// The open projects with the nearest deadlines, at most `most`, and the database's clock.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn closing_soon(
    db: &mut Connection,
    most: i64,
) -> Result<(Vec<Summary>, OffsetDateTime)> {
    let rows = sqlx::query_as!(
        Row,
        r#"select p.id, a.name as seller_name, p.name, p.summary, p.category, p.skills, p.currency,
                  p.budget_minor as "budget_minor!", p.lowest_minor, p.bid_count, p.deadline as "deadline!",
                  p.published_at as "published_at!", p.work_place, p.site, p.delivery_date, p.duration_days
           from project p join account a on a.id = p.seller_id
           where p.state = 'open' and p.deadline > (select clock_timestamp())
           order by p.deadline, p.id limit $1"#,
        most
    )
    .fetch_all(&mut *db)
    .await?;
    Ok((
        rows.into_iter()
            .map(Summary::try_from)
            .collect::<Result<_>>()?,
        now(db).await?,
    ))
}

impl Filter {
    /// True if a search has to find the projects; it examines and counts a bounded number.
    fn needs_search(&self) -> bool {
        self.words.is_some() || self.closing_before.is_some() || self.tally_filter().needs_search()
    }

    const fn tally_filter(&self) -> TallyFilter {
        TallyFilter {
            category: self.category,
            currency: self.currency,
            budget_from: self.budget_from,
            budget_to: self.budget_to,
            work_place: self.work_place,
            closing_before: self.closing_before,
            published_from: self.published_from,
            bids: BidBounds::without_bids(self.without_bids),
            ..TallyFilter::of(State::Open)
        }
    }
}

/// The statement of one page, with its order inserted at compile time because it can't be a parameter. The inner select
/// finds the ids, and only those rows are read in full. For the condition on the deadline see `browse.rs`.
macro_rules! page_in_order {
    ($db:expr, $filter:expr, $offset:expr, $key:literal, $direction:literal) => {
        sqlx::query_as!(
            Row,
            r#"select p.id, a.name as seller_name, p.name, p.summary, p.category, p.skills, p.currency,
                      p.budget_minor as "budget_minor!", p.lowest_minor, p.bid_count, p.deadline as "deadline!",
                      p.published_at as "published_at!", p.work_place, p.site, p.delivery_date, p.duration_days
               from (select p.id, "#
                + $key
                + r#" as key from project p
                     where p.state = 'open' and (p.deadline > '-infinity' and p.deadline <= (select clock_timestamp())) is not true
                       and ($1::text is null or p.category = $1)
                       and ($2::text is null or p.currency = $2)
                       and ($3::bigint is null or p.budget_minor >= $3)
                       and ($4::bigint is null or p.budget_minor <= $4)
                     order by "#
                + $key
                + $direction
                + ", p.id"
                + $direction
                + r#" limit $5 offset $6) page
               join project p on p.id = page.id join account a on a.id = p.seller_id
               order by page.key"#
                + $direction
                + ", page.id"
                + $direction,
            $filter.category.map(Category::slug),
            $filter.currency.map(Currency::code),
            $filter.budget_from,
            $filter.budget_to,
            PER_PAGE,
            $offset
        )
        .fetch_all($db)
        .await
    };
}

async fn open_page(
    db: &mut Connection,
    filter: &Filter,
    sort: Sort,
    offset: i64,
) -> Result<Vec<Row>> {
    Ok(match sort {
        Sort::Deadline => page_in_order!(db, filter, offset, "p.deadline", ""),
        Sort::Newest => page_in_order!(db, filter, offset, "p.published_at", " desc"),
        Sort::BudgetHighest => page_in_order!(db, filter, offset, "p.budget_minor", " desc"),
        Sort::BudgetLowest => page_in_order!(db, filter, offset, "p.budget_minor", ""),
        Sort::FewestBids => page_in_order!(db, filter, offset, "p.bid_count", ""),
    }?)
}

struct Row {
    id: i64,
    seller_name: String,
    name: String,
    summary: String,
    category: String,
    skills: Vec<String>,
    currency: String,
    budget_minor: i64,
    lowest_minor: Option<i64>,
    bid_count: i32,
    deadline: OffsetDateTime,
    published_at: OffsetDateTime,
    work_place: Option<String>,
    site: Option<String>,
    delivery_date: Option<Date>,
    duration_days: Option<i32>,
}

impl TryFrom<Row> for Summary {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
        Ok(Self {
            id: ProjectId(row.id),
            seller_name: row.seller_name,
            name: row.name,
            summary: row.summary,
            category: row.category.parse().map_err(Error::unexpected)?,
            skills: row.skills,
            budget: Money::from_minor(row.budget_minor, currency),
            lowest: row
                .lowest_minor
                .map(|minor| Money::from_minor(minor, currency)),
            bid_count: row.bid_count,
            deadline: row.deadline,
            published_at: row.published_at,
            fulfillment: Fulfillment::of_columns(
                row.work_place.as_deref(),
                row.site,
                row.delivery_date,
                row.duration_days,
            )?,
        })
    }
}
