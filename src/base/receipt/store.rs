//! SQL for receipts.
//!
//! Except for [`lock`], each statement serves all requests of a transaction.
//!
//! Receipts are stored in one fixed order, so that two transactions never deadlock.

use super::{ClaimResult, Conflict, Denial, KEPT_HOURS, Mark, Receipt};
use crate::{Error, Result, store::Connection};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

/// Locks the mark's key until the transaction ends; blocks while another transaction holds it.
pub(super) async fn lock(db: &mut Connection, mark: &Mark) -> Result<()> {
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($2, $1))",
        mark.account.0,
        mark.key_text()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Locks the keys of these marks until the transaction ends, without waiting; returns which locks were acquired.
pub(super) async fn try_lock_all(db: &mut Connection, marks: &[&Mark]) -> Result<Vec<bool>> {
    let accounts: Vec<i64> = marks.iter().map(|mark| mark.account.0).collect();
    let keys: Vec<String> = marks.iter().map(|mark| mark.key_text()).collect();
    Ok(sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended(key, account)) as "ours!"
           from unnest($1::bigint[], $2::text[]) with ordinality as r (account, key, place) order by place"#,
        &accounts,
        &keys
    )
    .fetch_all(db)
    .await?)
}

/// Looks up the receipts of these requests.
pub(super) async fn load<T: DeserializeOwned>(
    db: &mut Connection,
    marks: &[&Mark],
) -> Result<Vec<ClaimResult<T>>> {
    let accounts: Vec<i64> = marks.iter().map(|mark| mark.account.0).collect();
    let ids: Vec<Vec<u8>> = marks.iter().map(|mark| mark.id()).collect();
    let rows = sqlx::query!(
        r#"select place as "place!", k.content_hash, k.outcome, k.reference
           from unnest($1::bigint[], $2::bytea[]) with ordinality as r (account, mark, place)
           join receipt k on k.account_id = r.account and k.mark = r.mark
           where k.kept_at > clock_timestamp() - interval '24 hours'"#,
        &accounts,
        &ids
    )
    .fetch_all(db)
    .await?;
    let mut results: Vec<ClaimResult<T>> = marks.iter().map(|_| ClaimResult::First).collect();
    for row in rows {
        let place = usize::try_from(row.place - 1).map_err(Error::unexpected)?;
        if let (Some(standing), Some(mark)) = (results.get_mut(place), marks.get(place)) {
            *standing = if row.content_hash == mark.content_hash {
                read(row.outcome, row.reference)
            } else {
                ClaimResult::Conflict(Conflict::OtherRequest)
            };
        }
    }
    Ok(results)
}

fn read<T: DeserializeOwned>(
    outcome: serde_json::Value,
    reference: Option<Uuid>,
) -> ClaimResult<T> {
    match serde_json::from_value(outcome) {
        Ok(outcome) => ClaimResult::Repeated(Receipt { outcome, reference }),
        Err(error) => {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "cannot read a receipt; refusing its request"
            );
            ClaimResult::Conflict(Conflict::Unreadable)
        }
    }
}

/// Stores the receipts of these requests, no two of which share one. A receipt replaces one older than a day or a
/// refusal of the same request, and nothing else: successful results are final.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn keep_all<T: Serialize>(
    db: &mut Connection,
    receipts: &[(&Mark, Result<T, Denial>)],
) -> Result<()> {
    let mut rows = Vec::with_capacity(receipts.len());
    for (mark, outcome) in receipts {
        let outcome = serde_json::to_value(outcome).map_err(Error::unexpected)?;
        rows.push((mark, mark.id(), outcome));
    }
    // Every transaction stores them in this order, so that no two deadlock.
    rows.sort_by(|(a, a_id, _), (b, b_id, _)| (a.account.0, a_id).cmp(&(b.account.0, b_id)));
    let references: Vec<Option<Uuid>> = rows.iter().map(|(mark, ..)| mark.reference).collect();
    sqlx::query!(
        "insert into receipt (account_id, mark, content_hash, outcome, reference)
         select * from unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::jsonb[], $5::uuid[])
         on conflict (account_id, mark) do update set content_hash = excluded.content_hash, outcome = excluded.outcome,
         reference = excluded.reference, kept_at = clock_timestamp()
         where receipt.kept_at <= clock_timestamp() - interval '24 hours'
            or (receipt.content_hash = excluded.content_hash and receipt.outcome ? 'Err')",
        &rows.iter().map(|(mark, ..)| mark.account.0).collect::<Vec<_>>(),
        &rows.iter().map(|(_, id, _)| id.clone()).collect::<Vec<_>>(),
        &rows.iter().map(|(mark, ..)| mark.content_hash.clone()).collect::<Vec<_>>(),
        &rows.iter().map(|(.., outcome)| outcome.clone()).collect::<Vec<_>>(),
        &references as &[Option<Uuid>]
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn forget_old(db: &mut Connection) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from receipt where ctid = any (array(
             select ctid from receipt where kept_at < (select clock_timestamp()) - make_interval(hours => $1) order by kept_at limit 1000))",
        KEPT_HOURS
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}

/// Sets a savepoint before the work, for [`roll_back_effect`].
pub(super) async fn begin_effect(db: &mut Connection) -> Result<()> {
    sqlx::raw_sql("savepoint before_effect").execute(db).await?;
    Ok(())
}

/// Undoes everything since [`begin_effect`]; the claim remains.
pub(super) async fn roll_back_effect(db: &mut Connection) -> Result<()> {
    sqlx::raw_sql("rollback to savepoint before_effect")
        .execute(db)
        .await?;
    Ok(())
}
