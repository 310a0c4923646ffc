//! The viewer's data: its export and its erasure.

use super::{
    dead_link,
    failure::{Failure, RefusedForm},
    posted_form::{PostedForm, fresh},
    proof,
    routes::Routes,
    saved_form,
    success::{redirect_after, uncached},
    visit::Visit,
    writes::context,
};
use app::{
    form::Form,
    pages::{AccountIsKept, AccountPrivacy, KeepAccount, RequestErasure, RequestExport},
    writes,
};
use axum::{
    extract::Query,
    response::{IntoResponse, Redirect, Response},
};
use guildhall::{
    Error,
    account_mail::{self, MailKind},
    erasure,
    store::Tx,
};
use std::collections::HashMap;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/account/privacy", show)
        .get("/account/export", export_form)
        .post("/account/export", request_export)
        .get("/account/erasure", erasure_form)
        .post("/account/erasure", request_erasure)
        .post("/account/erasure/stop", stop)
        .get("/keep-account/link", ask)
        .post("/keep-account/link", keep)
}

/// `GET /account/privacy`
async fn show(visit: Visit) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let db = &mut *visit.app.pool.acquire().await?;
    let exported = account_mail::latest(db, viewer.account, MailKind::ExportMade).await?;
    let page = AccountPrivacy {
        exported_at: exported.map(|letter| letter.created_at),
        erasure: erasure::of_account(db, viewer.account).await?,
    };
    visit.page(page).await
}

/// `GET /account/export`
async fn export_form(visit: Visit) -> Result<Response, Failure> {
    let form = saved_form::restore_or(&visit, fresh(&[])).await?;
    let page = export_page(&visit, form).await?;
    visit.page(page).await
}

async fn export_page(visit: &Visit, form: Form) -> Result<RequestExport, Failure> {
    let proof = proof::required(visit, visit.signed_in()?).await?;
    Ok(RequestExport { proof, form })
}

/// `POST /account/export`
async fn request_export(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let requested = writes::request_export(posted.text("present_password"), posted.text("code"));
    match writes::call(context(&visit), requested).await {
        Ok(done) => redirect_after(&visit, done).await,
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&["present_password", "code"]))?;
            let page = export_page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// `GET /account/erasure`: once it is scheduled, there is nothing to ask.
async fn erasure_form(visit: Visit) -> Result<Response, Failure> {
    let viewer = visit.signed_in()?;
    let scheduled =
        erasure::of_account(&mut *visit.app.pool.acquire().await?, viewer.account).await?;
    if scheduled.is_some() {
        return Ok(Redirect::to("/account/privacy").into_response());
    }
    let form = saved_form::restore_or(&visit, fresh(&[])).await?;
    let page = erasure_page(&visit, form).await?;
    visit.page(page).await
}

async fn erasure_page(visit: &Visit, form: Form) -> Result<RequestErasure, Failure> {
    let viewer = visit.signed_in()?;
    let proof = proof::required(visit, viewer).await?;
    let db = &mut *visit.app.pool.acquire().await?;
    let obligation = erasure::obligation(db, viewer.account).await?;
    Ok(RequestErasure {
        proof,
        obligation,
        form,
    })
}

/// `POST /account/erasure`
async fn request_erasure(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let requested = writes::request_erasure(posted.text("present_password"), posted.text("code"));
    match writes::call(context(&visit), requested).await {
        Ok(done) => redirect_after(&visit, done).await,
        Err(error) => {
            let refused = RefusedForm::of(error, posted.again(&["present_password", "code"]))?;
            let page = erasure_page(&visit, refused.form.clone()).await?;
            refused.show(visit, page).await
        }
    }
}

/// `POST /account/erasure/stop`
async fn stop(visit: Visit) -> Result<Response, Failure> {
    let kept = writes::call(context(&visit), writes::keep_account()).await?;
    redirect_after(&visit, kept).await
}

/// `GET /keep-account/link`: the link in the letter works without a session.
async fn ask(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Response, Failure> {
    let secret = query.get("secret").map_or("", String::as_str);
    let found = erasure::stoppable(&mut *visit.app.pool.acquire().await?, secret).await;
    match found {
        Ok((contact, scheduled)) => {
            let page = KeepAccount {
                name: contact.name,
                due_at: scheduled.due_at,
                secret: secret.to_owned(),
            };
            Ok(uncached(visit.page(page).await?))
        }
        Err(error) => dead(visit, error).await,
    }
}

/// `POST /keep-account/link`
async fn keep(visit: Visit, posted: PostedForm) -> Result<Response, Failure> {
    let kept = async {
        let mut tx: Tx<'_> = visit.app.pool.begin().await?;
        erasure::stop_by_link(&mut tx, posted.get("secret")).await?;
        tx.commit().await?;
        Ok::<_, Error>(())
    };
    match kept.await {
        Ok(()) => Ok(uncached(visit.page(AccountIsKept).await?)),
        Err(error) => dead(visit, error).await,
    }
}

async fn dead(visit: Visit, error: Error) -> Result<Response, Failure> {
    dead_link::show(visit, error, "/account/privacy".to_owned(), "Your data").await
}
