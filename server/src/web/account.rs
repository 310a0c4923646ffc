use super::{
    failure::{Failure, Refused},
    posted::{Posted, fresh},
    session as browser,
    submission::done,
    visit::Visit,
};
use app::{form::Form, pages::Account};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, account,
    session::{self, SessionId},
};

/// `GET /account`
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let page = page(&visit, fresh(&[])).await?;
    visit.page(page).await
}

async fn page(visit: &Visit, form: Form) -> Result<Account, Error> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let contact = account::find(db, viewer.account).await?;
    let (sessions, current) =
        session::of_account(db, viewer.account, &browser::token(&visit.session)).await?;
    Ok(Account {
        contact,
        sessions,
        current,
        form,
    })
}

/// `POST /account/password`
pub(super) async fn change_password(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let (_, current) = session::of_account(
        &mut *visit.app.pool.acquire().await?,
        viewer.account,
        &browser::token(&visit.session),
    )
    .await?;
    let (present, new) = (posted.get("present_password"), posted.get("new_password"));
    match account::change_password(
        &visit.app.pool,
        &visit.app.hasher,
        viewer,
        present,
        new,
        current,
    )
    .await
    {
        Ok(()) => {
            done(
                &visit,
                "/account",
                "Your password is changed, and every other session is ended.",
            )
            .await
        }
        Err(error) => {
            let refused = Refused::of(error, fresh(&[]))?;
            let page = page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// `POST /account/sessions/{id}/end`
pub(super) async fn end_session(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id.parse().map(SessionId).map_err(|_| Error::NotFound)?;
    let viewer = visit.signed_in()?;
    match session::end(&mut *visit.app.pool.acquire().await?, viewer.account, id).await {
        // Ended already, by a double click or by time; one of somebody else's looks the same from here.
        Err(Error::NotFound) => Ok(Redirect::to("/account").into_response()),
        ended => {
            ended?;
            done(&visit, "/account", "The session is ended.").await
        }
    }
}

/// `POST /account/sessions/end-others`
pub(super) async fn end_other_sessions(visit: Visit) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let (_, current) =
        session::of_account(db, viewer.account, &browser::token(&visit.session)).await?;
    session::end_others(db, viewer.account, current).await?;
    done(&visit, "/account", "Every other session is ended.").await
}
