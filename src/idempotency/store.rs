//! The statements about kept answers.

use super::{Answer, Mark};
use crate::{Error, Result, store::Connection};

/// Takes the key's lock until the transaction ends, unless another holds it; answers whether it is ours.
pub(super) async fn lock(db: &mut Connection, mark: &Mark) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended($2, $1)) as "ours!""#,
        mark.account.0,
        mark.key
    )
    .fetch_one(db)
    .await?)
}

/// What was kept under the key in the last 24 hours: the hash of its request, and the answer.
pub(super) async fn kept(db: &mut Connection, mark: &Mark) -> Result<Option<(Vec<u8>, Answer)>> {
    let kept = sqlx::query!(
        r#"select request_hash, status, headers, body from idempotency
           where account_id = $1 and key = $2 and answered_at > clock_timestamp() - interval '24 hours'"#,
        mark.account.0,
        mark.key
    )
    .fetch_optional(db)
    .await?;
    let Some(row) = kept else { return Ok(None) };
    let answer = Answer {
        status: u16::try_from(row.status).map_err(Error::unexpected)?,
        headers: serde_json::from_value(row.headers).map_err(Error::unexpected)?,
        body: row.body,
    };
    Ok(Some((row.request_hash, answer)))
}

pub(super) async fn keep(db: &mut Connection, mark: &Mark, answer: &Answer) -> Result<()> {
    let headers = serde_json::to_value(&answer.headers).map_err(Error::unexpected)?;
    sqlx::query!(
        "insert into idempotency (account_id, key, request_hash, status, headers, body) values ($1, $2, $3, $4, $5, $6)
         on conflict (account_id, key) do update set request_hash = excluded.request_hash, status = excluded.status,
         headers = excluded.headers, body = excluded.body, answered_at = clock_timestamp()",
        mark.account.0,
        mark.key,
        mark.request_hash,
        i16::try_from(answer.status).map_err(Error::unexpected)?,
        headers,
        answer.body
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn forget_old(db: &mut Connection) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from idempotency where ctid = any (array(
             select ctid from idempotency where answered_at < (select clock_timestamp()) - interval '24 hours' order by answered_at limit 1000))"
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected())
}

pub(super) async fn mark_point(db: &mut Connection) -> Result<()> {
    sqlx::raw_sql("savepoint before_effect").execute(db).await?;
    Ok(())
}

pub(super) async fn back_to_point(db: &mut Connection) -> Result<()> {
    sqlx::raw_sql("rollback to savepoint before_effect")
        .execute(db)
        .await?;
    Ok(())
}
