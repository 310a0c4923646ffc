//! Every route of the site, from the `routes()` of each capability, and the layers around them.
//!
//! A new capability adds its line here. A new page also needs a line in the table `WALK` of `end2end/narrow.spec.ts`,
//! which reads the routes of `web` and fails for a page that it does not know.

use crate::{
    App,
    api::{self, Api},
    http::{compress, security, slash},
    web::{self, Routes, failure, files, layers::traffic},
};
use axum::{
    Router,
    extract::Request,
    http::Method,
    middleware::{from_fn, from_fn_with_state, map_response},
};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    trace::TraceLayer,
};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

/// Pages and forms, which have a session.
fn pages() -> Routes {
    Routes::all([
        web::account::routes(),
        web::account_privacy::routes(),
        web::api_docs::routes(),
        web::archive::routes(),
        web::award::routes(),
        web::bid::routes(),
        web::calculator::routes(),
        web::calendar::routes(),
        web::crawler::routes(),
        web::dashboard::routes(),
        web::discard::routes(),
        web::email_confirmation::routes(),
        web::export::routes(),
        web::home::routes(),
        web::identity::routes(),
        web::kept_mail::routes(),
        web::notices::routes(),
        web::oauth::pages(),
        web::passkey::routes(),
        web::privacy::routes(),
        web::program::routes(),
        web::project::routes(),
        web::project_feed::routes(),
        web::project_form::routes(),
        web::project_list::routes(),
        web::reset_password::routes(),
        web::second_factor::routes(),
        web::security_log::routes(),
        web::undo_email_change::routes(),
        web::saved_search::routes(),
        web::settings::routes(),
        web::sign_in::routes(),
        web::staircase::routes(),
        web::token::routes(),
        web::watch::routes(),
        web::webhook::routes(),
        web::push::routes(),
        web::writes::routes(),
    ])
}

/// The endpoints of the API, with their part of its document.
pub(crate) fn endpoints() -> OpenApiRouter<Api> {
    [
        api::account::routes(),
        api::award::routes(),
        api::bid::routes(),
        api::changes::routes(),
        api::project::routes(),
    ]
    .into_iter()
    .fold(
        OpenApiRouter::with_openapi(api::Document::openapi()),
        OpenApiRouter::merge,
    )
}

/// Every method and path that has a handler. Tests check that each of them is guarded.
#[must_use]
pub fn routes() -> Vec<(Method, String)> {
    [
        pages().entries,
        web::live::routes().entries,
        web::oauth::all_endpoints(),
        web::probe::routes().entries,
        api::all_endpoints(&endpoints().into_openapi()),
    ]
    .concat()
}

/// All routes with their layers.
pub fn router(app: &App) -> Router {
    let App { shared, web, api } = app;
    let (endpoints, _) = endpoints().split_for_parts();
    let probes = web::probe::routes().router;
    Router::new()
        .merge(web::layers::pages(pages().router, web))
        .merge(web::layers::streams(web::live::routes().router, web))
        .merge(web::oauth::router(web))
        .merge(api::layers::endpoints(endpoints, api))
        .merge(files(app))
        .merge(
            probes
                .layer(map_response(failure::unrendered::keep_as_is))
                .with_state(web.clone()),
        )
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(security::remove_client_request_id))
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(
                    TraceLayer::new_for_http()
                        .make_span_with(span)
                        .on_failure(()),
                )
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(from_fn_with_state(shared.clone(), security::headers))
                .layer(from_fn_with_state(web.clone(), traffic::guard))
                .layer(compress::streaming_layer())
                .layer(from_fn_with_state(shared.clone(), compress::compress_large))
                .layer(from_fn(slash::redirect_without_slash))
                // Catches a panic while an error page is rendered, and answers in plain text.
                .layer(CatchPanicLayer::new())
                .layer(from_fn_with_state(
                    web.clone(),
                    failure::unrendered::render_unrendered,
                ))
                .layer(CatchPanicLayer::new()),
        )
}

/// The files that pages link to. They are the same for everybody, so no session is read for them.
fn files(app: &App) -> Router {
    const FOREVER: &str = "public, max-age=31536000, immutable";
    let (options, root) = (&app.web.options, &app.shared.settings.site_root);
    let pkg: &str = &options.site_pkg_dir;
    let caching = if options.hash_files {
        FOREVER
    } else {
        "no-cache"
    };
    Router::new()
        .nest_service(&format!("/{pkg}"), files::serve(&root.join(pkg), caching))
        .nest_service("/fonts", files::serve(&root.join("fonts"), FOREVER))
}

/// A request's span in the log, without the query, which may contain a secret code or state.
fn span(request: &Request) -> tracing::Span {
    tracing::debug_span!("request", method = %request.method(), path = request.uri().path())
}
