use crate::{
    Result,
    oauth::{AuthorizationRequest, Challenge},
    store::Connection,
    token::{KEPT_DAYS, SecretHash},
};
use time::Duration;

pub(in crate::programs::oauth) struct Code {
    pub redirect_uri: String,
    pub challenge: Challenge,
    pub is_used: bool,
    pub is_expired: bool,
}

pub(in crate::programs::oauth) async fn insert(
    db: &mut Connection,
    hash: &SecretHash,
    grant: i64,
    authorization: &AuthorizationRequest,
    life: Duration,
) -> Result<()> {
    sqlx::query!(
        "insert into oauth_code (hash, grant_id, redirect_uri, code_challenge, expires_at)
         values ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))",
        hash.0,
        grant,
        authorization.redirect_uri,
        authorization.challenge.0,
        life.as_seconds_f64()
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(in crate::programs::oauth) async fn grant_of(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<Option<i64>> {
    Ok(
        sqlx::query_scalar!("select grant_id from oauth_code where hash = $1", hash.0)
            .fetch_optional(db)
            .await?,
    )
}

pub(in crate::programs::oauth) async fn find(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<Option<Code>> {
    let row = sqlx::query!(
        r#"select redirect_uri, code_challenge, used_at is not null as "is_used!", expires_at <= clock_timestamp() as "is_expired!"
           from oauth_code where hash = $1"#,
        hash.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Code {
        redirect_uri: row.redirect_uri,
        challenge: Challenge(row.code_challenge),
        is_used: row.is_used,
        is_expired: row.is_expired,
    }))
}

pub(in crate::programs::oauth) async fn use_up(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<()> {
    let used = sqlx::query!(
        "update oauth_code set used_at = clock_timestamp() where hash = $1 and used_at is null",
        hash.0
    )
    .execute(db)
    .await?;
    super::grant::expect_one_use(used.rows_affected())
}

/// Deletes codes a day after they expire, so that reuse is detected until then.
pub(in crate::programs::oauth) async fn delete_expired(db: &mut Connection) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from oauth_code where hash = any (array(
             select hash from oauth_code where expires_at < (select clock_timestamp()) - make_interval(days => $1) order by expires_at limit 1000))",
        KEPT_DAYS
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
