//! The pages of an account's passkeys.
//!
//! Adding a passkey begins with a proof that the owner is present. Its name is then kept in that session for ten minutes.
//! Somebody who uses another open session of the owner's never gets a challenge.

use crate::web::{
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    proof::{self, GivenProof, is_fresh},
    session::{self, PasskeySetup},
    success::{redirect_after, redirect_with_message, uncached},
    visit::Visit,
    writes::context,
};
use app::{
    form::Form,
    pages::{AddPasskey, ManagePasskey, Passkeys},
    writes,
};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    passkey::{self, Passkey, PasskeyId},
    quota::QuotaKind,
    store::{self, Tx},
};
use std::sync::Arc;

const LIST: &str = "/account/passkeys";
const NEW: &str = "/account/passkeys/new";
/// Shown to somebody whose device has made a passkey that comes too late.
const TOO_LATE: &str = "The ten minutes for adding a passkey are over, so it was not added. Begin again, and delete it from your device.";

/// `GET /account/passkeys`
pub(super) async fn list(visit: Visit) -> Result<Response, Failure> {
    let page = list_page(&visit, fresh(&[])).await?;
    visit.page(page).await
}

async fn list_page(visit: &Visit, form: Form) -> Result<Passkeys, Error> {
    let viewer = visit.signed_in()?;
    let proof = proof::required(visit, viewer).await?;
    let db = &mut *visit.app.pool.acquire().await?;
    Ok(Passkeys {
        passkeys: passkey::list(db, viewer.account).await?,
        place: visit.app.passkeys.place(visit),
        user_agent: visit.user_agent.clone(),
        proof,
        form,
    })
}

async fn list_refused(
    visit: Visit,
    error: impl Into<Arc<Error>>,
    form: Form,
) -> Result<Response, Failure> {
    let refused = RefusedForm::of(error, form)?;
    let page = list_page(&visit, refused.form.clone()).await?;
    refused.show(visit, page).await
}

/// `POST /account/passkeys`
pub(super) async fn begin(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    match begun(&visit, &posted).await {
        Ok(setup) => {
            session::keep_passkey_setup(&visit.session, &setup).await?;
            Ok(Redirect::to(NEW).into_response())
        }
        Err(error) => {
            let form = posted.again(&["present_password", "code"]);
            list_refused(visit, error, form).await
        }
    }
}

async fn begun(visit: &Visit, posted: &PostedForm) -> Result<PasskeySetup, Error> {
    let viewer = visit.signed_in()?;
    let name = passkey::parsed_name(posted.get("name"))?;
    visit.app.passkeys.party()?;
    passkey::must_have_room(&mut *visit.app.pool.acquire().await?, viewer.account).await?;
    proof::require(visit, viewer, GivenProof::of(posted)).await?;
    let now = store::now(&mut *visit.app.pool.acquire().await?).await?;
    let at = now.unix_timestamp();
    Ok(PasskeySetup { name, at })
}

/// The passkey that is being added, if the owner proved to be present less than ten minutes ago.
async fn setup(visit: &Visit) -> Result<Option<PasskeySetup>, Failure> {
    visit.signed_in()?;
    let Some(setup) = session::passkey_setup(&visit.session).await? else {
        return Ok(None);
    };
    let now = store::now(&mut *visit.app.pool.acquire().await?).await?;
    Ok(Some(setup).filter(|setup| is_fresh(setup.at, now.unix_timestamp())))
}

/// `GET /account/passkeys/new`
pub(super) async fn ask(visit: Visit) -> Result<Response, Failure> {
    let Some(setup) = setup(&visit).await? else {
        return Ok(Redirect::to(LIST).into_response());
    };
    match add_page(&visit, setup, fresh(&[])).await {
        Ok(page) => Ok(uncached(visit.page(page).await?)),
        Err(error) => list_refused(visit, error, fresh(&[])).await,
    }
}

/// The page with a new challenge.
async fn add_page(visit: &Visit, setup: PasskeySetup, form: Form) -> Result<AddPasskey, Error> {
    let viewer = visit.signed_in()?;
    let party = visit.app.passkeys.party()?;
    let token = session::token(&visit.session);
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    let options = passkey::begin_registration(&mut tx, party, viewer, &token).await?;
    tx.commit().await?;
    Ok(AddPasskey {
        name: setup.name,
        options,
        form,
    })
}

/// `POST /account/passkeys/new`
pub(super) async fn add(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let Some(setup) = setup(&visit).await? else {
        return match session::passkey_setup(&visit.session).await? {
            Some(_) => redirect_with_message(&visit, LIST, TOO_LATE).await,
            // The form came twice.
            None => Ok(Redirect::to(LIST).into_response()),
        };
    };
    match added(&visit, &posted, &setup.name).await {
        Ok(()) => {
            session::forget_passkey_setup(&visit.session).await?;
            let message = "The passkey is added. It signs you in from now on.";
            redirect_with_message(&visit, LIST, message).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, fresh(&[]))?;
            match add_page(&visit, setup, refused.form.clone()).await {
                Ok(page) => Ok(uncached(refused.show(visit, page).await?)),
                Err(error) => list_refused(visit, error, fresh(&[])).await,
            }
        }
    }
}

async fn added(visit: &Visit, posted: &PostedForm, name: &str) -> Result<(), Error> {
    let viewer = visit.signed_in()?;
    let app = &visit.app;
    let party = app.passkeys.party()?;
    let token = session::token(&visit.session);
    let answer = posted.get("credential");
    let new = passkey::verify(&app.pool, party, viewer, &token, answer).await?;
    let browser = visit.browser().await?;
    let (account, origin) = (viewer.account, visit.origin());
    let mut tx: Tx<'_> = app.pool.begin().await?;
    app.quotas
        .spend(&mut tx, QuotaKind::Passkey, account, origin)
        .await?;
    passkey::add(&mut tx, &browser, &new, name).await?;
    tx.commit().await?;
    Ok(())
}

/// `GET /account/passkeys/{id}`
pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    match page(&visit, &id).await? {
        Some(page) => visit.page(page).await,
        None => Ok(Redirect::to(LIST).into_response()),
    }
}

/// The page of one of the viewer's own passkeys.
async fn page(visit: &Visit, id: &str) -> Result<Option<ManagePasskey>, Error> {
    let viewer = visit.signed_in()?;
    let passkeys = passkey::list(&mut *visit.app.pool.acquire().await?, viewer.account).await?;
    let is_it = |passkey: &Passkey| passkey.id.0.to_string() == id;
    let Some(passkey) = passkeys.into_iter().find(is_it) else {
        return Ok(None);
    };
    Ok(Some(ManagePasskey {
        passkey,
        proof: proof::required(visit, viewer).await?,
        form: fresh(&[]),
    }))
}

/// `POST /account/passkeys/{id}/name`
pub(super) async fn rename(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let form = posted.again(&["present_password", "code"]);
    let Some(page) = page(&visit, &id).await? else {
        return Ok(Redirect::to(LIST).into_response());
    };
    let PasskeyId(number) = page.passkey.id;
    let (password, code) = (posted.text("present_password"), posted.text("code"));
    let renamed = writes::rename_passkey(number, posted.text("name"), password, code);
    match writes::call(context(&visit), renamed).await {
        Ok(done) => redirect_after(&visit, done).await,
        Err(error) => refused(visit, error, page, form).await,
    }
}

/// `POST /account/passkeys/{id}/remove`
pub(super) async fn remove(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let Some(page) = page(&visit, &id).await? else {
        // Already removed by a double click; another account's passkey gives the same answer.
        return Ok(Redirect::to(LIST).into_response());
    };
    let PasskeyId(number) = page.passkey.id;
    let (password, code) = (posted.text("present_password"), posted.text("code"));
    let removed = writes::remove_passkey(number, password, code);
    match writes::call(context(&visit), removed).await {
        Ok(done) => redirect_after(&visit, done).await,
        Err(error) => refused(visit, error, page, fresh(&[])).await,
    }
}

async fn refused(
    visit: Visit,
    error: Arc<Error>,
    page: ManagePasskey,
    form: Form,
) -> Result<Response, Failure> {
    if matches!(*error, Error::NotFound) {
        return Ok(Redirect::to(LIST).into_response());
    }
    let refused = RefusedForm::of(error, form)?;
    let form = refused.form.clone();
    refused.show(visit, ManagePasskey { form, ..page }).await
}
