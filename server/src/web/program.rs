use super::{
    Web,
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    routes::Routes,
    saved_form,
    success::{redirect_with_message, uncached},
    visit::Visit,
};
use app::{
    form::Form,
    pages::{NewProgram, Programs, RegisteredProgram},
};
use axum::{
    extract::Path,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::disk::DataKind;
use guildhall::{
    Error,
    account::Viewer,
    oauth::{self, Client, ClientId, NewClient},
    quota::QuotaKind,
    receipt::form::{self, FormStart},
    store::Tx,
    token::Secret,
};

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account/programs", list)
        .get("/account/programs/new", new)
        .post("/account/programs/new", register)
        .get("/account/programs/{id}", show)
        .post("/account/programs/{id}", change)
        .post("/account/programs/{id}/secret", renew_secret)
        .post("/account/programs/{id}/delete", delete)
        .post("/account/programs/{id}/revoke", revoke)
}

/// `GET /account/programs`
async fn list(visit: Visit) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let page = Programs {
        allowed: oauth::allowed(db, viewer).await?,
        owned: oauth::owned(db, viewer).await?,
    };
    visit.page(page).await
}

/// `POST /account/programs/{id}/revoke`: revokes what the viewer granted to the program.
async fn revoke(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let viewer = visit.signed_in()?;
    let mut tx = visit.app.pool.begin().await?;
    let revoked = oauth::revoke_grants(&mut tx, viewer, id).await;
    let message = "Revoked. The app can no longer act for you.";
    redirect_to_list(&visit, tx, revoked, message).await
}

/// Redirects to the list with a message.
async fn redirect_to_list(
    visit: &Visit,
    tx: Tx<'_>,
    ended: Result<(), Error>,
    message: &str,
) -> Result<Response, Failure> {
    match ended {
        Ok(()) => {
            tx.commit().await?;
            visit.app.callers.forget();
            redirect_with_message(visit, "/account/programs", message).await
        }
        // Already gone after a double click: nothing to report.
        Err(Error::NotFound) => Ok(Redirect::to("/account/programs").into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `GET /account/programs/new`
async fn new(visit: Visit) -> Result<Response, Failure> {
    visit.signed_in()?;
    let form = saved_form::restore_or(&visit, fresh(&[])).await?;
    visit.page(NewProgram { form }).await
}

/// `POST /account/programs/new`
async fn register(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    match registered(&visit, viewer, &posted).await {
        Ok(FormResult::Repeated(id)) => Ok(Redirect::to(&path_of(id)).into_response()),
        Ok(FormResult::First(id, Some(secret))) => show_secret(visit, id, &secret).await,
        Ok(FormResult::First(id, None)) => {
            let message = "The app is registered. Its client id is below.";
            redirect_with_message(&visit, &path_of(id), message).await
        }
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let form = refused.form.clone();
            refused.show(visit, NewProgram { form }).await
        }
    }
}

/// The result of a form that may create a secret; a repeated submission shows none.
enum FormResult {
    First(ClientId, Option<Secret>),
    Repeated(ClientId),
}

async fn registered(
    visit: &Visit,
    viewer: &Viewer,
    posted: &PostedForm,
) -> Result<FormResult, Error> {
    let (app, origin) = (&visit.app, visit.origin());
    let new = read(posted, posted.get("kind"))?;
    match form::begin(&app.pool, posted.mark(viewer.account)?).await? {
        FormStart::Repeated(id) => Ok(FormResult::Repeated(id)),
        FormStart::First(mut once) => {
            app.disk.must_take(DataKind::Programs)?;
            let (tx, account) = (once.tx(), viewer.account);
            app.quotas
                .spend(tx, QuotaKind::Program, account, origin)
                .await?;
            let (id, secret) = oauth::register(once.tx(), viewer, &new).await?;
            once.commit(id).await?;
            Ok(FormResult::First(id, secret))
        }
    }
}

fn read(posted: &PostedForm, kind: &str) -> Result<NewClient, Error> {
    NewClient::parse(
        posted.get("name"),
        kind,
        posted.get("redirect_uris"),
        &posted.all("scopes"),
        posted.get("device_flow") == "yes",
    )
}

/// `GET /account/programs/{id}`
async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let client = own_program(&visit, id_in(&id)?).await?;
    let form = saved_form::restore_or(&visit, form_of(&client)).await?;
    let page = RegisteredProgram {
        client,
        form,
        secret: None,
    };
    visit.page(page).await
}

/// `POST /account/programs/{id}`
async fn change(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let viewer = visit.signed_in()?;
    let client = own_program(&visit, id).await?;
    match changed(&visit.app, viewer, &client, &posted).await {
        Ok(()) => redirect_with_message(&visit, &path_of(id), "The app is changed.").await,
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&[]))?;
            let page = RegisteredProgram {
                client,
                form: refused.form.clone(),
                secret: None,
            };
            refused.show(visit, page).await
        }
    }
}

async fn changed(
    app: &Web,
    viewer: &Viewer,
    client: &Client,
    posted: &PostedForm,
) -> Result<(), Error> {
    let new = read(posted, client.kind().name())?;
    let mut tx = app.pool.begin().await?;
    oauth::change(&mut tx, viewer, client.id, &new).await?;
    tx.commit().await?;
    app.callers.forget();
    Ok(())
}

/// `POST /account/programs/{id}/secret`
async fn renew_secret(
    visit: Visit,
    Path(id): Path<String>,
    posted: PostedForm,
) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let viewer = visit.signed_in()?;
    match form::begin(&visit.app.pool, posted.mark(viewer.account)?).await? {
        FormStart::Repeated(id) => Ok(Redirect::to(&path_of(id)).into_response()),
        FormStart::First(mut once) => {
            let secret = oauth::renew_secret(once.tx(), viewer, id).await?;
            once.commit(id).await?;
            visit.app.callers.forget();
            show_secret(visit, id, &secret).await
        }
    }
}

/// `POST /account/programs/{id}/delete`
async fn delete(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let id = id_in(&id)?;
    let viewer = visit.signed_in()?;
    let mut tx = visit.app.pool.begin().await?;
    let deleted = oauth::delete(&mut tx, viewer, id).await;
    let message = "The app is deleted. Its secret and its tokens no longer work.";
    redirect_to_list(&visit, tx, deleted, message).await
}

/// The page with the secret is the direct answer, so that no flash message, session or cache holds the secret.
async fn show_secret(visit: Visit, id: ClientId, secret: &Secret) -> Result<Response, Failure> {
    let client = own_program(&visit, id).await?;
    let form = form_of(&client);
    let page = RegisteredProgram {
        client,
        form,
        secret: Some(secret.reveal().to_owned()),
    };
    visit.page(page).await.map(uncached)
}

async fn own_program(visit: &Visit, id: ClientId) -> Result<Client, Error> {
    let viewer = visit.signed_in()?;
    oauth::owned_by_id(&mut *visit.app.pool.acquire().await?, viewer, id).await
}

fn form_of(client: &Client) -> Form {
    let uris: Vec<&str> = client
        .redirect_uris
        .iter()
        .map(|uri| uri.as_str())
        .collect();
    let mut values = vec![
        ("name", client.name.clone()),
        ("redirect_uris", uris.join("\n")),
    ];
    values.extend(
        client
            .scopes
            .names()
            .into_iter()
            .map(|name| ("scopes", name)),
    );
    if client.device_flow {
        values.push(("device_flow", "yes".to_owned()));
    }
    fresh(&values)
}

fn path_of(id: ClientId) -> String {
    format!("/account/programs/{}", id.0)
}

fn id_in(text: &str) -> Result<ClientId, Error> {
    text.parse().map(ClientId).map_err(|_| Error::NotFound)
}
