//! The callback from a provider, and where it leads.

use super::{LINK, provider, refuse};
use crate::{
    identity::{AuthorizationResponse, Provider},
    web::{
        failure::Failure,
        second_factor,
        session::{self, PendingSignIn, Proofs},
        sign_in::after,
        visit::Visit,
    },
};
use axum::{
    extract::{Path, Query},
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account::Authenticated,
    identity::{self, Flow, FlowPurpose, VouchedPerson},
    sign_in_log::SignInMethod,
    store::{self, Tx},
};
use std::collections::HashMap;
use time::OffsetDateTime;

/// `GET /sign-in/with/{provider}/callback`
pub(in crate::web) async fn arrive(
    visit: Visit,
    Path(slug): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let provider = provider(&visit.app, &slug)?;
    match arrived(&visit, provider, &query).await {
        Ok((flow, vouched)) => received(visit, flow, vouched).await,
        Err(error) => refuse(visit, error).await,
    }
}

/// Deletes the flow before looking at the answer, then validates the answer with the provider.
async fn arrived(
    visit: &Visit,
    provider: &Provider,
    query: &HashMap<String, String>,
) -> Result<(Flow, VouchedPerson), Error> {
    let param = |name: &str| query.get(name).map(String::as_str);
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    let token = session::token(&visit.session);
    let state = param("state").unwrap_or_default();
    let flow = identity::take_flow(&mut tx, &token, provider.slug(), state).await?;
    tx.commit().await?;
    let viewer = visit.viewer.as_ref().map(|viewer| viewer.account);
    let (flow, began_at): (Flow, OffsetDateTime) = flow
        // A flow ends with its session, so this should always hold; check it anyway.
        .filter(|(flow, _)| flow.purpose.account() == viewer)
        .ok_or_else(|| identity::Refusal::SignInNotFinished {
            provider: provider.label().to_owned(),
        })?;
    let response = AuthorizationResponse::read(param("code"), param("error"));
    let vouched = provider
        .finish_flow(&visit.app.pool, (&flow, began_at), response, param("iss"))
        .await
        .map_err(|setback| setback.report(provider))?;
    Ok((flow, vouched))
}

/// Continues after a provider vouched for somebody: a known identity signs in, and a new one waits for the visitor's
/// choice.
async fn received(visit: Visit, flow: Flow, vouched: VouchedPerson) -> Result<Response, Failure> {
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    let at = store::now(&mut tx).await?.unix_timestamp();
    match flow.purpose {
        // Always ask before linking, whichever account the identity signs in to now; the session is the one that
        // started the flow.
        FlowPurpose::Link(_) => {}
        FlowPurpose::SignIn => {
            if let Some(authenticated) = identity::sign_in(&mut tx, &vouched).await? {
                tx.commit().await?;
                let label = provider(&visit.app, &flow.provider)?.label();
                let method = SignInMethod::Provider(label);
                return second_factor::sign_in(&visit, authenticated, method, &flow.next).await;
            }
        }
        FlowPurpose::Again(account) => {
            let label = provider(&visit.app, &flow.provider)?.label();
            let browser = visit.browser().await?;
            match identity::confirm(&mut tx, account, &vouched, label, &browser).await {
                Ok(authenticated) => {
                    tx.commit().await?;
                    return signed_in_again(&visit, &authenticated, label, at, &flow.next).await;
                }
                Err(error) => {
                    tx.rollback().await?;
                    return refuse(visit, error).await;
                }
            };
        }
    }
    if vouched.email().is_none() && visit.viewer.is_none() {
        let label = provider(&visit.app, &flow.provider)?.label().to_owned();
        return refuse(
            visit,
            identity::Refusal::EmailNotVerified { provider: label }.into(),
        )
        .await;
    }
    let pending = PendingSignIn {
        provider: flow.provider,
        vouched,
        next: flow.next,
        at,
    };
    session::keep_pending(&visit.session, &pending).await?;
    let page = match visit.viewer {
        Some(_) => LINK,
        None => "/sign-up/with",
    };
    Ok(Redirect::to(page).into_response())
}

/// Continues after a provider confirmed a signed-in viewer, who is not asked for a code: nobody else got in.
async fn signed_in_again(
    visit: &Visit,
    authenticated: &Authenticated,
    provider: &str,
    at: i64,
    next: &str,
) -> Result<Response, Failure> {
    let response = Redirect::to(after(next)).into_response();
    let proofs = Proofs {
        proven_at: Some(at),
        code_at: session::code_at(&visit.session).await?,
    };
    let method = SignInMethod::Provider(provider);
    second_factor::begin_session(visit, authenticated, method, proofs, false, response).await
}
