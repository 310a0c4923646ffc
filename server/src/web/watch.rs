use super::{
    failure::Failure,
    posted_form::fresh,
    project::{id_in, show_refused},
    routes::Routes,
    success::redirect_after,
    visit::Visit,
    writes::context,
};
use app::{
    pages::Watching,
    writes::{self, WriteSuccess, stop_watching, watch_project},
};
use axum::{extract::Path, response::Response};
use guildhall::watch;

const LIST: &str = "/account/watching";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account/watching", list)
        .post("/account/watching/{id}/stop", stop_in_list)
        .post("/projects/{id}/watch", begin)
        .post("/projects/{id}/stop-watching", stop)
}

/// `GET /account/watching`
async fn list(visit: Visit) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let (projects, now) = watch::watched(db, viewer).await?;
    visit.page(Watching { projects, now }).await
}

/// `POST /projects/{id}/watch`
async fn begin(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    match writes::call(context(&visit), watch_project(id)).await {
        Ok(begun) => redirect_after(&visit, begun).await,
        Err(error) => show_refused(visit, id, fresh(&[]), error).await,
    }
}

/// `POST /projects/{id}/stop-watching`
async fn stop(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let stopped = writes::call(context(&visit), stop_watching(id_in(&id)?)).await?;
    redirect_after(&visit, stopped).await
}

/// `POST /account/watching/{id}/stop`: the list follows instead of the project.
async fn stop_in_list(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let stopped = writes::call(context(&visit), stop_watching(id_in(&id)?)).await?;
    let location = LIST.to_owned();
    redirect_after(
        &visit,
        WriteSuccess {
            location,
            ..stopped
        },
    )
    .await
}
