//! Requests that may be sent again: the first answer is kept under the key that the caller gave, and given again.
//! Invariant: a request with a key has one effect at most, and the answer is kept in the transaction of that effect.
//! Ends where the effect is: the verb runs in the same transaction.

use crate::{Result, account::AccountId, store::Connection};
use sha2::{Digest, Sha256};

/// The longest key, in characters.
pub const LONGEST_KEY: usize = 255;

/// What makes two requests the same: who sends it, its key, and the hash of what it says.
#[derive(Debug, Clone)]
pub struct Mark {
    account: AccountId,
    key: String,
    request_hash: Vec<u8>,
}

impl Mark {
    /// The mark of a request of this method and path with this body. `None` for a key that is empty, too long or not
    /// plain ASCII.
    #[must_use]
    pub fn new(
        account: AccountId,
        key: &str,
        method: &str,
        path: &str,
        body: &[u8],
    ) -> Option<Self> {
        let plain = (1..=LONGEST_KEY).contains(&key.len())
            && key.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        let mut hash = Sha256::new();
        for part in [method.as_bytes(), path.as_bytes(), body] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        plain.then(|| Self {
            account,
            key: key.to_owned(),
            request_hash: hash.finalize().to_vec(),
        })
    }
}

/// An answer as it was given: status, headers and body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// How a request with this mark stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody sent it in the last 24 hours; until this transaction ends it is running.
    First,
    /// The same request is being carried out at this moment.
    Running,
    Answered(Answer),
    /// The key was used for another request.
    OtherRequest,
}

/// Claims the mark for this transaction.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn claim(db: &mut Connection, mark: &Mark) -> Result<Standing> {
    // Two statements: the second sees what whoever held the lock before has committed.
    let ours = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended($2, $1)) as "ours!""#,
        mark.account.0,
        mark.key
    )
    .fetch_one(&mut *db)
    .await?;
    if !ours {
        return Ok(Standing::Running);
    }
    let kept = sqlx::query!(
        r#"select request_hash, status, headers, body from idempotency
           where account_id = $1 and key = $2 and answered_at > clock_timestamp() - interval '24 hours'"#,
        mark.account.0,
        mark.key
    )
    .fetch_optional(db)
    .await?;
    Ok(match kept {
        None => Standing::First,
        Some(row) if row.request_hash != mark.request_hash => Standing::OtherRequest,
        Some(row) => Standing::Answered(Answer {
            status: u16::try_from(row.status).map_err(crate::Error::unexpected)?,
            headers: serde_json::from_value(row.headers).map_err(crate::Error::unexpected)?,
            body: row.body,
        }),
    })
}

/// Keeps the answer, in the transaction that claimed the mark.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn keep(db: &mut Connection, mark: &Mark, answer: &Answer) -> Result<()> {
    let headers = serde_json::to_value(&answer.headers).map_err(crate::Error::unexpected)?;
    sqlx::query!(
        "insert into idempotency (account_id, key, request_hash, status, headers, body) values ($1, $2, $3, $4, $5, $6)
         on conflict (account_id, key) do update set request_hash = excluded.request_hash, status = excluded.status,
         headers = excluded.headers, body = excluded.body, answered_at = clock_timestamp()",
        mark.account.0,
        mark.key,
        mark.request_hash,
        i16::try_from(answer.status).map_err(crate::Error::unexpected)?,
        headers,
        answer.body
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets up to a thousand answers that are older than a day; answers how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from idempotency where ctid = any (array(
             select ctid from idempotency where answered_at < (select clock_timestamp()) - interval '24 hours' order by answered_at limit 1000))"
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected())
}

/// Marks the point before the effect in the transaction that claimed a mark.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn mark_point(db: &mut Connection) -> Result<()> {
    sqlx::raw_sql("savepoint before_effect").execute(db).await?;
    Ok(())
}

/// Takes back whatever was done since [`mark_point`]; the claim stays.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn back_to_point(db: &mut Connection) -> Result<()> {
    sqlx::raw_sql("rollback to savepoint before_effect")
        .execute(db)
        .await?;
    Ok(())
}
