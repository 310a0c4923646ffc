//! The callback from a provider, and where it leads.

use super::{LINK, first_link, provider, refuse};
use crate::{
    identity::{AuthorizationResponse, Provider},
    web::{
        device,
        failure::Failure,
        session::{self, PendingSignIn},
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
    identity::{self, Flow, FlowPurpose, VouchedPerson},
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
    let (session, agent) = (&visit.session, &visit.user_agent);
    let next = match flow.purpose {
        // Always ask before linking, whichever account the identity signs in to now; the session is the one that
        // started the flow.
        FlowPurpose::Link(_) => None,
        FlowPurpose::SignIn => match identity::sign_in(&mut tx, &vouched).await? {
            Some(viewer) => {
                tx.commit().await?;
                session::sign_in(session, &viewer, agent).await?;
                Some((first_link(&visit, &flow.next).await?, viewer))
            }
            None => None,
        },
        FlowPurpose::Again(account) => {
            let label = provider(&visit.app, &flow.provider)?.label();
            match identity::confirm(&mut tx, account, &vouched, label).await {
                Ok(viewer) => {
                    tx.commit().await?;
                    session::sign_in_proven(session, &viewer, agent, at).await?;
                    Some((flow.next.clone(), viewer))
                }
                Err(error) => {
                    tx.rollback().await?;
                    return refuse(visit, error).await;
                }
            }
        }
    };
    if let Some((next, viewer)) = next {
        let response = Redirect::to(after(&next)).into_response();
        let label = provider(&visit.app, &flow.provider)?.label();
        return device::remember(&visit, &viewer, Some(label), response).await;
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
