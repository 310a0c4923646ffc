//! A passkey as a proof that whoever is signed in owns the account.

use super::signed_in;
use crate::web::{
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    second_factor,
    session::Proofs,
    sign_in::{local, next_of},
    success::uncached,
    visit::Visit,
};
use app::pages::ConfirmPasskey;
use axum::{
    extract::Query,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, account::Authenticated, passkey::must_be_of, sign_in_log::SignInMethod, store,
};
use std::collections::HashMap;

/// `GET /account/passkeys/confirm`
pub(super) async fn ask(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    visit.signed_in()?;
    if !visit.app.passkeys.is_at(&visit) {
        return Ok(Redirect::to("/account/passkeys").into_response());
    }
    let form = fresh(&[("next", next_of(&query))]);
    Ok(uncached(visit.page(ConfirmPasskey { form }).await?))
}

/// `POST /account/passkeys/confirm`
pub(super) async fn confirm(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let next = match local(posted.get("next")) {
        "" => "/account",
        next => next,
    };
    match confirmed(&visit, &posted).await {
        Ok(authenticated) => {
            let now = store::now(&mut *visit.app.pool.acquire().await?).await?;
            let proofs = Proofs::by_passkey(now);
            let response = Redirect::to(next).into_response();
            let method = SignInMethod::Passkey;
            second_factor::begin_session(&visit, &authenticated, method, proofs, false, response)
                .await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&["credential"]))?;
            let form = refused.form.clone();
            Ok(uncached(
                refused.show(visit, ConfirmPasskey { form }).await?,
            ))
        }
    }
}

async fn confirmed(visit: &Visit, posted: &PostedForm) -> Result<Authenticated, Error> {
    let account = visit.signed_in()?.account;
    let used = signed_in(visit, posted).await?;
    must_be_of(&used, account)?;
    Ok(used)
}
