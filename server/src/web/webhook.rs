//! Webhooks. A new secret is shown in the answer to its form, as new access tokens are.

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
    pages::{RemoveWebhook, WebhookPage, Webhooks},
    writes::{
        self, Refused, WebhookWithSecret, WriteSuccess, add_webhook, remove_webhook,
        replay_webhook_message, rotate_webhook_secret, send_webhook_again, test_webhook,
        turn_webhook_off, turn_webhook_on,
    },
};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    error::ErrorKind,
    store,
    webhook::{self, Webhook, WebhookFormat, WebhookId},
};

const LIST: &str = "/account/webhooks";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account/webhooks", list)
        .post("/account/webhooks", add)
        .get("/account/webhooks/{id}", show)
        .post("/account/webhooks/{id}/secret", rotate)
        .post("/account/webhooks/{id}/test", test)
        .post("/account/webhooks/{id}/replay", replay)
        .post("/account/webhooks/{id}/send-again", send_again)
        .post("/account/webhooks/{id}/off", turn_off)
        .post("/account/webhooks/{id}/on", turn_on)
        .get("/account/webhooks/{id}/remove", ask_to_remove)
        .post("/account/webhooks/{id}/remove", remove)
}

/// `GET /account/webhooks`
async fn list(visit: Visit) -> Result<Response, Failure> {
    let form = fresh(&[("format", WebhookFormat::Standard.name().to_owned())]);
    let form = saved_form::restore_or(&visit, form).await?;
    let page = list_page(&visit, form).await?;
    visit.page(page).await
}

async fn list_page(visit: &Visit, form: Form) -> Result<Webhooks, Error> {
    let viewer = visit.signed_in()?;
    let webhooks = webhook::of_account(&mut *visit.app.pool.acquire().await?, viewer).await?;
    let webhooks = webhooks.into_iter();
    Ok(Webhooks {
        webhooks: webhooks
            .filter(|webhook| webhook.format != WebhookFormat::Push)
            .collect(),
        form,
    })
}

/// `POST /account/webhooks`
async fn add(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let [name, format, url, key] =
        ["name", "format", "url", "form_key"].map(|field| posted.text(field));
    let added = add_webhook(name, format, url, key);
    match writes::call(context(&visit), added).await {
        Ok(added) => show_secret(visit, added).await,
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let page = list_page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// The page of a webhook with its new secret; that of a chat, which has none, follows a redirect.
async fn show_secret(visit: Visit, made: WebhookWithSecret) -> Result<Response, Failure> {
    if made.secret.is_none() {
        let added = WriteSuccess {
            message: "Added. Send a test message to see whether it arrives.".to_owned(),
            location: format!("{LIST}/{}", made.webhook),
        };
        return redirect_after(&visit, added).await;
    }
    saved_form::forget(&visit).await?;
    let page = WebhookPage {
        secret: made.secret,
        ..page(&visit, WebhookId(made.webhook)).await?
    };
    visit.page(page).await.map(uncached)
}

/// `GET /account/webhooks/{id}`
async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let page = page(&visit, id_in(&id)?).await?;
    visit.page(page).await
}

async fn page(visit: &Visit, id: WebhookId) -> Result<WebhookPage, Error> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    // Read in one snapshot, so that the state matches the newest attempt.
    let mut tx = store::snapshot(db).await?;
    let page = WebhookPage {
        webhook: webhook::find(&mut tx, viewer, id).await?,
        attempts: webhook::attempts(&mut tx, viewer, id).await?,
        secret: None,
        form: fresh(&[]),
    };
    tx.commit().await?;
    Ok(page)
}

/// `POST /account/webhooks/{id}/secret`
async fn rotate(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let rotated = rotate_webhook_secret(id_in(&id)?.0, posted.text("form_key"));
    let rotated = writes::call(context(&visit), rotated).await?;
    show_secret(visit, rotated).await
}

/// Calls a server function, and leads to the page that it names.
async fn act(
    visit: &Visit,
    write: impl Future<Output = Result<WriteSuccess, Refused>>,
) -> Result<Response, Failure> {
    let done = writes::call(context(visit), write).await?;
    redirect_after(visit, done).await
}

/// `POST /account/webhooks/{id}/test`
async fn test(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    act(&visit, test_webhook(id_in(&id)?.0)).await
}

/// `POST /account/webhooks/{id}/replay`
async fn replay(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let attempt = posted.get("attempt").parse().map_err(|_| Error::NotFound)?;
    act(&visit, replay_webhook_message(id_in(&id)?.0, attempt)).await
}

/// `POST /account/webhooks/{id}/send-again`
async fn send_again(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    act(&visit, send_webhook_again(id_in(&id)?.0)).await
}

/// `POST /account/webhooks/{id}/off`
async fn turn_off(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    act(&visit, turn_webhook_off(id_in(&id)?.0)).await
}

/// `POST /account/webhooks/{id}/on`
async fn turn_on(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    act(&visit, turn_webhook_on(id_in(&id)?.0)).await
}

/// `GET /account/webhooks/{id}/remove`
async fn ask_to_remove(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let webhook = find(&visit, id_in(&id)?).await?;
    visit.page(RemoveWebhook { webhook }).await
}

async fn find(visit: &Visit, id: WebhookId) -> Result<Webhook, Error> {
    let viewer = visit.signed_in()?;
    webhook::find(&mut *visit.app.pool.acquire().await?, viewer, id).await
}

/// `POST /account/webhooks/{id}/remove`
async fn remove(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    match writes::call(context(&visit), remove_webhook(id.0)).await {
        Ok(removed) => redirect_after(&visit, removed).await,
        // Already gone after a double click: nothing to report.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Redirect::to(LIST).into_response()),
        Err(error) => Err(error.into()),
    }
}

fn id_in(text: &str) -> Result<WebhookId, Error> {
    text.parse().map(WebhookId).map_err(|_| Error::NotFound)
}
