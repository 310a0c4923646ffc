//! Forms that were sent, each by the key it carries and what it said.
//! Invariant: a form sent twice has one effect; the second sender is led where the first was.
//! Ends where the effect is: the verb runs in the same transaction.

mod batch;

pub(crate) use batch::{settle_all, settled};

use crate::{Refusal, Result, account::AccountId, store::Connection};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// What makes two forms the same form: the key it was shown with, and the hash of what was sent and where to.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Mark {
    key: Uuid,
    content_hash: Vec<u8>,
}

impl Mark {
    /// The mark of `content` sent with `key`.
    #[must_use]
    pub fn new(key: Uuid, content: &str) -> Self {
        Self {
            key,
            content_hash: Sha256::digest(content.as_bytes()).to_vec(),
        }
    }

    /// The mark of a form by the key that its page was shown with, what it does and with which arguments: the same whichever way it is sent.
    ///
    /// # Errors
    /// `Refused(StalePage)` for a key that no page of ours has.
    pub fn of_form(key: &str, verb: &str, arguments: &[&str]) -> Result<Self> {
        let key = key.parse().map_err(|_| Refusal::StalePage)?;
        Ok(Self::new(key, &format!("{verb} {arguments:?}")))
    }
}

/// How a form with this mark stands.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody sent it before; whoever sends it at the same moment waits for this transaction.
    First,
    /// It had its effect; this is where its sender was led.
    Repeated { location: String },
}

/// Claims the mark inside the transaction of the effect. A second sender waits here until the first commits or gives up.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn claim(db: &mut Connection, account: AccountId, mark: &Mark) -> Result<Standing> {
    let first = sqlx::query!(
        "insert into submission (account_id, key, content_hash, location) values ($1, $2, $3, '') on conflict do nothing",
        account.0,
        mark.key,
        mark.content_hash
    )
    .execute(&mut *db)
    .await?;
    if first.rows_affected() == 1 {
        return Ok(Standing::First);
    }
    let location = sqlx::query_scalar!(
        "select location from submission where account_id = $1 and key = $2 and content_hash = $3",
        account.0,
        mark.key,
        mark.content_hash
    )
    .fetch_one(db)
    .await?;
    Ok(Standing::Repeated { location })
}

/// Notes where the sender is led.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn settle(
    db: &mut Connection,
    account: AccountId,
    mark: &Mark,
    location: &str,
) -> Result<()> {
    sqlx::query!(
        "update submission set location = $4 where account_id = $1 and key = $2 and content_hash = $3",
        account.0,
        mark.key,
        mark.content_hash,
        location
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Forgets up to a thousand forms that were sent more than a day ago; answers how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn forget_old(db: &mut Connection) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from submission where ctid = any (array(
             select ctid from submission where submitted_at < (select clock_timestamp()) - interval '1 day' order by submitted_at limit 1000))"
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected())
}
