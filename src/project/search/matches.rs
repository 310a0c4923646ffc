//! What matches by the index of words.

use super::{Key, Place, Search, loosened::loosened};
use crate::{
    Result,
    money::Currency,
    project::{Category, Start, State, Words, tally::Sieve},
    store::Connection,
};

/// A query as PostgreSQL reads it.
pub(super) struct Prepared {
    /// The text of a `tsquery`; empty when no word is left.
    pub query: String,
    /// See [`loosened`].
    pub loose: Option<String>,
    pub stop_words: Vec<String>,
}

pub(super) async fn prepare(db: &mut Connection, words: &Words) -> Result<Prepared> {
    let row = sqlx::query!(
        r#"select search_query($1)::text as "query!",
                  array(select t.word from unnest($2::text[]) with ordinality as t (word, n)
                        where numnode(search_query('"' || t.word || '"')) = 0 order by t.n) as "stop_words!""#,
        words.as_query(),
        words.words()
    )
    .fetch_one(db)
    .await?;
    Ok(Prepared {
        loose: loosened(&row.query),
        query: row.query,
        stop_words: row.stop_words,
    })
}

/// Matches of a query that the index answers by itself.
pub(super) async fn open_matches(db: &mut Connection, query: &str, most: i64) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select project_id from search_document where state = 'open' and words @@ $1::text::tsquery limit $2",
        query,
        most
    )
    .fetch_all(db)
    .await?)
}

/// Of the first `most` matches of the loose query, those of the query, and how many were read.
pub(super) async fn checked_matches(
    db: &mut Connection,
    query: &str,
    loose: &str,
    most: i64,
) -> Result<(Vec<i64>, i64)> {
    let row = sqlx::query!(
        r#"select coalesce(array_agg(project_id) filter (where words @@ $1::text::tsquery), '{}') as "ids!", count(*) as "checked!"
           from (select project_id, words from search_document where state = 'open' and words @@ $2::text::tsquery limit $3) loose"#,
        query,
        loose,
        most
    )
    .fetch_one(db)
    .await?;
    Ok((row.ids, row.checked))
}

pub(super) async fn ended_matches(
    db: &mut Connection,
    state: State,
    query: &str,
    most: i64,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "select project_id from search_document where state <> 'open' and state = $1 and words @@ $2::text::tsquery limit $3",
        state.name(),
        query,
        most
    )
    .fetch_all(db)
    .await?)
}

/// Which of these come through the sieve, with their keys. By their numbers one after the other, however many they are: hence
/// `offset 0`.
pub(super) async fn places(
    db: &mut Connection,
    ids: &[i64],
    sieve: &Sieve,
    key: Key,
) -> Result<Vec<Place>> {
    Ok(sqlx::query_as!(
        Place,
        r#"select p.id as "id!",
                  case $8 when 'id' then p.id
                          when 'deadline' then (extract(epoch from p.deadline) * 1000000)::bigint
                          when 'published' then (extract(epoch from p.published_at) * 1000000)::bigint
                          when 'budget' then p.budget_minor
                          when 'lowest_bid' then coalesce(p.lowest_minor, -1)
                          else p.bid_count end as "key!"
           from unnest($1::bigint[]) c (id)
           cross join lateral (select id, state, deadline, published_at, budget_minor, lowest_minor, bid_count, category, currency
                               from project where id = c.id offset 0) p
           where p.state = $2 and ($2 <> 'open' or p.deadline > (select clock_timestamp()))
             and ($3::text is null or p.category = $3)
             and ($4::text is null or p.currency = $4)
             and ($5::bigint is null or p.budget_minor >= $5)
             and ($6::bigint is null or p.budget_minor <= $6)
             and ($7::timestamptz is null or p.deadline < $7)"#,
        ids,
        sieve.state.name(),
        sieve.category.map(Category::slug),
        sieve.currency.map(Currency::code),
        sieve.budget_from,
        sieve.budget_to,
        sieve.closing_before,
        key.name()
    )
    .fetch_all(db)
    .await?)
}

/// `from` is where projects come from, and how they are found by words.
macro_rules! sorted_from {
    ($search:expr, $sign:expr, $key:expr, $id:expr, $most:expr, $offset:expr, $from:literal) => {
        sqlx::query_as!(
            Place,
            r#"select id as "id!", key as "key!" from (
               select p.id, case $9 when 'id' then p.id
                          when 'deadline' then (extract(epoch from p.deadline) * 1000000)::bigint
                          when 'published' then (extract(epoch from p.published_at) * 1000000)::bigint
                          when 'budget' then p.budget_minor
                          when 'lowest_bid' then coalesce(p.lowest_minor, -1)
                          else p.bid_count end as key "#
                + $from
                + r#" and p.state = $2
                 and ($2 <> 'open' or p.deadline > (select clock_timestamp()))
                 and ($3::text is null or p.category = $3)
                 and ($4::text is null or p.currency = $4)
                 and ($5::bigint is null or p.budget_minor >= $5)
                 and ($6::bigint is null or p.budget_minor <= $6)
                 and ($7::timestamptz is null or p.deadline < $7)) found
           where $10::bigint is null or (key * $8, id * $8) > ($10, $11)
           order by key * $8, id * $8 limit $12 offset $13"#,
            $search.query,
            $search.sieve.state.name(),
            $search.sieve.category.map(Category::slug),
            $search.sieve.currency.map(Currency::code),
            $search.sieve.budget_from,
            $search.sieve.budget_to,
            $search.sieve.closing_before,
            $sign,
            $search.key.name(),
            $key,
            $id,
            $most,
            $offset
        )
        .fetch_all(&mut *$search.tx)
        .await
    };
}

/// All matches of common words, sorted: what has no index by its order. It grows with what matches.
pub(super) async fn sorted(search: &mut Search<'_>, from: Start, most: i64) -> Result<Vec<Place>> {
    // Turned round, the descending order is ascending.
    let sign: i64 = if search.descending { -1 } else { 1 };
    let (key, id, offset) = match from {
        Start::Offset(offset) => (None, None, offset),
        Start::After { key, id } => (
            Some(key.saturating_mul(sign)),
            Some(id.0.saturating_mul(sign)),
            0,
        ),
    };
    let found = match search.loose {
        Some(_) => sorted_from!(
            search,
            sign,
            key,
            id,
            most,
            offset,
            "from search_document s join project p on p.id = s.project_id
             where (s.state = 'open') = ($2 = 'open') and s.state = $2 and s.words @@ $1::text::tsquery"
        ),
        // By their numbers, because nearly all of the state match.
        None => sorted_from!(
            search,
            sign,
            key,
            id,
            most,
            offset,
            "from project p cross join lateral (select from search_document where project_id = p.id and words @@ $1::text::tsquery offset 0) s
             where true"
        ),
    };
    Ok(found?)
}
