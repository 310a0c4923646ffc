//! Finds matches through the index of words.
//!
//! Stored texts and queries go through the same SQL function, `search_text` (migration 9), so the two can't differ:
//!
//! - Compatibility forms become plain (NFKD), accents are removed, and letters become lower case. Letters such as ß, ø
//!   and ł become what people type on keyboards that lack them.
//! - Text in scripts without spaces, and Korean text, becomes pairs of neighboring characters, so that any part of it
//!   is a phrase of pairs. A single character is a word of its own.
//! - Everything else is stemmed as English.
//!
//! No extension is needed. PostgreSQL's locale affects only lower case, so a database of your own needs UTF-8 and a
//! locale other than `C`. A trigger fills `search_document`, so plain SQL and the previous version can write projects
//! too.

use super::{MAX_CHECKED, MAX_COUNTED, Search, SortKey, SortPosition, loose_query::loosen};
use crate::{
    Result,
    money::Currency,
    project::{Category, SearchWords, Start, State, WorkPlaceKind, tally::TallyFilter},
    store::Connection,
};

/// A search query as parsed by PostgreSQL.
#[derive(Default)]
pub(super) struct ParsedQuery {
    /// The text of a `tsquery`; empty if no word is left.
    pub query: String,
    /// See [`loosen`].
    pub loose: Option<String>,
    pub stop_words: Vec<String>,
}

/// Parses the words of a search. With `by_words`, also sets up the planner so that [`matches`] uses the index of words.
/// It would otherwise read documents one by one until it has enough.
pub(super) async fn prepare(
    db: &mut Connection,
    words: &SearchWords,
    by_words: bool,
) -> Result<ParsedQuery> {
    let others = if by_words { "off" } else { "on" };
    let row = sqlx::query!(
        r#"select search_query($1)::text as "query!",
                  set_config('enable_seqscan', $3, true) || set_config('enable_indexscan', $3, true) as others,
                  array(select t.word from unnest($2::text[]) with ordinality as t (word, n)
                        where numnode(search_query('"' || t.word || '"')) = 0 order by t.n) as "stop_words!""#,
        words.as_query(),
        words.words(),
        others
    )
    .fetch_one(db)
    .await?;
    Ok(ParsedQuery {
        loose: loosen(&row.query),
        query: row.query,
        stop_words: row.stop_words,
    })
}

/// Matches found through the index of words.
pub(super) struct Matches {
    /// The matches that pass the filters, in no particular order, at most [`MAX_COUNTED`].
    pub found: Vec<SortPosition>,
    /// False if there are more matches than were counted or read.
    pub are_all: bool,
}

/// Selects rows of `search_document` with their sort key.
macro_rules! matches_in {
    ($state:literal, $db:expr, $query:expr, $loose:expr, $most:expr, $tally_filter:expr, $key:expr) => {
        sqlx::query!(
            r#"select count(*) as "read!", count(*) filter (where m.matches) as "matched!",
                      coalesce(array_agg(m.project_id) filter (where m.matches and m.fits), '{}') as "ids!",
                      coalesce(array_agg(m.key) filter (where m.matches and m.fits), '{}') as "keys!",
                      set_config('enable_seqscan', 'on', true) || set_config('enable_indexscan', 'on', true) as on
               from (select d.project_id, d.words @@ $1::text::tsquery as matches,
                            d.deadline is not null and ($4 <> 'open' or d.deadline > (select clock_timestamp()))
                            and ($5::text is null or d.category = $5)
                            and ($6::text is null or d.currency = $6)
                            and ($7::bigint is null or d.budget_minor >= $7)
                            and ($8::bigint is null or d.budget_minor <= $8)
                            and ($9::timestamptz is null or d.deadline < $9)
                            and ($11::timestamptz is null or d.deadline >= $11)
                            and ($17::timestamptz is null or d.published_at >= $17)
                            and case when $12::bigint is null and $13::bigint is null and $14::int is null and $15::int is null and $16::text is null then true
                      else (select ($12::bigint is null or p.lowest_minor >= $12) and ($13::bigint is null or p.lowest_minor <= $13)
                               and ($14::int is null or p.bid_count >= $14) and ($15::int is null or p.bid_count <= $15)
                               and ($16::text is null or p.work_place = $16)
                            from project p where p.id = d.project_id) end as fits,
                            case $10 when 'id' then d.project_id
                                     when 'deadline' then (extract(epoch from d.deadline) * 1000000)::bigint
                                     when 'published' then (extract(epoch from d.published_at) * 1000000)::bigint
                                     when 'budget' then d.budget_minor
                                     when 'lowest_bid' then (select coalesce(lowest_minor, -1) from project where id = d.project_id)
                                     else (select bid_count from project where id = d.project_id) end as key
                     from (select project_id, words, deadline, published_at, budget_minor, category, currency from search_document
                           where "#
                + $state
                + " and words @@ $2::text::tsquery limit $3) d) m",
            $query,
            $loose,
            $most,
            $tally_filter.state.name(),
            $tally_filter.category.map(Category::slug),
            $tally_filter.currency.map(Currency::code),
            $tally_filter.budget_from,
            $tally_filter.budget_to,
            $tally_filter.closing_before,
            $key.name(),
            $tally_filter.closing_from,
            $tally_filter.bids.lowest_from,
            $tally_filter.bids.lowest_to,
            $tally_filter.bids.count_from,
            $tally_filter.bids.count_to,
            $tally_filter.work_place.map(WorkPlaceKind::name),
            $tally_filter.published_from
        )
        .fetch_one($db)
        .await
    };
}

/// Reads the first matches of the loose query and keeps those that match the query itself; reads at most
/// [`MAX_CHECKED`] if the two differ. Uses the planner settings of [`prepare`], and resets them afterwards.
pub(super) async fn matches(
    db: &mut Connection,
    query: &str,
    loose: &str,
    tally_filter: &TallyFilter,
    key: SortKey,
) -> Result<Matches> {
    let most = match loose == query {
        true => MAX_COUNTED + 1,
        false => MAX_CHECKED,
    };
    let (read, matched, ids, keys) = if tally_filter.state == State::Open {
        let row = matches_in!(
            "state = 'open' and $4 = 'open'",
            db,
            query,
            loose,
            most,
            tally_filter,
            key
        )?;
        (row.read, row.matched, row.ids, row.keys)
    } else {
        let row = matches_in!(
            "state <> 'open' and state = $4",
            db,
            query,
            loose,
            most,
            tally_filter,
            key
        )?;
        (row.read, row.matched, row.ids, row.keys)
    };
    let places = ids.into_iter().zip(keys);
    Ok(Matches {
        found: places
            .take(MAX_COUNTED as usize)
            .map(|(id, key)| SortPosition { key, id })
            .collect(),
        are_all: read < most && matched <= MAX_COUNTED,
    })
}

/// The statement of [`sorted`] over one source of projects.
macro_rules! sorted_from {
    ($search:expr, $sign:expr, $key:expr, $id:expr, $most:expr, $offset:expr, $from:literal) => {
        sqlx::query_as!(
            SortPosition,
            r#"select id as "id!", key as "key!" from (
               select p.id, case $9 when 'published' then (extract(epoch from p.published_at) * 1000000)::bigint
                          when 'lowest_bid' then coalesce(p.lowest_minor, -1)
                          else p.bid_count end as key "#
                + $from
                + r#" and p.state = $2
                 and ($2 <> 'open' or p.deadline > (select clock_timestamp()))
                 and ($3::text is null or p.category = $3)
                 and ($4::text is null or p.currency = $4)
                 and ($5::bigint is null or p.budget_minor >= $5)
                 and ($6::bigint is null or p.budget_minor <= $6)
                 and ($7::timestamptz is null or p.deadline < $7)
                 and ($14::timestamptz is null or p.deadline >= $14)
                 and ($15::bigint is null or p.lowest_minor >= $15)
                 and ($16::bigint is null or p.lowest_minor <= $16)
                 and ($17::int is null or p.bid_count >= $17)
                 and ($18::int is null or p.bid_count <= $18)
                 and ($19::text is null or p.work_place = $19)
                 and ($20::timestamptz is null or p.published_at >= $20)) found
           where $10::bigint is null or (key * $8, id * $8) > ($10, $11)
           order by key * $8, id * $8 limit $12 offset $13"#,
            $search.query,
            $search.tally_filter.state.name(),
            $search.tally_filter.category.map(Category::slug),
            $search.tally_filter.currency.map(Currency::code),
            $search.tally_filter.budget_from,
            $search.tally_filter.budget_to,
            $search.tally_filter.closing_before,
            $sign,
            $search.key.name(),
            $key,
            $id,
            $most,
            $offset,
            $search.tally_filter.closing_from,
            $search.tally_filter.bids.lowest_from,
            $search.tally_filter.bids.lowest_to,
            $search.tally_filter.bids.count_from,
            $search.tally_filter.bids.count_to,
            $search.tally_filter.work_place.map(WorkPlaceKind::name),
            $search.tally_filter.published_from
        )
        .fetch_all(&mut *$search.tx)
        .await
    };
}

/// All matches of common words or of no words, sorted, for orders without an index. The cost grows with the number of matches.
pub(super) async fn sorted(
    search: &mut Search<'_>,
    from: Start,
    most: i64,
) -> Result<Vec<SortPosition>> {
    // Negating the key turns a descending order into an ascending one.
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
        // Look them up by id, because nearly all projects of this state match.
        None => sorted_from!(
            search,
            sign,
            key,
            id,
            most,
            offset,
            "from project p cross join lateral (select from search_document where project_id = p.id and ($1 = '' or words @@ $1::text::tsquery) offset 0) s
             where true"
        ),
    };
    Ok(found?)
}
