//! How many projects there are, by sums that are kept instead of counted.

use super::{Category, State};
use crate::{Result, money::Currency, store::Connection};

/// How many published projects are in this state, of any category and currency or of one. An open project whose deadline was
/// reached is none of them.
pub(super) async fn total(
    db: &mut Connection,
    state: State,
    category: Option<Category>,
    currency: Option<Currency>,
) -> Result<i64> {
    // One statement, so that a project that ends meanwhile is in both terms or in neither.
    Ok(sqlx::query_scalar!(
        r#"select (select coalesce(sum(t.n), 0)::bigint from project_tally t
                   where t.state = $1 and ($2::text is null or t.category = $2) and ($3::text is null or t.currency = $3))
                - (select count(*) from project p
                   where $1 = 'open' and p.state = 'open' and p.deadline <= (select clock_timestamp())
                     and ($2::text is null or p.category = $2) and ($3::text is null or p.currency = $3)) as "n!""#,
        state.name(),
        category.map(Category::slug),
        currency.map(Currency::code)
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
               select category, -1 from project where state = 'open' and deadline <= (select clock_timestamp())
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
