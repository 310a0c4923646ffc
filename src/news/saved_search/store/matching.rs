//! Which searches a new project fits, and what is told of it. The caller holds the lock of all writers of notices, so
//! whatever was found before a digest's time is visible to it.

use super::{filter, readable};
use crate::{
    Error, Result,
    account::AccountId,
    moment::Zone,
    project::ProjectId,
    saved_search::{
        FoundProject, SavedSearchId,
        matching::{Digest, FittingSearch, MAX_COUNTED, MAX_NAMED},
    },
    store::Connection,
};
use time::OffsetDateTime;

/// The last account of the next batch of about `most` searches: a batch has all searches of its accounts. `None` if no
/// account after this one has saved a search.
pub(crate) async fn last_of_batch(
    db: &mut Connection,
    after: AccountId,
    most: i64,
) -> Result<Option<AccountId>> {
    let last = sqlx::query_scalar!(
        "select max(account_id) from (
             select account_id from saved_search where account_id > $1
             order by account_id fetch first ($2::bigint) rows with ties) batch",
        after.0,
        most
    )
    .fetch_one(db)
    .await?;
    Ok(last.map(AccountId))
}

/// Stores that the project fits the searches of these accounts, by the conditions of the list of open projects. Returns
/// those whose owners are told at once and did not know.
pub(crate) async fn fitting(
    db: &mut Connection,
    project: ProjectId,
    after: AccountId,
    last: AccountId,
) -> Result<Vec<FittingSearch>> {
    let mut rows = sqlx::query!(
        r#"with found as (
               insert into saved_search_match (search_id, project_id, is_told)
               select s.id, d.project_id, s.frequency = 'at_once'
               from saved_search s join search_document d on d.project_id = $1 join project p on p.id = d.project_id
               where s.account_id > $2 and s.account_id <= $3 and s.account_id <> p.seller_id and p.published_at >= s.created_at
                 and (s.query is null or d.words @@ s.query)
                 and (s.category is null or d.category = s.category)
                 and (s.currency is null or d.currency = s.currency)
                 and (s.budget_from is null or d.budget_minor >= s.budget_from)
                 and (s.budget_to is null or d.budget_minor <= s.budget_to)
                 and (s.work_place is null or p.work_place = s.work_place)
               for key share of s
               on conflict do nothing returning search_id, is_told
           )
           update saved_search s set told_at = clock_timestamp() from found where s.id = found.search_id and found.is_told
           returning s.id, s.account_id, s.name"#,
        project.0,
        after.0,
        last.0
    )
    .fetch_all(db)
    .await?;
    rows.sort_by_key(|row| (row.account_id, row.id));
    let fitting = rows.into_iter().map(|row| FittingSearch {
        account: AccountId(row.account_id),
        name: row.name,
    });
    Ok(fitting.collect())
}

/// The searches whose digest is due, up to `most`, the oldest first.
pub(crate) async fn due(db: &mut Connection, most: i64) -> Result<Vec<Digest>> {
    let rows = sqlx::query!(
        r#"select s.id, s.account_id, s.name, s.words, s.category, s.currency, s.budget_from, s.budget_to, s.work_place,
                  s.frequency, s.zone, fits.count as "count!", fits.since as "since?", fits.ids as "ids!", fits.names as "names!"
           from (select * from saved_search where next_digest_at <= (select clock_timestamp())
                 order by next_digest_at, id limit $1 for no key update) s
           cross join lateral (
               select count(*) as count, min(p.published_at) as since,
                      coalesce((array_agg(p.id order by p.published_at desc, p.id desc))[1:$3], '{}') as ids,
                      coalesce((array_agg(p.name order by p.published_at desc, p.id desc))[1:$3], '{}') as names
               from (select p.id, p.name, p.published_at
                     from saved_search_match m join project p on p.id = m.project_id
                     where m.search_id = s.id and not m.is_told and m.found_at > s.digested_at
                       and p.state = 'open' and p.deadline > (select clock_timestamp())
                     order by m.found_at desc limit $2) p) fits
           order by s.account_id, s.id"#,
        most,
        MAX_COUNTED,
        i32::try_from(MAX_NAMED).unwrap_or(i32::MAX)
    )
    .fetch_all(db)
    .await?;
    let digests = rows.into_iter().filter_map(|row| {
        readable(row.id, || {
            let found = row.ids.into_iter().zip(row.names);
            Ok(Digest {
                search: SavedSearchId(row.id),
                account: AccountId(row.account_id),
                name: row.name,
                filter: filter(
                    row.words,
                    row.category,
                    row.currency,
                    (row.budget_from, row.budget_to),
                    row.work_place,
                )?,
                frequency: row.frequency.parse().map_err(Error::unexpected)?,
                // A zone may be renamed by a later version.
                zone: Zone::by_name(&row.zone).unwrap_or_default(),
                count: row.count,
                found: found
                    .map(|(id, name)| FoundProject {
                        id: ProjectId(id),
                        name,
                    })
                    .collect(),
                since: row.since,
            })
        })
    });
    Ok(digests.collect())
}

/// Stores that these digests have been told up to `now`, and when the next ones are due.
pub(crate) async fn record_digests(
    db: &mut Connection,
    digests: &[Digest],
    now: OffsetDateTime,
) -> Result<()> {
    let ids: Vec<i64> = digests.iter().map(|digest| digest.search.0).collect();
    let next: Vec<Option<OffsetDateTime>> = digests.iter().map(|digest| digest.next(now)).collect();
    let has_news: Vec<bool> = digests.iter().map(|digest| digest.count > 0).collect();
    sqlx::query!(
        "update saved_search s
         set digested_at = $4, next_digest_at = due.next, told_at = case when due.has_news then $4 else s.told_at end
         from unnest($1::bigint[], $2::timestamptz[], $3::boolean[]) as due (id, next, has_news)
         where s.id = due.id",
        &ids,
        &next as &[Option<OffsetDateTime>],
        &has_news,
        now
    )
    .execute(db)
    .await?;
    Ok(())
}
