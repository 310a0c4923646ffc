//! The SQL of saved searches: here of an account's own.

pub(super) mod matching;

use super::{SavedFilter, SavedSearch, SavedSearchId, SearchChoices};
use crate::{
    Error, Result,
    account::AccountId,
    field::ValueError,
    moment::Zone,
    money::Currency,
    project::{Category, SearchWords, WorkPlaceKind},
    store::Connection,
};
use std::str::FromStr;
use time::OffsetDateTime;

/// How long a match of a search is remembered, in days: long enough for a digest that is late because the worker was
/// down.
pub const MATCH_DAYS: i32 = 90;
/// How many rows one statement deletes.
const SWEPT_AT_ONCE: i64 = 1000;

/// A search to be stored.
pub(super) struct NewSearch<'a> {
    pub filter: &'a SavedFilter,
    pub words: &'a SearchWords,
    pub choices: &'a SearchChoices,
    pub zone: &'a Zone,
    pub next_digest_at: Option<OffsetDateTime>,
}

/// True if PostgreSQL has anything to look for.
pub(super) async fn has_term(db: &mut Connection, words: &SearchWords) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select numnode(search_query($1)) > 0 as "has_term!""#,
        words.as_query()
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn count(db: &mut Connection, account: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from saved_search where account_id = $1"#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn insert(
    db: &mut Connection,
    account: AccountId,
    new: &NewSearch<'_>,
) -> Result<SavedSearchId> {
    let NewSearch {
        filter, choices, ..
    } = new;
    let id = sqlx::query_scalar!(
        "insert into saved_search (account_id, name, words, query, category, currency, budget_from, budget_to, work_place,
                                   frequency, zone, next_digest_at)
         values ($1, $2, $3, case when $3 <> '' then search_query($4) end, $5, $6, $7, $8, $9, $10, $11, $12) returning id",
        account.0,
        choices.name,
        filter.words,
        new.words.as_query(),
        filter.category.map(Category::slug),
        filter.currency.map(Currency::code),
        filter.budget_from,
        filter.budget_to,
        filter.work_place.map(WorkPlaceKind::name),
        choices.frequency.name(),
        new.zone.name(),
        new.next_digest_at
    )
    .fetch_one(db)
    .await?;
    Ok(SavedSearchId(id))
}

/// The account's searches by name, or only this one.
pub(super) async fn of_account(
    db: &mut Connection,
    account: AccountId,
    search: Option<SavedSearchId>,
) -> Result<Vec<SavedSearch>> {
    let rows = sqlx::query!(
        "select id, name, words, category, currency, budget_from, budget_to, work_place, frequency, next_digest_at, told_at, created_at
         from saved_search where account_id = $1 and ($2::bigint is null or id = $2) order by lower(name), id",
        account.0,
        search.map(|search| search.0)
    )
    .fetch_all(db)
    .await?;
    let searches = rows.into_iter().filter_map(|row| {
        readable(row.id, || {
            Ok(SavedSearch {
                id: SavedSearchId(row.id),
                name: row.name,
                filter: filter(
                    row.words,
                    row.category,
                    row.currency,
                    (row.budget_from, row.budget_to),
                    row.work_place,
                )?,
                frequency: row.frequency.parse().map_err(Error::unexpected)?,
                created_at: row.created_at,
                told_at: row.told_at,
                next_digest_at: row.next_digest_at,
            })
        })
    });
    Ok(searches.collect())
}

/// A search, or what is told of it, unless a later version of this program saved it and this one cannot read it.
pub(super) fn readable<T>(search: i64, read: impl FnOnce() -> Result<T>) -> Option<T> {
    read()
        .inspect_err(|error| {
            tracing::warn!(
                error = error as &dyn std::error::Error,
                search,
                "leaving out a saved search that this version cannot read"
            );
        })
        .ok()
}

/// A search's filters from its columns.
pub(super) fn filter(
    words: String,
    category: Option<String>,
    currency: Option<String>,
    (budget_from, budget_to): (Option<i64>, Option<i64>),
    work_place: Option<String>,
) -> Result<SavedFilter> {
    Ok(SavedFilter {
        words,
        category: parsed(category)?,
        currency: parsed(currency)?,
        budget_from,
        budget_to,
        work_place: parsed(work_place)?,
    })
}

fn parsed<T: FromStr<Err = ValueError>>(text: Option<String>) -> Result<Option<T>> {
    text.map(|text| text.parse().map_err(Error::unexpected))
        .transpose()
}

/// Stores new choices; false if the account has no such search. If the new frequency has no digests, a last digest is made due
/// at once: a project may be compared with the search right now, and only the digest, under the lock of all writers, sees
/// every match.
pub(super) async fn update(
    db: &mut Connection,
    account: AccountId,
    search: SavedSearchId,
    choices: &SearchChoices,
    zone: &Zone,
    next_digest_at: Option<OffsetDateTime>,
) -> Result<bool> {
    let updated = sqlx::query!(
        "update saved_search s
         set name = $3, zone = case when frequency = $4 then zone else $5 end,
             next_digest_at = case
                 when frequency = $4 then next_digest_at
                 when $6::timestamptz is not null then $6
                 else clock_timestamp() end,
             frequency = $4
         where account_id = $1 and id = $2",
        account.0,
        search.0,
        choices.name,
        choices.frequency.name(),
        zone.name(),
        next_digest_at
    )
    .execute(db)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Deletes a search; false if the account has no such search.
pub(super) async fn delete(
    db: &mut Connection,
    account: AccountId,
    search: SavedSearchId,
) -> Result<bool> {
    let deleted = sqlx::query!(
        "delete from saved_search where account_id = $1 and id = $2",
        account.0,
        search.0
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Forgets which projects fitted long ago, up to 1,000 at once; returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let forgotten = sqlx::query!(
        "delete from saved_search_match where (search_id, project_id) in (
             select search_id, project_id from saved_search_match
             where found_at < (select clock_timestamp()) - make_interval(days => $1) limit $2)",
        MATCH_DAYS,
        SWEPT_AT_ONCE
    )
    .execute(db)
    .await?;
    Ok(forgotten.rows_affected())
}
