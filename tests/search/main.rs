//! What a search finds, how much it reads, and how its table is filled.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "../support/mod.rs"]
mod support;

mod bounds;
mod fill;
mod filters;
mod text;

use guildhall::project::{BrowseFilter, SearchWords, State};
use sqlx::PgPool;

pub fn filter_for(words: &str) -> BrowseFilter {
    BrowseFilter {
        words: Some(SearchWords::parse(words)),
        ..BrowseFilter::of(State::Open)
    }
}

/// Inserts open projects with this name and consecutive ids, as plain SQL or another version of the server would.
/// Budgets and deadlines are not ordered by id.
pub async fn insert(pool: &PgPool, seller: i64, how_many: i64, name: &str) {
    sqlx::query(
        "insert into project (seller_id, state, name, summary, description, category, skills, currency, budget_minor, deadline, published_at)
         select $1, 'open', $3, '', '', (array['trades', 'design'])[1 + n % 2], '{}', 'EUR', 1000 + n * 7919 % 1009,
                clock_timestamp() + make_interval(hours => 1 + (n * 7907 % 503)::int), clock_timestamp()
         from generate_series(1, $2) n",
    )
    .bind(seller)
    .bind(how_many)
    .bind(name)
    .execute(pool)
    .await
    .unwrap();
}
