//! An external provider: a small OpenID provider and a small GitHub, on a local port with keys of their own. It does
//! what a test tells it to, including what no honest provider would do.
#![expect(
    clippy::disallowed_types,
    reason = "it represents another site, whose forms are not compressed"
)]

use axum::{
    Form, Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

pub const CLIENT: &str = "guildhall";
pub const SECRET: &str = "a secret between the two";

/// The provider's behavior, which tests change.
pub struct Behavior {
    /// Claims that replace those of an honest ID token; `null` removes one.
    pub claims: Value,
    /// The issuer in the discovery document, if not the true one.
    pub issuer: Option<String>,
    /// The published keys.
    pub published: Vec<Value>,
    /// The signing key and its id.
    pub signing: (EncodingKey, Option<String>),
    pub algorithm: Algorithm,
    /// Sent instead of a signed token.
    pub raw_token: Option<String>,
    pub refuses_the_code: bool,
    /// Every endpoint except the authorization endpoint answers with this status.
    pub is_down: Option<StatusCode>,
    pub userinfo: Value,
    /// The delay of the userinfo endpoint.
    pub userinfo_delay: std::time::Duration,
    pub emails: Value,
    pub announces_iss: bool,
    /// The number of requests per endpoint.
    pub request_counts: HashMap<&'static str, u32>,
    /// For each authorization code: the nonce and challenge of its visitor, and whether a new sign-in was required.
    codes: HashMap<String, (String, String, bool)>,
}

#[derive(Clone)]
pub struct FakeProvider {
    pub url: String,
    behavior: Arc<Mutex<Behavior>>,
}

/// A key pair, with the public half in its published form.
pub fn new_key(name: &str) -> (EncodingKey, Value) {
    let pair = aws_lc_rs::signature::EcdsaKeyPair::generate(
        &aws_lc_rs::signature::ECDSA_P256_SHA256_FIXED_SIGNING,
    )
    .unwrap();
    let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
    let mut published =
        serde_json::to_value(Jwk::from_encoding_key(&key, Algorithm::ES256).unwrap()).unwrap();
    published["kid"] = json!(name);
    published["use"] = json!("sig");
    (key, published)
}

impl FakeProvider {
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (key, published) = new_key("first");
        let behavior = Behavior {
            claims: json!({}),
            issuer: None,
            published: vec![published],
            signing: (key, Some("first".to_owned())),
            algorithm: Algorithm::ES256,
            raw_token: None,
            refuses_the_code: false,
            is_down: None,
            userinfo: json!({}),
            userinfo_delay: std::time::Duration::ZERO,
            emails: json!([{ "email": "ada@example.com", "primary": true, "verified": true }]),
            announces_iss: false,
            request_counts: HashMap::new(),
            codes: HashMap::new(),
        };
        let provider = Self {
            url,
            behavior: Arc::new(Mutex::new(behavior)),
        };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/token", post(token))
            .route("/keys", get(keys))
            .route("/userinfo", get(userinfo))
            .route("/trap", get(trap).post(trap))
            .route("/login/oauth/access_token", post(github_token))
            .route("/api/v3/user", get(github_user))
            .route("/api/v3/user/emails", get(github_emails))
            .with_state(provider.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        provider
    }

    /// Changes the provider's behavior.
    pub fn now(&self, change: impl FnOnce(&mut Behavior)) {
        change(&mut self.behavior.lock().unwrap());
    }

    pub fn request_count(&self, what: &'static str) -> u32 {
        *self
            .behavior
            .lock()
            .unwrap()
            .request_counts
            .get(what)
            .unwrap_or(&0)
    }

    /// Publishes and signs with another key from now on.
    pub fn rotate(&self, name: &str) {
        let (key, published) = new_key(name);
        self.now(|b| {
            b.published = vec![published];
            b.signing = (key, Some(name.to_owned()));
        });
    }

    /// The visitor allows the request at the authorization endpoint; returns the callback's parameters.
    pub fn allow(&self, authorization_url: &str) -> HashMap<String, String> {
        let (address, parameters) = split_query(authorization_url);
        assert!(address.starts_with(&self.url), "{address}");
        assert_eq!(parameters["response_type"], "code");
        assert_eq!(parameters["client_id"], CLIENT);
        assert_eq!(parameters["code_challenge_method"], "S256");
        let code = format!("code-{}", &parameters["state"][..12]);
        let details = (
            parameters.get("nonce").cloned().unwrap_or_default(),
            parameters["code_challenge"].clone(),
            parameters
                .get("prompt")
                .is_some_and(|prompt| prompt == "login"),
        );
        self.now(|b| {
            b.codes.insert(code.clone(), details);
        });
        HashMap::from([
            ("code".to_owned(), code),
            ("state".to_owned(), parameters["state"].clone()),
        ])
    }

    #[expect(clippy::result_large_err, reason = "it is returned at once")]
    fn answer(&self, what: &'static str) -> Result<std::sync::MutexGuard<'_, Behavior>, Response> {
        let mut behavior = self.behavior.lock().unwrap();
        *behavior.request_counts.entry(what).or_default() += 1;
        match behavior.is_down {
            // A 3xx redirects to the trap, which the client must not follow.
            Some(status) => Err((status, [("location", "/trap")], "down").into_response()),
            None => Ok(behavior),
        }
    }

    /// Checks the client, the authorization code and the verifier; returns the nonce and whether the visitor signed in
    /// again.
    #[expect(clippy::result_large_err, reason = "it is returned at once")]
    fn redeem(
        &self,
        form: &HashMap<String, String>,
        authorized: bool,
    ) -> Result<(String, bool), Response> {
        let mut behavior = self.answer("token")?;
        let bad = |error: &str| {
            (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response()
        };
        if !authorized {
            return Err(bad("invalid_client"));
        }
        let (nonce, challenge, again) = behavior
            .codes
            .remove(&form["code"])
            .filter(|_| !behavior.refuses_the_code)
            .ok_or_else(|| bad("invalid_grant"))?;
        let proven = BASE64.encode(Sha256::digest(form["code_verifier"].as_bytes()));
        assert_eq!(
            proven, challenge,
            "the verifier does not match the challenge"
        );
        assert!(form["redirect_uri"].ends_with("/callback"));
        Ok((nonce, again))
    }
}

/// A URL without its query, and the query's parameters.
pub fn split_query(url: &str) -> (String, HashMap<String, String>) {
    let mut url = url::Url::parse(url).unwrap();
    let parameters = url.query_pairs().into_owned().collect();
    url.set_query(None);
    (url.to_string(), parameters)
}

async fn discovery(State(provider): State<FakeProvider>) -> Response {
    match provider.answer("discovery") {
        Err(down) => down,
        Ok(behavior) => Json(json!({
            "issuer": behavior.issuer.as_ref().unwrap_or(&provider.url),
            "authorization_endpoint": format!("{}/authorize", provider.url),
            "token_endpoint": format!("{}/token", provider.url),
            "jwks_uri": format!("{}/keys", provider.url),
            "userinfo_endpoint": format!("{}/userinfo", provider.url),
            "authorization_response_iss_parameter_supported": behavior.announces_iss,
        }))
        .into_response(),
    }
}

async fn keys(State(provider): State<FakeProvider>) -> Response {
    match provider.answer("keys") {
        Err(down) => down,
        // The client must ignore a key of an unknown type.
        Ok(behavior) => {
            let mut keys = behavior.published.clone();
            keys.push(json!({ "kty": "QUANTUM", "kid": "odd" }));
            Json(json!({ "keys": keys })).into_response()
        }
    }
}

async fn token(
    State(provider): State<FakeProvider>,
    headers: HeaderMap,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    // RFC 6749, section 2.3.1: the id and the secret are form-encoded before they are joined.
    let encoded =
        |text: &str| -> String { url::form_urlencoded::byte_serialize(text.as_bytes()).collect() };
    let basic = base64::engine::general_purpose::STANDARD.encode(format!(
        "{}:{}",
        encoded(CLIENT),
        encoded(SECRET)
    ));
    let authorized = headers
        .get("authorization")
        .is_some_and(|value| value.to_str().unwrap() == format!("Basic {basic}"));
    let (nonce, again) = match provider.redeem(&form, authorized) {
        Ok(redeemed) => redeemed,
        Err(refused) => return refused,
    };
    let behavior = provider.behavior.lock().unwrap();
    let now = jsonwebtoken::get_current_timestamp();
    let mut claims = json!({
        "iss": provider.url, "sub": "user-1", "aud": CLIENT, "nonce": nonce, "iat": now, "exp": now + 300,
        "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace",
    });
    if again {
        claims["auth_time"] = json!(now);
    }
    for (name, value) in behavior.claims.as_object().unwrap() {
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    let mut header = Header::new(behavior.algorithm);
    header.kid = behavior.signing.1.clone();
    let token = match &behavior.raw_token {
        Some(raw) => raw.replace("CLAIMS", &BASE64.encode(claims.to_string())),
        None => encode(&header, &claims, &behavior.signing.0).unwrap(),
    };
    Json(json!({ "access_token": "access", "token_type": "Bearer", "id_token": token }))
        .into_response()
}

async fn trap(State(provider): State<FakeProvider>) {
    drop(provider.answer("trap"));
}

async fn userinfo(State(provider): State<FakeProvider>, headers: HeaderMap) -> Response {
    assert_eq!(headers["authorization"], "Bearer access");
    let userinfo_delay = provider.behavior.lock().unwrap().userinfo_delay;
    tokio::time::sleep(userinfo_delay).await;
    match provider.answer("userinfo") {
        Err(down) => down,
        Ok(behavior) => Json(behavior.userinfo.clone()).into_response(),
    }
}

async fn github_token(
    State(provider): State<FakeProvider>,
    Form(form): Form<HashMap<String, String>>,
) -> Response {
    let authorized = form.get("client_id").map(String::as_str) == Some(CLIENT)
        && form.get("client_secret").map(String::as_str) == Some(SECRET);
    match provider.redeem(&form, authorized) {
        Ok(_) => Json(json!({ "access_token": "gho_x", "token_type": "bearer", "scope": "read:user,user:email" }))
            .into_response(),
        // GitHub answers a refused code with status 200.
        Err(_) => Json(json!({ "error": "bad_verification_code", "error_description": "The code is incorrect." }))
            .into_response(),
    }
}

async fn github_user(State(provider): State<FakeProvider>, headers: HeaderMap) -> Response {
    assert_eq!(headers["authorization"], "Bearer gho_x");
    match provider.answer("user") {
        Err(down) => down,
        Ok(_) => Json(json!({ "id": 583231, "login": "ada", "name": null, "type": "User" }))
            .into_response(),
    }
}

async fn github_emails(State(provider): State<FakeProvider>, headers: HeaderMap) -> Response {
    assert_eq!(headers["authorization"], "Bearer gho_x");
    match provider.answer("emails") {
        Err(down) => down,
        Ok(behavior) => Json(behavior.emails.clone()).into_response(),
    }
}
