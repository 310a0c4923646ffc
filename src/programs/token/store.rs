//! SQL for access tokens.

use super::{
    Caller, KEPT_DAYS, KnownToken, PersonalToken, REMEMBERED, RevokedIds, Scopes, SecretHash,
    TokenId,
};
use crate::{
    Error, Result,
    account::{AccountId, Viewer},
    store::Connection,
};
use time::Duration;

/// A newly issued token to be stored.
pub(crate) struct IssuedToken<'a> {
    pub hash: &'a SecretHash,
    pub account: AccountId,
    /// The ids of the program and grant that issued it.
    pub client: Option<i64>,
    pub grant: Option<i64>,
    /// A personal token's name and last four characters.
    pub name: Option<&'a str>,
    pub hint: Option<&'a str>,
    pub scopes: Scopes,
    pub life: Duration,
}

pub(crate) async fn insert(db: &mut Connection, token: &IssuedToken<'_>) -> Result<TokenId> {
    let id = sqlx::query_scalar!(
        "insert into access_token (hash, account_id, client_id, grant_id, name, hint, scopes, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, clock_timestamp() + make_interval(secs => $8)) returning id",
        token.hash.0,
        token.account.0,
        token.client,
        token.grant,
        token.name,
        token.hint,
        &token.scopes.names(),
        token.life.as_seconds_f64()
    )
    .fetch_one(db)
    .await?;
    Ok(TokenId(id))
}

/// The valid token with this hash, and whether its last use should be recorded, which happens at most once a minute.
pub(super) async fn load_valid(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<Option<(KnownToken, bool)>> {
    let row = sqlx::query!(
        r#"select t.id, t.account_id, t.client_id, t.grant_id, t.scopes, a.role, a.name, a.email_confirmed_at is not null as "has_confirmed_email!",
                  extract(epoch from t.expires_at - clock_timestamp())::float8 as "expires_in!",
                  (t.last_used_at is null or t.last_used_at < clock_timestamp() - interval '1 minute') as "note!"
           from access_token t
           join account a on a.id = t.account_id
           left join oauth_grant g on g.id = t.grant_id
           left join oauth_client c on c.id = t.client_id
           where t.hash = $1 and t.revoked_at is null and t.expires_at > clock_timestamp()
             and g.revoked_at is null and c.deleted_at is null
             and not exists (select from erasure e where e.account_id = t.account_id and e.erased_at is not null)"#,
        hash.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let viewer = Viewer {
            account: AccountId(row.account_id),
            role: row.role.parse().map_err(Error::unexpected)?,
            name: row.name,
            has_confirmed_email: row.has_confirmed_email,
        };
        let caller = Caller {
            viewer,
            scopes: Scopes::from_stored(&row.scopes),
            token: TokenId(row.id),
        };
        let token = KnownToken {
            caller,
            program: row.client_id,
            grant: row.grant_id,
            expires_in: std::time::Duration::try_from_secs_f64(row.expires_in).unwrap_or_default(),
        };
        Ok((token, row.note))
    })
    .transpose()
}

/// Maximum number of revoked ids that are listed.
const MAX_REVOKED: i64 = 10_000;

pub(super) async fn revoked(db: &mut Connection) -> Result<Option<RevokedIds>> {
    let rows = sqlx::query!(
        r#"(select 'token' as "kind!", id as "id!" from access_token
            where revoked_at > clock_timestamp() - make_interval(secs => $1) limit $2)
           union all
           (select 'grant', id from oauth_grant where revoked_at > clock_timestamp() - make_interval(secs => $1) limit $2)
           union all
           (select 'program', id from oauth_client where deleted_at > clock_timestamp() - make_interval(secs => $1) limit $2)"#,
        REMEMBERED.as_secs_f64(),
        MAX_REVOKED
    )
    .fetch_all(db)
    .await?;
    if i64::try_from(rows.len()).is_ok_and(|rows| rows >= MAX_REVOKED) {
        return Ok(None);
    }
    let mut revoked = RevokedIds::default();
    for row in rows {
        match row.kind.as_str() {
            "token" => revoked.tokens.insert(row.id),
            "grant" => revoked.grants.insert(row.id),
            _ => revoked.programs.insert(row.id),
        };
    }
    Ok(Some(revoked))
}

pub(super) async fn note_use(db: &mut Connection, token: TokenId) -> Result<()> {
    sqlx::query!(
        "update access_token set last_used_at = clock_timestamp() where id = $1",
        token.0
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn count_personal(db: &mut Connection, account: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from access_token
           where account_id = $1 and client_id is null and revoked_at is null and expires_at > clock_timestamp()"#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn personal(
    db: &mut Connection,
    account: AccountId,
) -> Result<Vec<PersonalToken>> {
    let rows = sqlx::query!(
        r#"select id, name as "name!", hint as "hint!", scopes, created_at, expires_at, last_used_at from access_token
           where account_id = $1 and client_id is null and revoked_at is null and expires_at > clock_timestamp()
           order by id desc limit 100"#,
        account.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| PersonalToken {
            id: TokenId(row.id),
            name: row.name,
            hint: row.hint,
            scopes: Scopes::from_stored(&row.scopes),
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
        })
        .collect())
}

pub(super) async fn revoke_personal(
    db: &mut Connection,
    account: AccountId,
    token: TokenId,
) -> Result<bool> {
    let revoked = sqlx::query!(
        "update access_token set revoked_at = clock_timestamp()
         where id = $1 and account_id = $2 and client_id is null and revoked_at is null",
        token.0,
        account.0
    )
    .execute(db)
    .await?;
    Ok(revoked.rows_affected() == 1)
}

pub(super) async fn is_personal_of(
    db: &mut Connection,
    account: AccountId,
    token: TokenId,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from access_token where id = $1 and account_id = $2 and client_id is null) as "is!""#,
        token.0,
        account.0
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn revoke_all_personal(
    db: &mut Connection,
    account: AccountId,
) -> Result<Vec<i64>> {
    Ok(sqlx::query_scalar!(
        "update access_token set revoked_at = clock_timestamp()
         where account_id = $1 and client_id is null and revoked_at is null and expires_at > clock_timestamp() returning id",
        account.0
    )
    .fetch_all(db)
    .await?)
}

pub(super) async fn delete_expired(db: &mut Connection) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from access_token where id = any (array(
             (select id from access_token where expires_at < (select clock_timestamp()) - make_interval(days => $1) order by expires_at limit 1000)
             union
             (select id from access_token where revoked_at < (select clock_timestamp()) - make_interval(days => $1) order by revoked_at limit 1000)))",
        KEPT_DAYS
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
