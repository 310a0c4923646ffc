//! The confirmation page for unlinking an identity, and its form.

use super::named;
use crate::web::{
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    proof::{self, GivenProof},
    success::redirect_with_message,
    visit::Visit,
};
use app::pages::UnlinkIdentity;
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account::Viewer,
    identity::{self, IdentityId},
    store::Tx,
};

/// `GET /account/identities/{id}/unlink`
pub(in crate::web) async fn unlink_form(
    visit: Visit,
    Path(id): Path<String>,
) -> Result<Response, Failure> {
    match unlink_page(&visit, &id).await {
        Ok(page) => visit.page(page).await,
        Err(Error::NotFound) => Ok(Redirect::to("/account").into_response()),
        Err(error) => Err(error.into()),
    }
}

/// The confirmation page for one of the viewer's own identities.
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
        proof: proof::required(visit, viewer).await?,
        form: fresh(&[]),
    })
}

/// `POST /account/identities/{id}/unlink`
pub(in crate::web) async fn unlink(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let page = match unlink_page(&visit, &id).await {
        Ok(page) => page,
        // Already unlinked by a double click; another account's identity gives the same answer.
        Err(Error::NotFound) => return Ok(Redirect::to("/account").into_response()),
        Err(error) => return Err(error.into()),
    };
    match unlinked(&visit, viewer, &posted, page.id).await {
        Ok(()) => redirect_with_message(&visit, "/account", "The provider is unlinked.").await,
        Err(Error::NotFound) => Ok(Redirect::to("/account").into_response()),
        Err(error) => {
            let refused = RefusedForm::of(error, fresh(&[]))?;
            let form = refused.form.clone();
            refused.show(visit, UnlinkIdentity { form, ..page }).await
        }
    }
}

async fn unlinked(
    visit: &Visit,
    viewer: &Viewer,
    posted: &PostedForm,
    id: IdentityId,
) -> Result<(), Error> {
    proof::require(visit, viewer, GivenProof::of(posted)).await?;
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    identity::unlink(&mut tx, viewer, id).await?;
    tx.commit().await?;
    Ok(())
}
