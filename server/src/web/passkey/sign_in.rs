//! Signing in with a passkey. Its device has verified its user, so it counts as both factors, and no code is asked for.

use crate::web::{
    device,
    failure::{Failure, RefusedForm},
    posted_form::PostedForm,
    second_factor,
    session::{self, Proofs},
    sign_in::{after, local, page},
    success::redirect_with_message,
    visit::Visit,
};
use axum::response::Response;
use guildhall::{
    Error,
    account::Authenticated,
    passkey::{self, Prompt},
    sign_in_log::SignInMethod,
    store::{self, Tx},
};

const SIGNED_IN_ALREADY: &str =
    "You were already signed in. To use another account, sign out first.";

/// Begins a sign-in in this browser: returns the options for `navigator.credentials.get`, as JSON.
///
/// # Errors
/// `Refused(NotOffered)`, `TooManyTries`.
pub(in crate::web) async fn begin_sign_in(visit: &Visit, prompt: Prompt) -> Result<String, Error> {
    let passkeys = &visit.app.passkeys;
    let party = passkeys.party()?;
    passkeys
        .limit(prompt)
        .take(device::of(visit).await?, visit.address)?;
    let token = session::token_now(&visit.session)
        .await
        .map_err(Error::unexpected)?;
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    let options = passkey::begin_sign_in(&mut tx, party, &token, prompt).await?;
    tx.commit().await?;
    Ok(options)
}

/// The account that the passkey in the form opens.
///
/// # Errors
/// The errors of [`passkey::sign_in`].
pub(in crate::web) async fn signed_in(
    visit: &Visit,
    posted: &PostedForm,
) -> Result<Authenticated, Error> {
    let party = visit.app.passkeys.party()?;
    let token = session::token(&visit.session);
    passkey::sign_in(&visit.app.pool, party, &token, posted.get("credential")).await
}

/// `POST /sign-in` with a browser's answer.
pub(in crate::web) async fn sign_in(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let next = local(posted.get("next"));
    if visit.viewer.is_some() {
        // The form came twice, or from another window.
        return redirect_with_message(&visit, after(next), SIGNED_IN_ALREADY).await;
    }
    match signed_in(&visit, &posted).await {
        Ok(authenticated) => {
            let now = store::now(&mut *visit.app.pool.acquire().await?).await?;
            let proofs = Proofs::by_passkey(now);
            let method = SignInMethod::Passkey;
            second_factor::finish(&visit, &authenticated, method, next, proofs, false).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&["credential", "password"]))?;
            let page = page(&visit, refused.form.clone());
            refused.show(visit, page).await
        }
    }
}
