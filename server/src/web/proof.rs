//! Proof that whoever is signed in owns the account. A session that was left open, or stolen, must not give permanent
//! access, so sign-in methods are added and removed only with a proof.

use super::{identity, session, visit::Visit};
use app::components::{Proof, SignInAgain};
use guildhall::{
    Error,
    account::{self, Viewer},
    identity as identities, store,
};

/// How long a provider's confirmation is valid, in seconds.
const FRESH_SECS: i64 = 600;

/// True if the confirmation is less than ten minutes old.
pub(super) const fn is_fresh(at: i64, now: i64) -> bool {
    now - at < FRESH_SECS
}

/// The proof the viewer must give. An account with a password must enter it each time, which is simpler and safer than
/// remembering when it was last entered. An account without a password needs a provider's
/// confirmation of a new sign-in.
pub(super) async fn required(visit: &Visit, viewer: &Viewer) -> Result<Proof, Error> {
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
    for identity in identities::list(db, viewer).await? {
        let Some(provider) = visit.app.providers.of_issuer(&identity.issuer) else {
            continue;
        };
        let choice = identity::choice(provider);
        if !provider.reports_sign_in_time() {
            if !again.unable.contains(&choice.label) {
                again.unable.push(choice.label);
            }
        } else if !again.providers.contains(&choice) {
            again.providers.push(choice);
        }
    }
    Ok(Proof::SignInAgain(again))
}

/// Requires the proof. `current_password` is empty if the form has no field for it.
///
/// # Errors
/// `Invalid` for a wrong current password, `TooManyTries` after too many of them, `Refused(SignInAgain)` if a provider
/// must confirm a new sign-in first.
pub(super) async fn require(
    visit: &Visit,
    viewer: &Viewer,
    current_password: &str,
) -> Result<(), Error> {
    match required(visit, viewer).await? {
        Proof::Given => Ok(()),
        Proof::SignInAgain(_) => Err(account::Refusal::SignInAgain.into()),
        Proof::Password { .. } => {
            let (pool, hasher) = (&visit.app.pool, &visit.app.hasher);
            let browser = visit.browser().await?;
            account::prove(pool, hasher, viewer, current_password, &browser).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_fresh;

    #[test]
    fn a_providers_confirmation_is_valid_for_ten_minutes() {
        assert!(is_fresh(1000, 1000));
        assert!(is_fresh(1000, 1599));
        assert!(!is_fresh(1000, 1600));
    }
}
