//! SQL for the archive.

use super::{BAND_BOUNDS, FinishedAuction, MAX_EVALUATED};
use crate::{
    Error, Result,
    money::{Currency, Money},
    project::{ProjectId, begin_list_read},
    store::Connection,
};
use time::OffsetDateTime;

/// The auctions with these ids, in this order. Looks up each auction and its seller by id: for a long list, a
/// join would read all accounts.
pub(super) async fn finished(db: &mut Connection, ids: &[i64]) -> Result<Vec<FinishedAuction>> {
    let rows = sqlx::query!(
        r#"select p.id, a.name as seller_name, p.name, p.category, p.currency, p.budget_minor as "budget_minor!",
                  p.lowest_minor, p.bid_count, p.deadline as "deadline!"
           from unnest($1::bigint[]) with ordinality as wanted (id, place)
           cross join lateral (select * from project where id = wanted.id and state in ('awarded', 'unawarded') offset 0) p
           cross join lateral (select name from account where id = p.seller_id offset 0) a
           order by wanted.place"#,
        ids
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            Ok(FinishedAuction {
                id: ProjectId(row.id),
                name: row.name,
                seller_name: row.seller_name,
                category: row.category.parse().map_err(Error::unexpected)?,
                budget: Money::from_minor(row.budget_minor, currency),
                price: row
                    .lowest_minor
                    .map(|minor| Money::from_minor(minor, currency)),
                bid_count: row.bid_count,
                deadline: row.deadline,
            })
        })
        .collect()
}

/// The figures of a category's auctions in one currency, or of those in one budget band.
pub(super) struct FigureRow {
    pub category: String,
    pub currency: String,
    /// `None` for the category as a whole; 0 for budgets below the first of [`BAND_BOUNDS`].
    pub band: Option<i32>,
    pub finished: i64,
    pub awarded: i64,
    /// Minimum, quartiles and maximum of the prices.
    pub prices: Vec<Option<i64>>,
    pub median_bids: i32,
    pub most_bids: i32,
    pub earliest: OffsetDateTime,
}

/// The figures of the auctions that ended last, in all categories and currencies. `percentile_disc` picks the
/// price of one of the auctions, so no amount is rounded. Each state has an index by deadline, and the two are merged.
pub(super) async fn figures(db: &mut Connection) -> Result<Vec<FigureRow>> {
    let mut tx = begin_list_read(db).await?;
    // Without this, when the query reads most rows of the table, the planner would sort the whole table.
    sqlx::raw_sql("set local enable_seqscan = off; set local enable_bitmapscan = off")
        .execute(&mut *tx)
        .await?;
    let figures = sqlx::query_as!(
        FigureRow,
        r#"with latest as (
               (select category, currency, budget_minor, lowest_minor, bid_count, deadline from project
                where state = 'awarded' order by deadline desc, id desc limit $1)
               union all
               (select category, currency, budget_minor, lowest_minor, bid_count, deadline from project
                where state = 'unawarded' order by deadline desc, id desc limit $1)
               order by deadline desc limit $1)
           select category as "category!", currency as "currency!", band as "band?", count(*) as "finished!", count(lowest_minor) as "awarded!",
                  coalesce(percentile_disc(array[0, 0.25, 0.5, 0.75, 1]) within group (order by lowest_minor), '{}') as "prices!: Vec<Option<i64>>",
                  percentile_disc(0.5) within group (order by bid_count) as "median_bids!", max(bid_count) as "most_bids!",
                  min(deadline) as "earliest!"
           from (select *, width_bucket(budget_minor, $2::bigint[]) as band from latest) auction
           group by grouping sets ((category, currency), (category, currency, band))
           order by category, currency, band nulls first"#,
        MAX_EVALUATED,
        &BAND_BOUNDS
    )
    .fetch_all(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(figures)
}
