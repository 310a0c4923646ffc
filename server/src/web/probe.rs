use super::App;
use axum::{extract::State, http::StatusCode};
use guildhall::store;

/// Alive: the process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the database answers too.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    let asked = async { store::now(&mut *app.pool.acquire().await?).await };
    match asked.await {
        Ok(_) => (StatusCode::OK, "ready\n"),
        Err(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        ),
    }
}
