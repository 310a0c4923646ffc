use crate::{
    Error, Result,
    account::AccountId,
    oauth::{AuthorizedProgram, ClientId},
    store::Connection,
    token::{KEPT_DAYS, Scopes, SecretHash},
};
use time::{Duration, OffsetDateTime};

/// A grant whose row lock is held.
pub(in crate::programs::oauth) struct Grant {
    pub id: i64,
    pub account: AccountId,
    pub client: ClientId,
    pub scopes: Scopes,
    pub is_fetched: bool,
    pub is_revoked: bool,
}

pub(in crate::programs::oauth) async fn insert(
    db: &mut Connection,
    account: AccountId,
    client: ClientId,
    scopes: Scopes,
    life: Duration,
    consented_at: Option<OffsetDateTime>,
) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        "insert into oauth_grant (account_id, client_id, scopes, expires_at, consented_at)
         values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4), coalesce($5, clock_timestamp())) returning id",
        account.0,
        client.0,
        &scopes.names(),
        life.as_seconds_f64(),
        consented_at
    )
    .fetch_one(db)
    .await?)
}

/// Locks the grant. Reads after this see what the previous lock holder committed.
pub(in crate::programs::oauth) async fn lock(
    db: &mut Connection,
    id: i64,
) -> Result<Option<Grant>> {
    let row = sqlx::query!(
        r#"select id, account_id, client_id, scopes, fetched_at is not null as "is_fetched!", revoked_at is not null as "is_revoked!"
           from oauth_grant where id = $1 for no key update"#,
        id
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| Grant {
        id: row.id,
        account: AccountId(row.account_id),
        client: ClientId(row.client_id),
        scopes: Scopes::from_stored(&row.scopes),
        is_fetched: row.is_fetched,
        is_revoked: row.is_revoked,
    }))
}

/// Adds a refresh token that is valid for `life`, but not beyond the consent's `whole_life`. The grant is kept until
/// then.
pub(in crate::programs::oauth) async fn add_refresh_token(
    db: &mut Connection,
    grant: i64,
    hash: &SecretHash,
    life: Duration,
    whole_life: Duration,
) -> Result<()> {
    let expires_at = sqlx::query_scalar!(
        "insert into oauth_refresh_token (hash, grant_id, expires_at)
         select $2, id, least(clock_timestamp() + make_interval(secs => $3), consented_at + make_interval(secs => $4))
           from oauth_grant where id = $1 returning expires_at",
        grant,
        hash.0,
        life.as_seconds_f64(),
        whole_life.as_seconds_f64()
    )
    .fetch_one(&mut *db)
    .await?;
    sqlx::query!(
        "update oauth_grant set expires_at = $2, fetched_at = coalesce(fetched_at, clock_timestamp()) where id = $1",
        grant,
        expires_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Fails unless exactly one row was used: the grant's lock should have prevented a second use.
pub(super) fn expect_one_use(rows: u64) -> Result<()> {
    if rows == 1 {
        Ok(())
    } else {
        Err(Error::unexpected(
            "a code or refresh token was used twice although its grant was locked",
        ))
    }
}

pub(in crate::programs::oauth) async fn end(db: &mut Connection, id: i64) -> Result<bool> {
    let ended = sqlx::query!(
        "update oauth_grant set revoked_at = clock_timestamp() where id = $1 and revoked_at is null",
        id
    )
    .execute(db)
    .await?;
    Ok(ended.rows_affected() == 1)
}

/// Ends up to a thousand of the account's grants to the program, the newest first, and returns their ids.
pub(in crate::programs::oauth) async fn end_all(
    db: &mut Connection,
    account: AccountId,
    client: ClientId,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "update oauth_grant set revoked_at = clock_timestamp() where id in (
             select id from oauth_grant where account_id = $1 and client_id = $2 and revoked_at is null
             order by id desc limit 1000 for no key update) returning id",
        account.0,
        client.0
    )
    .fetch_all(db)
    .await?)
}

/// Ends the account's live grants to the program, among those with tokens or those without, except the `except` newest;
/// returns their ids. A locked grant is in use and is skipped until next time, so that nobody waits for one grant while
/// holding another.
pub(in crate::programs::oauth) async fn end_oldest(
    db: &mut Connection,
    account: AccountId,
    client: ClientId,
    is_fetched: bool,
    except: i64,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "update oauth_grant set revoked_at = clock_timestamp() where id in (
             select id from oauth_grant where revoked_at is null and id in (
                 select id from oauth_grant
                 where account_id = $1 and client_id = $2 and (fetched_at is not null) = $3
                   and revoked_at is null and expires_at > clock_timestamp()
                 order by id desc offset $4 limit 1000)
             for no key update skip locked) returning id",
        account.0,
        client.0,
        is_fetched,
        except
    )
    .fetch_all(db)
    .await?)
}

/// Ends all live grants of the account and returns their ids.
pub(in crate::programs::oauth) async fn end_all_of(
    db: &mut Connection,
    account: AccountId,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "update oauth_grant set revoked_at = clock_timestamp()
         where account_id = $1 and revoked_at is null and expires_at > clock_timestamp() returning id",
        account.0
    )
    .fetch_all(db)
    .await?)
}

/// When the account last consented to all these scopes, within `whole_life` and since the program last changed.
pub(in crate::programs::oauth) async fn consent(
    db: &mut Connection,
    account: AccountId,
    client: ClientId,
    scopes: Scopes,
    whole_life: Duration,
) -> Result<Option<OffsetDateTime>> {
    Ok(sqlx::query_scalar!(
        "select max(g.consented_at) from oauth_grant g join oauth_client c on c.id = g.client_id
         where g.account_id = $1 and g.client_id = $2 and g.scopes @> $3
           and g.revoked_at is null and g.expires_at > clock_timestamp()
           and g.consented_at > c.changed_at and g.consented_at > clock_timestamp() - make_interval(secs => $4)",
        account.0,
        client.0,
        &scopes.names(),
        whole_life.as_seconds_f64()
    )
    .fetch_one(db)
    .await?)
}

pub(in crate::programs::oauth) async fn allowed(
    db: &mut Connection,
    account: AccountId,
) -> Result<Vec<AuthorizedProgram>> {
    let rows = sqlx::query!(
        r#"select c.id, c.name, o.name as owner_name, array_agg(distinct s.name) as "scopes!", min(g.consented_at) as "since!"
           from oauth_grant g
           join oauth_client c on c.id = g.client_id
           join account o on o.id = c.account_id
           cross join unnest(g.scopes) as s (name)
           where g.account_id = $1 and g.revoked_at is null and g.expires_at > clock_timestamp() and c.deleted_at is null
           group by c.id, c.name, o.name order by min(g.consented_at) desc, c.id desc limit 100"#,
        account.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| AuthorizedProgram {
            client: ClientId(row.id),
            name: row.name,
            owner_name: row.owner_name,
            scopes: Scopes::from_stored(&row.scopes),
            since: row.since,
        })
        .collect())
}

/// Deletes grants a day after they ended, with everything that references them; until then reuse of a code is detected.
pub(in crate::programs::oauth) async fn delete_ended(db: &mut Connection) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from oauth_grant where id = any (array(
             (select id from oauth_grant where expires_at < (select clock_timestamp()) - make_interval(days => $1) order by expires_at limit 1000)
             union
             (select id from oauth_grant where revoked_at < (select clock_timestamp()) - make_interval(days => $1) order by revoked_at limit 1000)))",
        KEPT_DAYS
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
