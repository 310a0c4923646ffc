use super::{answer::ErrorResponse, request::Request};
use crate::state::Shared;
use axum::{Json, extract::State};
use guildhall::oauth::{self, ClientType, OauthError};
use serde_json::{Value, json};

/// `POST /oauth/introspect` (RFC 7662), for confidential programs, about their own tokens.
pub(super) async fn introspect(
    State(shared): State<Shared>,
    request: Request,
) -> Result<Json<Value>, ErrorResponse> {
    let db = &mut *shared.pool.acquire().await?;
    let client = request.client(db).await?;
    if client.kind() == ClientType::Public {
        return Err(OauthError::InvalidClient.into());
    }
    let token = request.params.require("token", "token is missing.")?;
    let Some(active) = oauth::introspect(db, &client, token).await? else {
        return Ok(Json(json!({ "active": false })));
    };
    let mut body = json!({
        "active": true,
        "scope": active.scopes.to_string(),
        "client_id": client.public_id,
        "sub": active.account.0.to_string(),
        "iss": shared.settings.base_url,
        "iat": active.issued_at.unix_timestamp(),
        "exp": active.expires_at.unix_timestamp(),
    });
    if active.is_access_token {
        body["token_type"] = "Bearer".into();
    }
    Ok(Json(body))
}
