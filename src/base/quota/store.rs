//! Every SQL statement about quotas.

use super::{KEPT_DAYS, QuotaKind};
use crate::{Result, store::Connection};
use std::time::Duration;

/// A bucket's level at its last use, and the time since.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    pub subject: Vec<u8>,
    pub used: f64,
    pub since: Duration,
}

impl Bucket {
    fn new(subject: Vec<u8>, used: f64, secs: f64) -> Self {
        Self {
            subject,
            used,
            since: Duration::try_from_secs_f64(secs).unwrap_or_default(),
        }
    }
}

/// Reads the buckets of these subjects, if they were ever used, without a lock.
pub(super) async fn read(
    db: &mut Connection,
    kind: QuotaKind,
    subjects: &[Vec<u8>],
) -> Result<Vec<Bucket>> {
    let rows = sqlx::query!(
        r#"select subject, used, extract(epoch from clock_timestamp() - at)::double precision as "secs!"
           from quota where kind = $1 and subject = any ($2)"#,
        kind.name(),
        subjects
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Bucket::new(row.subject, row.used, row.secs))
        .collect())
}

/// Like [`read`], but creates missing buckets, and locks all of them in the order given, which is the same for every
/// caller.
pub(super) async fn lock(
    db: &mut Connection,
    kind: QuotaKind,
    subjects: &[Vec<u8>],
) -> Result<Vec<Bucket>> {
    let rows = sqlx::query!(
        r#"insert into quota as held (kind, subject, used, at)
           select $1, subject, 0, clock_timestamp() from unnest($2::bytea[]) with ordinality as given (subject, place) order by place
           on conflict (kind, subject) do update set used = held.used
           returning subject, used, extract(epoch from clock_timestamp() - at)::double precision as "secs!""#,
        kind.name(),
        subjects
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Bucket::new(row.subject, row.used, row.secs))
        .collect())
}

/// Stores the buckets' new levels, as of now.
pub(super) async fn fill(
    db: &mut Connection,
    kind: QuotaKind,
    subjects: &[Vec<u8>],
    used: &[f64],
) -> Result<()> {
    sqlx::query!(
        "update quota set used = given.used, at = clock_timestamp()
         from unnest($2::bytea[], $3::double precision[]) as given (subject, used)
         where quota.kind = $1 and quota.subject = given.subject",
        kind.name(),
        subjects,
        used
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Lowers the level of each bucket by one. Locks the buckets in the same order as [`lock`].
pub(super) async fn refund(
    db: &mut Connection,
    kind: QuotaKind,
    subjects: &[Vec<u8>],
) -> Result<()> {
    sqlx::query!(
        "with held as (
             select q.kind, q.subject from unnest($2::bytea[]) with ordinality as given (subject, place)
             join quota q on q.kind = $1 and q.subject = given.subject order by given.place for update of q)
         update quota set used = greatest(quota.used - 1, 0) from held where quota.kind = held.kind and quota.subject = held.subject",
        kind.name(),
        subjects
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes up to a thousand buckets last used over a day ago, which have emptied by now. Returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from quota where ctid = any (array(
             select ctid from quota where at < (select clock_timestamp()) - make_interval(days => $1) order by at limit 1000))
         and at < (select clock_timestamp()) - make_interval(days => $1)",
        KEPT_DAYS
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
