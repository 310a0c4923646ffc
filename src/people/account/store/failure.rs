//! Every SQL statement about failed sign-ins.

use crate::{Result, store::Connection};
use std::time::Duration;

/// The subject's failure count and the time since its last failure.
pub(in crate::people::account) async fn failures(
    db: &mut Connection,
    subject: &[u8],
) -> Result<Option<(i32, Duration)>> {
    let row = sqlx::query!(
        r#"select failures, extract(epoch from clock_timestamp() - last_failed_at)::double precision as "seconds!"
           from sign_in_failure where subject = $1 for update"#,
        subject
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.failures, Duration::from_secs_f64(row.seconds.max(0.0)))))
}

/// Counts a failure, and returns how many there are.
pub(in crate::people::account) async fn count_failure(
    db: &mut Connection,
    subject: &[u8],
) -> Result<i32> {
    Ok(sqlx::query_scalar!(
        "insert into sign_in_failure (subject, failures, last_failed_at) values ($1, 1, clock_timestamp())
         on conflict (subject) do update
         set failures = least(sign_in_failure.failures + 1, 1000000), last_failed_at = excluded.last_failed_at
         returning failures",
        subject
    )
    .fetch_one(db)
    .await?)
}

pub(in crate::people::account) async fn forgive(db: &mut Connection, subject: &[u8]) -> Result<()> {
    sqlx::query!("delete from sign_in_failure where subject = $1", subject)
        .execute(db)
        .await?;
    Ok(())
}

pub(in crate::people::account) async fn take_back_failure(
    db: &mut Connection,
    subject: &[u8],
) -> Result<()> {
    sqlx::query!(
        "update sign_in_failure set failures = greatest(failures - 1, 1) where subject = $1",
        subject
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(in crate::people::account) async fn forget_failures(
    db: &mut Connection,
    older_than_secs: f64,
) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from sign_in_failure where subject = any (array(
             select subject from sign_in_failure where last_failed_at < (select clock_timestamp()) - make_interval(secs => $1) order by last_failed_at limit 1000))",
        older_than_secs
    )
        .execute(db)
        .await?;
    Ok(gone.rows_affected())
}
