//! The API's reference, generated from its OpenAPI document.

use super::{Web, failure::Failure, routes::Routes, visit::Visit};
use app::pages::api_docs::{ApiDocs, ProblemList, ProblemPage, Reference};
use axum::{extract::Path, response::Response};
use guildhall::{Error, store};
use std::sync::Arc;
use time::OffsetDateTime;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/api/docs", show)
        .get("/api/docs/problems", problems)
        .get("/api/docs/problems/{slug}", problem)
}

/// Builds the reference with examples that are valid at a given time. `App` supplies it, because pages do not import
/// the API.
#[derive(Clone)]
pub(crate) struct Docs(Arc<dyn Fn(OffsetDateTime) -> Arc<Reference> + Send + Sync>);

impl Docs {
    pub(crate) fn new(
        at: impl Fn(OffsetDateTime) -> Arc<Reference> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(at))
    }
}

async fn reference(app: &Web) -> Result<Arc<Reference>, Error> {
    let now = store::now(&mut *app.pool.acquire().await?).await?;
    Ok(app.docs.0(now))
}

/// `GET /api/docs`
async fn show(visit: Visit) -> Result<Response, Failure> {
    let reference = reference(&visit.app).await?;
    visit.page(ApiDocs { reference }).await
}

/// `GET /api/docs/problems`
async fn problems(visit: Visit) -> Result<Response, Failure> {
    let problems = reference(&visit.app).await?.problems.clone();
    visit.page(ProblemList { problems }).await
}

/// `GET /api/docs/problems/{slug}`: the target of a problem's `type`.
async fn problem(visit: Visit, Path(slug): Path<String>) -> Result<Response, Failure> {
    let reference = reference(&visit.app).await?;
    let mut problems = reference.problems.iter();
    let problem = problems
        .find(|problem| problem.slug == slug)
        .cloned()
        .ok_or(Error::NotFound)?;
    visit.page(ProblemPage { problem }).await
}
