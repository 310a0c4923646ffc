//! The page of two-factor authentication.
//!
//! A setup begins with a proof that the owner is present. The seed of the new secret is kept in that session until the
//! first code is entered, at most ten minutes, so somebody who uses another open session of the owner's never sees it.
//! Recovery codes are shown in the response to the form that creates them.

use super::revealed;
use crate::web::{
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    proof::{self, GivenProof, is_fresh},
    session::{self, Setup},
    success::{redirect_after, uncached},
    visit::Visit,
    writes::context,
};
use app::{
    form::Form,
    pages::{RecoveryCodes, TwoFactor, TwoFactorSetup},
    writes,
};
use axum::response::{IntoResponse, Redirect, Response};
use guildhall::{
    Error, device, passkey,
    second_factor::{self, Seed},
    store::{self, Tx},
};

const PATH: &str = "/account/two-factor";
const SETUP_PATH: &str = "/account/two-factor/setup";

/// `GET /account/two-factor`
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let page = page(&visit, fresh(&[])).await?;
    visit.page(page).await
}

async fn page(visit: &Visit, form: Form) -> Result<TwoFactor, Error> {
    let viewer = visit.signed_in()?;
    let proof = proof::required(visit, viewer).await?;
    let db = &mut *visit.app.pool.acquire().await?;
    Ok(TwoFactor {
        second_factor: second_factor::state(db, viewer.account).await?,
        browsers: device::trusted(db, viewer.account).await?,
        passkeys: passkey::usable_count(db, viewer.account).await?,
        proof,
        form,
    })
}

async fn refused(
    visit: Visit,
    error: impl Into<std::sync::Arc<Error>>,
) -> Result<Response, Failure> {
    let refused = RefusedForm::of(error, fresh(&[]))?;
    let page = page(&visit, refused.form.clone()).await?;
    refused.show(visit, page).await
}

/// `POST /account/two-factor/setup`
pub(super) async fn begin_setup(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    match begun(&visit, &posted).await {
        Ok(setup) => {
            session::keep_setup(&visit.session, setup).await?;
            Ok(Redirect::to(SETUP_PATH).into_response())
        }
        Err(error) => refused(visit, error).await,
    }
}

async fn begun(visit: &Visit, posted: &PostedForm) -> Result<Setup, Error> {
    let viewer = visit.signed_in()?;
    proof::require(visit, viewer, GivenProof::of(posted)).await?;
    let db = &mut *visit.app.pool.acquire().await?;
    if second_factor::is_on(db, viewer.account).await? {
        return Err(second_factor::Refusal::IsOn.into());
    }
    Ok(Setup {
        seed: Seed::random()?,
        at: store::now(db).await?.unix_timestamp(),
    })
}

/// `GET /account/two-factor/setup`
pub(super) async fn setup(visit: Visit) -> Result<Response, Failure> {
    match setup_page(&visit, fresh(&[])).await? {
        Some(page) => Ok(uncached(visit.page(page).await?)),
        None => Ok(Redirect::to(PATH).into_response()),
    }
}

/// The page with the key; `None` if no setup began in the last ten minutes, or it is done.
async fn setup_page(visit: &Visit, form: Form) -> Result<Option<TwoFactorSetup>, Failure> {
    let viewer = visit.signed_in()?;
    let Some(seed) = seed(visit).await? else {
        return Ok(None);
    };
    let (pool, secrets) = (&visit.app.pool, &visit.app.totp);
    let is_on = second_factor::is_on(&mut *pool.acquire().await?, viewer.account).await?;
    if is_on {
        return Ok(None);
    }
    let key = second_factor::setup_key(pool, secrets, viewer, seed).await?;
    let passkeys = passkey::usable_count(&mut *pool.acquire().await?, viewer.account).await?;
    Ok(Some(TwoFactorSetup {
        key,
        passkeys,
        form,
    }))
}

async fn seed(visit: &Visit) -> Result<Option<Seed>, Failure> {
    let Some(setup) = session::setup(&visit.session).await? else {
        return Ok(None);
    };
    let now = store::now(&mut *visit.app.pool.acquire().await?).await?;
    Ok(is_fresh(setup.at, now.unix_timestamp()).then_some(setup.seed))
}

/// `POST /account/two-factor/on`
pub(super) async fn turn_on(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let Some(seed) = seed(&visit).await? else {
        return Ok(Redirect::to(PATH).into_response());
    };
    let browser = visit.browser().await?;
    let (pool, secrets) = (&visit.app.pool, &visit.app.totp);
    let code = posted.get("code");
    match second_factor::turn_on(pool, secrets, viewer, seed, code, &browser).await {
        Ok(codes) => {
            // The setup stays: if the form comes twice, its second answer shows codes, too.
            let now = store::now(&mut *pool.acquire().await?).await?;
            session::keep_code_at(&visit.session, now.unix_timestamp()).await?;
            let page = RecoveryCodes {
                codes: revealed(&codes),
                is_first: true,
            };
            Ok(uncached(visit.page(page).await?))
        }
        Err(error) if error.refused() == Some(&second_factor::Refusal::IsOn) => {
            refused(visit, error).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, fresh(&[]))?;
            match setup_page(&visit, refused.form.clone()).await? {
                Some(page) => Ok(uncached(refused.show(visit, page).await?)),
                None => Ok(Redirect::to(PATH).into_response()),
            }
        }
    }
}

/// `POST /account/two-factor/codes`
pub(super) async fn renew_codes(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    match renewed(&visit, &posted).await {
        Ok(codes) => {
            let page = RecoveryCodes {
                codes,
                is_first: false,
            };
            Ok(uncached(visit.page(page).await?))
        }
        Err(error) => refused(visit, error).await,
    }
}

async fn renewed(visit: &Visit, posted: &PostedForm) -> Result<String, Error> {
    let viewer = visit.signed_in()?;
    proof::require(visit, viewer, GivenProof::of(posted)).await?;
    let browser = visit.browser().await?;
    let mut tx: Tx<'_> = visit.app.pool.begin().await?;
    let codes = second_factor::renew_recovery_codes(&mut tx, viewer.account, &browser).await?;
    tx.commit().await?;
    Ok(revealed(&codes))
}

/// `POST /account/two-factor/off`
pub(super) async fn turn_off(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let off = writes::turn_off_second_factor(posted.text("present_password"), posted.text("code"));
    match writes::call(context(&visit), off).await {
        Ok(done) => redirect_after(&visit, done).await,
        Err(error) => refused(visit, error).await,
    }
}

/// `POST /account/two-factor/browsers/forget`
pub(super) async fn forget_browsers(visit: Visit) -> Result<Response, Failure> {
    let forgotten = writes::call(context(&visit), writes::forget_trusted_browsers()).await?;
    redirect_after(&visit, forgotten).await
}
