//! Confirming the address of an account.
//!
//! The page after the sign-up is the same for a new and a known address, and so is the answer to sending the letter
//! again. The link works without a session, and only a POST confirms, because mail scanners open links.

use super::{
    dead_link, device,
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    routes::Routes,
    session,
    sign_in::{after, next_of},
    success::{redirect_with_message, uncached},
    visit::Visit,
};
use app::{
    links::with_next,
    pages::{ConfirmEmail, ConfirmationState, EmailConfirmation, LinkState},
};
use axum::{
    extract::Query,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account::{self, Browser, ConfirmableLink, LinkOpener, NewEmail},
    account_mail::{self, MailKind, MailedLink},
    device as remembered,
    disk::DataKind,
    quota::QuotaScope,
    store::Tx,
};
use std::collections::HashMap;

/// The page that says where the letter went.
pub(super) const PATH: &str = "/confirm-email";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/confirm-email", show)
        .post("/confirm-email", send_again)
        .get("/confirm-email/link", ask)
        .post("/confirm-email/link", confirm)
}

/// `GET /confirm-email`
async fn show(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let page = page(&visit, next_of(&query)).await?;
    visit.page(page).await
}

async fn page(visit: &Visit, next: String) -> Result<EmailConfirmation, Failure> {
    Ok(EmailConfirmation {
        state: state(visit).await?,
        keeps_form: !session::saved_forms(&visit.session).await.is_empty(),
        next,
        keeps_mail: visit.app.settings.shows_mail,
        form: fresh(&[]),
    })
}

/// # Errors
/// `SignInRequired` unless the visitor is signed in, or has just signed up.
async fn state(visit: &Visit) -> Result<ConfirmationState, Failure> {
    let email = session::kept_email(&visit.session).await;
    if visit.viewer.is_none() && !email.is_empty() {
        return Ok(ConfirmationState::SignedUp { email });
    }
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let email = account::find(db, viewer.account).await?.email;
    if viewer.has_confirmed_email {
        return Ok(ConfirmationState::Confirmed { email });
    }
    let latest = account_mail::latest(db, viewer.account, MailKind::ConfirmEmail).await?;
    Ok(ConfirmationState::Unconfirmed { email, latest })
}

/// `POST /confirm-email`: sends the letter again.
async fn send_again(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let next = next_of(&query);
    let mut page = page(&visit, next.clone()).await?;
    let requested = match &page.state {
        ConfirmationState::SignedUp { email } | ConfirmationState::Unconfirmed { email, .. } => {
            request(&visit, email).await
        }
        ConfirmationState::Confirmed { .. } => {
            return Ok(Redirect::to(&with_next(PATH, &next)).into_response());
        }
    };
    match requested {
        Ok(()) => {
            redirect_with_message(
                &visit,
                &with_next(PATH, &next),
                "A new e-mail is on its way.",
            )
            .await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, fresh(&[]))?;
            page.form = refused.form.clone();
            refused.show(visit, page).await
        }
    }
}

/// Queues a letter to the viewer's account, or to the one that this browser signed up with. A browser that has opened no
/// account with the address gets the same answer, but nothing is sent.
async fn request(visit: &Visit, email: &str) -> Result<(), Error> {
    let app = &visit.app;
    let email = NewEmail::parse(email)?;
    app.disk.must_take(DataKind::Accounts)?;
    let device = device::of(visit).await?;
    let mut tx: Tx<'_> = app.pool.begin().await?;
    let account = match (&visit.viewer, device) {
        (Some(viewer), _) => Some(viewer.account),
        (None, Some(device)) => remembered::unconfirmed_account(&mut tx, device, &email).await?,
        (None, None) => None,
    };
    // Without a letter, none of the owner's may be used up.
    let Some(account) = account else {
        return Ok(());
    };
    let kind = MailKind::ConfirmEmail;
    if visit.viewer.is_some() {
        let quotas = app.quotas;
        quotas
            .spend_letter(&mut tx, kind.name(), &email, visit.origin())
            .await?;
    } else if !may_ask(visit, &mut tx, kind, &email).await? {
        return Ok(());
    }
    account::request_confirmation(&mut tx, account, &email).await?;
    tx.commit().await?;
    Ok(())
}

/// Counts a letter to an address that may be somebody else's. False if too many were requested for that address: nothing
/// is sent then, but the visitor gets the same answer, so that it does not reveal what others have requested.
pub(super) async fn may_ask(
    visit: &Visit,
    tx: &mut Tx<'_>,
    kind: MailKind,
    email: &str,
) -> Result<bool, Error> {
    let quotas = visit.app.quotas;
    let spent = quotas
        .spend_letter(tx, kind.name(), email, visit.origin())
        .await;
    match spent {
        Err(Error::QuotaReached(reached)) if reached.scope == QuotaScope::Email => Ok(false),
        spent => spent.map(|()| true),
    }
}

/// `GET /confirm-email/link`
async fn ask(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let secret = query.get("secret").map_or("", String::as_str);
    let (browser, device) = (browser(&visit).await?, device::of(&visit).await?);
    let viewer = visit.viewer.as_ref().zip(browser.as_ref());
    let opener = LinkOpener { viewer, device };
    let db = &mut *visit.app.pool.acquire().await?;
    match account::confirmable(db, secret, &opener).await {
        Ok(found) if found.is_confirmed => show_confirmed(visit, found.link).await,
        Ok(ConfirmableLink {
            link, is_change, ..
        }) => {
            let secret = secret.to_owned();
            show_link(visit, link, LinkState::Ask { secret, is_change }).await
        }
        Err(error) => dead(visit, error).await,
    }
}

async fn browser(visit: &Visit) -> Result<Option<Browser>, Error> {
    match &visit.viewer {
        Some(_) => visit.browser().await.map(Some),
        None => Ok(None),
    }
}

/// `POST /confirm-email/link`
async fn confirm(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let (browser, device) = (browser(&visit).await?, device::of(&visit).await?);
    let viewer = visit.viewer.as_ref().zip(browser.as_ref());
    let opener = LinkOpener { viewer, device };
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    match account::confirm_email(&mut tx, posted.get("secret"), &opener).await {
        Ok(link) => {
            tx.commit().await?;
            show_confirmed(visit, link).await
        }
        Err(error) => dead(visit, error).await,
    }
}

async fn show_confirmed(visit: Visit, link: MailedLink) -> Result<Response, Failure> {
    let is_own = (visit.viewer.as_ref()).is_some_and(|viewer| viewer.account == link.account);
    let next = session::kept_next(&visit.session).await;
    let (next, label) = if is_own {
        let waiting = session::saved_forms(&visit.session).await.pop();
        let next = waiting.unwrap_or_else(|| after(&next).to_owned());
        (next, "Continue")
    } else {
        (with_next("/sign-in", &next), "Sign in")
    };
    show_link(visit, link, LinkState::Confirmed { next, label }).await
}

async fn show_link(visit: Visit, link: MailedLink, state: LinkState) -> Result<Response, Failure> {
    let db = &mut *visit.app.pool.acquire().await?;
    let mut contact = account::find(db, link.account).await?;
    contact.email = link.address;
    let is_own = (visit.viewer.as_ref()).is_some_and(|viewer| viewer.account == link.account);
    if !is_own
        && matches!(
            state,
            LinkState::Ask {
                is_change: true,
                ..
            }
        )
    {
        // A stranger may have chosen the name, and the address.
        contact.name.clear();
    }
    Ok(uncached(visit.page(ConfirmEmail { contact, state }).await?))
}

/// Where to change the address, and what the button says.
const CHANGE: (&str, &str) = ("/account/email", "Change your e-mail address");

async fn dead(visit: Visit, error: Error) -> Result<Response, Failure> {
    let refusal = error.refused();
    let has_signed_up = !session::kept_email(&visit.session).await.is_empty();
    let (next, label) = match (&visit.viewer, refusal) {
        (_, Some(account::Refusal::SeveralAccounts)) => ("/sign-up", "Sign up in this browser"),
        (None, Some(account::Refusal::EmailTaken)) => ("/sign-in", "Sign in"),
        (Some(_), Some(account::Refusal::EmailTaken)) => CHANGE,
        (Some(viewer), _) if viewer.has_confirmed_email => CHANGE,
        (Some(_), _) => (PATH, "Send a new e-mail"),
        (None, _) if has_signed_up => (PATH, "Send a new e-mail"),
        // A new password confirms the address, too.
        (None, _) => ("/reset-password", "Choose a new password"),
    };
    let next = next.to_owned();
    dead_link::show(visit, error, next, label).await
}
