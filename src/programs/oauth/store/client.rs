use crate::{
    Error, Result,
    account::AccountId,
    oauth::{Client, ClientId, NewClient, RedirectUri},
    store::Connection,
    token::{KEPT_DAYS, Scopes, SecretHash},
};
use time::OffsetDateTime;

struct Row {
    id: i64,
    client_id: String,
    account_id: i64,
    owner_name: String,
    owner_role: String,
    name: String,
    redirect_uris: Vec<String>,
    secret_hash: Option<Vec<u8>>,
    scopes: Vec<String>,
    device_flow: bool,
    created_at: OffsetDateTime,
    changed_at: OffsetDateTime,
}

impl TryFrom<Row> for Client {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let redirect_uris = row.redirect_uris.into_iter();
        Ok(Self {
            id: ClientId(row.id),
            public_id: row.client_id,
            owner: AccountId(row.account_id),
            owner_name: row.owner_name,
            owner_role: row.owner_role.parse().map_err(Error::unexpected)?,
            name: row.name,
            redirect_uris: redirect_uris.map(RedirectUri::stored).collect(),
            scopes: Scopes::from_stored(&row.scopes),
            device_flow: row.device_flow,
            created_at: row.created_at,
            changed_at: row.changed_at,
            secret_hash: row.secret_hash.map(SecretHash),
        })
    }
}

fn uris(new: &NewClient) -> Vec<String> {
    new.redirect_uris
        .iter()
        .map(|uri| uri.as_str().to_owned())
        .collect()
}

pub(in crate::programs::oauth) async fn count(
    db: &mut Connection,
    account: AccountId,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from oauth_client where account_id = $1 and deleted_at is null"#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

pub(in crate::programs::oauth) async fn insert(
    db: &mut Connection,
    account: AccountId,
    public_id: &str,
    secret: Option<&SecretHash>,
    new: &NewClient,
) -> Result<ClientId> {
    let id = sqlx::query_scalar!(
        "insert into oauth_client (client_id, account_id, name, redirect_uris, secret_hash, scopes, device_flow)
         values ($1, $2, $3, $4, $5, $6, $7) returning id",
        public_id,
        account.0,
        new.name,
        &uris(new),
        secret.map(|hash| hash.0.as_slice()),
        &new.scopes.names(),
        new.device_flow
    )
    .fetch_one(db)
    .await?;
    Ok(ClientId(id))
}

pub(in crate::programs::oauth) async fn update(
    db: &mut Connection,
    account: AccountId,
    id: ClientId,
    new: &NewClient,
) -> Result<bool> {
    let updated = sqlx::query!(
        "update oauth_client set name = $3, redirect_uris = $4, scopes = $5, device_flow = $6,
             changed_at = case when (name, redirect_uris) is distinct from ($3, $4) then clock_timestamp() else changed_at end
         where id = $1 and account_id = $2 and deleted_at is null",
        id.0,
        account.0,
        new.name,
        &uris(new),
        &new.scopes.names(),
        new.device_flow
    )
    .execute(db)
    .await?;
    Ok(updated.rows_affected() == 1)
}

pub(in crate::programs::oauth) async fn set_secret(
    db: &mut Connection,
    account: AccountId,
    id: ClientId,
    secret: &SecretHash,
) -> Result<bool> {
    let updated = sqlx::query!(
        "update oauth_client set secret_hash = $3, changed_at = clock_timestamp()
         where id = $1 and account_id = $2 and deleted_at is null and secret_hash is not null",
        id.0,
        account.0,
        secret.0
    )
    .execute(db)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Reads the program's secret and locks it until the transaction ends.
pub(in crate::programs::oauth) async fn lock_secret(
    db: &mut Connection,
    id: ClientId,
) -> Result<Option<SecretHash>> {
    let hash = sqlx::query_scalar!(
        "select secret_hash from oauth_client where id = $1 and deleted_at is null for share",
        id.0
    )
    .fetch_optional(db)
    .await?;
    Ok(hash.flatten().map(SecretHash))
}

/// Revokes the tokens that the program obtained for its own owner, which belong to no grant.
pub(in crate::programs::oauth) async fn revoke_owners_tokens(
    db: &mut Connection,
    id: ClientId,
) -> Result<()> {
    sqlx::query!(
        "update access_token set revoked_at = clock_timestamp()
         where client_id = $1 and grant_id is null and revoked_at is null",
        id.0
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(in crate::programs::oauth) async fn delete(
    db: &mut Connection,
    account: AccountId,
    id: ClientId,
) -> Result<bool> {
    let deleted = sqlx::query!(
        "update oauth_client set deleted_at = clock_timestamp()
         where id = $1 and account_id = $2 and deleted_at is null",
        id.0,
        account.0
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

pub(in crate::programs::oauth) async fn of_account(
    db: &mut Connection,
    account: AccountId,
) -> Result<Vec<Client>> {
    let rows = sqlx::query_as!(
        Row,
        "select c.id, c.client_id, c.account_id, a.name as owner_name, a.role as owner_role, c.name, c.redirect_uris, c.secret_hash, c.scopes, c.device_flow, c.created_at, c.changed_at
         from oauth_client c join account a on a.id = c.account_id
         where c.account_id = $1 and c.deleted_at is null order by c.id desc limit 100",
        account.0
    )
    .fetch_all(db)
    .await?;
    rows.into_iter().map(Client::try_from).collect()
}

pub(in crate::programs::oauth) async fn one_of_account(
    db: &mut Connection,
    account: AccountId,
    id: ClientId,
) -> Result<Option<Client>> {
    let row = sqlx::query_as!(
        Row,
        "select c.id, c.client_id, c.account_id, a.name as owner_name, a.role as owner_role, c.name, c.redirect_uris, c.secret_hash, c.scopes, c.device_flow, c.created_at, c.changed_at
         from oauth_client c join account a on a.id = c.account_id
         where c.id = $1 and c.account_id = $2 and c.deleted_at is null",
        id.0,
        account.0
    )
    .fetch_optional(db)
    .await?;
    row.map(Client::try_from).transpose()
}

pub(in crate::programs::oauth) async fn by_public_id(
    db: &mut Connection,
    public_id: &str,
) -> Result<Option<Client>> {
    let row = sqlx::query_as!(
        Row,
        "select c.id, c.client_id, c.account_id, a.name as owner_name, a.role as owner_role, c.name, c.redirect_uris, c.secret_hash, c.scopes, c.device_flow, c.created_at, c.changed_at
         from oauth_client c join account a on a.id = c.account_id
         where c.client_id = $1 and c.deleted_at is null",
        public_id
    )
    .fetch_optional(db)
    .await?;
    row.map(Client::try_from).transpose()
}

pub(in crate::programs::oauth) async fn by_id(
    db: &mut Connection,
    id: ClientId,
) -> Result<Option<Client>> {
    let row = sqlx::query_as!(
        Row,
        "select c.id, c.client_id, c.account_id, a.name as owner_name, a.role as owner_role, c.name, c.redirect_uris, c.secret_hash, c.scopes, c.device_flow, c.created_at, c.changed_at
         from oauth_client c join account a on a.id = c.account_id
         where c.id = $1 and c.deleted_at is null",
        id.0
    )
    .fetch_optional(db)
    .await?;
    row.map(Client::try_from).transpose()
}

/// Deletes programs a day after their owner deleted them; until then their names can still be shown.
pub(in crate::programs::oauth) async fn purge_deleted(db: &mut Connection) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from oauth_client where id = any (array(
             select id from oauth_client where deleted_at < (select clock_timestamp()) - make_interval(days => $1) order by deleted_at limit 1000))",
        KEPT_DAYS
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
