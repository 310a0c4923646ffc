//! Every SQL statement about identities and sign-in flows.

use super::{Flow, FlowPurpose, Identity, IdentityId, VouchedPerson};
use crate::{
    Error, Result,
    account::{AccountId, Authenticated, Viewer},
    session::token_hash,
    store::Connection,
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

fn hash(secret: &[u8]) -> Vec<u8> {
    Sha256::digest(secret).to_vec()
}

/// Finds the account that the identity signs in to, and records its use.
pub(super) async fn use_by(
    db: &mut Connection,
    vouched: &VouchedPerson,
) -> Result<Option<Authenticated>> {
    let row = sqlx::query!(
        r#"update identity i set last_used_at = clock_timestamp() from account a
         where i.issuer = $1 and i.subject = $2 and a.id = i.account_id
         returning a.id, a.role, a.name, a.email_confirmed_at is not null as "has_confirmed_email!", a.session_epoch"#,
        vouched.issuer,
        vouched.subject
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        Ok(Authenticated {
            viewer: Viewer::stored(row.id, &row.role, row.name, row.has_confirmed_email)?,
            session_epoch: row.session_epoch,
        })
    })
    .transpose()
}

pub(super) async fn exists(db: &mut Connection, issuer: &str, subject: &str) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from identity where issuer = $1 and subject = $2) as "is!""#,
        issuer,
        subject
    )
    .fetch_one(db)
    .await?)
}

pub(super) async fn owner(
    db: &mut Connection,
    vouched: &VouchedPerson,
) -> Result<Option<AccountId>> {
    let owner = sqlx::query_scalar!(
        "select account_id from identity where issuer = $1 and subject = $2",
        vouched.issuer,
        vouched.subject
    )
    .fetch_optional(db)
    .await?;
    Ok(owner.map(AccountId))
}

/// Links the identity; `false` if it is already linked to any account. Concurrent inserts of the same identity wait
/// here.
pub(super) async fn insert(
    db: &mut Connection,
    account: AccountId,
    vouched: &VouchedPerson,
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into identity (account_id, issuer, subject, label) values ($1, $2, $3, $4)
         on conflict on constraint identity_unique do nothing",
        account.0,
        vouched.issuer,
        vouched.subject,
        vouched.label()
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn of_account(db: &mut Connection, account: AccountId) -> Result<Vec<Identity>> {
    let rows = sqlx::query!(
        "select id, issuer, label, created_at, last_used_at from identity where account_id = $1 order by id limit 10",
        account.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Identity {
            id: IdentityId(row.id),
            issuer: row.issuer,
            label: row.label,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
        })
        .collect())
}

pub(super) async fn count(db: &mut Connection, account: AccountId) -> Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from identity where account_id = $1"#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

/// Returns whether the account has a password, and locks its row so that sign-in methods change one at a time.
pub(super) async fn lock_has_password(db: &mut Connection, account: AccountId) -> Result<bool> {
    sqlx::query_scalar!(
        r#"select password_hash is not null as "has!" from account where id = $1 for no key update"#,
        account.0
    )
    .fetch_optional(db)
    .await?
    .ok_or(Error::SignInRequired)
}

/// Unlinks one of the account's identities and returns its issuer.
pub(super) async fn delete(
    db: &mut Connection,
    account: AccountId,
    identity: IdentityId,
) -> Result<Option<String>> {
    Ok(sqlx::query_scalar!(
        "delete from identity where id = $1 and account_id = $2 returning issuer",
        identity.0,
        account.0
    )
    .fetch_optional(db)
    .await?)
}

pub(super) async fn insert_flow(
    db: &mut Connection,
    session: &[u8],
    state: &str,
    flow: &Flow,
    life_secs: f64,
) -> Result<bool> {
    let done = sqlx::query!(
        "insert into sign_in_flow (state_hash, session_hash, provider, purpose, account_id, nonce, code_verifier, next, expires_at)
         select $1, s.token_hash, $3, $4, $5, $6, $7, $8, clock_timestamp() + make_interval(secs => $9)
         from session s where s.token_hash = $2 for key share",
        hash(state.as_bytes()),
        token_hash(session),
        flow.provider,
        flow.purpose.name(),
        flow.purpose.account().map(|a| a.0),
        flow.nonce,
        flow.code_verifier,
        flow.next,
        life_secs
    )
    .execute(db)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn forget_oldest_flows(
    db: &mut Connection,
    session: &[u8],
    except: i64,
) -> Result<()> {
    sqlx::query!(
        "delete from sign_in_flow where state_hash in (
             select state_hash from sign_in_flow where session_hash = $1
             order by began_at desc, state_hash offset $2)",
        token_hash(session),
        except
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn take_flow(
    db: &mut Connection,
    session: &[u8],
    provider: &str,
    state: &str,
) -> Result<Option<(Flow, OffsetDateTime)>> {
    let row = sqlx::query!(
        "delete from sign_in_flow
         where state_hash = $1 and session_hash = $2 and provider = $3 and expires_at > clock_timestamp()
         returning provider, purpose, account_id, nonce, code_verifier, next, began_at",
        hash(state.as_bytes()),
        token_hash(session),
        provider
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let purpose = FlowPurpose::of(&row.purpose, row.account_id.map(AccountId))
            .ok_or_else(|| Error::unexpected("a sign-in flow has an unknown purpose"))?;
        let flow = Flow {
            provider: row.provider,
            purpose,
            nonce: row.nonce,
            code_verifier: row.code_verifier,
            next: row.next,
        };
        Ok((flow, row.began_at))
    })
    .transpose()
}

pub(super) async fn delete_expired_flows(db: &mut Connection) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from sign_in_flow where state_hash = any (array(
             select state_hash from sign_in_flow where expires_at <= (select clock_timestamp()) order by expires_at limit 1000))"
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected())
}
