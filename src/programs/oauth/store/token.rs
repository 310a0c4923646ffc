use super::ActiveRow;
use crate::{
    Result,
    account::AccountId,
    oauth::{ActiveToken, ClientId},
    store::Connection,
    token::SecretHash,
};

pub(in crate::programs::oauth) async fn client_of(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<Option<ClientId>> {
    let client = sqlx::query_scalar!(
        r#"select client_id as "client_id!" from access_token where hash = $1 and client_id is not null"#,
        hash.0
    )
    .fetch_optional(db)
    .await?;
    Ok(client.map(ClientId))
}

/// Revokes one access token; returns its id and account unless it was revoked before.
pub(in crate::programs::oauth) async fn revoke(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<Option<(i64, AccountId)>> {
    let row = sqlx::query!(
        "update access_token set revoked_at = clock_timestamp() where hash = $1 and revoked_at is null returning id, account_id",
        hash.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (row.id, AccountId(row.account_id))))
}

pub(in crate::programs::oauth) async fn active(
    db: &mut Connection,
    client: ClientId,
    hash: &SecretHash,
) -> Result<Option<ActiveToken>> {
    let row = sqlx::query_as!(
        ActiveRow,
        "select t.scopes, t.account_id, t.created_at, t.expires_at
         from access_token t left join oauth_grant g on g.id = t.grant_id
         where t.hash = $1 and t.client_id = $2 and t.revoked_at is null and t.expires_at > clock_timestamp() and g.revoked_at is null",
        hash.0,
        client.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| row.active(true)))
}
