//! What is kept about people.

use super::{failure::Failure, routes::Routes, visit::Visit};
use app::pages::Privacy;
use axum::response::Response;

pub(crate) fn routes() -> Routes {
    Routes::default().get("/privacy", show)
}

/// `GET /privacy`
async fn show(visit: Visit) -> Result<Response, Failure> {
    visit.page(Privacy).await
}
