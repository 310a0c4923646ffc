//! A new password by a link in a letter.
//!
//! A known and an unknown address get the same answer in the same time, because a request only queues a letter. The link
//! works without a session, and only a POST uses it up, because mail scanners open links.

use super::{
    dead_link, device,
    email_confirmation::may_ask,
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    routes::Routes,
    session,
    success::uncached,
    visit::Visit,
};
use app::{
    form::Form,
    pages::{ForgotPassword, PasswordIsReset, ResetPassword},
};
use axum::{extract::Query, response::Response};
use guildhall::{
    Error,
    account::{self, NewEmail, ProgramAccess},
    account_mail::MailKind,
    disk::DataKind,
    store::Tx,
};
use std::collections::HashMap;

/// The page that asks for the address.
const PATH: &str = "/reset-password";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/reset-password", form)
        .post("/reset-password", request)
        .get("/reset-password/link", ask)
        .post("/reset-password/link", reset)
}

/// `GET /reset-password`
async fn form(visit: Visit) -> Result<Response, Failure> {
    let email = session::kept_email(&visit.session).await;
    let page = page(&visit, fresh(&[("email", email)]));
    visit.page(page).await
}

fn page(visit: &Visit, form: Form) -> ForgotPassword {
    ForgotPassword {
        sent_to: None,
        keeps_mail: visit.app.settings.shows_mail,
        form,
    }
}

/// `POST /reset-password`
async fn request(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    match queue(&visit, posted.get("email")).await {
        Ok(email) => {
            let page = ForgotPassword {
                sent_to: Some(email),
                ..page(&visit, fresh(&[]))
            };
            visit.page(page).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let page = page(&visit, refused.form.clone());
            refused.show(visit, page).await
        }
    }
}

async fn queue(visit: &Visit, typed: &str) -> Result<String, Error> {
    let app = &visit.app;
    let email = NewEmail::parse(typed)?;
    app.disk.must_take(DataKind::Accounts)?;
    let device = device::of(visit).await?;
    let mut tx: Tx<'_> = app.pool.begin().await?;
    if may_ask(visit, &mut tx, MailKind::ResetPassword, &email).await? {
        account::request_reset(&mut tx, &email, device).await?;
        tx.commit().await?;
    }
    Ok(email.to_string())
}

/// `GET /reset-password/link`
async fn ask(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let secret = query.get("secret").map_or("", String::as_str);
    let found = account::resettable(&mut *visit.app.pool.acquire().await?, secret).await;
    match found {
        Ok(contact) => {
            let page = ResetPassword {
                contact,
                secret: secret.to_owned(),
                form: fresh(&[("others", "end".to_owned())]),
            };
            Ok(uncached(visit.page(page).await?))
        }
        Err(error) => dead(visit, error).await,
    }
}

/// `POST /reset-password/link`
async fn reset(mut visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let others = match posted.get("others") {
        "end" => ProgramAccess::End,
        _ => ProgramAccess::Stay,
    };
    let (app, client) = (visit.app.clone(), visit.client());
    let (secret, new) = (posted.get("secret"), posted.get("new_password"));
    let reset = account::reset_password(&app.pool, &app.hasher, &client, secret, new, others).await;
    match reset {
        Ok(others) => {
            let all_ended = others == ProgramAccess::End;
            app.callers.forget();
            // The browser may have been signed in to the account.
            visit.viewer = None;
            visit.page(PasswordIsReset { all_ended }).await
        }
        Err(error) if matches!(error, Error::Invalid(_)) => {
            let contact = match account::resettable(&mut *app.pool.acquire().await?, secret).await {
                Ok(contact) => contact,
                Err(used_meanwhile) => return dead(visit, used_meanwhile).await,
            };
            let refused = RefusedForm::of(error, posted.again(&["new_password", "secret"]))?;
            let page = ResetPassword {
                contact,
                secret: secret.to_owned(),
                form: refused.form.clone(),
            };
            Ok(uncached(refused.show(visit, page).await?))
        }
        Err(error) => dead(visit, error).await,
    }
}

async fn dead(visit: Visit, error: Error) -> Result<Response, Failure> {
    dead_link::show(visit, error, PATH.to_owned(), "Get a new link").await
}
