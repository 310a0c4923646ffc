//! The authorization endpoint and its consent page (RFC 6749, section 4.1).
//!
//! - Nobody is redirected to a program without having decided here, except people who authorized that program before.
//!   Anybody can register a program, and a link to this site must not become an open redirect (RFC 9700, section
//!   4.11.2). All others get the answer to an invalid request or `prompt=none` here, with a link back to the program.
//! - Consent is for what the person saw. If the program's name, redirect URIs or secret have changed since, the form is
//!   refused and shown again, and an earlier consent no longer counts.
//! - The consent page names the program's address in its `form-action`, since Chromium applies that to redirects. The
//!   sign-in form names none, so a person who comes straight from it is asked even if an earlier consent would suffice.

mod redirect;
mod request;

use super::params::Params;
use crate::web::{
    Web, failure::Failure, posted_form::PostedForm, sign_in::path_with_next, success::uncached,
    visit::Visit,
};
use app::pages::{Consent, ReturnToApp, WrongRequest};
use axum::{
    extract::RawQuery,
    http::{HeaderMap, Method, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    account::{self, Viewer},
    oauth::{self, AuthorizationRequest, ClientType, OauthError},
};
use redirect::{ReturnRedirect, destination};
use request::{ConsentRequest, PARAMETERS, Prompt, StopReason, read};

/// `GET /oauth/authorize`
///
/// Anybody may register a program, so a link to this site must not become an open redirect (RFC 9700, section 4.11.2):
/// a visitor is only redirected to a program after deciding here, or after having authorized that program before.
pub(in crate::web) async fn show(
    visit: Visit,
    method: Method,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let params = Params::parse(query.unwrap_or_default().as_bytes());
    // A visitor who comes directly from the sign-in form stays here: after a form, browsers do not follow a redirect to
    // another site.
    let comes_from_here = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site == "same-origin");
    let request = match read(&visit.app, &params).await? {
        Ok(request) => request,
        Err(StopReason::Here(message)) => return stop_page(visit, message).await,
        Err(StopReason::Back(back, denied)) => {
            return return_error(visit, *back, denied, comes_from_here).await;
        }
    };
    let Some(viewer) = visit.viewer.clone() else {
        if request.prompt == Prompt::Never {
            let back = request.return_redirect();
            return return_error(visit, back, OauthError::LoginRequired, comes_from_here).await;
        }
        return Ok(Redirect::to(&path_with_next(&request.path())).into_response());
    };
    let request = match request.without_unusable_scopes(&viewer) {
        Ok(request) => request,
        Err(stopped) => {
            let (back, denied) = *stopped;
            return return_error(visit, back, denied, comes_from_here).await;
        }
    };
    // A HEAD request must have no effect.
    if method == Method::HEAD {
        return consent_page(visit, &viewer, request, StatusCode::OK).await;
    }
    let may_need_no_answer = match request.prompt {
        Prompt::Always => false,
        Prompt::Never => true,
        Prompt::WhenNeeded => !comes_from_here,
    };
    // Another program on the same machine may have taken over a public program's redirect URI, so ask each time (RFC
    // 8252, section 8.6).
    if may_need_no_answer && request.authorization.client.kind() == ClientType::Confidential {
        let mut tx = visit.app.pool.begin().await?;
        if let Some(code) = oauth::allow_again(&mut tx, &viewer, &request.authorization).await? {
            tx.commit().await?;
            return Ok(request
                .return_redirect()
                .lead(&visit.app, &[("code", code.reveal())]));
        }
    }
    if request.prompt == Prompt::Never {
        let back = request.return_redirect();
        return return_error(visit, back, OauthError::ConsentRequired, comes_from_here).await;
    }
    consent_page(visit, &viewer, request, StatusCode::OK).await
}

/// `POST /oauth/authorize`: the decision. The whole request is validated again, because the form may contain anything.
///
/// A form sent twice creates two grants, and the one whose authorization code is never used is swept: to redirect the
/// second submission like the first, the code itself would have to be stored.
pub(in crate::web) async fn decide(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?.clone();
    let is_kept = |(name, _): &&(String, String)| PARAMETERS.contains(&name.as_str());
    let params = Params::of(posted.fields().iter().filter(is_kept).cloned());
    let request = match read(&visit.app, &params).await? {
        Ok(request) => request,
        Err(StopReason::Here(message)) => return stop_page(visit, message).await,
        Err(StopReason::Back(back, denied)) => return Ok(back.denied(&visit.app, denied)),
    };
    let request = match request.without_unusable_scopes(&viewer) {
        Ok(request) => request,
        // Nobody decided this: the form is never shown.
        Err(stopped) => {
            let (back, denied) = *stopped;
            return return_error(visit, back, denied, true).await;
        }
    };
    // Somebody else may have signed in in another tab, or the program may have changed: the user must have seen this
    // account and this version of the program.
    let has_seen = posted.get("account") == viewer.account.0.to_string()
        && posted.get("client_version") == request.authorization.client.version();
    match posted.get("decision") {
        "allow" if has_seen => allow(&visit.app, &viewer, &request).await,
        "deny" => Ok(request
            .return_redirect()
            .denied(&visit.app, OauthError::AccessDenied)),
        _ => consent_page(visit, &viewer, request, StatusCode::CONFLICT).await,
    }
}

async fn consent_page(
    visit: Visit,
    viewer: &Viewer,
    request: ConsentRequest,
    status: StatusCode,
) -> Result<Response, Failure> {
    let contact = account::find(&mut *visit.app.pool.acquire().await?, viewer.account).await?;
    let AuthorizationRequest {
        client,
        scopes,
        redirect_uri,
        ..
    } = request.authorization;
    let destination = destination(&redirect_uri)?;
    let page = Consent {
        client_version: client.version(),
        program: client.name,
        owner: client.owner_name,
        destination,
        scopes,
        left_out: request.left_out,
        account: viewer.account,
        contact,
        parameters: request.parameters,
    };
    Ok(uncached(visit.page_with(status, page).await?))
}

async fn allow(app: &Web, viewer: &Viewer, request: &ConsentRequest) -> Result<Response, Failure> {
    let mut tx = app.pool.begin().await?;
    let code = oauth::allow(&mut tx, viewer, &request.authorization).await?;
    tx.commit().await?;
    Ok(request
        .return_redirect()
        .lead(app, &[("code", code.reveal())]))
}

async fn stop_page(visit: Visit, message: String) -> Result<Response, Failure> {
    visit
        .page_with(StatusCode::BAD_REQUEST, WrongRequest { message })
        .await
}

/// Returns an error to the program instead of an authorization code. A visitor who never authorized the program, or who
/// comes directly from the sign-in form, sees the error here, with a link back.
async fn return_error(
    visit: Visit,
    back: ReturnRedirect,
    denied: OauthError,
    comes_from_here: bool,
) -> Result<Response, Failure> {
    if let Some(viewer) = visit.viewer.as_ref().filter(|_| !comes_from_here) {
        let db = &mut *visit.app.pool.acquire().await?;
        if oauth::has_consent(db, viewer, &back.client).await? {
            return Ok(back.denied(&visit.app, denied));
        }
    }
    let page = ReturnToApp {
        message: denied.to_string(),
        destination: destination(&back.redirect_uri)?,
        href: back.with_error(&visit.app, denied),
        program: back.client.name,
        owner: back.client.owner_name,
    };
    Ok(uncached(
        visit.page_with(StatusCode::BAD_REQUEST, page).await?,
    ))
}
