//! The queue of letters. A worker claims a letter for three minutes, sends it, and records the outcome. If it dies, the
//! claim ends with its lease, and another worker sends the letter again, with the same message id.

use super::{MailKind, store};
use crate::{
    Result,
    account::{AccountId, Contact},
    store::{Connection, Tx},
    text,
    token::{Secret, SecretKind},
};
use std::time::Duration;
use time::OffsetDateTime;
use uuid::Uuid;

/// How long a claim lasts: longer than any attempt may take.
pub(super) const LEASE: Duration = Duration::from_secs(180);
/// How often a letter is tried: over about an hour. Somebody is waiting for it, and can ask for another.
const TRIES: i32 = 9;
/// How often a letter that nobody can request again is tried: over about five days, while its link is still needed.
const TRIES_OF_UNDO: i32 = 100;
/// The longest wait.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// The wait after the first failure; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_secs(15);
/// The wait while nothing can be sent to anybody.
const OUTAGE_WAIT: Duration = Duration::from_secs(60);

/// A letter to be sent, claimed by this worker.
#[derive(Debug, Clone)]
pub struct PendingMail {
    pub claim: MailClaim,
    /// Lets receivers drop repeats.
    pub message: Uuid,
    pub kind: MailKind,
    pub created_at: OffsetDateTime,
    /// `None` if somebody only typed the address.
    pub(super) account: Option<AccountId>,
    pub(super) address: String,
}

/// A claim on a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MailClaim {
    pub(super) id: i64,
    pub(super) kind: MailKind,
    pub(super) key: Uuid,
    /// How often the letter has been tried, including this time.
    pub attempts: i32,
}

/// A letter with everything that it says.
#[derive(Debug)]
pub struct AccountMail {
    /// The address that the letter goes to, and the account's name if its address is confirmed: until then, a stranger may
    /// have chosen the name, and the letter must not carry that stranger's text.
    pub to: Contact,
    /// What the letter turned out to be about.
    pub kind: MailKind,
    /// The account's present address.
    pub email: String,
    /// The secret of its link, if it has one.
    pub secret: Option<Secret>,
}

/// What came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LetterOutcome {
    Sent,
    /// There is nobody to write to; the letter is deleted.
    Dropped,
    /// Tried again later; given up after the last try.
    Failed(String),
    /// Nothing can be sent to anybody: tried again later, which does not count as a try.
    Postponed(String),
    /// It can't be delivered, however often it is tried.
    Refused(String),
}

/// Claims up to `most` letters that are due, the longest due first.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn claim(db: &mut Connection, most: i64) -> Result<Vec<PendingMail>> {
    store::claim(db, most).await
}

/// Finds out who gets the letter, and makes the secret of its link. `None` if there is nobody to write to, for example
/// because the address has no account.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn prepare(tx: &mut Tx<'_>, mail: &PendingMail) -> Result<Option<AccountMail>> {
    let spellings = text::email_spellings(&mail.address);
    let found = match mail.account {
        Some(account) => store::of_account(tx, account).await?,
        None if mail.kind == MailKind::AddressKnown => store::holder(tx, &spellings, None).await?,
        None => store::of_address(tx, &spellings).await?,
    };
    let has_moved = |person: &store::Person| {
        mail.kind == MailKind::ResetPassword && !spellings.contains(&person.email)
    };
    let found = match found {
        // The account that asked has another address by now, but the letter is for whoever has this one.
        Some(person) if has_moved(&person) => store::of_address(tx, &spellings).await?,
        found => found,
    };
    let Some(person) = found else { return Ok(None) };
    // Nobody but the account that holds the address can confirm it.
    let holder = match mail.kind {
        MailKind::ConfirmEmail | MailKind::ConfirmNewEmail | MailKind::ResetPassword => {
            store::holder(tx, &spellings, Some(person.account)).await?
        }
        _ => None,
    };
    let (kind, person) = match (mail.kind, holder) {
        // The account has another address by now.
        (MailKind::ConfirmEmail, Some(_)) if person.email != mail.address => return Ok(None),
        (MailKind::ConfirmEmail | MailKind::ConfirmNewEmail, Some(holder)) => {
            (MailKind::AddressKnown, holder)
        }
        (MailKind::ResetPassword, Some(holder)) if spellings.contains(&holder.email) => {
            (MailKind::ResetPassword, holder)
        }
        // Its holder has another address now.
        (_, Some(_)) => return Ok(None),
        // The version before this one may have queued it for somebody who is not signed in.
        (MailKind::ConfirmEmail, None) if person.is_confirmed && mail.account.is_none() => {
            (MailKind::AddressKnown, person)
        }
        (kind, None) => (kind, person),
    };
    let is_wanted = match kind {
        MailKind::ConfirmEmail => !person.is_confirmed && person.email == mail.address,
        MailKind::AddressKnown
        | MailKind::ResetPassword
        | MailKind::ExportMade
        | MailKind::ErasureScheduled
        | MailKind::AccountErased => true,
        MailKind::ConfirmNewEmail | MailKind::EmailChanged => person.email != mail.address,
    };
    if !is_wanted {
        return Ok(None);
    }
    let secret = match kind.lasts() {
        Some(lasts) => {
            let secret = Secret::generate(SecretKind::MailedLink)?;
            store::arm(tx, &mail.claim, person.account, lasts, &secret.hash()).await?;
            Some(secret)
        }
        None => None,
    };
    // A new address may be a stranger's as well.
    let is_owners = person.is_confirmed && kind != MailKind::ConfirmNewEmail;
    let name = if is_owners {
        person.name
    } else {
        String::new()
    };
    // An earlier version may have stored another spelling.
    let email = match spellings.contains(&person.email) {
        true => mail.address.clone(),
        false => person.email,
    };
    Ok(Some(AccountMail {
        to: Contact {
            name,
            email: mail.address.clone(),
        },
        kind,
        email,
        secret,
    }))
}

/// Records what came of an attempt, and ends the claim. False if the claim had ended before: another worker has taken
/// over, and decides.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn record(
    db: &mut Connection,
    claim: &MailClaim,
    outcome: &LetterOutcome,
) -> Result<bool> {
    // Nothing is to remain of the address of an erased account.
    let is_last = claim.kind == MailKind::AccountErased;
    match outcome {
        LetterOutcome::Dropped => store::delete(db, claim).await,
        LetterOutcome::Sent | LetterOutcome::Refused(_) if is_last => {
            store::delete(db, claim).await
        }
        LetterOutcome::Failed(_) if is_last && wait(claim).is_none() => {
            store::delete(db, claim).await
        }
        LetterOutcome::Sent => store::finish(db, claim, true, None).await,
        LetterOutcome::Refused(error) => store::finish(db, claim, false, Some(error)).await,
        LetterOutcome::Postponed(error) => store::put_back(db, claim, error, OUTAGE_WAIT, 0).await,
        LetterOutcome::Failed(error) => match wait(claim) {
            Some(wait) => store::put_back(db, claim, error, wait, 1).await,
            None => store::finish(db, claim, false, Some(error)).await,
        },
    }
}

/// The wait before the next attempt, given the number of attempts so far; `None` after the last. The statement that
/// stores it adds up to half as jitter.
fn wait(claim: &MailClaim) -> Option<Duration> {
    let tries = match claim.kind {
        MailKind::EmailChanged | MailKind::ErasureScheduled => TRIES_OF_UNDO,
        _ => TRIES,
    };
    let doubled = 2_u32.saturating_pow(u32::try_from(claim.attempts - 1).unwrap_or(0));
    (claim.attempts < tries).then(|| FIRST_WAIT.saturating_mul(doubled).min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(kind: MailKind) -> Vec<Duration> {
        let claim = |attempts| MailClaim {
            id: 1,
            kind,
            key: Uuid::nil(),
            attempts,
        };
        (1..1000)
            .map_while(|attempts| wait(&claim(attempts)))
            .collect()
    }

    #[test]
    fn a_letter_is_tried_for_about_an_hour_and_one_with_an_undo_for_days() {
        let waits_of_reset = waits(MailKind::ResetPassword);
        assert_eq!(waits_of_reset.len(), 8);
        assert_eq!(waits_of_reset[..3], [15, 30, 60].map(Duration::from_secs));
        let total: Duration = waits_of_reset.iter().sum();
        assert!((3600..6000).contains(&total.as_secs()), "{total:?}");
        let total: Duration = waits(MailKind::EmailChanged).iter().sum();
        assert!((3..5).contains(&(total.as_secs() / 86_400)), "{total:?}");
    }
}
