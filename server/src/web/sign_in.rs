//! Signing up, in and out.
//!
//! Signing up never signs the visitor in. It opens an account for a new and a known e-mail address alike, and a letter goes
//! to either. Until its address is confirmed, its password opens that account only in the browser that signed up. A sign-in
//! gives the same message for an unknown address and a wrong password. Signing out sends `Clear-Site-Data: "cache"`, so
//! that the Back button shows nothing of the account.

use super::{
    device, email_confirmation,
    failure::{Failure, RefusedForm},
    identity, passkey,
    posted_form::{PostedForm, fresh},
    routes::Routes,
    second_factor, session,
    visit::Visit,
};
use app::{
    form::Form,
    links::with_next,
    pages::{SignIn, SignUp},
};
use axum::{
    extract::Query,
    http::{HeaderName, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account::{self, Attempt, NewAccount, SignedUp},
    account_mail::MailKind,
    device::{self as remembered, DeviceId},
    disk::DataKind,
    sign_in_log::SignInMethod,
};
use std::collections::HashMap;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/sign-up", sign_up_form)
        .post("/sign-up", sign_up)
        .get("/sign-in", form)
        .post("/sign-in", sign_in)
        .post("/sign-out", sign_out)
}

/// The same message for an unknown e-mail and a wrong password.
const NOT_SIGNED_IN: &str = "E-mail and password don't match an account. Check both and try again. If you signed up in another browser, first confirm your address with the link in our e-mail. If the link no longer works, choose a new password.";

/// `GET /sign-up`
async fn sign_up_form(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let role = query.get("role").cloned().unwrap_or_default();
    let page = SignUp {
        form: fresh(&[("role", role), ("next", next_of(&query))]),
        providers: identity::choices(&visit.app),
    };
    visit.page(page).await
}

/// `POST /sign-up`
async fn sign_up(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    match signed_up(&visit, &posted).await {
        Ok(device) => {
            let next = local(posted.get("next"));
            session::keep_sign_up(&visit.session, posted.get("email"), next).await?;
            let response = Redirect::to(&with_next(email_confirmation::PATH, next));
            device::set_cookie(&visit, device, response.into_response()).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&["password"]))?;
            let form = refused.form.clone();
            let providers = identity::choices(&visit.app);
            refused.show(visit, SignUp { form, providers }).await
        }
    }
}

/// Opens the account, which only the browser with the returned device can sign in to for now.
async fn signed_up(visit: &Visit, posted: &PostedForm) -> Result<DeviceId, Error> {
    let (app, origin) = (&visit.app, visit.origin());
    app.disk.must_take(DataKind::Accounts)?;
    let new = NewAccount::parse(
        posted.get("role"),
        posted.get("name"),
        posted.get("email"),
        posted.get("password"),
    )?
    .of_form(posted.get("form_key"));
    let present = device::of(visit).await?;
    app.quotas.begin_sign_up(&app.pool, origin).await?;
    let client = visit.client();
    let hashed = app.sign_up_hasher.hash_new(&client, new.password());
    let hash = match hashed.await {
        Err(error @ Error::Busy { .. }) => {
            let db = &mut *app.pool.acquire().await?;
            app.quotas.take_back_sign_up(db, origin).await?;
            return Err(error);
        }
        hashed => hashed?,
    };
    let mut tx = app.pool.begin().await?;
    let SignedUp { account, is_new } = account::sign_up(&mut tx, &new, &hash).await?;
    if is_new {
        let (quotas, purpose) = (app.quotas, MailKind::ConfirmEmail.name());
        let spent = quotas.spend_letter_of_sign_up(&mut tx, purpose, new.email());
        match spent.await {
            Ok(()) => account::request_confirmation(&mut tx, account, new.email()).await?,
            // The limit keeps strangers from flooding the owner of an address with letters.
            Err(Error::QuotaReached(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let device = remembered::introduce(&mut tx, present, account).await?;
    tx.commit().await?;
    Ok(device)
}

/// `GET /sign-in`
async fn form(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let next = next_of(&query);
    // One that has signed up again by mistake can change to the account that holds the address.
    if (visit.viewer.as_ref()).is_some_and(|viewer| viewer.has_confirmed_email) {
        return Ok(Redirect::to(after(&next)).into_response());
    }
    let form = fresh(&[
        ("next", next),
        ("email", session::kept_email(&visit.session).await),
    ]);
    let page = page(&visit, form);
    visit.page(page).await
}

/// The page, with a form that may have been refused.
pub(super) fn page(visit: &Visit, form: Form) -> SignIn {
    SignIn {
        form,
        providers: identity::choices(&visit.app),
        passkeys: visit.app.passkeys.place(visit),
    }
}

/// The path to continue to, or an empty string.
pub(super) fn next_of(query: &HashMap<String, String>) -> String {
    query
        .get("next")
        .map(|next| local(next).to_owned())
        .unwrap_or_default()
}

/// `POST /sign-in`: with a password, or with a passkey.
async fn sign_in(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    if passkey::is_in(&posted) {
        return passkey::sign_in(visit, posted).await;
    }
    let attempt = Attempt {
        email: posted.get("email"),
        password: posted.get("password"),
        address: visit.address,
        device: device::of(&visit).await?,
    };
    let signed_in = account::sign_in(&visit.app.pool, &visit.app.hasher, &attempt).await;
    let form = posted.again(&["password"]);
    match signed_in {
        Ok(Some(authenticated)) => {
            let next = local(posted.get("next"));
            second_factor::sign_in(&visit, authenticated, SignInMethod::Password, next).await
        }
        Ok(None) => {
            let form = form.refused(Vec::new(), Some(NOT_SIGNED_IN.to_owned()));
            let page = page(&visit, form);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            visit.page_with(status, page).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, form)?;
            let page = page(&visit, refused.form.clone());
            refused.show(visit, page).await
        }
    }
}

/// `POST /sign-out`
async fn sign_out(visit: Visit) -> Result<Response, Failure> {
    visit.session.flush().await?;
    // Even if the session has expired: nobody expects a browser that is signed out to show notifications.
    if let Some(device) = device::of(&visit).await? {
        let db = &mut *visit.app.pool.acquire().await?;
        remembered::end_push(db, device, None).await?;
    }
    Ok(signed_out("/"))
}

/// Redirects and clears the browser's cache, so that the next person cannot see the pages with the Back button (W3C
/// Clear Site Data).
pub(super) fn signed_out(location: &str) -> Response {
    let forget = [(HeaderName::from_static("clear-site-data"), "\"cache\"")];
    (forget, Redirect::to(location)).into_response()
}

/// The sign-in page's path, with `path` as the page to continue to.
pub(super) fn path_with_next(path: &str) -> String {
    with_next("/sign-in", local(path))
}

/// Where to continue after signing in.
pub(super) fn after(next: &str) -> &str {
    if next.is_empty() { "/dashboard" } else { next }
}

/// The longest path to continue to: an OAuth request with its parameters. The database stores paths of up to
/// this length during a sign-in through a provider.
pub(super) const LONGEST_PATH: usize = 2000;

/// A path on this site, or an empty string: nobody must be redirected to another site.
pub(super) fn local(path: &str) -> &str {
    let own = path.len() <= LONGEST_PATH
        && path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && path.chars().all(|c| c.is_ascii_graphic());
    if own { path } else { "" }
}

#[cfg(test)]
mod tests {
    use super::{local, path_with_next};

    #[test]
    fn only_a_path_on_this_site_is_followed() {
        assert_eq!(local("/projects/7?x=1"), "/projects/7?x=1");
        for path in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "/a\r\nb",
            "",
            "/ä",
        ] {
            assert_eq!(local(path), "", "{path:?}");
        }
        assert_eq!(
            path_with_next("/projects/7?a=b&c"),
            "/sign-in?next=/projects/7%3Fa%3Db%26c"
        );
        assert_eq!(path_with_next("//evil.example"), "/sign-in");
    }
}
