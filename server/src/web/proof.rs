//! What shows that whoever is signed in is the owner of the account. A session that was left open, or stolen, must not
//! become a way in for good, so ways in are added and taken away with a proof only.

use super::{identity, posted::Posted, session, visit::Visit};
use app::components::{Proof, SignInAgain};
use guildhall::{
    Error,
    account::{self, Viewer},
    identity as known, store,
};

/// How long a proof by a provider is good for, in seconds.
const FRESH_SECS: i64 = 600;

/// Whether it was less than ten minutes ago.
pub(super) const fn is_fresh(at: i64, now: i64) -> bool {
    now - at < FRESH_SECS
}

/// What has to be shown. An account with a password asks for it each time: that is less to remember, and safer, than
/// when it was typed last. One without has a provider's new word that its owner signed in there just now.
pub(super) async fn needed(visit: &Visit, viewer: &Viewer) -> Result<Proof, Error> {
    let db = &mut *visit.app.pool.acquire().await?;
    if account::has_password(db, viewer).await? {
        let email = account::find(db, viewer.account).await?.email;
        return Ok(Proof::Password { email });
    }
    let now = store::now(db).await?.unix_timestamp();
    let proven_at = session::proven_at(&visit.session)
        .await
        .map_err(Error::unexpected)?;
    if proven_at.is_some_and(|at| is_fresh(at, now)) {
        return Ok(Proof::Given);
    }
    let mut again = SignInAgain {
        providers: Vec::new(),
        unable: Vec::new(),
    };
    for identity in known::list(db, viewer).await? {
        let Some(provider) = visit.app.providers.of_issuer(&identity.issuer) else {
            continue;
        };
        let choice = identity::choice(provider);
        if !provider.knows_when() {
            again.unable.push(choice.label);
        } else if !again.providers.contains(&choice) {
            again.providers.push(choice);
        }
    }
    again.unable.dedup();
    Ok(Proof::SignInAgain(again))
}

/// Goes on only when it is shown.
///
/// # Errors
/// `Invalid` for a wrong current password, `TooManyTries` after too many, `Refused(SignInAgain)`.
pub(super) async fn shown(visit: &Visit, viewer: &Viewer, posted: &Posted) -> Result<(), Error> {
    match needed(visit, viewer).await? {
        Proof::Given => Ok(()),
        Proof::SignInAgain(_) => Err(account::Refusal::SignInAgain.into()),
        Proof::Password { .. } => {
            let (pool, hasher) = (&visit.app.pool, &visit.app.hasher);
            let browser = visit.browser().await?;
            let present = posted.get("present_password");
            account::prove(pool, hasher, viewer, present, &browser).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_fresh;

    #[test]
    fn a_providers_word_is_fresh_for_ten_minutes() {
        assert!(is_fresh(1000, 1000));
        assert!(is_fresh(1000, 1599));
        assert!(!is_fresh(1000, 1600));
    }
}
