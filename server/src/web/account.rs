use super::{
    failure::{Failure, Refused},
    identity as doors,
    posted::{Posted, fresh},
    session as browser,
    submission::done,
    visit::Visit,
};
use app::{
    form::Form,
    pages::{Account, PasswordForm},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, Refusal,
    account::{self, Others, Viewer},
    identity,
    session::{self, SessionId},
    store,
};

/// `GET /account`
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let page = page(&visit, fresh(&[])).await?;
    visit.page(page).await
}

/// The page, with a form that may have been refused.
pub(super) async fn page(visit: &Visit, form: Form) -> Result<Account, Failure> {
    let viewer = visit.signed_in()?;
    let password = password_form(visit, viewer).await?;
    let db = &mut *visit.app.pool.acquire().await?;
    let contact = account::find(db, viewer.account).await?;
    let (sessions, current) =
        session::of_account(db, viewer.account, &browser::token(&visit.session)).await?;
    let identities = identity::list(db, viewer).await?;
    Ok(Account {
        contact,
        sessions,
        current,
        password,
        identities: doors::named(&visit.app, identities),
        providers: doors::choices(&visit.app),
        form,
    })
}

/// A first password is set only by whom a provider vouched for a moment ago: a session that was left open, or stolen,
/// must not become a way in for good.
async fn password_form(visit: &Visit, viewer: &Viewer) -> Result<PasswordForm, Failure> {
    let db = &mut *visit.app.pool.acquire().await?;
    if account::has_password(db, viewer).await? {
        return Ok(PasswordForm::Change);
    }
    let vouched_at = browser::vouched_at(&visit.session).await?;
    let now = store::now(db).await?.unix_timestamp();
    Ok(if vouched_at.is_some_and(|at| doors::is_fresh(at, now)) {
        PasswordForm::Set
    } else {
        PasswordForm::SignInAgain
    })
}

/// `POST /account/password/first`
pub(super) async fn set_first_password(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let set = match password_form(&visit, viewer).await? {
        PasswordForm::Change => Err(Refusal::HasPassword.into()),
        PasswordForm::SignInAgain => Err(Refusal::SignInAgain.into()),
        PasswordForm::Set => {
            let token = browser::token(&visit.session);
            let (_, current) = session::of_account(
                &mut *visit.app.pool.acquire().await?,
                viewer.account,
                &token,
            )
            .await?;
            let (pool, hasher) = (&visit.app.pool, &visit.app.hasher);
            let new = posted.get("new_password");
            account::set_first_password(pool, hasher, viewer, new, current).await
        }
    };
    match set {
        Ok(()) => {
            done(
                &visit,
                "/account",
                "Your password is set, and every other session is ended.",
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
    let others = match posted.get("others") {
        "end" => Others::End,
        _ => Others::Stay,
    };
    match account::change_password(
        &visit.app.pool,
        &visit.app.hasher,
        viewer,
        present,
        new,
        current,
        others,
    )
    .await
    {
        Ok(()) => {
            let words = match others {
                Others::End => {
                    "Your password is changed. Every other session is ended, and all access tokens and programs are revoked."
                }
                Others::Stay => "Your password is changed, and every other session is ended.",
            };
            done(&visit, "/account", words).await
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
