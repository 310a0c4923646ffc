use super::{
    App, account, api_docs, bid, compress, crawler, dashboard, failure, files, guard, home,
    identity, live, oauth, origin, probe, programs, project, project_form, routes::Routes,
    security, session, settings, sign_in, tokens, traffic, writes,
};
use crate::http::slash;
use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::Method,
    middleware::{from_fn, from_fn_with_state, map_response},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};

/// The largest form: a description of 20,000 characters, four bytes each, percent-encoded, and the rest.
pub(super) const LARGEST_BODY_BYTES: usize = 512 * 1024;

/// Every method and path that has a door, for those who check that all of them are guarded.
#[must_use]
pub fn routes() -> Vec<(Method, String)> {
    [
        pages().known,
        probes().known,
        live::known(),
        oauth::known(),
        crate::api::routes(),
    ]
    .concat()
}

/// Every route of the site, and the layers around them.
pub fn router(app: App) -> Router {
    let pages = pages().router.fallback_service(files::serve(
        &app.settings.site_root,
        "public, max-age=3600",
    ));
    let around_pages = ServiceBuilder::new()
        // Outermost, because the session and the error page ask the database too.
        .layer(from_fn_with_state(app.clone(), guard::pages))
        .layer(session::layer(&app))
        .layer(from_fn_with_state(app.clone(), failure::lay_out))
        .layer(CatchPanicLayer::new())
        .layer(origin::other_sites())
        .layer(from_fn_with_state(app.clone(), origin::same_origin))
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES));
    let pkg = app.options.site_pkg_dir.to_string();
    let hashed = if app.options.hash_files {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    Router::new()
        .merge(pages.layer(around_pages))
        .merge(live::router(&app))
        .merge(crate::api::router(&app))
        .merge(oauth::router(&app))
        // Neither a visitor nor a session is looked up for what is the same for everybody.
        .nest_service(
            &format!("/{pkg}"),
            files::serve(&app.settings.site_root.join(&pkg), hashed),
        )
        .nest_service(
            "/fonts",
            files::serve(
                &app.settings.site_root.join("fonts"),
                "public, max-age=31536000, immutable",
            ),
        )
        .merge(probes().router.layer(map_response(failure::rest::as_it_is)))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(security::own_request_id))
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(
                    TraceLayer::new_for_http()
                        .make_span_with(span)
                        .on_failure(()),
                )
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(from_fn_with_state(app.clone(), security::headers))
                .layer(from_fn_with_state(app.clone(), traffic::guard))
                .layer(compress::rest())
                .layer(from_fn_with_state(app.clone(), compress::large))
                .layer(from_fn(slash::lead_on))
                // What fails while an error page is made is caught here, as a plain answer.
                .layer(CatchPanicLayer::new())
                .layer(from_fn_with_state(app.clone(), failure::rest::lay_out_rest))
                .layer(CatchPanicLayer::new()),
        )
        .with_state(app)
}

/// What those ask who watch over the server: without a session, so that it is the server alone that is asked about.
fn probes() -> Routes {
    Routes::default()
        .get("/healthz", probe::alive)
        .get("/readyz", probe::ready)
}

/// What browsers ask for.
fn pages() -> Routes {
    Routes::default()
        .get("/", home::show)
        .get("/how-it-works", home::how_it_works)
        .get("/projects", project::list)
        .get("/projects/new", project_form::new)
        .post("/projects/new", project_form::post)
        .get("/projects/{id}", project::show)
        .get("/projects/{id}/edit", project_form::edit)
        .post("/projects/{id}/edit", project_form::post_draft)
        .post("/projects/{id}/discard", project_form::discard)
        .post("/projects/{id}/cancel", project::cancel)
        .get("/projects/{id}/bids", bid::back)
        .post("/projects/{id}/bids", bid::place)
        .post("/projects/{id}/withdraw", bid::withdraw)
        .get("/projects/{id}/result", project::result)
        .get("/dashboard", dashboard::show)
        .get("/dashboard/live", live::dashboard)
        .get("/sign-up", sign_in::sign_up_form)
        .post("/sign-up", sign_in::sign_up)
        .get("/sign-in", sign_in::form)
        .post("/sign-in", sign_in::sign_in)
        .post("/sign-out", sign_in::sign_out)
        .get("/sign-in/with/{provider}", identity::depart)
        .get("/sign-in/with/{provider}/callback", identity::arrive)
        .get("/sign-up/with", identity::sign_up_form)
        .post("/sign-up/with", identity::sign_up)
        .get("/account/identities/link", identity::link_form)
        .post("/account/identities/link", identity::link)
        .post(
            "/account/identities/{provider}/link",
            identity::depart_to_link,
        )
        .get("/account/identities/{id}/unlink", identity::unlink_form)
        .post("/account/identities/{id}/unlink", identity::unlink)
        .get("/account", account::show)
        .post("/account/password", account::change_password)
        .post("/account/password/first", account::set_first_password)
        .post("/account/sessions/{id}/end", account::end_session)
        .post("/account/sessions/end-others", account::end_other_sessions)
        .get("/account/tokens", tokens::show)
        .post("/account/tokens", tokens::create)
        .post("/account/tokens/{id}/revoke", tokens::revoke)
        .get("/account/programs", programs::list)
        .get("/account/programs/new", programs::new)
        .post("/account/programs/new", programs::register)
        .get("/account/programs/{id}", programs::show)
        .post("/account/programs/{id}", programs::change)
        .post("/account/programs/{id}/secret", programs::renew_secret)
        .post("/account/programs/{id}/delete", programs::delete)
        .post("/account/programs/{id}/revoke", programs::revoke)
        .get("/oauth/authorize", oauth::authorize::show)
        .post("/oauth/authorize", oauth::authorize::decide)
        .get("/device", oauth::device::show)
        .post("/device", oauth::device::decide)
        .get("/settings", settings::show)
        .post("/settings/theme", settings::theme)
        .post("/settings/time-zone", settings::time_zone)
        .get("/robots.txt", crawler::robots)
        .get("/sitemap.xml", crawler::sitemap)
        .get("/api/docs", api_docs::show)
        .get("/api/docs/problems", api_docs::problems)
        .get("/api/docs/problems/{slug}", api_docs::problem)
        .and(writes::routes())
}

/// A request in the log: without its query, which may hold a code or a state that nobody else should see.
fn span(request: &Request) -> tracing::Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}
