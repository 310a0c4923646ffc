use super::{App, failure::Failure, visit::Visit};
use app::pages::api_docs::{ApiDocs, ProblemList, ProblemPage, Reference};
use axum::{extract::Path, response::Response};
use guildhall::{Error, store};
use std::sync::Arc;

async fn reference(app: &App) -> Result<Arc<Reference>, Error> {
    let now = store::now(&mut *app.pool.acquire().await?).await?;
    Ok(app.described.reference(now))
}

/// `GET /api/docs`
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let reference = reference(&visit.app).await?;
    visit.page(ApiDocs { reference }).await
}

/// `GET /api/docs/problems`
pub(super) async fn problems(visit: Visit) -> Result<Response, Failure> {
    let problems = reference(&visit.app).await?.problems.clone();
    visit.page(ProblemList { problems }).await
}

/// `GET /api/docs/problems/{slug}`: the target of a problem's `type`.
pub(super) async fn problem(visit: Visit, Path(slug): Path<String>) -> Result<Response, Failure> {
    let reference = reference(&visit.app).await?;
    let mut problems = reference.problems.iter();
    let problem = problems
        .find(|problem| problem.slug == slug)
        .cloned()
        .ok_or(Error::NotFound)?;
    visit.page(ProblemPage { problem }).await
}
