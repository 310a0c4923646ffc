//! A third-party client library, the `oauth2` crate, against a real server.

use crate::{
    fixture::{Program, allow, caller, hidden, param, post},
    support::{Client, site},
};
use guildhall::store::MIGRATIONS;
use oauth2::{
    AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, DeviceAuthorizationUrl,
    EndpointNotSet, EndpointSet, PkceCodeChallenge, RedirectUrl, Scope,
    StandardDeviceAuthorizationResponse, TokenResponse, TokenUrl, basic::BasicClient,
};
use reqwest::redirect::Policy;
use sqlx::PgPool;
use std::net::SocketAddr;
use tokio::net::TcpListener;

const CALLBACK: &str = "http://127.0.0.1/callback";

type ConfiguredClient =
    BasicClient<EndpointSet, EndpointSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Serves the router on a port of its own. The test can still request pages from the router in process.
async fn serve(site: &axum::Router) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let site = site
        .clone()
        .into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, site).await });
    addr
}

fn client(addr: SocketAddr, program: &Program) -> ConfiguredClient {
    let at = |path: &str| format!("http://{addr}{path}");
    let client = BasicClient::new(ClientId::new(program.id.clone()))
        .set_auth_uri(AuthUrl::new(at("/oauth/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(at("/oauth/token")).unwrap())
        .set_device_authorization_url(
            DeviceAuthorizationUrl::new(at("/oauth/device_authorization")).unwrap(),
        )
        .set_redirect_uri(RedirectUrl::new(CALLBACK.to_owned()).unwrap());
    match &program.secret {
        Some(secret) => client.set_client_secret(ClientSecret::new(secret.clone())),
        None => client,
    }
}

fn http() -> reqwest::Client {
    // Another test may have installed the provider already.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    reqwest::Client::builder()
        .redirect(Policy::none())
        .build()
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_library_gets_tokens_by_code_refresh_token_and_client_credentials(pool: PgPool) {
    let site = site(&pool, &[]);
    let addr = serve(&site).await;
    let http = http();
    let mut owner = Client::member(&site, "seller", "maker@example.com").await;
    let mut person = Client::member(&site, "buyer", "ada@example.com").await;
    for kind in ["public", "confidential"] {
        let program = Program::register(&mut owner, kind, CALLBACK).await;
        let client = client(addr, &program);
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let (url, state) = client
            .authorize_url(CsrfToken::new_random)
            .add_scope(Scope::new("bids:read".to_owned()))
            .add_scope(Scope::new("bids:write".to_owned()))
            .set_pkce_challenge(challenge)
            .url();
        let path = format!("{}?{}", url.path(), url.query().unwrap());
        let location = allow(&mut person, &path).await;
        assert_eq!(param(&location, "state").as_ref(), Some(state.secret()));
        let code = AuthorizationCode::new(param(&location, "code").unwrap());
        let tokens = client
            .exchange_code(code)
            .set_pkce_verifier(verifier)
            .request_async(&http)
            .await
            .unwrap();
        let actor = caller(&pool, tokens.access_token().secret()).await.unwrap();
        assert_eq!(
            (actor.viewer.name.as_str(), actor.scopes.to_string()),
            ("ada", "bids:read bids:write".to_owned())
        );
        let renewed = client
            .exchange_refresh_token(tokens.refresh_token().unwrap())
            .request_async(&http)
            .await
            .unwrap();
        assert_ne!(
            renewed.refresh_token().unwrap().secret(),
            tokens.refresh_token().unwrap().secret()
        );
        let reply = client
            .exchange_client_credentials()
            .request_async(&http)
            .await;
        match reply {
            Ok(token) => {
                let actor = caller(&pool, token.access_token().secret()).await.unwrap();
                assert_eq!(
                    (actor.viewer.name.as_str(), kind),
                    ("maker", "confidential")
                );
            }
            Err(refused) => assert_eq!(kind, "public", "{refused:?}"),
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_library_gets_tokens_by_the_device_flow(pool: PgPool) {
    let site = site(&pool, &[]);
    let addr = serve(&site).await;
    let http = http();
    let mut person = Client::member(&site, "seller", "ada@example.com").await;
    let program = Program::with_device_flow(&mut person, "public", "").await;
    let client = client(addr, &program);
    let started: StandardDeviceAuthorizationResponse = client
        .exchange_device_code()
        .add_scope(Scope::new("projects:read".to_owned()))
        .request_async(&http)
        .await
        .unwrap();
    let code = started.user_code().secret().clone();
    let page = person
        .post("/device", &[("user_code", &code)])
        .await
        .is(200);
    let mut fields = hidden(&page);
    fields.push(("decision".to_owned(), "allow".to_owned()));
    post(&mut person, "/device", &fields).await.is(303);
    let tokens = client
        .exchange_device_access_token(&started)
        .request_async(&http, tokio::time::sleep, None)
        .await
        .unwrap();
    let actor = caller(&pool, tokens.access_token().secret()).await.unwrap();
    assert_eq!(actor.viewer.name, "ada");
}
