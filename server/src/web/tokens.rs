//! The page of personal access tokens.
//!
//! A new token is shown in the answer to its form, with `Cache-Control: no-store`. A redirect would need a place that
//! keeps the token. The same form sent again makes none, and says so.
//!
//! The present password is not asked for. A token changes neither password nor e-mail nor makes other tokens, so it
//! takes the account from nobody (OWASP ASVS 5.0, 7.5.1 asks where an account could be taken), and accounts that came
//! with a provider have no password. A token that outlives a stolen session is bounded and visible: it ends within 366
//! days, is listed with its last use, and left an event in the outbox.

use super::{
    done::done,
    failure::{Failure, RefusedForm},
    posted::{Posted, fresh},
    saved_form,
    visit::Visit,
};
use app::{
    form::Form,
    pages::{Minted, Tokens},
};
use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::Response,
};
use guildhall::disk::Storing;
use guildhall::{
    Error,
    account::Viewer,
    quota::Kind,
    receipt::form::{self, Begun},
    token::{self, NewPersonal, TokenId},
};

const PATH: &str = "/account/tokens";
/// How many days the form offers first.
const DAYS: &str = "30";

/// `GET /account/tokens`
pub(super) async fn show(visit: Visit) -> Result<Response, Failure> {
    let form = saved_form::restored_or(&visit, unsent()).await?;
    let page = page(&visit, form).await?;
    visit.page(page).await
}

fn unsent() -> Form {
    fresh(&[("days", DAYS.to_owned())])
}

async fn page(visit: &Visit, form: Form) -> Result<Tokens, Error> {
    let viewer = visit.signed_in()?;
    let tokens = token::personal(&mut *visit.app.pool.acquire().await?, viewer).await?;
    Ok(Tokens {
        tokens,
        minted: None,
        form,
    })
}

/// `POST /account/tokens`: the answer itself shows the token, and no cache may keep it. A redirect would need a place that
/// keeps the token until then.
///
/// The current password is not asked for: a token changes neither password nor e-mail address nor makes other tokens, so
/// it takes the account from nobody (OWASP ASVS 5.0, 7.5.1), accounts that came with a provider have no password, and each
/// token is listed, ends by itself and leaves an event.
pub(super) async fn create(visit: Visit, posted: Posted) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    match created(&visit, viewer, &posted).await {
        Ok(Some(minted)) => {
            let page = Tokens {
                minted: Some(minted),
                ..page(&visit, unsent()).await?
            };
            let mut response = visit.page(page).await?;
            response
                .headers_mut()
                .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
            Ok(response)
        }
        Ok(None) => {
            let words = format!(
                "{} was made already, and a token is shown only once. If you have no copy of it, revoke it and make another.",
                posted.get("name").trim()
            );
            let page = page(&visit, unsent().refused(Vec::new(), Some(words))).await?;
            visit.page_with(StatusCode::CONFLICT, page).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let page = page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// The token, or `None` when this form was sent before.
async fn created(visit: &Visit, viewer: &Viewer, posted: &Posted) -> Result<Option<Minted>, Error> {
    let new = NewPersonal::parse(
        posted.get("name"),
        &posted.all("scopes"),
        posted.get("days"),
    )?;
    let mark = posted.mark(viewer.account)?;
    let Begun::First(mut once) = form::begin(&visit.app.pool, mark).await? else {
        return Ok(None);
    };
    visit.app.disk.must_take(Storing::Tokens)?;
    let (quotas, origin) = (&visit.app.quotas, visit.origin());
    let account = viewer.account;
    quotas
        .spend(once.tx(), Kind::Token, account, origin)
        .await?;
    let secret = token::create_personal(once.tx(), viewer.account, &new).await?;
    // Nothing of the token is kept: who sends the form again is shown none.
    once.commit(()).await?;
    Ok(Some(Minted {
        name: new.name().to_owned(),
        scopes: new.scopes(),
        secret,
        base_url: visit.app.settings.base_url.clone(),
    }))
}

/// `POST /account/tokens/{id}/revoke`
pub(super) async fn revoke(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id.parse().map(TokenId).map_err(|_| Error::NotFound)?;
    let viewer = visit.signed_in()?;
    let mut tx = visit.app.pool.begin().await?;
    token::revoke_personal(&mut tx, viewer, id).await?;
    tx.commit().await?;
    visit.app.callers.forget();
    done(
        &visit,
        PATH,
        "The token is revoked; whatever used it is refused from now on.",
    )
    .await
}
