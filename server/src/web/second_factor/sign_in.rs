//! The end of every sign-in, with a code in between if the account asks for one.
//!
//! Who has passed the first factor is kept in the session for ten minutes. Its epoch is kept, too: if all sessions of the
//! account end meanwhile, the code signs nobody in.

use crate::web::{
    device,
    failure::{Failure, RefusedForm},
    identity,
    posted_form::{PostedForm, fresh},
    proof::is_fresh,
    session::{self, FirstFactor, Proofs},
    sign_in::{after, path_with_next},
    success::{redirect_with_message, uncached},
    visit::Visit,
};
use app::pages::SignInCode;
use axum::response::{IntoResponse, Redirect, Response};
use guildhall::{
    account::{self, Authenticated},
    second_factor, session as kept, store,
};

/// The page that asks for the code.
const PATH: &str = "/sign-in/code";
/// Shown to a visitor who enters the code late.
const TOO_LATE: &str = "The ten minutes for entering the code are over. Sign in again.";

/// Signs in a visitor who has passed the first factor, and continues at `next`; or asks for a code first. `provider` is the
/// sign-in provider's label; `None` for a password.
pub(in crate::web) async fn sign_in(
    visit: &Visit,
    authenticated: Authenticated,
    provider: Option<&str>,
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
        return finish(visit, &authenticated, provider, next, proofs, false).await;
    };
    let first = FirstFactor {
        authenticated,
        provider: provider.map(str::to_owned),
        next: next.to_owned(),
        at,
    };
    session::keep_first_factor(&visit.session, &first).await?;
    Ok(Redirect::to(PATH).into_response())
}

/// Signs in a visitor who has passed all factors.
async fn finish(
    visit: &Visit,
    authenticated: &Authenticated,
    provider: Option<&str>,
    next: &str,
    proofs: Proofs,
    is_trusted: bool,
) -> Result<Response, Failure> {
    let after_sign_in = identity::first_link(visit, next).await?;
    let response = Redirect::to(after(&after_sign_in)).into_response();
    let begun = begin_session(visit, authenticated, provider, proofs, is_trusted, response).await;
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
    provider: Option<&str>,
    proofs: Proofs,
    is_trusted: bool,
    response: Response,
) -> Result<Response, Failure> {
    let response = device::remember(visit, authenticated, provider, is_trusted, response).await?;
    session::sign_in(&visit.session, authenticated, &visit.user_agent, proofs).await?;
    Ok(response)
}

/// Leads to the sign-in page, and from there to where the visitor wanted to continue.
async fn again(visit: &Visit, next: &str, message: &str) -> Result<Response, Failure> {
    redirect_with_message(visit, &path_with_next(next), message).await
}

/// A visitor who passed the first factor less than ten minutes ago, and whose sessions have not been ended since; and the time
/// now, in seconds since the epoch. Otherwise, where to go.
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
        Ok(_) => Ok(uncached(visit.page(SignInCode { form: fresh(&[]) }).await?)),
        Err(elsewhere) => Ok(elsewhere),
    }
}

/// `POST /sign-in/code`
pub(super) async fn enter(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let (first, now) = match waiting(&visit).await? {
        Ok(waiting) => waiting,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let (pool, secrets) = (&visit.app.pool, &visit.app.totp);
    let account = first.authenticated.viewer.account;
    let device = device::of(&visit).await?;
    match second_factor::check(pool, secrets, account, device, posted.get("code")).await {
        Ok(()) => {
            let FirstFactor {
                authenticated,
                provider,
                next,
                ..
            } = first;
            let proofs = Proofs {
                proven_at: None,
                code_at: Some(now),
            };
            let is_trusted = posted.get("trust") == "yes";
            let provider = provider.as_deref();
            finish(&visit, &authenticated, provider, &next, proofs, is_trusted).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&["code"]))?;
            let form = refused.form.clone();
            Ok(uncached(refused.show(visit, SignInCode { form }).await?))
        }
    }
}
