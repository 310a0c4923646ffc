use super::{
    LARGEST_BODY_BYTES,
    answer::{ErrorResponse, error_response},
    params::{Params, decode},
};
use crate::{
    http::{
        request::address,
        request_body::{self, BodyError},
    },
    web::Web,
};
use axum::{
    extract::{FromRequest, Request as HttpRequest},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use guildhall::{
    fairness,
    oauth::{self, Client, Credentials, OauthError},
    store::Connection,
};

/// A program's request: a form, with credentials in it or in a header.
pub(super) struct Request {
    pub params: Params,
    pub credentials: Credentials,
}

impl FromRequest<Web> for Request {
    type Rejection = Response;

    async fn from_request(request: HttpRequest, app: &Web) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let headers = parts.headers.clone();
        let client = fairness::Submitter::stranger(address(&parts, app.settings.trusted_proxies));
        let request = HttpRequest::from_parts(parts, body);
        let body = request_body::read(request, &app.heavy, client, LARGEST_BODY_BYTES)
            .await
            .map_err(unread)?;
        if !request_body::is_form(&headers) {
            let message = "Send a form: application/x-www-form-urlencoded.";
            return Err(error_response(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                message,
            ));
        }
        let params = Params::parse(&body);
        read(&headers, params).map_err(|denied| {
            if denied == OauthError::InvalidClient {
                log_failed_authentication("");
            }
            ErrorResponse::from(denied).into_response()
        })
    }
}

fn unread(unread: BodyError) -> Response {
    if let BodyError::Busy(error) = unread {
        return ErrorResponse::from(error).into_response();
    }
    let mut response = error_response(unread.status(), "invalid_request", unread.message());
    response.headers_mut().extend(unread.headers());
    response
}

impl Request {
    /// The authenticated program.
    pub async fn client(&self, db: &mut Connection) -> Result<Client, ErrorResponse> {
        let answer = oauth::authenticate(db, &self.credentials).await?;
        Ok(answer.inspect_err(|_| log_failed_authentication(&self.credentials.client_id))?)
    }
}

/// Logs a program's failed authentication: a series of them matters to the operator.
pub(super) fn log_failed_authentication(client_id: &str) {
    // What a program sends as its id may be a misplaced secret.
    let is_name = client_id.len() <= 40
        && client_id.strip_prefix("program_").is_some_and(|rest| {
            rest.bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        });
    let program = if is_name { client_id } else { "unnamed" };
    tracing::warn!(program, "a program failed to authenticate");
}

fn read(headers: &HeaderMap, params: Params) -> Result<Request, OauthError> {
    params.ensure_well_formed()?;
    let (by_id, by_secret) = (params.get("client_id"), params.get("client_secret"));
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    let credentials = match (authorizations.next(), authorizations.next()) {
        (Some(_), Some(_)) => return Err(OauthError::InvalidClient),
        (Some(value), None) => {
            let (id, secret) = value
                .to_str()
                .ok()
                .and_then(basic)
                .ok_or(OauthError::InvalidClient)?;
            if by_secret.is_some() || by_id.is_some_and(|by_id| by_id != id) {
                return Err(OauthError::InvalidRequest("Authenticate in one way only."));
            }
            Credentials {
                client_id: id,
                secret: Some(secret),
            }
        }
        (None, _) => Credentials {
            client_id: by_id.ok_or(OauthError::InvalidClient)?.to_owned(),
            secret: by_secret.map(str::to_owned),
        },
    };
    Ok(Request {
        params,
        credentials,
    })
}

/// The id and secret of `Authorization: Basic`.
fn basic(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((decode(id), decode(secret)))
}
