//! The ways to a provider and back, and what is linked to an account.

use super::{
    App, account,
    failure::{Failure, Refused},
    posted::{Posted, fresh},
    proof::{self, is_fresh},
    session::{self, Pending},
    sign_in::{after, local},
    submission::done,
    visit::Visit,
};
use crate::identity::{Answer, Provider};
use app::{
    components::ProviderChoice,
    form::Form,
    pages::{LinkIdentity, Onward, SignIn, SignUpWith, UnlinkIdentity},
};
use axum::{
    extract::{Path, Query},
    http::{HeaderName, HeaderValue},
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error, Refusal,
    account::Viewer,
    identity::{self, Flow, Identity, IdentityId, NewMember, Purpose, SignedUp, Vouched},
    store::{self, Tx},
};
use std::collections::HashMap;
use time::OffsetDateTime;

const LINK: &str = "/account/identities/link";

/// The providers, as buttons name them.
pub(super) fn choices(app: &App) -> Vec<ProviderChoice> {
    app.providers.iter().map(choice).collect()
}

/// The provider, as its button names it.
pub(super) fn choice(provider: &Provider) -> ProviderChoice {
    ProviderChoice {
        slug: provider.slug().to_owned(),
        label: provider.label().to_owned(),
    }
}

/// Identities with the names of their providers; one that is configured no more has its issuer's.
pub(super) fn named(app: &App, identities: Vec<Identity>) -> Vec<(String, Identity)> {
    identities
        .into_iter()
        .map(|identity| {
            let provider = app.providers.of_issuer(&identity.issuer);
            let name = provider.map_or(identity.issuer.as_str(), Provider::label);
            (name.to_owned(), identity)
        })
        .collect()
}

fn provider<'a>(app: &'a App, slug: &str) -> Result<&'a Provider, Error> {
    app.providers.find(slug).ok_or(Error::NotFound)
}

/// `GET /sign-in/with/{provider}`. Who is signed in goes `again` only, to prove that; another site's link that says so leads to
/// the provider's own question, and never into another account.
pub(super) async fn depart(
    visit: Visit,
    Path(slug): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let provider = provider(&visit.app, &slug)?;
    let next = query.get("next").map(|next| local(next));
    let next = next.unwrap_or_default().to_owned();
    let purpose = match &visit.viewer {
        None => Purpose::SignIn,
        Some(viewer) if query.contains_key("again") => Purpose::Again(viewer.account),
        Some(_) => return Ok(Redirect::to(after(&next)).into_response()),
    };
    match departed(&visit, provider, purpose, next).await {
        Ok(url) => Ok(Redirect::to(&url).into_response()),
        Err(error) => refuse(visit, error).await,
    }
}

/// `POST /account/identities/{provider}/link`
pub(super) async fn depart_to_link(
    visit: Visit,
    Path(slug): Path<String>,
) -> Result<Response, Failure> {
    let purpose = Purpose::Link(visit.signed_in()?.account);
    let provider = provider(&visit.app, &slug)?;
    match departed(&visit, provider, purpose, "/account".to_owned()).await {
        Ok(url) => {
            let page = Onward {
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

/// Keeps the flow, and answers where the visitor is to be sent.
async fn departed(
    visit: &Visit,
    provider: &Provider,
    purpose: Purpose,
    next: String,
) -> Result<String, Error> {
    visit.app.limits.depart(visit.address)?;
    let again = matches!(purpose, Purpose::Again(_));
    let departure = provider.depart(again).await;
    let departure = departure.map_err(|setback| setback.told(provider))?;
    let token = session::token_now(&visit.session)
        .await
        .map_err(Error::unexpected)?;
    let flow = Flow {
        provider: provider.slug().to_owned(),
        purpose,
        nonce: departure.nonce,
        code_verifier: departure.code_verifier,
        next,
    };
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    identity::begin_flow(&mut tx, &token, &departure.state, &flow).await?;
    tx.commit().await?;
    Ok(departure.url)
}

/// `GET /sign-in/with/{provider}/callback`
pub(super) async fn arrive(
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

/// Takes the flow away for good before the answer is looked at, then asks the provider what the answer is worth.
async fn arrived(
    visit: &Visit,
    provider: &Provider,
    query: &HashMap<String, String>,
) -> Result<(Flow, Vouched), Error> {
    let said = |name: &str| query.get(name).map(String::as_str);
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    let token = session::token(&visit.session);
    let state = said("state").unwrap_or_default();
    let flow = identity::take_flow(&mut tx, &token, provider.slug(), state).await?;
    tx.commit().await?;
    let viewer = visit.viewer.as_ref().map(|viewer| viewer.account);
    let (flow, began_at): (Flow, OffsetDateTime) = flow
        // A flow ends with its session, so this holds by itself; it must never be otherwise.
        .filter(|(flow, _)| flow.purpose.account() == viewer)
        .ok_or_else(|| Refusal::SignInNotFinished {
            provider: provider.label().to_owned(),
        })?;
    let answer = Answer::read(said("code"), said("error"));
    let vouched = provider
        .arrive(&visit.app.pool, (&flow, began_at), answer, said("iss"))
        .await
        .map_err(|setback| setback.told(provider))?;
    Ok((flow, vouched))
}

/// Somebody was vouched for: a known identity opens its account, a new one waits for what the visitor wants of it.
async fn received(visit: Visit, flow: Flow, vouched: Vouched) -> Result<Response, Failure> {
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    let at = store::now(&mut tx).await?.unix_timestamp();
    let (session, agent) = (&visit.session, &visit.user_agent);
    let next = match flow.purpose {
        // To be linked, whoever it opens by now; the session is the one that asked for it.
        Purpose::Link(_) => None,
        Purpose::SignIn => match identity::sign_in(&mut tx, &vouched).await? {
            Some(viewer) => {
                tx.commit().await?;
                session::sign_in(session, &viewer, agent).await?;
                Some(first_link(&visit, &flow.next).await?)
            }
            None => None,
        },
        Purpose::Again(account) => {
            let label = provider(&visit.app, &flow.provider)?.label();
            match identity::confirm(&mut tx, account, &vouched, label).await {
                Ok(viewer) => {
                    tx.commit().await?;
                    session::sign_in_proven(session, &viewer, agent, at).await?;
                    Some(flow.next.clone())
                }
                Err(error) => {
                    tx.rollback().await?;
                    return refuse(visit, error).await;
                }
            }
        }
    };
    if let Some(next) = next {
        return Ok(Redirect::to(after(&next)).into_response());
    }
    if vouched.email().is_none() && visit.viewer.is_none() {
        let label = provider(&visit.app, &flow.provider)?.label().to_owned();
        return refuse(visit, Refusal::EmailNotVerified { provider: label }.into()).await;
    }
    let pending = Pending {
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

/// Says on the page that the visitor came from why it did not work.
async fn refuse(mut visit: Visit, error: Error) -> Result<Response, Failure> {
    let refused = Refused::of(error, fresh(&[]))?;
    let form = refused.form.clone();
    if visit.viewer.is_some() {
        visit.page_path = "/account".to_owned();
        let page = account::page(&visit, form).await?;
        return refused.show(visit, page).await;
    }
    visit.page_path = "/sign-in".to_owned();
    let providers = choices(&visit.app);
    refused.show(visit, SignIn { form, providers }).await
}

/// Who was vouched for less than ten minutes ago, by a provider that is still there.
async fn pending(visit: &Visit) -> Result<Option<(Pending, &Provider)>, Failure> {
    let Some(pending) = session::pending(&visit.session).await? else {
        return Ok(None);
    };
    let now = store::now(&mut *visit.app.pool.acquire().await?).await?;
    let provider = visit.app.providers.find(&pending.provider);
    Ok(provider
        .filter(|_| is_fresh(pending.at, now.unix_timestamp()))
        .map(|provider| (pending, provider)))
}

/// Where somebody who just signed in goes on to: first to the question whether to link who was vouched for before, and from
/// there to where it wanted to go.
pub(super) async fn first_link(visit: &Visit, next: &str) -> Result<String, Failure> {
    Ok(match pending(visit).await? {
        Some((pending, _)) => {
            if !next.is_empty() && next != LINK {
                let next = next.to_owned();
                session::keep_pending(&visit.session, &Pending { next, ..pending }).await?;
            }
            LINK.to_owned()
        }
        // The question has no page any more.
        None if next == LINK => String::new(),
        None => next.to_owned(),
    })
}

/// `GET /sign-up/with`
pub(super) async fn sign_up_form(visit: Visit) -> Result<Response, Failure> {
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
    pending: &Pending,
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
pub(super) async fn sign_up(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    if visit.viewer.is_some() {
        return Ok(Redirect::to(LINK).into_response());
    }
    let Some((pending, provider)) = pending(&visit).await? else {
        return refuse(visit, Refusal::StalePage.into()).await;
    };
    match signed_up(&visit, &pending, &posted).await {
        // The page says so: it shows the way to the account that has the e-mail.
        Ok(SignedUp::EmailTaken) => Ok(Redirect::to("/sign-up/with").into_response()),
        Ok(SignedUp::Known(viewer)) => {
            session::forget_pending(&visit.session).await?;
            session::sign_in(&visit.session, &viewer, &visit.user_agent).await?;
            Ok(Redirect::to(after(&pending.next)).into_response())
        }
        Ok(SignedUp::New(viewer)) => {
            session::forget_pending(&visit.session).await?;
            let (session, agent) = (&visit.session, &visit.user_agent);
            // Whoever made the account a moment ago is its owner: before, there was none to be kept out.
            session::sign_in_proven(session, &viewer, agent, pending.at).await?;
            let words = format!("Your account is ready. {} opens it.", provider.label());
            done(&visit, after(&pending.next), &words).await
        }
        Err(error) => {
            let refused = Refused::of(error, posted.again(&[]))?;
            let page = sign_up_page(&visit, &pending, provider, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

async fn signed_up(visit: &Visit, pending: &Pending, posted: &Posted) -> Result<SignedUp, Error> {
    let new = NewMember::parse(posted.get("role"), posted.get("name"))?;
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    let signed_up = identity::sign_up(&mut tx, &pending.vouched, &new).await?;
    tx.commit().await?;
    Ok(signed_up)
}

/// `GET /account/identities/link`
pub(super) async fn link_form(visit: Visit) -> Result<Response, Failure> {
    visit.signed_in()?;
    let Some((pending, provider)) = pending(&visit).await? else {
        return Ok(Redirect::to("/account").into_response());
    };
    let page = link_page(&visit, &pending, provider, fresh(&[])).await?;
    visit.page(page).await
}

async fn link_page(
    visit: &Visit,
    pending: &Pending,
    provider: &Provider,
    form: Form,
) -> Result<LinkIdentity, Error> {
    Ok(LinkIdentity {
        provider: provider.label().to_owned(),
        label: pending.vouched.label().to_owned(),
        proof: proof::needed(visit, visit.signed_in()?).await?,
        form,
    })
}

/// `POST /account/identities/link`
pub(super) async fn link(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let Some((pending, provider)) = pending(&visit).await? else {
        // Linked already, by a double click, or too late: the page shows which.
        return Ok(Redirect::to("/account").into_response());
    };
    if posted.get("intent") != "link" {
        session::forget_pending(&visit.session).await?;
        return Ok(Redirect::to(after(&pending.next)).into_response());
    }
    match linked(&visit, viewer, &posted, &pending.vouched).await {
        Ok(()) => {
            session::forget_pending(&visit.session).await?;
            let words = format!("{} opens this account from now on.", provider.label());
            let next = match pending.next.as_str() {
                "" => "/account",
                next => next,
            };
            done(&visit, next, &words).await
        }
        Err(error) => {
            let refused = Refused::of(error, fresh(&[]))?;
            let page = link_page(&visit, &pending, provider, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

async fn linked(
    visit: &Visit,
    viewer: &Viewer,
    posted: &Posted,
    vouched: &Vouched,
) -> Result<(), Error> {
    proof::shown(visit, viewer, posted).await?;
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    identity::link(&mut tx, viewer, vouched).await?;
    tx.commit().await?;
    Ok(())
}

/// `GET /account/identities/{id}/unlink`
pub(super) async fn unlink_form(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    match unlink_page(&visit, &id).await {
        Ok(page) => visit.page(page).await,
        Err(Error::NotFound) => Ok(Redirect::to("/account").into_response()),
        Err(error) => Err(error.into()),
    }
}

/// Asks about one of the viewer's own identities.
async fn unlink_page(visit: &Visit, id: &str) -> Result<UnlinkIdentity, Error> {
    let viewer = visit.signed_in()?;
    let identities = identity::list(&mut *visit.app.pool.acquire().await?, viewer).await?;
    let (provider, identity) = named(&visit.app, identities)
        .into_iter()
        .find(|(_, identity)| identity.id.0.to_string() == id)
        .ok_or(Error::NotFound)?;
    Ok(UnlinkIdentity {
        id: identity.id,
        provider,
        label: identity.label,
        proof: proof::needed(visit, viewer).await?,
        form: fresh(&[]),
    })
}

/// `POST /account/identities/{id}/unlink`
pub(super) async fn unlink(
    visit: Visit,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let page = match unlink_page(&visit, &id).await {
        Ok(page) => page,
        // Unlinked already, by a double click; one of somebody else's looks the same from here.
        Err(Error::NotFound) => return Ok(Redirect::to("/account").into_response()),
        Err(error) => return Err(error.into()),
    };
    match unlinked(&visit, viewer, &posted, page.id).await {
        Ok(()) => done(&visit, "/account", "The provider is unlinked.").await,
        Err(Error::NotFound) => Ok(Redirect::to("/account").into_response()),
        Err(error) => {
            let refused = Refused::of(error, fresh(&[]))?;
            let form = refused.form.clone();
            refused.show(visit, UnlinkIdentity { form, ..page }).await
        }
    }
}

async fn unlinked(
    visit: &Visit,
    viewer: &Viewer,
    posted: &Posted,
    id: IdentityId,
) -> Result<(), Error> {
    proof::shown(visit, viewer, posted).await?;
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    identity::unlink(&mut tx, viewer, id).await?;
    tx.commit().await?;
    Ok(())
}
