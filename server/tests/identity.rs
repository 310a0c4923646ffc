//! Signing in with providers, honest ones and others.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "support/provider.rs"]
mod provider;
mod support;

use axum::{Router, http::StatusCode};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use guildhall::store::MIGRATIONS;
use jsonwebtoken::{Algorithm, EncodingKey};
use provider::{CLIENT, FakeProvider, SECRET, asked_for, new_key};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::collections::HashMap;
use support::{Answer, Client, PASSWORD, count, site};

const EMAIL: &str = "ada@example.com";

/// The site with these providers in its file.
async fn site_with(pool: &PgPool, providers: &[String]) -> Router {
    let database: String = sqlx::query_scalar("select current_database()")
        .fetch_one(pool)
        .await
        .unwrap();
    let file = std::env::temp_dir().join(format!("providers-{database}.toml"));
    std::fs::write(&file, providers.concat()).unwrap();
    let site = site(pool, &["--providers", file.to_str().unwrap()]);
    std::fs::remove_file(file).unwrap();
    site
}

fn oidc(slug: &str, label: &str, provider: &FakeProvider) -> String {
    format!(
        "[[provider]]\nslug = \"{slug}\"\nlabel = \"{label}\"\nkind = \"oidc\"\nissuer = \"{}\"\nclient_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\n",
        provider.url
    )
}

fn github(provider: &FakeProvider) -> String {
    format!(
        "[[provider]]\nslug = \"github\"\npreset = \"github\"\nbase_url = \"{}\"\nclient_id = \"{CLIENT}\"\nclient_secret = \"{SECRET}\"\n",
        provider.url
    )
}

/// A site with one honest OpenID provider, for now.
async fn with_one(pool: &PgPool) -> (Router, FakeProvider) {
    let provider = FakeProvider::start().await;
    let site = site_with(pool, &[oidc("id", "Example ID", &provider)]).await;
    (site, provider)
}

fn callback(slug: &str, parameters: &HashMap<String, String>) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/sign-in/with/{slug}/callback?{query}")
}

/// What the visitor is sent back with, after it was sent to the provider and said yes there.
async fn sent_back(
    client: &mut Client,
    slug: &str,
    provider: &FakeProvider,
) -> HashMap<String, String> {
    let away = client.get(&format!("/sign-in/with/{slug}")).await.is(303);
    provider.allow(away.location())
}

async fn sign_in_with(client: &mut Client, slug: &str, provider: &FakeProvider) -> Answer {
    let back = sent_back(client, slug, provider).await;
    client.get(&callback(slug, &back)).await
}

/// The first sign-in, to its end.
async fn sign_up_with(client: &mut Client, slug: &str, provider: &FakeProvider) {
    let first = sign_in_with(client, slug, provider).await.is(303);
    assert_eq!(first.location(), "/sign-up/with");
    let fields = [("role", "buyer"), ("name", "Ada Lovelace")];
    let ready = client.post("/sign-up/with", &fields).await.is(303);
    assert_eq!(ready.location(), "/dashboard");
}

/// The signed-in visitor links an identity, from the account's page on.
async fn link(client: &mut Client, slug: &str, provider: &FakeProvider) -> Answer {
    let onward = client
        .post(&format!("/account/identities/{slug}/link"), &[])
        .await
        .is(200);
    let url = onward.header("refresh").strip_prefix("0; url=").unwrap();
    let back = provider.allow(url);
    let asked = client.get(&callback(slug, &back)).await.is(303);
    assert_eq!(asked.location(), "/account/identities/link");
    client.get("/account/identities/link").await.is(200);
    client.post("/account/identities/link", &YES).await
}

/// Yes to the question whether to link, with the proof that an account with a password needs.
const YES: [(&str, &str); 2] = [("intent", "link"), ("present_password", PASSWORD)];

/// Ten minutes pass since the session's owner proved who it is.
async fn ten_minutes_pass(pool: &PgPool) {
    let age = "update session set data = jsonb_set(data, '{proven_at}', to_jsonb((data->>'proven_at')::bigint - 600))
        where data ? 'proven_at'";
    sqlx::query(age).execute(pool).await.unwrap();
}

/// The visitor, who is signed in, signs in at the provider again and comes back.
async fn again(client: &mut Client, slug: &str, next: &str, provider: &FakeProvider) -> Answer {
    let path = format!("/sign-in/with/{slug}?again=yes&next={next}");
    let away = client.get(&path).await.is(303);
    let back = provider.allow(away.location());
    client.get(&callback(slug, &back)).await
}

/// The path of the form that unlinks the identity at this place.
async fn unlink_path(pool: &PgPool, place: i64) -> String {
    let id: i64 = sqlx::query_scalar("select id from identity order by id offset $1")
        .bind(place)
        .fetch_one(pool)
        .await
        .unwrap();
    format!("/account/identities/{id}/unlink")
}

async fn events(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select kind from outbox order by id")
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_first_sign_in_asks_for_the_role_and_a_second_goes_straight_in(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    for page in ["/sign-in", "/sign-up"] {
        client
            .get(page)
            .await
            .is(200)
            .says("Continue with Example ID");
    }
    let back = sent_back(&mut client, "id", &provider).await;
    let first = client.get(&callback("id", &back)).await.is(303);
    assert_eq!(first.location(), "/sign-up/with");
    assert_eq!(count(&pool, "account").await, 0, "nothing is made yet");
    client
        .get("/sign-up/with")
        .await
        .is(200)
        .says("Example ID says that you are ada@example.com");
    let refused = client.post("/sign-up/with", &[("name", "A")]).await.is(422);
    assert!(
        refused.body.contains("id=\"role-error\"") && refused.body.contains("id=\"name-error\"")
    );
    let fields = [
        ("role", "buyer"),
        ("name", "Ada Lovelace"),
        ("email", "eve@example.com"),
    ];
    client.post("/sign-up/with", &fields).await.is(303);
    client
        .get("/account")
        .await
        .is(200)
        .says("Ada Lovelace , buyer , ada@example.com");
    assert_eq!(count(&pool, "account where password_hash is null").await, 1);
    assert_eq!(
        count(&pool, "identity where last_used_at is not null").await,
        1
    );
    assert_eq!(events(&pool).await, ["account.created"]);

    let mut again = Client::new(&site);
    let away = again.get("/sign-in/with/id?next=/account").await.is(303);
    let back = provider.allow(away.location());
    let second = again.get(&callback("id", &back)).await.is(303);
    assert_eq!(second.location(), "/account");
    again.get("/account").await.is(200).says("Ada Lovelace");
    assert_eq!(count(&pool, "account").await, 1);
    assert_eq!(provider.asked("discovery"), 1, "what is published is kept");
    assert_eq!(provider.asked("keys"), 1);
    assert_eq!(provider.asked("userinfo"), 0, "the token said it all");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_sent_to_the_provider_is_complete_and_new_each_time(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    let mut seen = Vec::new();
    for _ in 0..2 {
        let away = client.get("/sign-in/with/id").await.is(303);
        let (address, asked) = asked_for(away.location());
        assert_eq!(address, format!("{}/authorize", provider.url));
        assert_eq!(asked["scope"], "openid email profile");
        assert_eq!(
            asked["redirect_uri"],
            "http://127.0.0.1:3000/sign-in/with/id/callback"
        );
        for name in ["state", "nonce", "code_challenge"] {
            assert!(asked[name].len() >= 43, "{name}");
            assert!(!seen.contains(&asked[name]), "{name} comes again");
            seen.push(asked[name].clone());
        }
    }
    assert_eq!(count(&pool, "sign_in_flow").await, 2);
    let rows: Vec<String> = sqlx::query_scalar("select row_to_json(f)::text from sign_in_flow f")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert!(
        rows.iter()
            .all(|row| !seen[..1].iter().any(|state| row.contains(state)))
    );
    for _ in 0..10 {
        client.get("/sign-in/with/id").await.is(303);
    }
    assert_eq!(count(&pool, "sign_in_flow").await, 5, "the oldest give way");
    client.get("/sign-in/with/nobody").await.is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_that_is_not_for_this_visitor_and_now_is_not_believed(pool: PgPool) {
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
        ("a token of the future", json!({ "iat": now + 120 })),
        ("no end", json!({ "exp": null })),
        ("no subject", json!({ "sub": null })),
        ("a long subject", json!({ "sub": "x".repeat(256) })),
    ] {
        provider.now(|b| b.claims = claims);
        let mut client = Client::new(&site);
        let answer = sign_in_with(&mut client, "id", &provider).await;
        assert_eq!(answer.status, 422, "{what}");
        answer.says("could not be finished").says("Sign in");
        client.get("/account").await.is(303);
        let waiting = client.get("/sign-up/with").await.is(303);
        assert_eq!(waiting.location(), "/sign-in", "{what}");
    }
    // The leeway of a minute, and one of several audiences with the party that asked, are fine.
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
async fn a_token_without_a_good_signature_is_not_believed(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let header = |header: Value| format!("{}.CLAIMS.", BASE64.encode(header.to_string()));
    let (stolen, _) = new_key("first");
    for what in [
        "alg none",
        "alg None",
        "HS256 by the secret",
        "HS256 by the public key",
        "another key of the same name",
        "no key of this name",
        "garbage",
        "no token",
    ] {
        provider.now(|b| {
            b.raw_token = None;
            b.algorithm = Algorithm::ES256;
            match what {
                "alg none" => b.raw_token = Some(header(json!({ "alg": "none" }))),
                "alg None" => b.raw_token = Some(header(json!({ "alg": "None", "kid": "first" }))),
                "HS256 by the secret" => {
                    b.algorithm = Algorithm::HS256;
                    b.signing = (EncodingKey::from_secret(SECRET.as_bytes()), None);
                }
                "HS256 by the public key" => {
                    b.algorithm = Algorithm::HS256;
                    let key = b.published[0].to_string();
                    b.signing = (
                        EncodingKey::from_secret(key.as_bytes()),
                        Some("first".to_owned()),
                    );
                }
                "another key of the same name" => {
                    b.signing = (stolen.clone(), Some("first".to_owned()))
                }
                "no key of this name" => b.signing = (stolen.clone(), Some("unknown".to_owned())),
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
        provider.asked("keys"),
        2,
        "once, and once again for what no known key made"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn keys_that_were_rotated_are_found_and_unknown_ones_asked_for_only_now_and_then(
    pool: PgPool,
) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "id", &provider).await;
    provider.rotate("second");
    let mut again = Client::new(&site);
    let answer = sign_in_with(&mut again, "id", &provider).await.is(303);
    assert_eq!(answer.location(), "/dashboard");
    assert_eq!(provider.asked("keys"), 2);
    // A key that is not published; ten seconds have not passed, so nobody asks the provider again.
    let (unpublished, _) = new_key("third");
    provider.now(|b| b.signing = (unpublished, Some("third".to_owned())));
    for _ in 0..3 {
        let mut stranger = Client::new(&site);
        sign_in_with(&mut stranger, "id", &provider).await.is(422);
    }
    assert_eq!(provider.asked("keys"), 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_key_that_took_the_name_of_an_older_one_is_found(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "id", &provider).await;
    provider.rotate("first");
    let mut again = Client::new(&site);
    let answer = sign_in_with(&mut again, "id", &provider).await.is(303);
    assert_eq!(answer.location(), "/dashboard");
    // Whoever forges signatures does not make us ask any more often.
    let (stolen, _) = new_key("first");
    provider.now(|b| b.signing = (stolen, Some("first".to_owned())));
    for _ in 0..3 {
        let mut stranger = Client::new(&site);
        sign_in_with(&mut stranger, "id", &provider).await.is(422);
    }
    assert_eq!(provider.asked("keys"), 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_state_is_good_once_and_for_its_own_session_and_provider_only(pool: PgPool) {
    let provider = FakeProvider::start().await;
    let other = FakeProvider::start().await;
    let both = [
        oidc("id", "Example ID", &provider),
        oidc("other", "Other ID", &other),
    ];
    let site = site_with(&pool, &both).await;
    let mut client = Client::new(&site);
    let back = sent_back(&mut client, "id", &provider).await;

    let mut stranger = Client::new(&site);
    stranger
        .get(&callback("id", &back))
        .await
        .is(422)
        .says("could not be finished");
    sent_back(&mut stranger, "id", &provider).await;
    stranger.get(&callback("id", &back)).await.is(422);
    client.get(&callback("other", &back)).await.is(422);
    let mut unknown = back.clone();
    unknown.insert("state".to_owned(), "x".repeat(43));
    client.get(&callback("id", &unknown)).await.is(422);
    client.get("/sign-in/with/id/callback").await.is(422);
    assert_eq!(
        provider.asked("token"),
        0,
        "no code is exchanged for any of these"
    );

    client.get(&callback("id", &back)).await.is(303);
    assert_eq!(provider.asked("token"), 1);
    client.get(&callback("id", &back)).await.is(422);
    assert_eq!(
        provider.asked("token"),
        1,
        "a state that was used is not looked at again"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_callbacks_at_once_with_one_state_one_is_believed(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    let back = sent_back(&mut client, "id", &provider).await;
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (mut client, path) = (client.clone(), callback("id", &back));
        requests.spawn(async move { client.get(&path).await.status });
    }
    let statuses = requests.join_all().await;
    assert_eq!(
        statuses.iter().filter(|status| **status == 303).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        statuses.iter().filter(|status| **status == 422).count(),
        15,
        "{statuses:?}"
    );
    assert_eq!(provider.asked("token"), 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_flow_ends_after_ten_minutes_and_with_its_session(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    let back = sent_back(&mut client, "id", &provider).await;
    sqlx::query("update sign_in_flow set expires_at = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    client.get(&callback("id", &back)).await.is(422);

    let mut member = Client::member(&site, "buyer", "eve@example.com").await;
    member
        .post("/account/identities/id/link", &[])
        .await
        .is(200);
    assert_eq!(
        count(&pool, "sign_in_flow where account_id is not null").await,
        1
    );
    member.post("/sign-out", &[]).await.is(303);
    assert_eq!(
        count(&pool, "sign_in_flow where account_id is not null").await,
        0
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_answer_of_another_issuer_is_not_believed(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    for (announced, said, status) in [
        (false, Some("https://evil.example"), 422),
        (true, None, 422),
        (true, Some("https://evil.example"), 422),
        (true, Some(provider.url.as_str()), 303),
    ] {
        provider.now(|b| b.announces_iss = announced);
        // A site of its own each time: what the provider publishes is kept.
        let site = site_with(&pool, &[oidc("id", "Example ID", &provider)]).await;
        let mut client = Client::new(&site);
        let mut back = sent_back(&mut client, "id", &provider).await;
        if let Some(said) = said {
            back.insert("iss".to_owned(), said.to_owned());
        }
        let answer = client.get(&callback("id", &back)).await;
        assert_eq!(answer.status.as_u16(), status, "{announced} {said:?}");
    }
    drop(site);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_provider_that_is_down_or_calls_itself_otherwise_is_said_so(pool: PgPool) {
    let provider = FakeProvider::start().await;
    provider.now(|b| b.issuer = Some("https://evil.example".to_owned()));
    let site = site_with(&pool, &[oidc("id", "Example ID", &provider)]).await;
    let mut client = Client::new(&site);
    client
        .get("/sign-in/with/id")
        .await
        .is(502)
        .says("Example ID did not give a usable answer")
        .says("Sign in");
    // For a moment it is not asked again, by nobody.
    client.get("/sign-in/with/id").await.is(502);
    assert_eq!(provider.asked("discovery"), 1);

    let (site, provider) = with_one(&pool).await;
    for status in [
        StatusCode::INTERNAL_SERVER_ERROR,
        StatusCode::FOUND,
        StatusCode::OK,
    ] {
        let mut client = Client::new(&site);
        provider.now(|b| b.is_down = None);
        let back = sent_back(&mut client, "id", &provider).await;
        provider.now(|b| b.is_down = Some(status));
        client.get(&callback("id", &back)).await.is(502);
    }
    assert_eq!(provider.asked("trap"), 0, "nothing follows where it leads");
    // Nobody listens there.
    let nowhere = oidc("id", "Example ID", &provider).replace(&provider.url, "http://127.0.0.1:9");
    let mut client = Client::new(&site_with(&pool, &[nowhere]).await);
    client.get("/sign-in/with/id").await.is(502);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_answer_that_is_endless_or_never_ends_is_given_up(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    provider.now(|b| {
        b.claims = json!({ "email": null });
        b.userinfo = json!({ "sub": "user-1", "padding": "x".repeat(300 * 1024) });
    });
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider).await.is(502);
    provider.now(|b| {
        b.userinfo = json!({ "sub": "user-1", "email": EMAIL, "email_verified": true });
        b.thinks = std::time::Duration::from_secs(30);
    });
    let began = std::time::Instant::now();
    sign_in_with(&mut client, "id", &provider).await.is(502);
    assert!(began.elapsed().as_secs() < 10, "{:?}", began.elapsed());
    assert_eq!(count(&pool, "account").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_the_provider_refuses_is_said_in_plain_words(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    for (error, status, words) in [
        (
            "access_denied",
            403,
            "You did not allow Example ID to tell us who you are",
        ),
        ("server_error", 502, "did not give a usable answer"),
        (
            "<script>alert(1)</script>",
            502,
            "did not give a usable answer",
        ),
    ] {
        let mut client = Client::new(&site);
        let mut back = sent_back(&mut client, "id", &provider).await;
        back.remove("code");
        back.insert("error".to_owned(), error.to_owned());
        let answer = client
            .get(&callback("id", &back))
            .await
            .is(status)
            .says(words);
        assert!(!answer.body.contains("alert(1)"));
    }
    provider.now(|b| b.refuses_the_code = true);
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider)
        .await
        .is(422)
        .says("could not be finished");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_email_that_is_not_verified_makes_no_account(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    for claims in [
        json!({ "email_verified": false }),
        json!({ "email_verified": null }),
        json!({ "email": "ada at example" }),
    ] {
        provider.now(|b| b.claims = claims);
        let mut client = Client::new(&site);
        sign_in_with(&mut client, "id", &provider)
            .await
            .is(422)
            .says("does not say that your e-mail address is verified");
        let fields = [("role", "buyer"), ("name", "Ada")];
        client.post("/sign-up/with", &fields).await.is(409);
    }
    assert_eq!(count(&pool, "account").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_userinfo_is_asked_when_the_token_has_no_email_and_must_be_of_the_same_person(
    pool: PgPool,
) {
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
    assert_eq!(provider.asked("userinfo"), 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_with_the_email_is_linked_after_its_own_sign_in_and_never_before(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    Client::member(&site, "seller", EMAIL).await;
    let mut client = Client::new(&site);
    let first = sign_in_with(&mut client, "id", &provider).await.is(303);
    assert_eq!(first.location(), "/sign-up/with");
    client.get("/account").await.is(303);
    client
        .get("/sign-up/with")
        .await
        .is(200)
        .says("There is an account with this e-mail. Sign in to it with its password");
    // The form of a newcomer, sent all the same, opens nothing.
    let fields = [("role", "buyer"), ("name", "Eve")];
    let taken = client.post("/sign-up/with", &fields).await.is(303);
    assert_eq!(taken.location(), "/sign-up/with");
    client.get("/account").await.is(303);
    assert_eq!(count(&pool, "identity").await, 0);

    let asked = client.sign_in(EMAIL, PASSWORD).await.is(303);
    assert_eq!(asked.location(), "/account/identities/link");
    assert_eq!(
        count(&pool, "identity").await,
        0,
        "nothing is linked without a yes"
    );
    client
        .get("/account/identities/link")
        .await
        .is(200)
        .says("Link Example ID ( ada@example.com ) to this account?");
    client.post("/account/identities/link", &YES).await.is(303);
    client
        .get("/account")
        .await
        .is(200)
        .says("Example ID opens this account from now on.")
        .says("Unlink Example ID, ada@example.com");
    assert_eq!(
        events(&pool).await,
        ["account.created", "account.identity_linked"]
    );
    // A second press of the button changes nothing.
    client
        .post("/account/identities/link", &[("intent", "link")])
        .await
        .is(303);
    assert_eq!(count(&pool, "identity").await, 1);

    let mut again = Client::new(&site);
    sign_in_with(&mut again, "id", &provider).await.is(303);
    again.get("/account").await.is(200).says("ada , seller");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn who_says_not_now_links_nothing(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    Client::member(&site, "seller", "other@example.com").await;
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider).await.is(303);
    client.sign_in("other@example.com", PASSWORD).await.is(303);
    let declined = client
        .post("/account/identities/link", &[("intent", "decline")])
        .await
        .is(303);
    assert_eq!(declined.location(), "/dashboard");
    let asked = client.get("/account/identities/link").await.is(303);
    assert_eq!(asked.location(), "/account");
    assert_eq!(count(&pool, "identity").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_providers_word_waits_ten_minutes_and_no_longer(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_in_with(&mut client, "id", &provider).await.is(303);
    let age = "update session set data = jsonb_set(data, '{pending_identity,at}',
        to_jsonb((data->'pending_identity'->>'at')::bigint - 600)) where data ? 'pending_identity'";
    sqlx::query(age).execute(&pool).await.unwrap();
    let fields = [("role", "buyer"), ("name", "Ada")];
    client.post("/sign-up/with", &fields).await.is(409);
    assert_eq!(count(&pool, "account").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_identity_opens_one_account_and_an_account_has_ten_at_most(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    link(&mut ada, "id", &provider).await.is(303);
    let mut eve = Client::member(&site, "buyer", "eve@example.com").await;
    link(&mut eve, "id", &provider)
        .await
        .is(409)
        .says("opens another account of Guildhall already");
    assert_eq!(count(&pool, "identity").await, 1);
    for n in 2..=10 {
        provider.now(|b| b.claims = json!({ "sub": format!("user-{n}") }));
        link(&mut ada, "id", &provider).await.is(303);
    }
    provider.now(|b| b.claims = json!({ "sub": "user-11" }));
    link(&mut ada, "id", &provider)
        .await
        .is(409)
        .says("has 10 sign-in providers linked");
    assert_eq!(count(&pool, "identity").await, 10);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_last_way_in_is_never_unlinked_and_nobody_elses_ever(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::new(&site);
    sign_up_with(&mut ada, "id", &provider).await;
    let of = async |place: i64| unlink_path(&pool, place).await;
    ada.get("/account").await.is(200).says("Your only way in");
    ada.post(&of(0).await, &[])
        .await
        .is(409)
        .says("This is the only way into your account");
    let mut eve = Client::member(&site, "buyer", "eve@example.com").await;
    eve.post(&of(0).await, &[]).await.is(303);
    assert_eq!(count(&pool, "identity").await, 1);

    // Of two, one goes, even when both are sent away at once.
    provider.now(|b| b.claims = json!({ "sub": "user-2" }));
    link(&mut ada, "id", &provider).await.is(303);
    let (mut left, mut right) = (ada.clone(), ada.clone());
    let (first, second) = (of(0).await, of(1).await);
    let both = tokio::join!(left.post(&first, &[]), right.post(&second, &[]));
    let mut statuses = [both.0.status.as_u16(), both.1.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 409]);
    assert_eq!(count(&pool, "identity").await, 1);
    assert!(
        events(&pool)
            .await
            .contains(&"account.identity_unlinked".to_owned())
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_first_password_is_set_soon_after_a_sign_in_with_a_provider_only(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "id", &provider).await;
    // Nobody signs in by e-mail yet, and nothing tells that there is an account.
    let mut stranger = Client::new(&site);
    let without = stranger.sign_in(EMAIL, PASSWORD).await.is(422);
    let unknown = stranger.sign_in("bob@example.com", PASSWORD).await.is(422);
    let neutral = |answer: &Answer| {
        support::text_of(&answer.body)
            .replace("ada@", "@")
            .replace("bob@", "@")
    };
    assert_eq!(neutral(&without), neutral(&unknown));

    ten_minutes_pass(&pool).await;
    client
        .get("/account")
        .await
        .is(200)
        .says("sign in with a provider again first")
        .says("Sign in again with Example ID");
    let new = [("new_password", "a brass weather vane")];
    client.post("/account/password/first", &new).await.is(403);
    let change = [
        ("present_password", ""),
        ("new_password", "a brass weather vane"),
    ];
    client.post("/account/password", &change).await.is(422);

    let back = again(&mut client, "id", "/account", &provider).await;
    assert_eq!(back.is(303).location(), "/account");
    let mut elsewhere = Client::new(&site);
    sign_in_with(&mut elsewhere, "id", &provider).await.is(303);
    client
        .post(
            "/account/password/first",
            &[("new_password", "password123")],
        )
        .await
        .is(422)
        .says("easy to guess");
    client.post("/account/password/first", &new).await.is(303);
    client
        .get("/account")
        .await
        .is(200)
        .says("Your password is set")
        .says("Change password");
    elsewhere.get("/account").await.is(303);
    client.post("/account/password/first", &new).await.is(409);
    stranger
        .sign_in(EMAIL, "a brass weather vane")
        .await
        .is(303);
    // By password it is another kind of session; and now the identity may go.
    let path = unlink_path(&pool, 0).await;
    let proof = [("present_password", "a brass weather vane")];
    stranger.post(&path, &proof).await.is(303);
    assert_eq!(count(&pool, "identity").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_way_on_is_kept_up_to_two_thousand_characters(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    sign_up_with(&mut Client::new(&site), "id", &provider).await;
    let longest = format!("/projects?q={}", "x".repeat(1988));
    for (next, leads_to) in [
        (longest.clone(), longest.as_str()),
        (format!("{longest}x"), "/dashboard"),
    ] {
        let mut client = Client::new(&site);
        let path = format!("/sign-in/with/id?next={next}");
        let away = client.get(&path).await.is(303);
        let back = provider.allow(away.location());
        let answer = client.get(&callback("id", &back)).await.is(303);
        assert_eq!(answer.location(), leads_to, "{}", next.len());
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_open_session_alone_links_and_unlinks_nothing(pool: PgPool) {
    const LINK: &str = "/account/identities/link";
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::member(&site, "buyer", EMAIL).await;
    let onward = ada.post("/account/identities/id/link", &[]).await.is(200);
    let url = onward.header("refresh").strip_prefix("0; url=").unwrap();
    let back = provider.allow(url);
    ada.get(&callback("id", &back)).await.is(303);
    ada.get(LINK).await.is(200).says("Present password");
    let wrong = [("intent", "link"), ("present_password", "not this one")];
    for proof in [&[("intent", "link")][..], &wrong] {
        let refused = ada.post(LINK, proof).await.is(422);
        assert!(refused.body.contains("id=\"present_password-error\""));
    }
    assert_eq!(count(&pool, "identity").await, 0);
    ada.post(LINK, &YES).await.is(303);
    assert_eq!(count(&pool, "identity").await, 1);

    let path = unlink_path(&pool, 0).await;
    ada.get(&path)
        .await
        .is(200)
        .says("Unlink Example ID ( ada@example.com )?")
        .says("Present password");
    ada.post(&path, &[]).await.is(422);
    // Guesses are slowed down as they are at the sign-in.
    let mut statuses = Vec::new();
    for _ in 0..12 {
        let guess = ada.post(&path, &wrong[1..]).await;
        statuses.push(guess.status.as_u16());
    }
    assert_eq!((statuses[0], statuses[11]), (422, 429), "{statuses:?}");
    ada.post(&path, &YES[1..]).await.is(429);
    assert_eq!(count(&pool, "identity").await, 1);
    sqlx::query("delete from sign_in_failure")
        .execute(&pool)
        .await
        .unwrap();
    ada.post(&path, &YES[1..]).await.is(303);
    assert_eq!(count(&pool, "identity").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_a_password_an_identity_is_linked_after_a_new_sign_in_with_another(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::new(&site);
    sign_up_with(&mut ada, "id", &provider).await;
    ten_minutes_pass(&pool).await;
    provider.now(|b| b.claims = json!({ "sub": "user-2" }));
    link(&mut ada, "id", &provider)
        .await
        .is(403)
        .says("Sign in with a provider again first")
        .says("Sign in again with Example ID");
    let path = unlink_path(&pool, 0).await;
    ada.post(&path, &[]).await.is(403);
    assert_eq!(count(&pool, "identity").await, 1);

    provider.now(|b| b.claims = json!({}));
    let next = "/account/identities/link";
    let back = again(&mut ada, "id", next, &provider).await.is(303);
    assert_eq!(back.location(), next);
    ada.post(next, &[("intent", "link")]).await.is(303);
    assert_eq!(count(&pool, "identity").await, 2);
    ada.post(&path, &[]).await.is(303);
    assert_eq!(count(&pool, "identity").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_a_sign_in_that_the_provider_says_is_new_counts_as_one(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    sign_up_with(&mut Client::new(&site), "id", &provider).await;
    let new = [("new_password", "a brass weather vane")];
    // Whoever is at a browser that is signed in at the provider gets this far.
    let mut client = Client::new(&site);
    let away = client.get("/sign-in/with/id").await.is(303);
    let (_, asked) = asked_for(away.location());
    assert!(!asked.contains_key("prompt") && !asked.contains_key("max_age"));
    let back = provider.allow(away.location());
    client.get(&callback("id", &back)).await.is(303);
    client.post("/account/password/first", &new).await.is(403);

    let path = "/sign-in/with/id?again=yes&next=/account";
    let away = client.get(path).await.is(303);
    let (_, asked) = asked_for(away.location());
    assert_eq!((&*asked["prompt"], &*asked["max_age"]), ("login", "0"));
    let now = i64::try_from(jsonwebtoken::get_current_timestamp()).unwrap();
    for auth_time in [json!(null), json!(now - 90), json!(now + 90)] {
        provider.now(|b| b.claims = json!({ "auth_time": auth_time }));
        again(&mut client, "id", "/account", &provider)
            .await
            .is(403)
            .says("Example ID did not say that you signed in there just now");
        client.post("/account/password/first", &new).await.is(403);
    }
    // The two clocks may be a minute apart.
    provider.now(|b| b.claims = json!({ "auth_time": now - 30 }));
    let back = again(&mut client, "id", "/account", &provider).await;
    assert_eq!(back.is(303).location(), "/account");
    client.post("/account/password/first", &new).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_sign_in_with_github_never_counts_as_new(pool: PgPool) {
    let provider = FakeProvider::start().await;
    let site = site_with(&pool, &[github(&provider)]).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "github", &provider).await;
    client
        .get("/account")
        .await
        .is(200)
        .says("At least 10 characters");
    ten_minutes_pass(&pool).await;
    client
        .get("/account")
        .await
        .is(200)
        .says("A sign-in with GitHub does not count for this");
    client
        .get("/sign-in/with/github?again=yes&next=/account")
        .await
        .is(403)
        .says("GitHub did not say that you signed in there just now");
    assert_eq!(count(&pool, "sign_in_flow").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn after_linking_the_visitor_goes_on_to_where_it_wanted(pool: PgPool) {
    const LINK: &str = "/account/identities/link";
    let (site, provider) = with_one(&pool).await;
    Client::member(&site, "seller", EMAIL).await;
    let credentials = [("email", EMAIL), ("password", PASSWORD)];
    for (subject, before, at_the_form, leads_to) in [
        ("user-1", "", "", "/account"),
        ("user-2", "?next=/how-it-works", LINK, "/how-it-works"),
        ("user-3", "", "/settings", "/settings"),
        ("user-4", "?next=/how-it-works", "/settings", "/settings"),
    ] {
        provider.now(|b| b.claims = json!({ "sub": subject }));
        let mut client = Client::new(&site);
        let path = format!("/sign-in/with/id{before}");
        let away = client.get(&path).await.is(303);
        let back = provider.allow(away.location());
        client.get(&callback("id", &back)).await.is(303);
        let fields = [&credentials[..], &[("next", at_the_form)]].concat();
        let asked = client.post("/sign-in", &fields).await.is(303);
        assert_eq!(asked.location(), LINK, "{subject}");
        let linked = client.post(LINK, &YES).await.is(303);
        assert_eq!(linked.location(), leads_to, "{subject}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn who_is_signed_in_is_never_led_into_another_account(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut ada = Client::new(&site);
    sign_up_with(&mut ada, "id", &provider).await;
    provider.now(|b| b.claims = json!({ "sub": "user-2", "email": "eve@example.com" }));
    sign_up_with(&mut Client::new(&site), "id", &provider).await;
    sqlx::query("update identity set last_used_at = null")
        .execute(&pool)
        .await
        .unwrap();
    for subject in ["user-2", "nobody"] {
        provider.now(|b| b.claims["sub"] = json!(subject));
        again(&mut ada, "id", "/account", &provider)
            .await
            .is(403)
            .says("Your identity at Example ID does not open the account that is signed in here");
        ada.get("/account").await.is(200).says(EMAIL);
        let nothing = ada.get("/account/identities/link").await.is(303);
        assert_eq!(nothing.location(), "/account", "{subject}");
    }
    let used = count(&pool, "identity where last_used_at is not null").await;
    assert_eq!(used, 0);
    // Without the word, a link of another site leads nowhere at all.
    let stays = ada.get("/sign-in/with/id").await.is(303);
    assert_eq!(stays.location(), "/dashboard");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn who_leaves_for_a_provider_too_often_waits_and_fills_no_table(pool: PgPool) {
    let (site, _provider) = with_one(&pool).await;
    for _ in 0..60 {
        Client::new(&site).get("/sign-in/with/id").await.is(303);
    }
    let refused = Client::new(&site).get("/sign-in/with/id").await.is(429);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() <= 3);
    refused.says("Too many tries");
    assert_eq!(count(&pool, "sign_in_flow").await, 60);
    assert_eq!(count(&pool, "session").await, 60);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_session_changes_its_id_at_a_sign_in_with_a_provider(pool: PgPool) {
    let (site, provider) = with_one(&pool).await;
    let mut client = Client::new(&site);
    sign_up_with(&mut client, "id", &provider).await;
    client.post("/sign-out", &[]).await.is(303);
    let back = sent_back(&mut client, "id", &provider).await;
    let before = client.cookie("guildhall").unwrap().to_owned();
    client.get(&callback("id", &back)).await.is(303);
    assert_ne!(client.cookie("guildhall").unwrap(), before);
    let mut planted = Client::new(&site);
    planted.set_cookie("guildhall", &before);
    planted.get("/account").await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn linking_needs_an_own_form_and_who_is_signed_in(pool: PgPool) {
    let (site, _) = with_one(&pool).await;
    let mut stranger = Client::new(&site);
    for path in [
        "/account/identities/id/link",
        "/account/identities/link",
        "/account/password/first",
    ] {
        let away = stranger.post(path, &[]).await.is(303);
        assert!(away.location().starts_with("/sign-in"), "{path}");
    }
    let mut member = Client::member(&site, "buyer", EMAIL).await;
    member.headers = vec![("sec-fetch-site", "cross-site".to_owned())];
    for path in [
        "/account/identities/id/link",
        "/account/identities/link",
        "/account/identities/1/unlink",
    ] {
        member.post(path, &[]).await.is(403);
    }
    assert_eq!(count(&pool, "sign_in_flow").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn github_is_asked_over_its_api_and_its_primary_verified_email_counts(pool: PgPool) {
    let provider = FakeProvider::start().await;
    let site = site_with(&pool, &[github(&provider)]).await;
    let mut client = Client::new(&site);
    let away = client.get("/sign-in/with/github").await.is(303);
    let (address, asked) = asked_for(away.location());
    assert_eq!(address, format!("{}/login/oauth/authorize", provider.url));
    assert_eq!(asked["scope"], "read:user user:email");
    assert!(!asked.contains_key("nonce"));
    for emails in [
        json!([{ "email": EMAIL, "primary": true, "verified": false }, { "email": "b@example.com", "primary": false, "verified": true }]),
        json!([]),
    ] {
        provider.now(|b| b.emails = emails);
        sign_in_with(&mut client, "github", &provider)
            .await
            .is(422)
            .says("GitHub does not say that your e-mail address is verified");
    }
    provider.now(|b| {
        b.emails = json!([
            { "email": "b@example.com", "primary": false, "verified": true },
            { "email": EMAIL, "primary": true, "verified": true },
        ]);
    });
    sign_up_with(&mut client, "github", &provider).await;
    client
        .get("/account")
        .await
        .is(200)
        .says("GitHub ada@example.com");
    let kept: (String, String) = sqlx::query_as("select issuer, subject from identity")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(kept, (provider.url.clone(), "583231".to_owned()));
    // It refuses a code with the status 200.
    provider.now(|b| b.refuses_the_code = true);
    let mut again = Client::new(&site);
    sign_in_with(&mut again, "github", &provider).await.is(422);
    provider.now(|b| {
        b.refuses_the_code = false;
        b.emails = json!({ "message": "Requires authentication" });
    });
    // Of somebody who is known nobody needs the e-mails.
    let asked = provider.asked("emails");
    sign_in_with(&mut again, "github", &provider).await.is(303);
    assert_eq!(provider.asked("emails"), asked);
    sqlx::query("delete from identity")
        .execute(&pool)
        .await
        .unwrap();
    let mut again = Client::new(&site);
    sign_in_with(&mut again, "github", &provider)
        .await
        .is(502)
        .says("GitHub did not give a usable answer");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_a_file_there_are_no_providers(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut client = Client::new(&site);
    assert!(
        !client
            .get("/sign-in")
            .await
            .is(200)
            .body
            .contains("Continue with")
    );
    client.get("/sign-in/with/google").await.is(404);
    let mut member = Client::member(&site, "buyer", EMAIL).await;
    assert!(
        !member
            .get("/account")
            .await
            .is(200)
            .body
            .contains("Sign-in providers")
    );
}
