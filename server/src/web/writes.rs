//! The endpoints of the server functions, `POST /writes/…`, for islands only.
//!
//! A form never posts here: `server_fn` would answer with a redirect that carries the refusal in its URL. So
//! `Accept: text/html` gets 406, and a form posts to its page's own routes. A call to a function that no longer exists
//! gets an answer that makes the island send the plain form.

use super::{
    Web,
    failure::{self, Failure},
    passkey,
    posted_form::LARGEST_BODY_BYTES,
    proof::{self, GivenProof},
    routes::Routes,
    saved_form,
    success::announce,
    visit::Visit,
};
use crate::{http::request_body, markdown};
use app::writes::{self, Context, Refused, WriteReport, WriteRequest, WriteSuccess};
use axum::{
    Json,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use futures_util::future::BoxFuture;
use guildhall::{
    Error,
    account::{Browser, Viewer},
    fairness::Submitter,
    moment::Zone,
    origin::Origin,
    passkey::Prompt,
};
use std::sync::Arc;
use tower_sessions::cookie::time::Duration;

/// A route for each server function.
pub(crate) fn routes() -> Routes {
    writes::paths()
        .into_iter()
        .fold(Routes::default(), |routes, path| routes.post(path, call))
        .post("/writes/{function}", unknown_function)
}

/// The context of a write by this visitor.
pub(super) fn context(visit: &Visit) -> Context {
    let app = &visit.app;
    Context {
        request: Arc::new(visit.clone()),
        pool: app.pool.clone(),
        bids: app.bids.clone(),
        disk: app.disk.clone(),
        drafting: app.drafting.clone(),
        quotas: app.quotas,
        webhooks: Arc::clone(&app.webhooks),
        exports: Arc::clone(&app.exports),
        base_url: app.settings.base_url.clone(),
        report: WriteReport::default(),
    }
}

impl WriteRequest for Visit {
    fn viewer(&self) -> Result<Viewer, Error> {
        self.signed_in().cloned()
    }

    fn browser(&self) -> BoxFuture<'_, Result<Browser, Error>> {
        Box::pin(self.browser())
    }

    fn prove(&self, present_password: String, code: String) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async move {
            let given = GivenProof {
                present_password: &present_password,
                code: &code,
            };
            proof::require(self, self.signed_in()?, given).await
        })
    }

    fn begin_passkey_sign_in(&self, prompt: Prompt) -> BoxFuture<'_, Result<String, Error>> {
        Box::pin(passkey::begin_sign_in(self, prompt))
    }

    fn client(&self) -> Submitter {
        self.client()
    }

    fn origin(&self) -> Origin {
        self.origin()
    }

    fn render(&self, markdown: String) -> BoxFuture<'_, Result<String, Error>> {
        Box::pin(markdown::rendered(&self.app.heavy, self.client(), markdown))
    }

    fn zone(&self) -> Zone {
        self.zone.clone()
    }

    fn forget_tokens(&self) {
        self.app.callers.forget();
    }
}

/// The cookies that a write sets. They only affect how the site looks, and islands may set them too.
pub(super) fn preferences(context: &Context) -> CookieJar {
    let chosen = context.report.preferences().into_iter();
    chosen.fold(CookieJar::new(), |cookies, (name, value)| {
        cookies.add(preference(name, value))
    })
}

/// A cookie that the browser keeps for a year, with the attributes that islands give it, too.
pub(super) fn preference(name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .same_site(SameSite::Lax)
        .max_age(Duration::days(365))
        .build()
}

/// `POST /writes/{function}`
async fn call(State(app): State<Web>, visit: Visit, request: Request) -> Result<Response, Failure> {
    if !is_from_island(&visit, request.headers()) {
        return Ok(StatusCode::NOT_ACCEPTABLE.into_response());
    }
    if !request_body::is_json(request.headers()) {
        return Ok(StatusCode::UNSUPPORTED_MEDIA_TYPE.into_response());
    }
    let sender = request.uri().query().and_then(|q| q.strip_prefix("of="));
    if let Err(error) = visit.must_be_sender(sender.unwrap_or_default()) {
        return Ok(failure::refused_write(Arc::new(error)));
    }
    let (parts, body) = request.into_parts();
    let head = Request::from_parts(parts.clone(), body);
    let body = match request_body::read(head, &app.heavy, visit.client(), LARGEST_BODY_BYTES).await
    {
        Ok(body) => body,
        Err(unread) => return Ok(failure::unread(unread)),
    };
    let context = context(&visit);
    let provided = context.clone();
    let answer = leptos_axum::handle_server_fns_with_context(
        move || leptos::prelude::provide_context(provided.clone()),
        Request::from_parts(parts, Body::from(body)),
    )
    .await
    .into_response();
    if let Some(error) = context.report.error() {
        return Ok(failure::refused_write(error));
    }
    if !answer.status().is_success() {
        return Ok(outdated());
    }
    let (parts, body) = answer.into_parts();
    let body = to_bytes(body, LARGEST_BODY_BYTES)
        .await
        .map_err(Error::unexpected)?;
    if let Some(page) = context.report.form_page() {
        let _ = visit.form_page.set(page);
    }
    match serde_json::from_slice::<WriteSuccess>(&body) {
        Ok(done) => {
            // Unless the write has named another page, the form was on this one. Its saved copy may have to be deleted.
            let _ = visit.form_page.set(done.location);
            announce(&visit, &done.message).await?;
        }
        Err(_) => saved_form::forget(&visit).await?,
    }
    let mut answer = Response::from_parts(parts, Body::from(body));
    answer.headers_mut().remove(header::CONTENT_LENGTH);
    // The answer may contain a secret, such as a new token.
    answer
        .headers_mut()
        .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok((preferences(&context), answer).into_response())
}

/// `POST /writes/{function}` for a function that this version of the server does not have.
async fn unknown_function(visit: Visit, headers: HeaderMap) -> Response {
    if is_from_island(&visit, &headers) {
        outdated()
    } else {
        StatusCode::NOT_FOUND.into_response()
    }
}

/// True if an island is calling. A browser that posts a form accepts `text/html`, and `server_fn` would redirect it to
/// a URL that carries the refusal.
fn is_from_island(visit: &Visit, headers: &HeaderMap) -> bool {
    let names_html = |accept: &HeaderValue| {
        accept
            .as_bytes()
            .windows(9)
            .any(|part| part == b"text/html")
    };
    visit.wants_json && !headers.get_all(header::ACCEPT).iter().any(names_html)
}

/// The answer to a page that another version of the server rendered.
fn outdated() -> Response {
    (StatusCode::BAD_REQUEST, Json(Refused::outdated())).into_response()
}
