//! The page that lists the browsers that show the viewer's notifications, and adds this one. Testing, turning off and
//! removing a browser happen on the page of its webhook.

use super::{
    device,
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    routes::Routes,
    success::redirect_after,
    visit::Visit,
    writes::context,
};
use app::{
    form::Form,
    pages::PushBrowsers,
    writes::{self, add_browser},
};
use axum::response::Response;
use guildhall::{
    Error,
    webhook::{self, WebhookFormat},
};
use serde_json::json;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account/notices/push", list)
        .post("/account/notices/push", add)
}

/// `GET /account/notices/push`
async fn list(visit: Visit) -> Result<Response, Failure> {
    let page = page(&visit, fresh(&[])).await?;
    visit.page(page).await
}

async fn page(visit: &Visit, form: Form) -> Result<PushBrowsers, Error> {
    let viewer = visit.signed_in()?;
    let key = visit.app.webhooks.signer.key_pair(&visit.app.pool).await?;
    let options = json!({ "userVisibleOnly": true, "applicationServerKey": key.public() });
    let device = device::of(visit).await?;
    let db = &mut *visit.app.pool.acquire().await?;
    let webhooks = webhook::of_account(db, viewer).await?.into_iter();
    Ok(PushBrowsers {
        browsers: webhooks
            .filter(|webhook| webhook.format == WebhookFormat::Push)
            .collect(),
        current: webhook::of_device(db, viewer, device).await?,
        options: options.to_string(),
        user_agent: visit.user_agent.clone(),
        form,
    })
}

/// `POST /account/notices/push`
async fn add(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let added = add_browser(posted.text("name"), posted.text("credential"));
    match writes::call(context(&visit), added).await {
        Ok(added) => redirect_after(&visit, added).await,
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&["credential"]))?;
            let page = page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}
