use super::{failure::Failure, project::id_in, routes::Routes, visit::Visit};
use app::pages::{AwardDocument, ResultPage};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, account,
    award::{self, AwardOutcome, Contacts},
    project,
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects/{id}/result", show)
        .get("/projects/{id}/award", document)
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

/// `GET /projects/{id}/award`: the award to print. Redirects to the result if nobody won, and to the project while
/// there is no result.
async fn document(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let (project, outcome, own) = {
        let db = &mut *visit.app.pool.acquire().await?;
        let project = project::find(db, id).await?;
        let outcome = award::outcome(db, visit.viewer.as_ref(), &project).await;
        let own = match (&outcome, &visit.viewer) {
            (Ok(AwardOutcome::Awarded(award)), Some(viewer))
                if award.contacts != Contacts::Hidden =>
            {
                Some(account::find(db, viewer.account).await?)
            }
            _ => None,
        };
        (project, outcome, own)
    };
    let award = match outcome {
        Ok(AwardOutcome::Awarded(award)) => award,
        Ok(AwardOutcome::Unawarded { .. }) => {
            return Ok(Redirect::to(&format!("/projects/{id}/result")).into_response());
        }
        Err(Error::NotFound) => {
            return Ok(Redirect::to(&format!("/projects/{id}")).into_response());
        }
        Err(error) => return Err(error.into()),
    };
    let (app, client) = (&visit.app, visit.client());
    let description = app.pages.description(&app.heavy, client, &project).await?;
    let page = AwardDocument {
        project,
        award,
        own,
        description: description.to_string(),
    };
    visit.page(page).await
}
