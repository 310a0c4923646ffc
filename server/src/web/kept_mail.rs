//! `/dev/mail`: the mail of a server without a relay. On any other server these pages do not exist.

use super::{failure::Failure, routes::Routes, visit::Visit};
use crate::mail;
use app::pages::{KeptMailList, KeptMailPage};
use axum::{
    extract::{Path, Query},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
};
use guildhall::{Error, kept_mail};
use std::collections::HashMap;

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
async fn list(
    visit: Visit,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    must_be_shown(&visit, &headers)?;
    let to = query.get("to").map_or("", |to| to.trim());
    // PostgreSQL stores no zero characters, so no address has one.
    let to = to.replace('\0', "\u{fffd}");
    let mails = kept_mail::list(&mut *visit.app.pool.acquire().await?, &to).await?;
    visit.page(KeptMailList { mails, to }).await
}

/// `GET /dev/mail/{id}`
async fn show(
    visit: Visit,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mail = find(&visit, &id, &headers).await?;
    visit.page(KeptMailPage { mail }).await
}

/// `GET /dev/mail/{id}/html`: the HTML part, for the frame.
async fn html(
    visit: Visit,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let mail = find(&visit, &id, &headers).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, mail.html).into_response())
}

async fn find(visit: &Visit, id: &str, headers: &HeaderMap) -> Result<kept_mail::KeptMail, Error> {
    must_be_shown(visit, headers)?;
    let id = id.parse().map_err(|_| Error::NotFound)?;
    kept_mail::find(&mut *visit.app.pool.acquire().await?, id).await
}

/// # Errors
/// `NotFound` on a server that sends its mail and, except on a public demo, for a request from another machine.
fn must_be_shown(visit: &Visit, headers: &HeaderMap) -> Result<(), Error> {
    let settings = &visit.app.settings;
    match settings.shows_mail && (settings.is_public_demo || is_direct(headers)) {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// True if the request's `Host` names this machine, and no proxy forwarded it. Otherwise another site's name could resolve
/// to this machine, and that site's pages could read the mail (DNS rebinding).
fn is_direct(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).map(|host| host.to_str());
    let is_here = host.is_none_or(|host| host.is_ok_and(mail::is_this_machine));
    is_here
        && ["forwarded", "x-forwarded-for", "x-forwarded-host"]
            .iter()
            .all(|name| !headers.contains_key(*name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, HeaderValue};

    #[test]
    fn only_a_request_to_this_machine_without_a_proxy_is_direct() {
        for (name, value, expected) in [
            ("host", "127.0.0.1:3000", true),
            ("host", "localhost:3000", true),
            ("host", "[::1]:3000", true),
            ("host", "guildhall.example", false),
            ("host", "127.0.0.1.guildhall.example:3000", false),
            ("host", "x@y:z", false),
            ("x-forwarded-for", "192.0.2.1", false),
            ("forwarded", "for=192.0.2.1", false),
        ] {
            let headers = HeaderMap::from_iter([(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )]);
            assert_eq!(is_direct(&headers), expected, "{name}: {value}");
        }
    }
}
