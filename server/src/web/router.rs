use super::{
    App, account, bid, dashboard, failure, home, probe, project, project_form, security, session,
    settings, sign_in,
};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    http::{HeaderValue, StatusCode, header},
    middleware::{from_fn, from_fn_with_state},
    routing::{get, post},
};
use std::{path::Path, time::Duration};
use tower::ServiceBuilder;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::CompressionLayer,
    csrf::CsrfLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
    services::ServeDir,
    set_header::SetResponseHeaderLayer,
    timeout::TimeoutLayer,
    trace::TraceLayer,
};

/// The largest form: a description of 20,000 characters, four bytes each, percent-encoded, and the rest.
const LARGEST_BODY_BYTES: usize = 512 * 1024;
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Every route of the site, and the layers around them.
pub fn router(app: App) -> Router {
    let pages = Router::new()
        .route("/", get(home::show))
        .route("/how-it-works", get(home::how_it_works))
        .route("/projects", get(project::list))
        .route(
            "/projects/new",
            get(project_form::new).post(project_form::post),
        )
        .route("/projects/{id}", get(project::show))
        .route(
            "/projects/{id}/edit",
            get(project_form::edit).post(project_form::post_draft),
        )
        .route("/projects/{id}/discard", post(project_form::discard))
        .route("/projects/{id}/cancel", post(project::cancel))
        .route("/projects/{id}/bids", get(bid::back).post(bid::place))
        .route("/projects/{id}/withdraw", post(bid::withdraw))
        .route("/projects/{id}/result", get(project::result))
        .route("/dashboard", get(dashboard::show))
        .route(
            "/sign-up",
            get(sign_in::sign_up_form).post(sign_in::sign_up),
        )
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/account", get(account::show))
        .route("/account/password", post(account::change_password))
        .route("/account/sessions/{id}/end", post(account::end_session))
        .route(
            "/account/sessions/end-others",
            post(account::end_other_sessions),
        )
        .route("/settings", get(settings::show))
        .route("/settings/theme", post(settings::theme))
        .route("/settings/time-zone", post(settings::time_zone))
        .fallback_service(files(&app.settings.site_root, "public, max-age=3600"));
    let around_pages = ServiceBuilder::new()
        .layer(session::layer(&app))
        .layer(from_fn_with_state(app.clone(), failure::lay_out))
        .layer(CatchPanicLayer::new())
        .layer(CsrfLayer::new())
        .layer(DefaultBodyLimit::max(LARGEST_BODY_BYTES))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            PATIENCE,
        ));
    let pkg = app.options.site_pkg_dir.to_string();
    let hashed = if app.options.hash_files {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    Router::new()
        .merge(pages.layer(around_pages))
        // Neither a visitor nor a session is looked up for what is the same for everybody.
        .nest_service(
            &format!("/{pkg}"),
            files(&app.settings.site_root.join(&pkg), hashed),
        )
        .nest_service(
            "/fonts",
            files(
                &app.settings.site_root.join("fonts"),
                "public, max-age=31536000, immutable",
            ),
        )
        .route("/healthz", get(probe::alive))
        .route("/readyz", get(probe::ready))
        .layer(
            ServiceBuilder::new()
                .layer(from_fn(security::own_request_id))
                .layer(SetRequestIdLayer::x_request_id(MakeRequestUuid))
                .layer(TraceLayer::new_for_http().on_failure(()))
                .layer(PropagateRequestIdLayer::x_request_id())
                .layer(from_fn_with_state(app.clone(), security::headers))
                .layer(CompressionLayer::new())
                // What fails while an error page is made is caught here, as a plain answer.
                .layer(CatchPanicLayer::new()),
        )
        .with_state(app)
}

/// Files as cargo-leptos laid them out, compressed beforehand where it did that.
fn files(folder: &Path, caching: &'static str) -> Router {
    let serve = ServeDir::new(folder)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    let caching = SetResponseHeaderLayer::if_not_present(
        header::CACHE_CONTROL,
        move |response: &axum::response::Response| {
            response
                .status()
                .is_success()
                .then_some(HeaderValue::from_static(caching))
        },
    );
    Router::new().fallback_service(serve).layer(caching)
}
