//! Creates an account for a person a provider vouched for.

use super::{LINK, pending, refuse};
use crate::{
    identity::Provider,
    web::{
        failure::{Failure, RefusedForm},
        posted_form::{PostedForm, fresh},
        second_factor,
        session::{self, PendingSignIn, Proofs},
        sign_in::after,
        success::redirect_with_message,
        visit::Visit,
    },
};
use app::{form::Form, pages::SignUpWith};
use axum::response::{IntoResponse, Redirect, Response};
use guildhall::{
    Error,
    disk::DataKind,
    identity::{self, NewMember, SignUpOutcome},
    receipt,
    sign_in_log::SignInMethod,
    store::Tx,
};

/// `GET /sign-up/with`
pub(in crate::web) async fn sign_up_form(visit: Visit) -> Result<Response, Failure> {
    if visit.viewer.is_some() {
        return Ok(Redirect::to(LINK).into_response());
    }
    let Some((pending, provider)) = pending(&visit).await? else {
        return Ok(Redirect::to("/sign-in").into_response());
    };
    let name = pending.vouched.name().unwrap_or_default().to_owned();
    let page = sign_up_page(&visit, &pending, provider, fresh(&[("name", name)])).await?;
    visit.page(page).await
}

async fn sign_up_page(
    visit: &Visit,
    pending: &PendingSignIn,
    provider: &Provider,
    form: Form,
) -> Result<SignUpWith, Error> {
    let db = &mut *visit.app.pool.acquire().await?;
    Ok(SignUpWith {
        provider: provider.label().to_owned(),
        email: pending.vouched.label().to_owned(),
        email_taken: identity::email_is_taken(db, &pending.vouched).await?,
        form,
    })
}

/// `POST /sign-up/with`
pub(in crate::web) async fn sign_up(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    if visit.viewer.is_some() {
        return Ok(Redirect::to(LINK).into_response());
    }
    let Some((pending, provider)) = pending(&visit).await? else {
        return refuse(visit, receipt::Refusal::StalePage.into()).await;
    };
    match signed_up(&visit, &pending, &posted).await {
        // The page says so, and shows how to sign in to the account that has the e-mail.
        Ok(SignUpOutcome::EmailTaken) => Ok(Redirect::to("/sign-up/with").into_response()),
        Ok(SignUpOutcome::Known(authenticated)) => {
            session::forget_pending(&visit.session).await?;
            let method = SignInMethod::Provider(provider.label());
            second_factor::sign_in(&visit, authenticated, method, &pending.next).await
        }
        Ok(SignUpOutcome::New(authenticated)) => {
            session::forget_pending(&visit.session).await?;
            let words = format!(
                "Your account is ready. You can sign in with {}.",
                provider.label()
            );
            let response = redirect_with_message(&visit, after(&pending.next), &words).await?;
            let method = SignInMethod::Provider(provider.label());
            // The person who just created the account is its owner, so no further proof is needed.
            let proofs = Proofs {
                proven_at: Some(pending.at),
                code_at: None,
            };
            second_factor::begin_session(&visit, &authenticated, method, proofs, false, response)
                .await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let page = sign_up_page(&visit, &pending, provider, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

async fn signed_up(
    visit: &Visit,
    pending: &PendingSignIn,
    posted: &PostedForm,
) -> Result<SignUpOutcome, Error> {
    visit.app.disk.must_take(DataKind::Accounts)?;
    let new = NewMember::parse(posted.get("role"), posted.get("name"))?;
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    let signed_up = identity::sign_up(&mut tx, &pending.vouched, &new).await?;
    if let SignUpOutcome::New(_) = signed_up {
        let quotas = &visit.app.quotas;
        quotas.spend_sign_up(&mut tx, visit.origin()).await?;
    }
    tx.commit().await?;
    Ok(signed_up)
}
