//! Sends visitors to a provider: to sign in, to re-authenticate, or to link.

use super::{provider, refuse};
use crate::{
    identity::Provider,
    web::{
        device,
        failure::Failure,
        session,
        sign_in::{after, local},
        visit::Visit,
    },
};
use app::pages::ProviderRedirect;
use axum::{
    extract::{Path, Query},
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    identity::{self, Flow, FlowPurpose},
    store::Tx,
};
use std::collections::HashMap;

/// `GET /sign-in/with/{provider}`. A signed-in visitor may only re-authenticate (`again`). So a link from another site
/// leads at most to the provider's own prompt, and never into another account.
pub(in crate::web) async fn depart(
    visit: Visit,
    Path(slug): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let provider = provider(&visit.app, &slug)?;
    let next = query.get("next").map(|next| local(next));
    let next = next.unwrap_or_default().to_owned();
    let purpose = match &visit.viewer {
        None => FlowPurpose::SignIn,
        Some(viewer) if query.contains_key("again") => FlowPurpose::Again(viewer.account),
        Some(_) => return Ok(Redirect::to(after(&next)).into_response()),
    };
    match departed(&visit, provider, purpose, next).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        Err(error) => refuse(visit, error).await,
    }
}

/// `POST /account/identities/{provider}/link`
pub(in crate::web) async fn depart_to_link(
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, Failure> {
    let purpose = FlowPurpose::Link(visit.signed_in()?.account);
    let provider = provider(&visit.app, &slug)?;
    match departed(&visit, provider, purpose, "/account".to_owned()).await {
        Ok(url) => {
            let page = ProviderRedirect {
                provider: provider.label().to_owned(),
                url: url.clone(),
            };
            let onward = HeaderValue::try_from(format!("0; url={url}")).map_err(Error::unexpected);
            let mut response = visit.page(page).await?;
            let refresh = HeaderName::from_static("refresh");
            response.headers_mut().insert(refresh, onward?);
            Ok(response)
        }
        Err(error) => refuse(visit, error).await,
    }
}

/// Stores the flow and returns the provider's URL.
async fn departed(
    visit: &Visit,
    provider: &Provider,
    purpose: FlowPurpose,
    next: String,
) -> Result<String, Error> {
    let device = device::of(visit).await?;
    visit.app.oauth_limits.depart(device, visit.address)?;
    let again = matches!(purpose, FlowPurpose::Again(_));
    let start = provider.begin_flow(again).await;
    let start = start.map_err(|setback| setback.report(provider))?;
    let token = session::token_now(&visit.session)
        .await
        .map_err(Error::unexpected)?;
    let flow = Flow {
        provider: provider.slug().to_owned(),
        purpose,
        nonce: start.nonce,
        code_verifier: start.code_verifier,
        next,
    };
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    identity::begin_flow(&mut tx, &token, &start.state, &flow).await?;
    tx.commit().await?;
    Ok(start.url)
}
