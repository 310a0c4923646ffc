//! The page of personal access tokens.
//!
//! A new token is shown in the response to the form that creates it, with `Cache-Control: no-store`. To redirect, we
//! would have to store the token. The same form sent again creates no second token, and the response says so.

use super::{
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    routes::Routes,
    saved_form,
    success::{redirect_after, uncached},
    visit::Visit,
    writes::context,
};
use app::{
    form::Form,
    pages::Tokens,
    writes::{self, make_token, revoke_token},
};
use axum::{extract::Path, response::Response};
use guildhall::{Error, token};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account/tokens", show)
        .post("/account/tokens", create)
        .post("/account/tokens/{id}/revoke", revoke)
}

/// The form's default validity, in days.
const DEFAULT_DAYS: &str = "30";

/// `GET /account/tokens`
async fn show(visit: Visit) -> Result<Response, Failure> {
    let form = saved_form::restore_or(&visit, new_form()).await?;
    let page = page(&visit, form).await?;
    visit.page(page).await
}

fn new_form() -> Form {
    fresh(&[("days", DEFAULT_DAYS.to_owned())])
}

async fn page(visit: &Visit, form: Form) -> Result<Tokens, Error> {
    let viewer = visit.signed_in()?;
    let tokens = token::personal(&mut *visit.app.pool.acquire().await?, viewer).await?;
    Ok(Tokens {
        tokens,
        created: None,
        form,
    })
}

/// `POST /account/tokens`
async fn create(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let scopes = posted.all("scopes").into_iter().map(str::to_owned);
    let (name, days, key) = (
        posted.text("name"),
        posted.text("days"),
        posted.text("form_key"),
    );
    let token = make_token(name, scopes.collect(), days, key);
    match writes::call(context(&visit), token).await {
        Ok(created) => {
            saved_form::forget(&visit).await?;
            let page = Tokens {
                created: Some(created),
                ..page(&visit, new_form()).await?
            };
            visit.page(page).await.map(uncached)
        }
        Err(error) => {
            let form = match error.refused() {
                Some(token::Refusal::MadeAlready { .. }) => new_form(),
                _ => posted.again(&[]),
            };
            let refused = RefusedForm::of(error, form)?;
            let page = page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// `POST /account/tokens/{id}/revoke`
async fn revoke(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id.parse().map_err(|_| Error::NotFound)?;
    let revoked = writes::call(context(&visit), revoke_token(id)).await?;
    redirect_after(&visit, revoked).await
}
