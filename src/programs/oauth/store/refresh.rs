use super::ActiveRow;
use crate::{
    Result,
    oauth::{ActiveToken, ClientId},
    store::Connection,
    token::SecretHash,
};

pub(in crate::programs::oauth) struct RefreshToken {
    pub is_used: bool,
    pub is_expired: bool,
}

pub(in crate::programs::oauth) async fn grant_of(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<Option<i64>> {
    Ok(sqlx::query_scalar!(
        "select grant_id from oauth_refresh_token where hash = $1",
        hash.0
    )
    .fetch_optional(db)
    .await?)
}

pub(in crate::programs::oauth) async fn find(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<Option<RefreshToken>> {
    Ok(sqlx::query_as!(
        RefreshToken,
        r#"select used_at is not null as "is_used!", expires_at <= clock_timestamp() as "is_expired!"
           from oauth_refresh_token where hash = $1"#,
        hash.0
    )
    .fetch_optional(db)
    .await?)
}

pub(in crate::programs::oauth) async fn use_up(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<()> {
    let used = sqlx::query!(
        "update oauth_refresh_token set used_at = clock_timestamp() where hash = $1 and used_at is null",
        hash.0
    )
    .execute(db)
    .await?;
    super::grant::expect_one_use(used.rows_affected())
}

pub(in crate::programs::oauth) async fn active(
    db: &mut Connection,
    client: ClientId,
    hash: &SecretHash,
) -> Result<Option<ActiveToken>> {
    let row = sqlx::query_as!(
        ActiveRow,
        "select g.scopes, g.account_id, t.created_at, t.expires_at
         from oauth_refresh_token t join oauth_grant g on g.id = t.grant_id
         where t.hash = $1 and g.client_id = $2 and t.used_at is null and t.expires_at > clock_timestamp() and g.revoked_at is null",
        hash.0,
        client.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.active(false)))
}

pub(in crate::programs::oauth) async fn delete_expired(db: &mut Connection) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from oauth_refresh_token where hash = any (array(
             select hash from oauth_refresh_token where expires_at < (select clock_timestamp()) order by expires_at limit 1000))"
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
