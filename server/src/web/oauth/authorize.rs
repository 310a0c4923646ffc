//! The authorization endpoint and its consent page (RFC 6749, section 4.1).
//!
//! - Nobody is redirected to a program without having decided here, except people who authorized that program before.
//!   Anybody can register a program, and a link to this site must not become an open redirect (RFC 9700, section
//!   4.11.2). All others get the answer to an invalid request or `prompt=none` here, with a link back to the program.
//! - Consent is for what the person saw. If the program's name, redirect URIs or secret have changed since, the form is
//!   refused and shown again, and an earlier consent no longer counts.
//! - The consent page names the program's address in its `form-action`, since Chromium applies that to redirects. The
//!   sign-in form names none, so a person who comes straight from it is asked even if an earlier consent would suffice.

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
    Error,
    account::{self, Viewer},
    oauth::{self, AuthorizationRequest, Challenge, Client, ClientType, Destination, OauthError},
    token::Scopes,
};
use url::form_urlencoded;

const PATH: &str = "/oauth/authorize";
/// The longest request that survives the detour through the sign-in page.
const LONGEST: usize = crate::web::sign_in::LONGEST_PATH;
/// The longest `state` that is returned.
const LONGEST_STATE: usize = 1000;
/// The request parameters that the consent form carries.
const PARAMETERS: [&str; 7] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
];

/// A validated request, and when to ask the user.
struct Request {
    authorization: AuthorizationRequest,
    /// Requested scopes that the signed-in account's role can't use.
    left_out: Scopes,
    state: Option<String>,
    prompt: Prompt,
    /// The raw parameters, for the form and for the detour through the sign-in page.
    parameters: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Prompt {
    WhenNeeded,
    Always,
    Never,
}

/// Why a request stops.
enum StopReason {
    /// The program or the redirect URI cannot be trusted: the error is shown here, without a redirect (RFC 9700,
    /// section 4.11).
    Here(String),
    Back(Box<ReturnRedirect>, OauthError),
}

/// The redirect back to the program.
struct ReturnRedirect {
    client: Client,
    redirect_uri: String,
    state: Option<String>,
}

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
        Err(StopReason::Here(words)) => return wrong(visit, words).await,
        Err(StopReason::Back(back, denied)) => {
            return turn_back(visit, *back, denied, comes_from_here).await;
        }
    };
    let Some(viewer) = visit.viewer.clone() else {
        if request.prompt == Prompt::Never {
            let back = request.back();
            return turn_back(visit, back, OauthError::LoginRequired, comes_from_here).await;
        }
        return Ok(Redirect::to(&path_with_next(&request.path())).into_response());
    };
    let request = match request.narrowed(&viewer) {
        Ok(request) => request,
        Err(stopped) => {
            let (back, denied) = *stopped;
            return turn_back(visit, back, denied, comes_from_here).await;
        }
    };
    // A HEAD request must have no effect.
    if method == Method::HEAD {
        return ask(visit, &viewer, request, StatusCode::OK).await;
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
            return Ok(request.back().lead(&visit.app, &[("code", code.reveal())]));
        }
    }
    if request.prompt == Prompt::Never {
        let back = request.back();
        return turn_back(visit, back, OauthError::ConsentRequired, comes_from_here).await;
    }
    ask(visit, &viewer, request, StatusCode::OK).await
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
        Err(StopReason::Here(words)) => return wrong(visit, words).await,
        Err(StopReason::Back(back, denied)) => return Ok(back.denied(&visit.app, denied)),
    };
    let request = match request.narrowed(&viewer) {
        Ok(request) => request,
        // Nobody decided this: the form is never shown.
        Err(stopped) => {
            let (back, denied) = *stopped;
            return turn_back(visit, back, denied, true).await;
        }
    };
    // Somebody else may have signed in in another tab, or the program may have changed: the user must have seen this
    // account and this version of the program.
    let has_seen = posted.get("account") == viewer.account.0.to_string()
        && posted.get("client_version") == request.authorization.client.version();
    match posted.get("decision") {
        "allow" if has_seen => allow(&visit.app, &viewer, &request).await,
        "deny" => Ok(request.back().denied(&visit.app, OauthError::AccessDenied)),
        _ => ask(visit, &viewer, request, StatusCode::CONFLICT).await,
    }
}

async fn ask(
    visit: Visit,
    viewer: &Viewer,
    request: Request,
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

async fn allow(app: &Web, viewer: &Viewer, request: &Request) -> Result<Response, Failure> {
    let mut tx = app.pool.begin().await?;
    let code = oauth::allow(&mut tx, viewer, &request.authorization).await?;
    tx.commit().await?;
    Ok(request.back().lead(app, &[("code", code.reveal())]))
}

async fn wrong(visit: Visit, words: String) -> Result<Response, Failure> {
    visit
        .page_with(StatusCode::BAD_REQUEST, WrongRequest { words })
        .await
}

/// Returns an error to the program instead of an authorization code. A visitor who never authorized the program, or who
/// comes directly from the sign-in form, sees the error here, with a link back.
async fn turn_back(
    visit: Visit,
    back: ReturnRedirect,
    denied: OauthError,
    comes_from_here: bool,
) -> Result<Response, Failure> {
    if let Some(viewer) = visit.viewer.as_ref().filter(|_| !comes_from_here) {
        let db = &mut *visit.app.pool.acquire().await?;
        if oauth::knows(db, viewer, &back.client).await? {
            return Ok(back.denied(&visit.app, denied));
        }
    }
    let page = ReturnToApp {
        words: denied.to_string(),
        destination: destination(&back.redirect_uri)?,
        href: back.with_error(&visit.app, denied),
        program: back.client.name,
        owner: back.client.owner_name,
    };
    Ok(uncached(
        visit.page_with(StatusCode::BAD_REQUEST, page).await?,
    ))
}

fn destination(redirect_uri: &str) -> Result<Destination, Error> {
    oauth::destination(redirect_uri)
        .ok_or_else(|| Error::unexpected("an admitted redirect URI has no destination"))
}

async fn read(app: &Web, params: &Params) -> Result<Result<Request, StopReason>, Failure> {
    let stopped = |words: &str| Ok(Err(StopReason::Here(words.to_owned())));
    let Some(client_id) = params.once("client_id") else {
        return stopped("The app did not identify itself.");
    };
    let client = oauth::find_by_public_id(&mut *app.pool.acquire().await?, client_id).await?;
    let Some(client) = client else {
        return stopped("This app is not registered here; it may have been deleted.");
    };
    let Some(redirect_uri) = params.once("redirect_uri") else {
        return stopped("The app did not say where to send you back to.");
    };
    if !client.admits(redirect_uri) {
        return stopped("The app wants to send you to an address that it is not registered with.");
    }
    let redirect_uri = redirect_uri.to_owned();
    let state = params.once("state").filter(|state| is_state(state));
    let state = state.map(str::to_owned);
    let judged = judge(params)
        .and_then(|(scopes, challenge, prompt)| Ok((client.asks(scopes)?, challenge, prompt)));
    let (scopes, challenge, prompt) = match judged {
        Ok(judged) => judged,
        Err(denied) => {
            let back = ReturnRedirect {
                client,
                redirect_uri,
                state,
            };
            return Ok(Err(StopReason::Back(Box::new(back), denied)));
        }
    };
    let parameters: Vec<_> = PARAMETERS
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), params.get(name)?.to_owned())))
        .collect();
    let request = Request {
        authorization: AuthorizationRequest {
            client,
            redirect_uri,
            scopes,
            challenge,
        },
        left_out: Scopes::default(),
        state,
        prompt,
        parameters,
    };
    if request.path().len() > LONGEST {
        return stopped("The app's request is too long.");
    }
    Ok(Ok(request))
}

/// Validates what can be validated without knowing the program.
fn judge(params: &Params) -> Result<(&str, Challenge, Prompt), OauthError> {
    params.must_be_plain()?;
    if params.get("state").is_some_and(|state| !is_state(state)) {
        return Err(OauthError::InvalidRequest(
            "state must be at most 1000 printable ASCII characters.",
        ));
    }
    match params.need("response_type", "response_type is missing.")? {
        "code" => {}
        _ => return Err(OauthError::UnsupportedResponseType),
    }
    if params
        .get("response_mode")
        .is_some_and(|mode| mode != "query")
    {
        return Err(OauthError::InvalidRequest("response_mode must be query."));
    }
    let challenge = Challenge::parse(
        params.get("code_challenge"),
        params.get("code_challenge_method"),
    )?;
    let prompt = match params.get("prompt") {
        None => Prompt::WhenNeeded,
        Some("consent") => Prompt::Always,
        Some("none") => Prompt::Never,
        // If another value were ignored, the program might believe that somebody has just signed in.
        Some(_) => {
            return Err(OauthError::InvalidRequest(
                "prompt must be none or consent.",
            ));
        }
    };
    let scope = params.get("scope").ok_or(OauthError::InvalidScope)?;
    Ok((scope, challenge, prompt))
}

/// RFC 6749, appendix A.5.
fn is_state(state: &str) -> bool {
    state.len() <= LONGEST_STATE && state.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

impl Request {
    fn back(&self) -> ReturnRedirect {
        ReturnRedirect {
            client: self.authorization.client.clone(),
            redirect_uri: self.authorization.redirect_uri.clone(),
            state: self.state.clone(),
        }
    }

    /// The request without the scopes that the viewer's role can't use; an error if nothing is left.
    fn narrowed(mut self, viewer: &Viewer) -> Result<Self, Box<(ReturnRedirect, OauthError)>> {
        match self.authorization.narrow(viewer.role) {
            Ok(left_out) => Ok(Self { left_out, ..self }),
            Err(denied) => Err(Box::new((self.back(), denied))),
        }
    }

    /// The path to return to after the sign-in.
    fn path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.parameters);
        if self.prompt == Prompt::Always {
            query.append_pair("prompt", "consent");
        }
        format!("{PATH}?{}", query.finish())
    }
}

impl ReturnRedirect {
    fn denied(&self, app: &Web, denied: OauthError) -> Response {
        led(&self.with_error(app, denied))
    }

    fn lead(&self, app: &Web, pairs: &[(&str, &str)]) -> Response {
        led(&self.with(app, pairs))
    }

    fn with_error(&self, app: &Web, denied: OauthError) -> String {
        let words = denied.to_string();
        self.with(
            app,
            &[("error", denied.name()), ("error_description", &words)],
        )
    }

    /// The redirect URI with the response parameters. It includes the issuer, so that a program that uses several
    /// servers knows whose answer it is (RFC 9207).
    fn with(&self, app: &Web, pairs: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs);
        if let Some(state) = &self.state {
            query.append_pair("state", state);
        }
        query.append_pair("iss", &app.settings.base_url);
        let joint = match self.redirect_uri.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, query)) if query.ends_with('&') => "",
            Some(_) => "&",
        };
        format!("{}{joint}{}", self.redirect_uri, query.finish())
    }
}

fn led(location: &str) -> Response {
    uncached(Redirect::to(location).into_response())
}
