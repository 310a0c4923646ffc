use super::{
    App,
    failure::Failure,
    posted::Posted,
    project::{id_in, show_refused},
    submission::{Begun, Submission, done},
    visit::Visit,
};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, Refusal,
    account::{Role, Viewer},
    bid,
    field::FieldError,
    money::Money,
    project::{self, ProjectId},
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
        Ok(location) => done(&visit, &location, "Your bid is in.").await,
        Err(error) => show_refused(visit, id, posted.again(&[]), error).await,
    }
}

async fn placed(
    app: &App,
    viewer: &Viewer,
    id: ProjectId,
    posted: &Posted,
) -> Result<String, Error> {
    let mark = posted.mark()?;
    let currency = project::find(&mut *app.pool.acquire().await?, id)
        .await?
        .budget
        .currency();
    let amount = Money::parse(posted.get("amount"), currency)
        .map_err(|problem| Error::Invalid(vec![FieldError::new("amount", problem)]))?;
    match Submission::begin(&app.pool, viewer.account, mark).await? {
        Begun::Repeated(location) => stands(app, viewer, id, amount).await.map(|()| location),
        Begun::First(mut submission) => {
            bid::place(submission.tx(), viewer, id, amount).await?;
            submission.commit(format!("/projects/{id}")).await
        }
    }
}

/// A bid form that was carried out before is answered alike only while that bid stands: it may come from the browser's
/// history, after the bid was withdrawn.
async fn stands(app: &App, viewer: &Viewer, id: ProjectId, amount: Money) -> Result<(), Error> {
    let db = &mut *app.pool.acquire().await?;
    let project = project::find(db, id).await?;
    match bid::own(db, viewer, &project).await? {
        Some(own) if own.amount == amount => Ok(()),
        _ => Err(Refusal::NotLower { own: amount }.into()),
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
        Ok(location) => {
            done(
                &visit,
                &location,
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
) -> Result<String, Error> {
    match Submission::begin(&app.pool, viewer.account, posted.mark()?).await? {
        // Sent again from the browser's history, it means what it says if there is a bid again.
        Begun::Repeated(location) => {
            let mut tx = app.pool.begin().await?;
            match bid::withdraw(&mut tx, viewer, id).await {
                Ok(_) => tx.commit().await?,
                Err(Error::Refused(Refusal::NoBid)) => {}
                Err(error) => return Err(error),
            }
            Ok(location)
        }
        Begun::First(mut submission) => {
            bid::withdraw(submission.tx(), viewer, id).await?;
            submission.commit(format!("/projects/{id}")).await
        }
    }
}
