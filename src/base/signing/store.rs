use crate::{Result, store::Connection};

/// Stores `fresh` under this name unless there is a key, and returns the key that all processes share.
pub(super) async fn key(db: &mut Connection, name: &str, fresh: &[u8]) -> Result<Vec<u8>> {
    sqlx::query!(
        "insert into server_key (name, key) values ($1, $2) on conflict (name) do nothing",
        name,
        fresh
    )
    .execute(&mut *db)
    .await?;
    Ok(
        sqlx::query_scalar!("select key from server_key where name = $1", name)
            .fetch_one(db)
            .await?,
    )
}
