use super::{
    App,
    failure::Failure,
    posted::Posted,
    project::{id_in, show_refused},
    submission::{self, Begun, done},
    visit::Visit,
};
use crate::disk::Storing;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, Refusal,
    account::{Role, Viewer},
    bid::{self, BidId, Offer, Outcome},
    project::ProjectId,
};

/// `GET /projects/{id}/bids`: where a reload after a refused bid ends up.
pub(super) async fn back(Path(id): Path<String>) -> Result<Response, Failure> {
    Ok(Redirect::to(&format!("/projects/{}", id_in(&id)?)).into_response())
}

/// `POST /projects/{id}/bids`
pub(super) async fn place(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let viewer = visit.signed_in_as(Role::Buyer)?;
    match placed(&visit.app, viewer, id, &posted).await {
        Ok(()) => done(&visit, &format!("/projects/{id}"), "Your bid is in.").await,
        Err(error) => show_refused(visit, id, posted.again(&[]), error).await,
    }
}

async fn placed(app: &App, viewer: &Viewer, id: ProjectId, posted: &Posted) -> Result<(), Error> {
    let offer = Offer::Typed(posted.get("amount").to_owned());
    let mark = Some(posted.mark(viewer.account)?);
    app.disk.must_take(Storing::Bids)?;
    match app.bids.place(viewer, id, offer.clone(), mark).await? {
        Outcome::Placed(_) => Ok(()),
        // It may come from the browser's history, after the bid was withdrawn.
        Outcome::Repeated(_) => {
            let db = &mut *app.pool.acquire().await?;
            bid::stands(db, viewer, id, &offer).await
        }
        Outcome::Conflict(_) => Err(Refusal::StalePage.into()),
    }
}

/// `POST /projects/{id}/withdraw`
pub(super) async fn withdraw(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let viewer = visit.signed_in_as(Role::Buyer)?;
    match withdrawn(&visit.app, viewer, id, &posted).await {
        Ok(()) => {
            done(
                &visit,
                &format!("/projects/{id}"),
                "Your bid is withdrawn. Until the deadline you can bid again, lower than before.",
            )
            .await
        }
        Err(error) => show_refused(visit, id, posted.again(&[]), error).await,
    }
}

async fn withdrawn(
    app: &App,
    viewer: &Viewer,
    id: ProjectId,
    posted: &Posted,
) -> Result<(), Error> {
    let mark = posted.mark(viewer.account)?;
    match submission::begin::<BidId>(&app.pool, mark).await? {
        // Sent again from the browser's history, it means what it says if there is a bid again.
        Begun::Repeated(_) => {
            let mut tx = app.pool.begin().await?;
            match bid::withdraw(&mut tx, viewer, id).await {
                Ok(_) => tx.commit().await?,
                Err(Error::Refused(Refusal::NoBid)) => {}
                Err(error) => return Err(error),
            }
        }
        Begun::First(mut once) => {
            let withdrawn = bid::withdraw(once.tx(), viewer, id).await?;
            once.commit(withdrawn).await?;
        }
    }
    Ok(())
}
