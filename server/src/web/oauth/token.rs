use super::{
    answer::ErrorResponse,
    params::Params,
    request::{Request, log_failed_authentication},
};
use axum::{Json, extract::State};
use guildhall::{
    oauth::{self, ACCESS_LIFE, Client, IssuedTokens, OauthError, OauthResult, Verifier},
    store::Tx,
    token::Secret,
};
use serde::Serialize;
use sqlx::PgPool;

/// A token response (RFC 6749, section 5.1).
#[derive(Serialize)]
pub(super) struct TokenBody {
    access_token: String,
    token_type: &'static str,
    /// In seconds.
    expires_in: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<String>,
    scope: String,
}

impl From<IssuedTokens> for TokenBody {
    fn from(tokens: IssuedTokens) -> Self {
        let reveal = |secret: &Secret| secret.reveal().to_owned();
        Self {
            access_token: reveal(&tokens.access),
            token_type: "Bearer",
            expires_in: ACCESS_LIFE.whole_seconds(),
            refresh_token: tokens.refresh.as_ref().map(reveal),
            scope: tokens.scopes.to_string(),
        }
    }
}

/// `POST /oauth/token`
pub(super) async fn issue(
    State(pool): State<PgPool>,
    request: Request,
) -> Result<Json<TokenBody>, ErrorResponse> {
    let mut tx = pool.begin().await?;
    let client = request.client(&mut tx).await?;
    let answer = answer(&mut tx, &client, &request.params).await?;
    // Commit even if the request is denied, so that what a reuse has revoked stays revoked.
    tx.commit().await?;
    note(&client, answer.as_ref().err());
    Ok(Json(answer?.into()))
}

/// Logs what looks like theft, for the operator. The program gets the same answer as for any invalid code or token.
fn note(client: &Client, denied: Option<&OauthError>) {
    let program = client.public_id.as_str();
    match denied {
        Some(OauthError::CodeReused) => {
            tracing::warn!(
                program,
                "an authorization code was used a second time; its tokens were revoked"
            );
        }
        Some(OauthError::RefreshTokenReused) => {
            tracing::warn!(
                program,
                "a refresh token was used a second time; its tokens were revoked"
            );
        }
        // The program authenticated with a secret that was replaced at the same moment.
        Some(OauthError::InvalidClient) => log_failed_authentication(program),
        _ => {}
    }
}

async fn answer(tx: &mut Tx<'_>, client: &Client, params: &Params) -> OauthResult<IssuedTokens> {
    match params.get("grant_type") {
        Some("authorization_code") => match code_exchange(params) {
            Ok((code, redirect_uri, verifier)) => {
                oauth::redeem(tx, client, code, redirect_uri, &verifier).await
            }
            Err(denied) => Ok(Err(denied)),
        },
        Some("refresh_token") => match params.get("refresh_token") {
            Some(token) => oauth::refresh(tx, client, token, params.get("scope")).await,
            None => Ok(Err(OauthError::InvalidRequest("refresh_token is missing."))),
        },
        Some("client_credentials") => oauth::act_as_owner(tx, client, params.get("scope")).await,
        Some("urn:ietf:params:oauth:grant-type:device_code") => match params.get("device_code") {
            Some(code) => oauth::poll(tx, client, code).await,
            None => Ok(Err(OauthError::InvalidRequest("device_code is missing."))),
        },
        Some(_) => Ok(Err(OauthError::UnsupportedGrantType)),
        None => Ok(Err(OauthError::InvalidRequest("grant_type is missing."))),
    }
}

fn code_exchange(params: &Params) -> Result<(&str, &str, Verifier), OauthError> {
    let code = params.require("code", "code is missing.")?;
    let redirect_uri = params.require("redirect_uri", "redirect_uri is missing.")?;
    let verifier = params.require("code_verifier", "code_verifier is missing.")?;
    Ok((code, redirect_uri, Verifier::parse(verifier)?))
}
