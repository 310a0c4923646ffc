//! Challenges that browsers have not answered yet.
//!
//! They have a table of their own and are not in the session, for the same reason as sign-in flows: two concurrent answers could
//! both use the same one. A challenge is no secret, but it is found by its hash only, and only in its session.

use super::{
    Refusal,
    relying_party::{Challenge, State, TIMEOUT, hash},
    store,
};
use crate::{Result, account::AccountId, receipt, store::Connection, store::Tx};
use sqlx::PgPool;
use std::time::Duration;

/// Maximum number of challenges per session; a further one replaces the oldest.
pub const MAX_CHALLENGES: i64 = 5;

/// How a browser asks for a passkey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompt {
    /// In a dialog, because somebody pressed a button.
    Button,
    /// In the page's field for the e-mail, for as long as the page is open.
    Offer,
}

impl Prompt {
    /// How long its challenge can be answered. An offer lasts as long as the session of somebody who has not signed in.
    pub(super) const fn life(self) -> Duration {
        match self {
            Self::Button => TIMEOUT,
            Self::Offer => Duration::from_secs(3600),
        }
    }
}

/// Stores a challenge, bound to the session with this token, and returns the browser's options.
pub(super) async fn begin(
    tx: &mut Tx<'_>,
    session: &[u8],
    account: Option<AccountId>,
    challenge: &Challenge,
    life: Duration,
) -> Result<String> {
    store::forget_oldest_challenges(tx, session, MAX_CHALLENGES - 1).await?;
    let secs = life.as_secs_f64();
    if store::insert_challenge(tx, session, account, challenge, secs).await? {
        Ok(challenge.options.clone())
    } else {
        Err(receipt::Refusal::StalePage.into())
    }
}

/// Uses up the challenge: of two answers to it at once, only one finds it. This is committed before anything else is checked.
pub(super) async fn take(
    pool: &PgPool,
    session: &[u8],
    account: Option<AccountId>,
    challenge: &[u8],
) -> Result<State> {
    let db = &mut *pool.acquire().await?;
    let taken = store::take_challenge(db, session, account, &hash(challenge)).await?;
    taken.ok_or_else(|| Refusal::ChallengeOver.into())
}

/// Deletes up to a thousand expired challenges and returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_expired_challenges(db: &mut Connection) -> Result<u64> {
    store::delete_expired_challenges(db).await
}
