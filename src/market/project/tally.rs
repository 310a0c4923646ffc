//! Totals of projects, maintained as sums instead of being counted.
//!
//! `project_tally` has the number of projects per state, category and currency, as signed rows. A project that opens or
//! ends adds rows, so transactions never wait for each other, and a worker folds rows into sums. A trigger adds them,
//! because a server of the previous version may still run. A bid changes none of the trigger's columns.
//!
//! Open projects that are due are subtracted in the same statement, and are found through their index. Totals filtered
//! by budget or deadline are counted, which reads every matching project.

use super::{Category, State, WorkPlaceKind, store::begin_list_read};
use crate::{Result, money::Currency, store::Connection};
use time::OffsetDateTime;

/// Which projects to count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TallyFilter {
    pub state: State,
    pub category: Option<Category>,
    pub currency: Option<Currency>,
    pub budget_from: Option<i64>,
    pub budget_to: Option<i64>,
    pub closing_from: Option<OffsetDateTime>,
    pub closing_before: Option<OffsetDateTime>,
    pub published_from: Option<OffsetDateTime>,
    pub work_place: Option<WorkPlaceKind>,
    pub bids: BidBounds,
}

/// Bounds on values that bids change. Only the project's own row has these values, so a search with such a bound reads
/// that row too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct BidBounds {
    /// In minor units of each project's own currency. A project without a bid is outside any bound.
    pub lowest_from: Option<i64>,
    pub lowest_to: Option<i64>,
    /// The number of live bids.
    pub count_from: Option<i32>,
    pub count_to: Option<i32>,
}

impl BidBounds {
    /// No bid at all, or no bound.
    pub(super) const fn without_bids(without: bool) -> Self {
        Self {
            lowest_from: None,
            lowest_to: None,
            count_from: None,
            count_to: if without { Some(0) } else { None },
        }
    }

    /// True if there is no bound.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl TallyFilter {
    /// All projects in this state.
    pub const fn of(state: State) -> Self {
        Self {
            state,
            category: None,
            currency: None,
            budget_from: None,
            budget_to: None,
            closing_from: None,
            closing_before: None,
            published_from: None,
            work_place: None,
            bids: BidBounds {
                lowest_from: None,
                lowest_to: None,
                count_from: None,
                count_to: None,
            },
        }
    }

    /// True when category and currency are the only filters.
    pub(super) fn has_sums(&self) -> bool {
        self.budget_from.is_none()
            && self.budget_to.is_none()
            && !self.has_period()
            && !self.needs_search()
    }

    /// True if only a [`Search`](super::Search) answers it: no index of `project` has these columns, so a plain list
    /// might read every project.
    pub(super) fn needs_search(&self) -> bool {
        self.published_from.is_some() || self.work_place.is_some() || !self.bids.is_empty()
    }

    /// True if deadlines are bounded.
    pub(super) const fn has_period(&self) -> bool {
        self.closing_from.is_some() || self.closing_before.is_some()
    }

    /// The number of matching published projects. Open projects past their deadline are not counted.
    pub(super) async fn total(&self, db: &mut Connection) -> Result<i64> {
        if self.has_sums() {
            return from_sums(db, self).await;
        }
        let mut tx = begin_list_read(db).await?;
        let total = from_rows(&mut tx, self).await?;
        tx.commit().await?;
        Ok(total)
    }
}

// Each statement below subtracts due projects in the same statement, so that a project that ends in the meantime is in
// both terms or in neither. Due projects are few and found through their index. The planner assumes that an unknown
// bound excludes two thirds of all rows, but that a range between two bounds holds few: hence the lower bound
// `-infinity`. `offset 0` keeps other conditions from changing the plan.

/// Counts from the sums per category and currency.
async fn from_sums(db: &mut Connection, tally_filter: &TallyFilter) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select (select coalesce(sum(t.n), 0)::bigint from project_tally t
                   where t.state = $1 and ($2::text is null or t.category = $2) and ($3::text is null or t.currency = $3))
                - (select count(*) from (select category, currency from project
                                         where state = 'open' and deadline > '-infinity' and deadline <= (select clock_timestamp()) offset 0) p
                   where $1 = 'open' and ($2::text is null or p.category = $2) and ($3::text is null or p.currency = $3)) as "n!""#,
        tally_filter.state.name(),
        tally_filter.category.map(Category::slug),
        tally_filter.currency.map(Currency::code)
    )
    .fetch_one(db)
    .await?)
}

/// Counts rows, as far as possible with an index-only scan that does not check each deadline. If the deadline has an
/// upper bound, due projects are not counted in the first place, so they are not subtracted.
async fn from_rows(db: &mut Connection, tally_filter: &TallyFilter) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select (select count(*) from project p
                   where p.state = $1 and $1 <> 'draft'
                     and ($2::text is null or p.category = $2)
                     and ($3::text is null or p.currency = $3)
                     and ($4::bigint is null or p.budget_minor >= $4)
                     and ($5::bigint is null or p.budget_minor <= $5)
                     and ($6::timestamptz is null or p.deadline < $6)
                     and ($6::timestamptz is null or $1 <> 'open' or p.deadline > (select clock_timestamp()))
                     and ($7::timestamptz is null or p.deadline >= $7)
                     and ($8::bigint is null or p.lowest_minor >= $8)
                     and ($9::bigint is null or p.lowest_minor <= $9)
                     and ($10::int is null or p.bid_count >= $10)
                     and ($11::int is null or p.bid_count <= $11))
                - (select count(*) from (select category, currency, budget_minor, deadline, lowest_minor, bid_count from project
                                         where state = 'open' and deadline > '-infinity' and deadline <= (select clock_timestamp()) offset 0) p
                   where $1 = 'open' and $6::timestamptz is null
                     and ($2::text is null or p.category = $2)
                     and ($3::text is null or p.currency = $3)
                     and ($4::bigint is null or p.budget_minor >= $4)
                     and ($5::bigint is null or p.budget_minor <= $5)
                     and ($7::timestamptz is null or p.deadline >= $7)
                     and ($8::bigint is null or p.lowest_minor >= $8)
                     and ($9::bigint is null or p.lowest_minor <= $9)
                     and ($10::int is null or p.bid_count >= $10)
                     and ($11::int is null or p.bid_count <= $11)) as "n!""#,
        tally_filter.state.name(),
        tally_filter.category.map(Category::slug),
        tally_filter.currency.map(Currency::code),
        tally_filter.budget_from,
        tally_filter.budget_to,
        tally_filter.closing_before,
        tally_filter.closing_from,
        tally_filter.bids.lowest_from,
        tally_filter.bids.lowest_to,
        tally_filter.bids.count_from,
        tally_filter.bids.count_to
    )
    .fetch_one(db)
    .await?)
}

/// How many open projects each category has, including categories that have none.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn count_by_category(db: &mut Connection) -> Result<Vec<(Category, i64)>> {
    let rows = sqlx::query!(
        r#"select category as "category!", sum(n)::bigint as "n!" from (
               select category, n from project_tally where state = 'open'
               union all
               select category, -1 from (select category from project
                                         where state = 'open' and deadline > '-infinity' and deadline <= (select clock_timestamp()) offset 0) due
           ) term group by category"#
    )
    .fetch_all(db)
    .await?;
    let of = |category: Category| {
        rows.iter()
            .find(|row| row.category == category.slug())
            .map_or(0, |row| row.n)
    };
    Ok(Category::ALL
        .into_iter()
        .map(|category| (category, of(category)))
        .collect())
}

/// Maximum number of rows that one fold takes.
pub const FOLDED_AT_ONCE: u64 = 10_000;

/// Folds the change rows into sums once there are twice as many rows as there can be sums; returns how many rows it
/// took. Any number of workers may run it at once: each takes rows that no other has locked, and readers see either the
/// old rows or the sums.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn fold_tally(db: &mut Connection) -> Result<u64> {
    let taken = sqlx::query_scalar!(
        r#"with taken as (
               delete from project_tally where id in (
                   select id from project_tally where (select count(*) from project_tally) >= 256
                   order by id limit $1 for update skip locked)
               returning state, category, currency, n
           ), folded as (
               insert into project_tally (state, category, currency, n)
               select state, category, currency, sum(n) from taken group by 1, 2, 3 having sum(n) <> 0
           )
           select count(*) as "n!" from taken"#,
        FOLDED_AT_ONCE.cast_signed()
    )
    .fetch_one(db)
    .await?;
    Ok(u64::try_from(taken).unwrap_or(0))
}
