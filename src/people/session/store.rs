//! Every SQL statement about sessions.

use super::{DEVICE, Session, SessionAccount, SessionId, StoredSession};
use crate::{
    Result,
    account::AccountId,
    device::DeviceId,
    store::{Connection, Tx},
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use time::Duration;

/// The hash that a session is stored under.
pub(crate) fn token_hash(token: &[u8]) -> Vec<u8> {
    Sha256::digest(token).to_vec()
}

/// The account that a session belongs to.
#[derive(Debug, Clone, Copy)]
pub struct SessionOwner {
    pub account: AccountId,
    /// The account's epoch when its owner was authenticated.
    pub epoch: i64,
}

/// The data to store under a session token.
#[derive(Debug)]
pub struct SessionContents<'a> {
    pub account: Option<SessionOwner>,
    pub user_agent: &'a str,
    pub data: &'a Value,
    /// Counted from the database's current time.
    pub lasts: Duration,
}

impl SessionContents<'_> {
    fn short_user_agent(&self) -> String {
        self.user_agent.chars().take(200).collect()
    }
}

/// Starts a session under a new token; `false` if all sessions of the account have ended since its owner was
/// authenticated.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn begin(db: &mut Connection, token: &[u8], kept: &SessionContents<'_>) -> Result<bool> {
    let begun = match kept.account {
        // A transaction that ends the account's sessions updates the account's row first, and waits for this lock to do
        // so. So either it finds this session, or this statement finds the next epoch.
        Some(owner) => {
            sqlx::query!(
                "insert into session (token_hash, account_id, user_agent, data, expires_at)
                 select $1, id, $3, $4, clock_timestamp() + make_interval(secs => $5)
                 from account where id = $2 and session_epoch = $6 for share",
                token_hash(token),
                owner.account.0,
                kept.short_user_agent(),
                kept.data,
                kept.lasts.as_seconds_f64(),
                owner.epoch
            )
            .execute(db)
            .await?
        }
        None => {
            sqlx::query!(
                "insert into session (token_hash, user_agent, data, expires_at)
                 values ($1, $2, $3, clock_timestamp() + make_interval(secs => $4))",
                token_hash(token),
                kept.short_user_agent(),
                kept.data,
                kept.lasts.as_seconds_f64()
            )
            .execute(db)
            .await?
        }
    };
    Ok(begun.rows_affected() == 1)
}

/// True if a session of this owner may begin. In a transaction, the answer stays valid until the transaction ends.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn may_begin(db: &mut Connection, owner: SessionOwner) -> Result<bool> {
    let row = sqlx::query!(
        "select id from account where id = $1 and session_epoch = $2 for share",
        owner.account.0,
        owner.epoch
    )
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// Replaces the data stored under a token. A session that has ended in the meantime stays ended: a request in flight
/// must not revive it.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn save(db: &mut Connection, token: &[u8], kept: &SessionContents<'_>) -> Result<()> {
    sqlx::query!(
        "update session set account_id = $2, user_agent = $3, data = $4,
                expires_at = clock_timestamp() + make_interval(secs => $5)
         where token_hash = $1",
        token_hash(token),
        kept.account.map(|owner| owner.account.0),
        kept.short_user_agent(),
        kept.data,
        kept.lasts.as_seconds_f64()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The data stored under the token; `None` if the session has expired or its account has been erased, as when a sign-in
/// stored it during the erasure. Updates `seen_at` at most once a minute.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn load(db: &mut Connection, token: &[u8]) -> Result<Option<StoredSession>> {
    let row = sqlx::query!(
        r#"select s.id, s.data, s.expires_at, s.seen_at < clock_timestamp() - interval '1 minute' as "stale!", a.name as "name?",
                  a.email_confirmed_at is not null as "has_confirmed_email!"
           from session s left join account a on a.id = s.account_id
           where s.token_hash = $1 and s.expires_at > clock_timestamp()
             and not exists (select from erasure e where e.account_id = s.account_id and e.erased_at is not null)"#,
        token_hash(token)
    )
    .fetch_optional(&mut *db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    if row.stale {
        sqlx::query!(
            "update session set seen_at = clock_timestamp() where id = $1",
            row.id
        )
        .execute(db)
        .await?;
    }
    Ok(Some(StoredSession {
        data: row.data,
        account: row.name.map(|name| SessionAccount {
            name,
            has_confirmed_email: row.has_confirmed_email,
        }),
        expires_at: row.expires_at,
    }))
}

/// Deletes the session with this token.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn remove(db: &mut Connection, token: &[u8]) -> Result<()> {
    sqlx::query!(
        "delete from session where token_hash = $1",
        token_hash(token)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The account's sessions, most recently seen first, at most 100, and the id of the one with this token.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_account(
    db: &mut Connection,
    account: AccountId,
    token: &[u8],
) -> Result<(Vec<Session>, Option<SessionId>)> {
    let own = token_hash(token);
    let rows = sqlx::query!(
        "select id, user_agent, created_at, seen_at, token_hash from session
         where account_id = $1 and expires_at > clock_timestamp() order by seen_at desc, id desc limit 100",
        account.0
    )
    .fetch_all(db)
    .await?;
    let current = rows
        .iter()
        .find(|row| row.token_hash == own)
        .map(|row| SessionId(row.id));
    let sessions = rows
        .into_iter()
        .map(|row| Session {
            id: SessionId(row.id),
            user_agent: row.user_agent,
            created_at: row.created_at,
            seen_at: row.seen_at,
        })
        .collect();
    Ok((sessions, current))
}

/// The device of the session that was deleted, if its data names one; `None` if the account has no such session.
pub(super) async fn delete_of(
    db: &mut Connection,
    account: AccountId,
    session: SessionId,
) -> Result<Option<Option<DeviceId>>> {
    let device = sqlx::query_scalar!(
        "delete from session where id = $1 and account_id = $2 returning (data->>$3)::uuid",
        session.0,
        account.0,
        DEVICE
    )
    .fetch_optional(db)
    .await?;
    Ok(device.map(|device| device.map(DeviceId)))
}

/// The device that the session's data names, if any; `None` if the account has no such session. The session can't end
/// before the transaction does.
pub(crate) async fn device_of(
    tx: &mut Tx<'_>,
    account: AccountId,
    session: SessionId,
) -> Result<Option<Option<DeviceId>>> {
    let device = sqlx::query_scalar!(
        "select (data->>$3)::uuid from session where id = $1 and account_id = $2 for share",
        session.0,
        account.0,
        DEVICE
    )
    .fetch_optional(&mut **tx)
    .await?;
    Ok(device.map(|device| device.map(DeviceId)))
}

/// Ends the account's sessions except the one to keep, and with them every sign-in in progress.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_others(
    db: &mut Connection,
    account: AccountId,
    kept: Option<SessionId>,
) -> Result<u64> {
    sqlx::query!(
        "update account set session_epoch = session_epoch + 1 where id = $1",
        account.0
    )
    .execute(&mut *db)
    .await?;
    let deleted = sqlx::query!(
        "delete from session where account_id = $1 and id is distinct from $2",
        account.0,
        kept.map(|s| s.0)
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}

/// Deletes up to a thousand expired sessions and returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_expired(db: &mut Connection) -> Result<u64> {
    Ok(
        sqlx::query!("delete from session where id = any (array(select id from session where expires_at <= (select clock_timestamp()) order by expires_at limit 1000))")
            .execute(db)
            .await?
            .rows_affected(),
    )
}

/// True if the account has this session.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn exists(
    db: &mut Connection,
    account: AccountId,
    session: SessionId,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from session where id = $1 and account_id = $2) as "exists!""#,
        session.0,
        account.0
    )
    .fetch_one(db)
    .await?)
}
