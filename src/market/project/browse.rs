//! Lists published projects for programs: filtered, in one of four orders, starting at any point.
//!
//! A page that starts at a cursor is found in an index, however far down the list it is: the bound `(key, id) > …` is
//! always in the statement. The ids are found first, and only their rows are joined. The order by lowest bid has no
//! index, so all matching projects are sorted.
//!
//! The condition on the deadline is written as `(…) is not true`, with two bounds, so that the planner expects few due
//! projects. For a single bound that is a parameter, it would assume a third of all rows, and sort all projects instead
//! of scanning the index.

use super::{
    Category, Project, SearchWords, State, WorkPlaceKind,
    search::{Search, SearchReport, SortKey, TotalCache},
    store::{self, PublishedRow, begin_list_read},
    tally::{BidBounds, TallyFilter},
};
use crate::{
    Result,
    money::{Currency, Money},
    project::ProjectId,
    store::Connection,
};
use time::OffsetDateTime;

/// Filters of the API's project list.
#[derive(Debug, Clone)]
pub struct BrowseFilter {
    /// Never `Draft`: only the seller may see drafts.
    pub state: State,
    pub words: Option<SearchWords>,
    pub category: Option<Category>,
    pub currency: Option<Currency>,
    /// In minor units of each project's own currency.
    pub budget_max: Option<i64>,
    pub closing_before: Option<OffsetDateTime>,
    /// Only projects published at this time or later.
    pub published_from: Option<OffsetDateTime>,
    pub work_place: Option<WorkPlaceKind>,
    /// Only projects without an active bid.
    pub without_bids: bool,
}

/// What the list is ordered by; ties are ordered by id, in the same direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Id,
    Deadline,
    Budget,
    /// A project without bids counts as -1, as in the API.
    LowestBid,
}

/// Where the page starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// After this many projects.
    Offset(i64),
    /// After the project with this sort key and id.
    After { key: i64, id: ProjectId },
}

/// A project with its sort key.
#[derive(Debug, Clone)]
pub struct BrowsedProject {
    pub project: Project,
    /// The sort key, as in `Start::After`: minor units, microseconds since 1970, or the id.
    pub key: i64,
}

impl BrowseFilter {
    /// All projects in this state.
    #[must_use]
    pub const fn of(state: State) -> Self {
        Self {
            state,
            words: None,
            category: None,
            currency: None,
            budget_max: None,
            closing_before: None,
            published_from: None,
            work_place: None,
            without_bids: false,
        }
    }

    /// True if [`search`] has to find the projects; it may stop early.
    #[must_use]
    pub fn needs_search(&self) -> bool {
        self.words.is_some() || self.tally_filter().needs_search()
    }

    fn tally_filter(&self) -> TallyFilter {
        TallyFilter {
            category: self.category,
            currency: self.currency,
            budget_to: self.budget_max,
            closing_before: self.closing_before,
            published_from: self.published_from,
            work_place: self.work_place,
            bids: BidBounds::without_bids(self.without_bids),
            ..TallyFilter::of(self.state)
        }
    }
}

impl Order {
    const fn key(self) -> SortKey {
        match self {
            Self::Id => SortKey::Id,
            Self::Deadline => SortKey::Deadline,
            Self::Budget => SortKey::Budget,
            Self::LowestBid => SortKey::LowestBid,
        }
    }
}

/// The number of matching projects; for a search, a lower bound.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn browsed_total(db: &mut Connection, filter: &BrowseFilter) -> Result<i64> {
    if !filter.needs_search() {
        return filter.tally_filter().total(db).await;
    }
    let search = Search::begin(
        db,
        None,
        filter.words.as_ref(),
        filter.tally_filter(),
        SortKey::Id,
        false,
    )
    .await?;
    Ok(search.page(Start::Offset(0), 0).await?.1.total)
}

/// The next `most` projects that match the search, and a report on the search. Fewer than `most` means the last
/// page, unless the search stopped early. Without words, every project that passes the filters matches.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn search(
    db: &mut Connection,
    totals: Option<&TotalCache>,
    filter: &BrowseFilter,
    order: Order,
    descending: bool,
    from: Start,
    most: i64,
) -> Result<(Vec<BrowsedProject>, SearchReport)> {
    let search = Search::begin(
        db,
        totals,
        filter.words.as_ref(),
        filter.tally_filter(),
        order.key(),
        descending,
    )
    .await?;
    let (places, report) = search.page(from, most).await?;
    let ids: Vec<i64> = places.iter().map(|place| place.id).collect();
    let mut projects = store::published(db, &ids).await?;
    projects.sort_unstable_by_key(|project| project.id);
    let browsed = places.iter().filter_map(|place| {
        let at = projects
            .binary_search_by_key(&ProjectId(place.id), |project| project.id)
            .ok()?;
        Some(BrowsedProject {
            project: projects[at].clone(),
            key: place.key,
        })
    });
    Ok((browsed.collect(), report))
}

/// The statement for one order and direction, assembled at compile time because neither can be a parameter. The bound
/// is always present, so that the index finds a distant page as fast as the first. The inner select finds the ids, and
/// only those rows are read in full. The module documentation explains the condition on the deadline.
macro_rules! in_order {
    ($db:expr, $filter:expr, $bound:expr, $id:expr, $offset:expr, $most:expr, $key:literal, $beyond:literal, $direction:literal) => {
        sqlx::query_as!(
            PublishedRow,
            r#"select p.id, p.seller_id, a.name as seller_name, p.state, p.name, p.summary, p.description, p.category, p.skills,
                      p.currency, p.budget_minor as "budget_minor!", p.lowest_minor, p.bid_count, p.deadline as "deadline!",
                      p.published_at as "published_at!", p.work_place, p.site, p.delivery_date, p.duration_days, p.ended_at, aw.bid_id as "winning_bid?",
                      (select clock_timestamp()) as "now!"
               from (select p.id, "#
                + $key
                + r#" as key from project p
                     where p.state = $1 and $1 <> 'draft' and ($1 <> 'open' or (p.deadline > '-infinity' and p.deadline <= (select clock_timestamp())) is not true)
                       and ($2::text is null or p.category = $2)
                       and ($3::text is null or p.currency = $3)
                       and ($4::bigint is null or p.budget_minor <= $4)
                       and ($5::timestamptz is null or p.deadline < $5)
                       and ("#
                + $key
                + ", p.id) "
                + $beyond
                + " ($6, $7) order by "
                + $key
                + $direction
                + ", p.id"
                + $direction
                + r#" limit $8 offset $9) page
               join project p on p.id = page.id join account a on a.id = p.seller_id left join award aw on aw.project_id = p.id
               order by page.key"#
                + $direction
                + ", page.id"
                + $direction,
            $filter.state.name(),
            $filter.category.map(Category::slug),
            $filter.currency.map(Currency::code),
            $filter.budget_max,
            $filter.closing_before,
            $bound,
            $id,
            $most,
            $offset
        )
        .fetch_all($db)
        .await
    };
}

/// The next `most` matching projects; found by [`search`] if the filter needs it.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn browse(
    db: &mut Connection,
    filter: &BrowseFilter,
    order: Order,
    descending: bool,
    from: Start,
    most: i64,
) -> Result<Vec<BrowsedProject>> {
    if filter.needs_search() {
        let (browsed, _) = search(db, None, filter, order, descending, from, most).await?;
        return Ok(browsed);
    }
    let beyond = if descending { i64::MAX } else { i64::MIN };
    let (key, id, offset) = match from {
        Start::Offset(offset) => (beyond, beyond, offset),
        Start::After { key, id } => (key, id.0, 0),
    };
    let moment = moment(key);
    let mut tx = begin_list_read(db).await?;
    let db = &mut *tx;
    let rows = match (order, descending) {
        (Order::Id, false) => in_order!(db, filter, key, id, offset, most, "p.id", ">", ""),
        (Order::Id, true) => in_order!(db, filter, key, id, offset, most, "p.id", "<", " desc"),
        (Order::Deadline, false) => {
            in_order!(db, filter, moment, id, offset, most, "p.deadline", ">", "")
        }
        (Order::Deadline, true) => {
            in_order!(
                db,
                filter,
                moment,
                id,
                offset,
                most,
                "p.deadline",
                "<",
                " desc"
            )
        }
        (Order::Budget, false) => {
            in_order!(db, filter, key, id, offset, most, "p.budget_minor", ">", "")
        }
        (Order::Budget, true) => {
            in_order!(
                db,
                filter,
                key,
                id,
                offset,
                most,
                "p.budget_minor",
                "<",
                " desc"
            )
        }
        (Order::LowestBid, false) => {
            in_order!(
                db,
                filter,
                key,
                id,
                offset,
                most,
                "coalesce(p.lowest_minor, -1)",
                ">",
                ""
            )
        }
        (Order::LowestBid, true) => {
            in_order!(
                db,
                filter,
                key,
                id,
                offset,
                most,
                "coalesce(p.lowest_minor, -1)",
                "<",
                " desc"
            )
        }
    }?;
    tx.commit().await?;
    rows.into_iter()
        .map(|row| {
            let project = Project::try_from(row)?;
            let key = match order {
                Order::Id => project.id.0,
                Order::Deadline => micros(project.deadline),
                Order::Budget => project.budget.minor(),
                Order::LowestBid => project.lowest.map_or(-1, Money::minor),
            };
            Ok(BrowsedProject { project, key })
        })
        .collect()
}

pub(super) fn micros(moment: OffsetDateTime) -> i64 {
    i64::try_from(moment.unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
}

/// The time at this many microseconds since 1970, clamped to the supported range of years.
pub(super) fn moment(micros: i64) -> OffsetDateTime {
    const FIRST: i64 = -62_135_596_800; // year 1
    const LAST: i64 = 253_402_300_799; // year 9999
    let seconds = micros.div_euclid(1_000_000).clamp(FIRST, LAST);
    let rest = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or(0);
    OffsetDateTime::from_unix_timestamp(seconds)
        .and_then(|moment| moment.replace_microsecond(rest))
        .unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
