//! Receipts of the server version before migration 0012, in the tables `submission` and `idempotency`.
//!
//! During a rollout, that version still serves requests and uses its own tables. This version reads them too, and
//! treats what it finds there as a receipt that it can't read. Bids are not checked, because no rule accepts the same
//! bid twice. Both versions lock a call's key in the same way.
//!
//! The old version does not read the new table. So if a request that this version carried out is repeated through the
//! old one, it is carried out again unless a rule forbids it. A bid, a cancellation and the publishing of a draft are
//! refused; so is a withdrawal, unless there is a new bid. A new project, draft, token or program would be created
//! twice. This lasts as long as the rollout.
//!
//! Remove this file with the migration that drops the old tables.

use super::{Conflict, KEPT_HOURS, Mark, mark::Key};
use crate::{Result, store::Connection};

/// The conflict of a request that the previous version may have processed. That version did not store results in the
/// domain's types, and its hashes of forms cannot be compared, so the sender is asked to check the page.
pub(super) async fn conflict(db: &mut Connection, mark: &Mark) -> Result<Option<Conflict>> {
    match &mark.key {
        Key::Form(key) => {
            let is_known = sqlx::query_scalar!(
                r#"select exists (select from submission
                   where account_id = $1 and key = $2 and submitted_at > clock_timestamp() - interval '24 hours') as "known!""#,
                mark.account.0,
                key
            )
            .fetch_one(db)
            .await?;
            Ok(is_known.then_some(Conflict::Unreadable))
        }
        Key::Call(key) => {
            let request_hash = sqlx::query_scalar!(
                "select request_hash from idempotency
                 where account_id = $1 and key = $2 and answered_at > clock_timestamp() - interval '24 hours'",
                mark.account.0,
                key
            )
            .fetch_optional(db)
            .await?;
            Ok(request_hash.map(|hash| {
                if hash == mark.content_hash {
                    Conflict::Unreadable
                } else {
                    Conflict::OtherRequest
                }
            }))
        }
    }
}

/// Deletes up to a thousand rows older than a day from each table and returns how many.
pub(super) async fn forget_old(db: &mut Connection) -> Result<u64> {
    let forms = sqlx::query!(
        "delete from submission where ctid = any (array(
             select ctid from submission where submitted_at < (select clock_timestamp()) - make_interval(hours => $1) order by submitted_at limit 1000))",
        KEPT_HOURS
    )
    .execute(&mut *db)
    .await?;
    let calls = sqlx::query!(
        "delete from idempotency where ctid = any (array(
             select ctid from idempotency where answered_at < (select clock_timestamp()) - make_interval(hours => $1) order by answered_at limit 1000))",
        KEPT_HOURS
    )
    .execute(db)
    .await?;
    Ok(forms.rows_affected() + calls.rows_affected())
}
