//! The bid forms for browsers without JavaScript.
//!
//! Each form calls the same server function as the island, in the same process.
//!
//! A refused form is shown again at once, with its status (422, 409, 405 …), what was typed, and an error at each
//! field. Reloading that page redirects to the project.

use super::{
    failure::Failure,
    posted_form::PostedForm,
    project::{confirm_action, id_in, show_refused, show_unfinished},
    routes::Routes,
    session,
    success::redirect_after,
    visit::Visit,
    writes::context,
};
use crate::cache::read_cache::Freshness;
use app::{
    pages::{ActionToConfirm, LowBid},
    writes::{self, place_bid, undo_bid, withdraw_bid},
};
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    bid::{self, BidId, Note, UnusuallyLow},
    project::{self, ProjectId},
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/projects/{id}/bids", redirect_to_project)
        .post("/projects/{id}/bids", place)
        .get("/projects/{id}/undo", redirect_to_project)
        .post("/projects/{id}/undo", undo)
        .get("/projects/{id}/withdraw", withdrawal)
        .post("/projects/{id}/withdraw", withdraw)
}

/// `GET /projects/{id}/bids` and `/undo`: where a reload after a refusal ends up.
async fn redirect_to_project(Path(id): Path<String>) -> Result<Response, Failure> {
    Ok(Redirect::to(&format!("/projects/{}", id_in(&id)?)).into_response())
}

/// `POST /projects/{id}/bids`. From the question about an unusually low bid, `change` leads back to the bid form, which
/// has everything that was typed.
async fn place(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    // A visitor whose session has ended is asked to sign in first, like with the bid.
    if !posted.get("change").is_empty() && visit.viewer.is_some() {
        return show_unfinished(visit, id, posted.unfinished()).await;
    }
    let confirmed = Some(posted.text("confirmed")).filter(|amount| !amount.is_empty());
    let bid = place_bid(
        id,
        posted.text("amount"),
        Some(posted.text("note")),
        posted.text("form_key"),
        confirmed,
    );
    match writes::call(context(&visit), bid).await {
        Ok(placed) => redirect_after(&visit, placed).await,
        Err(error) => match error.refused::<UnusuallyLow>() {
            Some(unusual) if !visit.wants_json => {
                confirm_low_bid(visit, id, &posted, *unusual).await
            }
            _ => show_refused(visit, id, posted.again(&[]), error).await,
        },
    }
}

/// Asks whether an unusually low bid is meant. The question carries the same form with the same key, so the bid is
/// placed only once.
async fn confirm_low_bid(
    mut visit: Visit,
    id: ProjectId,
    posted: &PostedForm,
    unusual: UnusuallyLow,
) -> Result<Response, Failure> {
    visit.page_path = format!("/projects/{id}");
    let app = &visit.app;
    let view = app
        .pages
        .project(&app.pool, &app.live, id, Freshness::Now)
        .await?;
    let page = LowBid {
        project: view.project.clone(),
        unusual,
        form: posted.unfinished(),
    };
    visit.page_with(StatusCode::CONFLICT, page).await
}

/// `GET /projects/{id}/withdraw`: asks whether to withdraw the bid.
async fn withdrawal(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let action = withdrawable(&visit, id).await;
    confirm_action(visit, id, action).await
}

async fn withdrawable(visit: &Visit, id: ProjectId) -> Result<ActionToConfirm, Error> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let (project, bid, undoable) = bid::withdrawable(db, viewer, id).await?;
    Ok(ActionToConfirm::WithdrawBid {
        project,
        bid,
        undoable,
    })
}

/// `POST /projects/{id}/withdraw`
async fn withdraw(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let withdrawal = withdraw_bid(
        id,
        posted.get("bid").parse().ok().map(BidId),
        posted.text("form_key"),
    );
    match writes::call(context(&visit), withdrawal).await {
        Ok(withdrawn) => redirect_after(&visit, withdrawn).await,
        Err(error) => show_refused(visit, id, posted.again(&[]), error).await,
    }
}

/// `POST /projects/{id}/undo`
async fn undo(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    // No bid has the number 0, so a form without one is refused.
    let bid = BidId(posted.get("bid").parse().unwrap_or_default());
    let note = note_of(&visit, id, bid).await?;
    let undone = undo_bid(id, bid, posted.text("form_key"));
    match writes::call(context(&visit), undone).await {
        Ok(undone) => {
            if let Some(note) = note {
                session::keep_undone_note(&visit.session, id, &note).await?;
            }
            redirect_after(&visit, undone).await
        }
        Err(error) => show_refused(visit, id, posted.again(&[]), error).await,
    }
}

/// The note of the viewer's bid. It is deleted when the bid is undone, but was typed and may be meant for the next one.
async fn note_of(visit: &Visit, id: ProjectId, bid: BidId) -> Result<Option<String>, Error> {
    let Some(viewer) = &visit.viewer else {
        return Ok(None);
    };
    let db = &mut *visit.app.pool.acquire().await?;
    let project = project::find(db, id).await?;
    let mut notes = bid::notes(db, viewer, &project, &[bid]).await?;
    Ok(notes.remove(&bid).map(Note::into_text))
}
