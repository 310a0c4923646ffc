use super::{failure::Failure, project::id_in, routes::Routes, visit::Visit};
use app::pages::ResultPage;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{Error, award, project};

pub(crate) fn routes() -> Routes {
    Routes::default().get("/projects/{id}/result", show)
}

/// `GET /projects/{id}/result`; redirects to the project while there is no result.
async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let db = &mut *visit.app.pool.acquire().await?;
    let project = project::find(db, id).await?;
    match award::outcome(db, visit.viewer.as_ref(), &project).await {
        Ok(outcome) => visit.clone().page(ResultPage { project, outcome }).await,
        Err(Error::NotFound) => Ok(Redirect::to(&format!("/projects/{id}")).into_response()),
        Err(error) => Err(error.into()),
    }
}
