use crate::state::Shared;
use axum::{Json, extract::State};
use guildhall::token::Scopes;
use serde_json::{Value, json};

/// `GET /.well-known/oauth-authorization-server` (RFC 8414)
pub(super) async fn show(State(shared): State<Shared>) -> Json<Value> {
    let issuer = &shared.settings.base_url;
    let at = |path: &str| format!("{issuer}{path}");
    let with_secret = ["client_secret_basic", "client_secret_post"];
    let all = ["client_secret_basic", "client_secret_post", "none"];
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": at("/oauth/authorize"),
        "token_endpoint": at("/oauth/token"),
        "revocation_endpoint": at("/oauth/revoke"),
        "introspection_endpoint": at("/oauth/introspect"),
        "device_authorization_endpoint": at("/oauth/device_authorization"),
        "scopes_supported": Scopes::all().names(),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [
            "authorization_code",
            "refresh_token",
            "client_credentials",
            "urn:ietf:params:oauth:grant-type:device_code",
        ],
        "token_endpoint_auth_methods_supported": all,
        "revocation_endpoint_auth_methods_supported": all,
        "introspection_endpoint_auth_methods_supported": with_secret,
        "code_challenge_methods_supported": ["S256"],
        // RFC 9207
        "authorization_response_iss_parameter_supported": true,
    }))
}
