//! The last step of every sign-in, after a code if the account requires one. A passkey of the account may be used instead
//! of the code, and a sign-in with a passkey needs no code.
//!
//! The account that has passed the first factor is kept in the session for ten minutes, with its epoch: if all sessions of
//! the account end meanwhile, the code signs nobody in.

use crate::web::{
    device,
    failure::{Failure, RefusedForm},
    identity, passkey as passkeys,
    posted_form::{PostedForm, fresh},
    proof::is_fresh,
    session::{self, FirstFactor, Proofs},
    sign_in::{after, path_with_next},
    success::{redirect_with_message, uncached},
    visit::Visit,
};
use app::{form::Form, pages::SignInCode};
use axum::response::{IntoResponse, Redirect, Response};
use guildhall::{
    Error,
    account::{self, Authenticated},
    passkey, second_factor, session as kept,
    sign_in_log::SignInMethod,
    store,
};

/// The page that asks for the code.
const PATH: &str = "/sign-in/code";
/// Shown to a visitor who enters the code late.
const TOO_LATE: &str = "The ten minutes for entering the code are over. Sign in again.";

/// Signs in a visitor who has passed the first factor, and continues at `next`; or asks for a code first.
pub(in crate::web) async fn sign_in(
    visit: &Visit,
    authenticated: Authenticated,
    method: SignInMethod<'_>,
    next: &str,
) -> Result<Response, Failure> {
    let device = device::of(visit).await?;
    let account = authenticated.viewer.account;
    let asked_at = {
        let db = &mut *visit.app.pool.acquire().await?;
        match second_factor::asks_for_code(db, account, device).await? {
            true => Some(store::now(db).await?.unix_timestamp()),
            false => None,
        }
    };
    let Some(at) = asked_at else {
        let proofs = Proofs {
            proven_at: None,
            code_at: None,
        };
        return finish(visit, &authenticated, method, next, proofs, false).await;
    };
    let first = FirstFactor {
        authenticated,
        provider: match method {
            SignInMethod::Provider(label) => Some(label.to_owned()),
            SignInMethod::Password | SignInMethod::Passkey => None,
        },
        next: next.to_owned(),
        at,
    };
    session::keep_first_factor(&visit.session, &first).await?;
    Ok(Redirect::to(PATH).into_response())
}

/// Signs in a visitor who has passed all factors.
pub(in crate::web) async fn finish(
    visit: &Visit,
    authenticated: &Authenticated,
    method: SignInMethod<'_>,
    next: &str,
    proofs: Proofs,
    is_trusted: bool,
) -> Result<Response, Failure> {
    let after_sign_in = identity::first_link(visit, next).await?;
    let response = Redirect::to(after(&after_sign_in)).into_response();
    let begun = begin_session(visit, authenticated, method, proofs, is_trusted, response).await;
    match begun {
        Err(failure) if failure.refused() == Some(&account::Refusal::SessionsEnded) => {
            again(visit, next, &account::Refusal::SessionsEnded.to_string()).await
        }
        begun => begun,
    }
}

/// Logs the sign-in, remembers the browser, and begins the session, in this order: no sign-in lacks an entry of the log.
///
/// # Errors
/// `Refused(SessionsEnded)` if all sessions of the account have ended since its sign-in method was looked up.
pub(in crate::web) async fn begin_session(
    visit: &Visit,
    authenticated: &Authenticated,
    method: SignInMethod<'_>,
    proofs: Proofs,
    is_trusted: bool,
    response: Response,
) -> Result<Response, Failure> {
    let response = device::remember(visit, authenticated, method, is_trusted, response).await?;
    session::sign_in(&visit.session, authenticated, &visit.user_agent, proofs).await?;
    Ok(response)
}

/// Leads to the sign-in page, and from there to where the visitor wanted to continue.
async fn again(visit: &Visit, next: &str, message: &str) -> Result<Response, Failure> {
    redirect_with_message(visit, &path_with_next(next), message).await
}

/// The visitor who passed the first factor less than ten minutes ago and whose sessions have not been ended since, with the
/// current time in seconds since the epoch; otherwise the redirect to send.
async fn waiting(visit: &Visit) -> Result<Result<(FirstFactor, i64), Response>, Failure> {
    if visit.viewer.is_some() {
        // The form came twice.
        return Ok(Err(Redirect::to(after("")).into_response()));
    }
    let Some(first) = session::first_factor(&visit.session).await? else {
        return Ok(Err(Redirect::to("/sign-in").into_response()));
    };
    let (now, may_begin) = {
        let db = &mut *visit.app.pool.acquire().await?;
        let owner = first.authenticated.session_owner();
        let now = store::now(db).await?.unix_timestamp();
        (now, kept::may_begin(db, owner).await?)
    };
    if !may_begin {
        let message = account::Refusal::SessionsEnded.to_string();
        return Ok(Err(again(visit, &first.next, &message).await?));
    }
    if !is_fresh(first.at, now) {
        return Ok(Err(again(visit, &first.next, TOO_LATE).await?));
    }
    Ok(Ok((first, now)))
}

/// `GET /sign-in/code`
pub(super) async fn ask(visit: Visit) -> Result<Response, Failure> {
    match waiting(&visit).await? {
        Ok((first, _)) => {
            let page = page(&visit, &first, fresh(&[])).await?;
            Ok(uncached(visit.page(page).await?))
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}

async fn page(visit: &Visit, first: &FirstFactor, form: Form) -> Result<SignInCode, Error> {
    let db = &mut *visit.app.pool.acquire().await?;
    let account = first.authenticated.viewer.account;
    let has_passkey =
        visit.app.passkeys.is_at(visit) && passkey::usable_count(db, account).await? > 0;
    Ok(SignInCode { form, has_passkey })
}

/// `POST /sign-in/code`: a code, or a passkey of the account instead of it.
pub(super) async fn enter(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let (first, now) = match waiting(&visit).await? {
        Ok(waiting) => waiting,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match entered(&visit, &first, &posted).await {
        Ok(()) => {
            let proofs = Proofs {
                proven_at: None,
                code_at: Some(now),
            };
            let is_trusted = posted.get("trust") == "yes";
            let (authenticated, method, next) = (&first.authenticated, first.method(), &first.next);
            finish(&visit, authenticated, method, next, proofs, is_trusted).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&["code", "credential"]))?;
            let page = page(&visit, &first, refused.form.clone()).await?;
            Ok(uncached(refused.show(visit, page).await?))
        }
    }
}

async fn entered(visit: &Visit, first: &FirstFactor, posted: &PostedForm) -> Result<(), Error> {
    let account = first.authenticated.viewer.account;
    if passkeys::is_in(posted) {
        let used = passkeys::signed_in(visit, posted).await?;
        return passkey::must_be_of(&used, account);
    }
    let (pool, secrets) = (&visit.app.pool, &visit.app.totp);
    let device = device::of(visit).await?;
    second_factor::check(pool, secrets, account, device, posted.get("code")).await
}
