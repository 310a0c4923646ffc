//! Proof that whoever is signed in owns the account. A session that was left open, or stolen, must not give permanent
//! access, so sign-in methods are added and removed only with a proof.

use super::{device, identity, posted_form::PostedForm, session, visit::Visit};
use app::components::{FirstProof, Proof, SignInAgain};
use guildhall::{
    Error,
    account::{self, Viewer},
    identity as identities, passkey, second_factor, store,
};

/// How long a provider's confirmation, a passkey and a code are valid, in seconds.
const FRESH_SECS: i64 = 600;

/// True if the confirmation, or the code, is less than ten minutes old.
pub(super) const fn is_fresh(at: i64, now: i64) -> bool {
    now - at < FRESH_SECS
}

/// What a viewer enters to prove ownership of the account.
#[derive(Debug, Clone, Copy)]
pub(super) struct GivenProof<'a> {
    /// Empty if the form has no field for it.
    pub present_password: &'a str,
    /// A code of the second factor; empty if the form has no field for it.
    pub code: &'a str,
}

impl<'a> GivenProof<'a> {
    pub fn of(posted: &'a PostedForm) -> Self {
        Self {
            present_password: posted.get("present_password"),
            code: posted.get("code"),
        }
    }
}

/// The proof the viewer must give. The owner of an account with a password enters it each time, which is simpler and safer
/// than remembering when it was last entered. An account without a password needs a provider's confirmation of a new
/// sign-in, or a sign-in with a passkey. An account with a second factor also needs a code, unless one was entered in the
/// last ten minutes: a code works once, and the app shows the next one only after up to half a minute.
pub(super) async fn required(visit: &Visit, viewer: &Viewer) -> Result<Proof, Error> {
    Ok(Proof {
        first: required_first(visit, viewer).await?,
        needs_code: needs_code(visit, viewer).await?,
    })
}

async fn needs_code(visit: &Visit, viewer: &Viewer) -> Result<bool, Error> {
    let db = &mut *visit.app.pool.acquire().await?;
    if !second_factor::is_on(db, viewer.account).await? {
        return Ok(false);
    }
    let code_at = session::code_at(&visit.session).await;
    let code_at = code_at.map_err(Error::unexpected)?;
    let now = store::now(db).await?.unix_timestamp();
    Ok(!code_at.is_some_and(|at| is_fresh(at, now)))
}

async fn required_first(visit: &Visit, viewer: &Viewer) -> Result<FirstProof, Error> {
    let db = &mut *visit.app.pool.acquire().await?;
    if account::has_password(db, viewer).await? {
        let email = account::find(db, viewer.account).await?.email;
        return Ok(FirstProof::Password { email });
    }
    let now = store::now(db).await?.unix_timestamp();
    let proven_at = session::proven_at(&visit.session)
        .await
        .map_err(Error::unexpected)?;
    if proven_at.is_some_and(|at| is_fresh(at, now)) {
        return Ok(FirstProof::Given);
    }
    let mut again = SignInAgain {
        providers: Vec::new(),
        unable: Vec::new(),
        has_passkey: visit.app.passkeys.is_at(visit)
            && passkey::usable_count(db, viewer.account).await? > 0,
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
    Ok(FirstProof::SignInAgain(again))
}

/// Requires the proof.
///
/// # Errors
/// `Invalid` for a wrong current password, `TooManyTries` after too many of them, `Refused(SignInAgain)` if a provider
/// must confirm a new sign-in first, or a passkey be used, and the errors of [`require_code`].
pub(super) async fn require(
    visit: &Visit,
    viewer: &Viewer,
    given: GivenProof<'_>,
) -> Result<(), Error> {
    match required_first(visit, viewer).await? {
        FirstProof::Given => {}
        FirstProof::SignInAgain(_) => return Err(account::Refusal::SignInAgain.into()),
        FirstProof::Password { .. } => {
            let (pool, hasher) = (&visit.app.pool, &visit.app.hasher);
            let browser = visit.browser().await?;
            account::prove(pool, hasher, viewer, given.present_password, &browser).await?;
        }
    }
    require_code(visit, viewer, given.code).await
}

/// Requires a code, if the account has a second factor and none was entered in the last ten minutes.
///
/// # Errors
/// The errors of [`second_factor::check`].
pub(super) async fn require_code(visit: &Visit, viewer: &Viewer, code: &str) -> Result<(), Error> {
    if !needs_code(visit, viewer).await? {
        return Ok(());
    }
    let (pool, secrets) = (&visit.app.pool, &visit.app.totp);
    let device = device::of(visit).await?;
    second_factor::check(pool, secrets, viewer.account, device, code).await?;
    let now = store::now(&mut *pool.acquire().await?).await?;
    let kept = session::keep_code_at(&visit.session, now.unix_timestamp()).await;
    kept.map_err(Error::unexpected)
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
