//! Undoing a change of the e-mail by the link in the letter to the former address. The link works without a session, and only
//! a POST uses it up, because mail scanners open links.

use super::{
    dead_link,
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    routes::Routes,
    success::uncached,
    visit::Visit,
};
use app::{
    form::Form,
    pages::{EmailChangeIsUndone, UndoEmailChange},
};
use axum::{extract::Query, response::Response};
use guildhall::{
    Error, Result,
    account::{self, UndoableChange},
};
use std::collections::HashMap;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/undo-email-change/link", ask)
        .post("/undo-email-change/link", undo)
}

/// `GET /undo-email-change/link`
async fn ask(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let secret = query.get("secret").map_or("", String::as_str);
    match find(&visit, secret).await {
        Ok(change) => {
            let page = page(change, secret, fresh(&[]));
            Ok(uncached(visit.page(page).await?))
        }
        Err(error) => dead(visit, error).await,
    }
}

async fn find(visit: &Visit, secret: &str) -> Result<UndoableChange> {
    account::undoable_email_change(&mut *visit.app.pool.acquire().await?, secret).await
}

fn page(change: UndoableChange, secret: &str, form: Form) -> UndoEmailChange {
    UndoEmailChange {
        change,
        secret: secret.to_owned(),
        form,
    }
}

/// `POST /undo-email-change/link`
async fn undo(mut visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let (secret, new_password) = (posted.get("secret"), posted.get("new_password"));
    let change = match find(&visit, secret).await {
        Ok(change) => change,
        Err(error) => return dead(visit, error).await,
    };
    let (app, client) = (visit.app.clone(), visit.client());
    let undone =
        account::undo_email_change(&app.pool, &app.hasher, &client, secret, new_password).await;
    match undone {
        Ok(()) => {
            app.callers.forget();
            // The browser may have been signed in to the account.
            visit.viewer = None;
            let email = change.former;
            visit.page(EmailChangeIsUndone { email }).await
        }
        Err(error) if matches!(error, Error::Invalid(_)) => {
            let refused = RefusedForm::of(error, posted.again(&["new_password", "secret"]))?;
            let page = page(change, secret, refused.form.clone());
            Ok(uncached(refused.show(visit, page).await?))
        }
        Err(error) => dead(visit, error).await,
    }
}

async fn dead(visit: Visit, error: Error) -> Result<Response, Failure> {
    dead_link::show(visit, error, "/sign-in".to_owned(), "Sign in").await
}
