use super::App;
use axum::{extract::State, http::StatusCode};
use guildhall::store;
use std::time::Duration;
use tokio::time::timeout;

/// How long the database may take for its answer: load balancers and operators wait a few seconds at most.
const PATIENCE: Duration = Duration::from_secs(2);

/// Alive: the process answers.
pub(super) async fn alive() -> &'static str {
    "alive\n"
}

/// Ready: the database answers too.
pub(super) async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    let asked = async { store::now(&mut *app.pool.acquire().await?).await };
    match timeout(PATIENCE, asked).await {
        Ok(Ok(_)) if !app.breaker.is_open() => (StatusCode::OK, "ready\n"),
        _ => (
            StatusCode::SERVICE_UNAVAILABLE,
            "the database does not answer\n",
        ),
    }
}
