//! The confirmation page for linking an identity, and its form.

use super::pending;
use crate::{
    identity::Provider,
    web::{
        failure::{Failure, RefusedForm},
        posted_form::{PostedForm, fresh},
        proof::{self, GivenProof},
        session::{self, PendingSignIn},
        sign_in::after,
        success::redirect_with_message,
        visit::Visit,
    },
};
use app::{form::Form, pages::LinkIdentity};
use axum::response::{IntoResponse, Redirect, Response};
use guildhall::{
    Error,
    account::Viewer,
    identity::{self, VouchedPerson},
    store::Tx,
};

/// `GET /account/identities/link`
pub(in crate::web) async fn link_form(visit: Visit) -> Result<Response, Failure> {
    visit.signed_in()?;
    let Some((pending, provider)) = pending(&visit).await? else {
        return Ok(Redirect::to("/account").into_response());
    };
    let page = link_page(&visit, &pending, provider, fresh(&[])).await?;
    visit.page(page).await
}

async fn link_page(
    visit: &Visit,
    pending: &PendingSignIn,
    provider: &Provider,
    form: Form,
) -> Result<LinkIdentity, Error> {
    Ok(LinkIdentity {
        provider: provider.label().to_owned(),
        label: pending.vouched.label().to_owned(),
        proof: proof::required(visit, visit.signed_in()?).await?,
        form,
    })
}

/// `POST /account/identities/link`
pub(in crate::web) async fn link(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let Some((pending, provider)) = pending(&visit).await? else {
        // Already linked by a double click, or too late; the page shows which.
        return Ok(Redirect::to("/account").into_response());
    };
    if posted.get("intent") != "link" {
        session::forget_pending(&visit.session).await?;
        return Ok(Redirect::to(after(&pending.next)).into_response());
    }
    match linked(&visit, viewer, &posted, &pending.vouched).await {
        Ok(()) => {
            session::forget_pending(&visit.session).await?;
            let words = format!(
                "You can now sign in to this account with {}.",
                provider.label()
            );
            let next = match pending.next.as_str() {
                "" => "/account",
                next => next,
            };
            redirect_with_message(&visit, next, &words).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, fresh(&[]))?;
            let page = link_page(&visit, &pending, provider, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

async fn linked(
    visit: &Visit,
    viewer: &Viewer,
    posted: &PostedForm,
    vouched: &VouchedPerson,
) -> Result<(), Error> {
    proof::require(visit, viewer, GivenProof::of(posted)).await?;
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    identity::link(&mut tx, viewer, vouched).await?;
    tx.commit().await?;
    Ok(())
}
