//! Security headers of every answer, and the attributes of every cookie.
//!
//! Cookies get `SameSite`, `Secure` under https, and, except for those that islands read, `HttpOnly`.

use crate::state::Shared;
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

/// Removes a client's request id: only this server may set it, because it appears in the log and on pages.
pub(crate) async fn remove_client_request_id(mut request: Request, next: Next) -> Response {
    request.headers_mut().remove("x-request-id");
    next.run(request).await
}

/// Headers that every answer has; a page's content security policy carries a nonce and is set where the page is
/// rendered.
pub(crate) async fn headers(
    State(shared): State<Shared>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    };
    set(
        "content-security-policy",
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    );
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set(
        "permissions-policy",
        "camera=(), geolocation=(), microphone=(), payment=(), usb=(), publickey-credentials-create=(self), publickey-credentials-get=(self)",
    );
    if shared.settings.https {
        set(
            "strict-transport-security",
            "max-age=31536000; includeSubDomains",
        );
    }
    protect_cookies(headers, shared.settings.https);
    response
}

/// Cookies that the islands read and set; scripts need no others.
const SCRIPT_COOKIES: [&str; 4] = ["theme", "time_zone", "device_zone", "rates"];

/// Adds the attributes that a cookie lacks, whoever set it (RFC 6265bis, section 4.1.2). Deleting a cookie needs them
/// too: browsers ignore the deletion of a `__Host-` cookie that is not `Secure`.
fn protect_cookies(headers: &mut HeaderMap, https: bool) {
    if let header::Entry::Occupied(mut cookies) = headers.entry(header::SET_COOKIE) {
        for cookie in cookies.iter_mut() {
            if let Some(protected) = with_missing_attributes(cookie, https) {
                *cookie = protected;
            }
        }
    }
}

/// The cookie with the missing attributes; `None` if it lacks none.
fn with_missing_attributes(cookie: &HeaderValue, https: bool) -> Option<HeaderValue> {
    let text = cookie.to_str().ok()?;
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next()?.split('=').next()?;
    let present: Vec<String> = parts.map(str::to_ascii_lowercase).collect();
    let has = |attribute: &str| {
        present
            .iter()
            .any(|present| present.split('=').next() == Some(attribute))
    };
    let mut full = text.to_owned();
    for (attribute, is_needed) in [
        ("Secure", https),
        ("HttpOnly", !SCRIPT_COOKIES.contains(&name)),
        ("SameSite=Lax", true),
    ] {
        let attribute_name = attribute.split('=').next().unwrap_or(attribute);
        if is_needed && !has(&attribute_name.to_ascii_lowercase()) {
            full.push_str("; ");
            full.push_str(attribute);
        }
    }
    (full != text).then(|| HeaderValue::from_str(&full).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protected_text(cookie: &'static str, https: bool) -> String {
        let cookie = HeaderValue::from_static(cookie);
        let cookie = with_missing_attributes(&cookie, https).unwrap_or(cookie);
        cookie.to_str().unwrap().to_owned()
    }

    #[test]
    fn a_cookie_gets_missing_attributes_and_keeps_its_own() {
        for (cookie, https, expected) in [
            ("a=b", false, "a=b; HttpOnly; SameSite=Lax"),
            (
                "a=b; Path=/",
                true,
                "a=b; Path=/; Secure; HttpOnly; SameSite=Lax",
            ),
            ("a=secure", true, "a=secure; Secure; HttpOnly; SameSite=Lax"),
            (
                "a=b; samesite=Strict; SECURE; httponly",
                true,
                "a=b; samesite=Strict; SECURE; httponly",
            ),
            ("theme=dark", true, "theme=dark; Secure; SameSite=Lax"),
            (
                "time_zone=UTC; SameSite=Lax",
                false,
                "time_zone=UTC; SameSite=Lax",
            ),
            (
                "__Host-a=; Max-Age=0; Path=/",
                true,
                "__Host-a=; Max-Age=0; Path=/; Secure; HttpOnly; SameSite=Lax",
            ),
        ] {
            assert_eq!(protected_text(cookie, https), expected);
        }
    }
}
