//! Every SQL statement about passkeys and their challenges.

use super::{
    MAX_PASSKEYS, Passkey, PasskeyId,
    relying_party::{Challenge, State},
};
use crate::{
    Result,
    account::{AccountId, Authenticated, Viewer},
    random,
    session::token_hash,
    store::Connection,
};
use sqlx::types::Json;
use uuid::Uuid;
use webauthn_rs::prelude::{CredentialID, Passkey as Credential};

/// The account's passkeys in the order in which they were added, at most [`MAX_PASSKEYS`].
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn list(db: &mut Connection, account: AccountId) -> Result<Vec<Passkey>> {
    let rows = sqlx::query!(
        "select id, name, created_at, last_used_at, refused_at from passkey where account_id = $1 order by id limit $2",
        account.0,
        MAX_PASSKEYS
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Passkey {
            id: PasskeyId(row.id),
            name: row.name,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            refused_at: row.refused_at,
        })
        .collect())
}

/// How many passkeys the account has.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn count(db: &mut Connection, account: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from passkey where account_id = $1"#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

/// How many of them sign in: those that are not refused.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn usable_count(db: &mut Connection, account: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "count!" from passkey where account_id = $1 and refused_at is null"#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

/// What authenticators know the account by; it gets a handle if it has none.
pub(super) async fn handle(db: &mut Connection, account: AccountId) -> Result<Uuid> {
    // Changes nothing if there is one, but returns it.
    Ok(sqlx::query_scalar!(
        "insert into passkey_user as u (account_id, handle) values ($1, $2)
         on conflict (account_id) do update set handle = u.handle returning handle",
        account.0,
        random::uuid()?
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn credential_ids(
    db: &mut Connection,
    account: AccountId,
) -> Result<Vec<CredentialID>> {
    Ok(sqlx::query_scalar!(
        "select credential_id from passkey where account_id = $1 order by id limit $2",
        account.0,
        MAX_PASSKEYS
    )
    .fetch_all(db)
    .await?)
}

/// Stores a passkey; `false` if any account has one with this credential.
pub(super) async fn insert(
    db: &mut Connection,
    account: AccountId,
    passkey: &Credential,
    name: &str,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into passkey (account_id, credential_id, credential, name) values ($1, $2, $3, $4)
         on conflict on constraint passkey_credential do nothing",
        account.0,
        passkey.cred_id(),
        Json(passkey) as _,
        name
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A passkey, and the account that it opens.
pub(super) struct Found {
    pub id: PasskeyId,
    pub passkey: Credential,
    /// True if it may have been copied, so that it signs nobody in.
    pub is_refused: bool,
    pub authenticated: Authenticated,
}

/// Locks the account and the passkey with this credential, if the account has this handle and has not been erased. The
/// version before passkeys also erases accounts, but leaves their passkeys behind.
pub(super) async fn lock(
    db: &mut Connection,
    credential_id: &[u8],
    handle: Uuid,
) -> Result<Option<Found>> {
    let row = sqlx::query!(
        r#"select p.id, p.credential as "credential!: Json<Credential>", p.refused_at is not null as "is_refused!", a.id as account, a.role, a.name,
                  a.email_confirmed_at is not null as "has_confirmed_email!", a.session_epoch
           from passkey p join passkey_user u on u.account_id = p.account_id join account a on a.id = p.account_id
           where p.credential_id = $1 and u.handle = $2
             and not exists (select from erasure e where e.account_id = a.id and e.erased_at is not null)
           for key share of a for no key update of p"#,
        credential_id,
        handle
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Found {
            id: PasskeyId(row.id),
            passkey: row.credential.0,
            is_refused: row.is_refused,
            authenticated: Authenticated {
                viewer: Viewer::stored(row.account, &row.role, row.name, row.has_confirmed_email)?,
                session_epoch: row.session_epoch,
            },
        })
    })
    .transpose()
}

pub(super) async fn record_use(
    db: &mut Connection,
    passkey: PasskeyId,
    credential: &Credential,
) -> Result<()> {
    sqlx::query!(
        "update passkey set credential = $2, last_used_at = clock_timestamp() where id = $1",
        passkey.0,
        Json(credential) as _
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Refuses the passkey from now on.
pub(super) async fn refuse(db: &mut Connection, passkey: PasskeyId) -> Result<()> {
    sqlx::query!(
        "update passkey set refused_at = clock_timestamp() where id = $1",
        passkey.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Renames a passkey of the account; `false` if it has no such passkey.
pub(super) async fn rename(
    db: &mut Connection,
    account: AccountId,
    passkey: PasskeyId,
    name: &str,
) -> Result<bool> {
    let renamed = sqlx::query!(
        "update passkey set name = $3 where id = $1 and account_id = $2",
        passkey.0,
        account.0,
        name
    )
    .execute(db)
    .await?;
    Ok(renamed.rows_affected() == 1)
}

/// Deletes a passkey of the account; `false` if it has no such passkey.
pub(super) async fn delete(
    db: &mut Connection,
    account: AccountId,
    passkey: PasskeyId,
) -> Result<bool> {
    let deleted = sqlx::query!(
        "delete from passkey where id = $1 and account_id = $2",
        passkey.0,
        account.0
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected() == 1)
}

/// Deletes the account's passkeys and returns how many there were.
pub(super) async fn delete_all(db: &mut Connection, account: AccountId) -> Result<u64> {
    let deleted = sqlx::query!("delete from passkey where account_id = $1", account.0)
        .execute(db)
        .await?;
    Ok(deleted.rows_affected())
}

/// Stores a challenge; `false` if the session has ended.
pub(super) async fn insert_challenge(
    db: &mut Connection,
    session: &[u8],
    account: Option<AccountId>,
    challenge: &Challenge,
    life_secs: f64,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into passkey_challenge (hash, session_hash, account_id, state, expires_at)
         select $1, s.token_hash, $3, $4, clock_timestamp() + make_interval(secs => $5)
         from session s where s.token_hash = $2 for key share",
        challenge.hash,
        token_hash(session),
        account.map(|account| account.0),
        Json(&challenge.state) as _,
        life_secs
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Deletes all but the session's newest challenges.
pub(super) async fn forget_oldest_challenges(
    db: &mut Connection,
    session: &[u8],
    except: i64,
) -> Result<()> {
    sqlx::query!(
        "delete from passkey_challenge where hash in (
             select hash from passkey_challenge where session_hash = $1 order by began_at desc, hash offset $2)",
        token_hash(session),
        except
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes a challenge of this session and account, and returns what it is verified against; `None` if there is none, or it
/// has expired.
pub(super) async fn take_challenge(
    db: &mut Connection,
    session: &[u8],
    account: Option<AccountId>,
    challenge_hash: &[u8],
) -> Result<Option<State>> {
    let state = sqlx::query_scalar!(
        r#"delete from passkey_challenge
           where hash = $1 and session_hash = $2 and account_id is not distinct from $3 and expires_at > clock_timestamp()
           returning state as "state!: Json<State>""#,
        challenge_hash,
        token_hash(session),
        account.map(|account| account.0)
    )
    .fetch_optional(db)
    .await?;
    Ok(state.map(|Json(state)| state))
}

pub(super) async fn delete_expired_challenges(db: &mut Connection) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from passkey_challenge where hash = any (array(
             select hash from passkey_challenge where expires_at <= (select clock_timestamp()) order by expires_at limit 1000))"
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected())
}
