//! Signing in with a provider, and linking and unlinking identities.

mod callback;
mod link;
mod sign_up;
mod start;
mod unlink;

use callback::arrive;
use link::{link, link_form};
use sign_up::{sign_up, sign_up_form};
use start::{depart, depart_to_link};
use unlink::{unlink, unlink_form};

use super::{
    Web, account,
    failure::{Failure, RefusedForm},
    posted_form::fresh,
    proof::is_fresh,
    routes::Routes,
    session::{self, PendingSignIn},
    sign_in,
    visit::Visit,
};
use crate::identity::Provider;
use app::components::ProviderChoice;
use axum::response::Response;
use guildhall::{Error, identity::Identity, store};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/sign-in/with/{provider}", depart)
        .get("/sign-in/with/{provider}/callback", arrive)
        .get("/sign-up/with", sign_up_form)
        .post("/sign-up/with", sign_up)
        .get("/account/identities/link", link_form)
        .post("/account/identities/link", link)
        .post("/account/identities/{provider}/link", depart_to_link)
        .get("/account/identities/{id}/unlink", unlink_form)
        .post("/account/identities/{id}/unlink", unlink)
}

const LINK: &str = "/account/identities/link";

/// The providers as shown on buttons.
pub(super) fn choices(app: &Web) -> Vec<ProviderChoice> {
    app.providers.iter().map(choice).collect()
}

/// The provider as shown on its button.
pub(super) fn choice(provider: &Provider) -> ProviderChoice {
    ProviderChoice {
        slug: provider.slug().to_owned(),
        label: provider.label().to_owned(),
    }
}

/// Identities with their providers' names; one whose provider is no longer configured shows its issuer.
pub(super) fn named(app: &Web, identities: Vec<Identity>) -> Vec<(String, Identity)> {
    identities
        .into_iter()
        .map(|identity| {
            let provider = app.providers.of_issuer(&identity.issuer);
            let name = provider.map_or(identity.issuer.as_str(), Provider::label);
            (name.to_owned(), identity)
        })
        .collect()
}

fn provider<'a>(app: &'a Web, slug: &str) -> Result<&'a Provider, Error> {
    app.providers.find(slug).ok_or(Error::NotFound)
}

/// Shows the failure on the page the visitor came from.
async fn refuse(mut visit: Visit, error: Error) -> Result<Response, Failure> {
    let refused = RefusedForm::of(error, fresh(&[]))?;
    let form = refused.form.clone();
    if visit.viewer.is_some() {
        visit.page_path = "/account".to_owned();
        let page = account::page(&visit, form).await?;
        return refused.show(visit, page).await;
    }
    visit.page_path = "/sign-in".to_owned();
    let page = sign_in::page(&visit, form);
    refused.show(visit, page).await
}

/// The person vouched for less than ten minutes ago, if the provider is still configured.
async fn pending(visit: &Visit) -> Result<Option<(PendingSignIn, &Provider)>, Failure> {
    let Some(pending) = session::pending(&visit.session).await? else {
        return Ok(None);
    };
    let now = store::now(&mut *visit.app.pool.acquire().await?).await?;
    let provider = visit.app.providers.find(&pending.provider);
    Ok(provider
        .filter(|_| is_fresh(pending.at, now.unix_timestamp()))
        .map(|provider| (pending, provider)))
}

/// Where to continue after signing in: first to the page that asks whether to link a pending identity, and from there
/// to the page originally requested.
pub(super) async fn first_link(visit: &Visit, next: &str) -> Result<String, Failure> {
    Ok(match pending(visit).await? {
        Some((pending, _)) => {
            if !next.is_empty() && next != LINK {
                let next = next.to_owned();
                session::keep_pending(&visit.session, &PendingSignIn { next, ..pending }).await?;
            }
            LINK.to_owned()
        }
        // No identity is pending any more.
        None if next == LINK => String::new(),
        None => next.to_owned(),
    })
}
