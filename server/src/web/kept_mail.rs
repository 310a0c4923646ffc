//! `/dev/mail`: the mail of a server without a relay. On any other server these pages do not exist.

use super::{failure::Failure, routes::Routes, visit::Visit};
use app::pages::{KeptMailList, KeptMailPage};
use axum::{
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
};
use guildhall::{Error, kept_mail};

/// A message may style itself, and its links may open in a new tab. It loads nothing, runs nothing and sends nothing,
/// even when it is opened on its own.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/dev/mail", list)
        .get("/dev/mail/{id}", show)
        .get("/dev/mail/{id}/html", html)
}

/// `GET /dev/mail`
async fn list(visit: Visit) -> Result<Response, Failure> {
    must_be_shown(&visit)?;
    let mails = kept_mail::list(&mut *visit.app.pool.acquire().await?).await?;
    visit.page(KeptMailList { mails }).await
}

/// `GET /dev/mail/{id}`
async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mail = find(&visit, &id).await?;
    visit.page(KeptMailPage { mail }).await
}

/// `GET /dev/mail/{id}/html`: the HTML part, for the frame.
async fn html(visit: Visit, Path(id): Path<String>) -> Result<Response, Failure> {
    let mail = find(&visit, &id).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, mail.html).into_response())
}

async fn find(visit: &Visit, id: &str) -> Result<kept_mail::KeptMail, Error> {
    must_be_shown(visit)?;
    let id = id.parse().map_err(|_| Error::NotFound)?;
    kept_mail::find(&mut *visit.app.pool.acquire().await?, id).await
}

/// # Errors
/// `NotFound` on a server that sends its mail, or that others than this machine reach.
fn must_be_shown(visit: &Visit) -> Result<(), Error> {
    match visit.app.settings.shows_mail {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}
