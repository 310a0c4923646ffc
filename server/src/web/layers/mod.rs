//! The layers around handlers of pages and of streams, and around the whole server.

mod guard;
pub(super) mod origin;
pub(crate) mod traffic;

use super::{Web, failure, files, posted_form::LARGEST_BODY_BYTES, session};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
};
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

/// The layers around pages and forms: sessions, the check that a form comes from this site, and failures as pages. A
/// path without a handler is answered with a static file or a not-found page.
pub(crate) fn pages(router: Router<Web>, web: &Web) -> Router {
    let root = &web.settings.site_root;
    let around = ServiceBuilder::new()
        // Outermost, because sessions and the error page query the database too.
        .layer(from_fn_with_state(web.clone(), guard::pages))
        .layer(session::layer(web))
        .layer(from_fn_with_state(web.clone(), failure::render_failures))
        .layer(CatchPanicLayer::new())
        .layer(origin::other_sites())
        .layer(from_fn_with_state(web.clone(), origin::same_origin))
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES));
    router
        .fallback_service(files::serve(root, "public, max-age=3600"))
        .layer(around)
        .with_state(web.clone())
}

/// The layers around public streams: no session is looked up, and none is held while the stream lasts.
pub(crate) fn streams(router: Router<Web>, web: &Web) -> Router {
    let around = ServiceBuilder::new()
        .layer(from_fn(failure::as_problem))
        .layer(from_fn_with_state(web.clone(), guard::programs));
    router.layer(around).with_state(web.clone())
}
