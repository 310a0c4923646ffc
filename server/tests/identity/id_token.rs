//! Which ID tokens are accepted, depending on their issuer, audience, times and signing key.

use crate::{
    fixture::{EMAIL, sign_in_with, sign_up_with, with_one},
    provider::{CLIENT, SECRET, new_key},
    support::{Client, count},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use guildhall::store::MIGRATIONS;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_with_wrong_or_missing_claims_is_refused(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let now = i64::try_from(jsonwebtoken::get_current_timestamp()).unwrap();
    for (what, claims) in [
        ("a wrong nonce", json!({ "nonce": "another visitor's" })),
        ("no nonce", json!({ "nonce": null })),
        ("a wrong issuer", json!({ "iss": "https://evil.example" })),
        ("a wrong audience", json!({ "aud": "another client" })),
        (
            "several audiences",
            json!({ "aud": [CLIENT, "another client"] }),
        ),
        (
            "an expired token",
            json!({ "exp": now - 61, "iat": now - 400 }),
        ),
        ("a token from the future", json!({ "iat": now + 120 })),
        ("no expiry", json!({ "exp": null })),
        ("no subject", json!({ "sub": null })),
        ("a long subject", json!({ "sub": "x".repeat(256) })),
    ] {
        provider.now(|b| b.claims = claims);
        let mut client = Client::new(&site);
        let answer = sign_in_with(&mut client, "id", &provider).await;
        assert_eq!(answer.status, 422, "{what}");
        answer.says("could not be finished").says("Sign in");
        client.get("/account").await.is(303);
        let pending = client.get("/sign-up/with").await.is(303);
        assert_eq!(pending.location(), "/sign-in", "{what}");
    }
    // A minute's leeway is allowed, and so are several audiences if we are the authorized party.
    provider.now(|b| {
        b.claims = json!({ "exp": now - 30, "iat": now + 30, "aud": [CLIENT, "x"], "azp": CLIENT });
    });
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider).await.is(303);
    assert_eq!(
        count(&pool, "account").await + count(&pool, "identity").await,
        0
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_without_a_valid_signature_is_refused(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let header = |header: Value| format!("{}.CLAIMS.", BASE64.encode(header.to_string()));
    let (other_key, _) = new_key("first");
    for what in [
        "alg none",
        "alg None",
        "HS256 with the secret",
        "HS256 with the public key",
        "another key with the same id",
        "no key with this id",
        "garbage",
        "no token",
    ] {
        provider.now(|b| {
            b.raw_token = None;
            b.algorithm = Algorithm::ES256;
            match what {
                "alg none" => b.raw_token = Some(header(json!({ "alg": "none" }))),
                "alg None" => b.raw_token = Some(header(json!({ "alg": "None", "kid": "first" }))),
                "HS256 with the secret" => {
                    b.algorithm = Algorithm::HS256;
                    b.signing = (EncodingKey::from_secret(SECRET.as_bytes()), None);
                }
                "HS256 with the public key" => {
                    b.algorithm = Algorithm::HS256;
                    let key = b.published[0].to_string();
                    b.signing = (
                        EncodingKey::from_secret(key.as_bytes()),
                        Some("first".to_owned()),
                    );
                }
                "another key with the same id" => {
                    b.signing = (other_key.clone(), Some("first".to_owned()))
                }
                "no key with this id" => {
                    b.signing = (other_key.clone(), Some("unknown".to_owned()))
                }
                "garbage" => b.raw_token = Some("not a token".to_owned()),
                _ => b.raw_token = Some(String::new()),
            }
        });
        let mut client = Client::new(&site);
        let answer = sign_in_with(&mut client, "id", &provider).await;
        assert_eq!(answer.status, 422, "{what}");
        client.get("/account").await.is(303);
    }
    assert_eq!(
        provider.request_count("keys"),
        2,
        "once at first, and once more for a token that no known key signed"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn rotated_keys_are_found_and_unknown_ones_are_looked_up_at_most_every_ten_seconds(
    pool: PgPool,
) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "id", &provider).await;
    provider.rotate("second");
    let mut again = Client::new(&site);
    let answer = sign_in_with(&mut again, "id", &provider).await.is(303);
    assert_eq!(answer.location(), "/dashboard");
    assert_eq!(provider.request_count("keys"), 2);
    // The key is not published. Ten seconds have not passed, so the keys are not fetched again.
    let (unpublished, _) = new_key("third");
    provider.now(|b| b.signing = (unpublished, Some("third".to_owned())));
    for _ in 0..3 {
        let mut stranger = Client::new(&site);
        sign_in_with(&mut stranger, "id", &provider).await.is(422);
    }
    assert_eq!(provider.request_count("keys"), 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_key_under_an_old_id_is_found(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "id", &provider).await;
    provider.rotate("first");
    let mut again = Client::new(&site);
    let answer = sign_in_with(&mut again, "id", &provider).await.is(303);
    assert_eq!(answer.location(), "/dashboard");
    // Forged signatures do not cause more requests.
    let (other_key, _) = new_key("first");
    provider.now(|b| b.signing = (other_key, Some("first".to_owned())));
    for _ in 0..3 {
        let mut stranger = Client::new(&site);
        sign_in_with(&mut stranger, "id", &provider).await.is(422);
    }
    assert_eq!(provider.request_count("keys"), 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn userinfo_is_queried_if_the_token_has_no_email_and_must_match_its_subject(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    provider.now(|b| {
        b.claims = json!({ "email": null, "email_verified": null });
        b.userinfo = json!({ "sub": "somebody else", "email": EMAIL, "email_verified": true });
    });
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider).await.is(422);
    provider.now(|b| b.userinfo["sub"] = json!("user-1"));
    sign_up_with(&mut client, "id", &provider).await;
    client.get("/account").await.is(200).says(EMAIL);
    assert_eq!(provider.request_count("userinfo"), 2);
}
