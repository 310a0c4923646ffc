//! How many projects there are, by sums that are kept instead of counted.

use super::{Category, State, store::planned};
use crate::{Result, money::Currency, store::Connection};
use time::OffsetDateTime;

/// Which projects are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Sieve {
    pub state: State,
    pub category: Option<Category>,
    pub currency: Option<Currency>,
    pub budget_from: Option<i64>,
    pub budget_to: Option<i64>,
    pub closing_before: Option<OffsetDateTime>,
}

impl Sieve {
    /// True when category and currency are the only filters.
    fn is_kept(&self) -> bool {
        self.budget_from.is_none() && self.budget_to.is_none() && self.closing_before.is_none()
    }

    /// How many published projects come through. An open project whose deadline was reached is none of them.
    pub(super) async fn total(&self, db: &mut Connection) -> Result<i64> {
        if self.is_kept() {
            return kept(db, self).await;
        }
        let mut tx = planned(db).await?;
        let total = counted(&mut tx, self).await?;
        tx.commit().await?;
        Ok(total)
    }
}

// In all of these, what is due is taken off in the same statement, so that a project that ends meanwhile is in both terms or in
// neither. The due ones are few and found by their index. Of a bound that it can't know the planner takes a third of all rows to be
// beyond it, but of one between two bounds few: hence the other bound. `offset 0` keeps other conditions from leading elsewhere.

/// By the sums of the category and the currency, if any.
async fn kept(db: &mut Connection, sieve: &Sieve) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select (select coalesce(sum(t.n), 0)::bigint from project_tally t
                   where t.state = $1 and ($2::text is null or t.category = $2) and ($3::text is null or t.currency = $3))
                - (select count(*) from (select category, currency from project
                                         where state = 'open' and deadline > '-infinity' and deadline <= (select clock_timestamp()) offset 0) p
                   where $1 = 'open' and ($2::text is null or p.category = $2) and ($3::text is null or p.currency = $3)) as "n!""#,
        sieve.state.name(),
        sieve.category.map(Category::slug),
        sieve.currency.map(Currency::code)
    )
    .fetch_one(db)
    .await?)
}

/// One by one, as far as possible in an index alone: it has no need to look at each deadline. Only where a range of deadlines is asked
/// for, what is due is no part of the range, and is not taken off again.
async fn counted(db: &mut Connection, sieve: &Sieve) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select (select count(*) from project p
                   where p.state = $1 and $1 <> 'draft'
                     and ($2::text is null or p.category = $2)
                     and ($3::text is null or p.currency = $3)
                     and ($4::bigint is null or p.budget_minor >= $4)
                     and ($5::bigint is null or p.budget_minor <= $5)
                     and ($6::timestamptz is null or p.deadline < $6)
                     and ($6::timestamptz is null or $1 <> 'open' or p.deadline > (select clock_timestamp())))
                - (select count(*) from (select category, currency, budget_minor, deadline from project
                                         where state = 'open' and deadline > '-infinity' and deadline <= (select clock_timestamp()) offset 0) p
                   where $1 = 'open' and $6::timestamptz is null
                     and ($2::text is null or p.category = $2)
                     and ($3::text is null or p.currency = $3)
                     and ($4::bigint is null or p.budget_minor >= $4)
                     and ($5::bigint is null or p.budget_minor <= $5)) as "n!""#,
        sieve.state.name(),
        sieve.category.map(Category::slug),
        sieve.currency.map(Currency::code),
        sieve.budget_from,
        sieve.budget_to,
        sieve.closing_before
    )
    .fetch_one(db)
    .await?)
}

/// How many open projects each category has; categories without one are there too.
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

/// How many rows a fold takes at most.
pub const FOLDED_AT_ONCE: u64 = 10_000;

/// Adds the changes up to sums, once there are twice as many rows as there can be sums; answers how many rows it took. Any number of
/// workers may do this at once: each takes what no other one holds, and whoever counts sees the rows before or the sums after.
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
