//! The device cookie of a browser that signed up or in before.
//!
//! It grants no access by itself. It keeps strangers' failed sign-ins and requests from delaying its owner, identifies
//! the accounts whose forms may be saved and those that are not confirmed yet, and, if its browser is trusted, replaces the
//! code of the second factor. It is set after a sign-up and after a successful sign-in, and renewed by each later one.

use super::{Web, failure::Failure, saved_form, session, visit::Visit};
use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use guildhall::{
    Error, Result,
    account::{self, Authenticated},
    device::{self, DeviceId, REMEMBERED_DAYS},
    session as kept,
    sign_in_log::{self, NewSignIn, SignInMethod},
    store::Tx,
};
use time::Duration;

/// The cookie's name. Its prefix keeps other sites and plain http from setting it (RFC 6265bis, section 4.1.3.2).
pub(super) fn cookie_name(app: &Web) -> &'static str {
    if app.settings.https {
        "__Host-guildhall-device"
    } else {
        "guildhall-device"
    }
}

/// The device named by the visit's cookie, if this site signed it.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(super) async fn of(visit: &Visit) -> Result<Option<DeviceId>> {
    match &visit.device_cookie {
        Some(cookie) => visit.app.devices.read(&visit.app.pool, cookie).await,
        None => Ok(None),
    }
}

/// The device named by a request's cookie, without a query; `None` until the key has been read once.
pub(super) fn from_cookie(app: &Web, headers: &HeaderMap) -> Option<DeviceId> {
    let cookies = CookieJar::from_headers(headers);
    let cookie = cookies.get(cookie_name(app))?;
    app.devices.read_now(cookie.value())
}

/// Sets the device cookie after the browser signed in to the viewer's account, and logs the sign-in. A trusted
/// browser is not asked for a code of the second factor for some days.
///
/// # Errors
/// `Refused(SessionsEnded)` if all sessions of the account have ended since its sign-in method was looked up. Then nothing is
/// stored.
pub(super) async fn remember(
    visit: &Visit,
    authenticated: &Authenticated,
    method: SignInMethod<'_>,
    is_trusted: bool,
    response: Response,
) -> Result<Response, Failure> {
    let (app, viewer) = (&visit.app, &authenticated.viewer);
    let present = of(visit).await?;
    let mut tx: Tx<'_> = app.pool.begin().await?;
    if !kept::may_begin(&mut tx, authenticated.session_owner()).await? {
        return Err(Error::from(account::Refusal::SessionsEnded).into());
    }
    let device = device::remember(&mut tx, present, viewer.account).await?;
    if is_trusted {
        device::trust(&mut tx, device.id, viewer.account, &visit.user_agent).await?;
    }
    let sign_in = NewSignIn {
        address: visit.address,
        user_agent: &visit.user_agent,
        method,
        is_known: device.is_known,
    };
    sign_in_log::record(&mut tx, viewer.account, &sign_in).await?;
    saved_form::remember(visit, &mut tx, device.id, viewer).await?;
    tx.commit().await?;
    set_cookie(visit, device.id, response).await
}

/// Adds the cookie to the response, and notes the device in the session.
pub(super) async fn set_cookie(
    visit: &Visit,
    device: DeviceId,
    mut response: Response,
) -> Result<Response, Failure> {
    let app = &visit.app;
    session::keep_device(&visit.session, device).await?;
    let value = app.devices.sign(&app.pool, device).await?;
    let cookie = Cookie::build((cookie_name(app), value))
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(app.settings.https)
        .path("/")
        .max_age(Duration::days(REMEMBERED_DAYS.into()))
        .build();
    let value = HeaderValue::from_str(&cookie.to_string()).map_err(Error::unexpected)?;
    response.headers_mut().append(header::SET_COOKIE, value);
    Ok(response)
}
