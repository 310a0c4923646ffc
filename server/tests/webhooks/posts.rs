//! What receivers get, and what becomes of their answers.

use crate::{
    receiver::{Receiver, Scene, header},
    support::{Client, site},
};
use boon::{Compiler, Draft, Schemas};
use guildhall::{
    money::{Currency, Money},
    notice::{NoticeFacts, NoticeKind, SearchFacts},
    project::ProjectId,
    saved_search::FoundProject,
    store::MIGRATIONS,
    webhook::{self, WebhookState},
};
use serde_json::{Value, json};
use sqlx::PgPool;
use standardwebhooks::Webhook as Verifier;
use std::time::Duration;

const DOCUMENT: &str = "/api/v1/openapi.json";
const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nthanks";

/// Verifies a request with a library of the specification's authors.
fn verify(request: &str, secret: &str) -> Result<(), String> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let mut headers = reqwest::header::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        let value = header(head, name).unwrap_or_else(|| panic!("{name} is missing"));
        headers.insert(name, value.parse().unwrap());
    }
    let verifier = Verifier::new(secret).map_err(|error| error.to_string())?;
    verifier
        .verify(body.as_bytes(), &headers)
        .map_err(|error| error.to_string())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_message_arrives_signed_and_a_library_of_others_verifies_it(pool: PgPool) {
    let mut receiver = Receiver::start(OK).await;
    let scene = Scene::new(&pool, &receiver.url, "standard").await;
    let logged = scene.post().await;
    assert_eq!((logged.status, logged.error), (Some(200), None));
    assert_eq!(logged.answer, "thanks");
    let request = receiver.requests().remove(0);
    assert!(request.starts_with("POST /hook HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(&request, "user-agent"), Some("Guildhall-Webhooks"));
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    assert_eq!(
        header(&request, "webhook-id"),
        Some(logged.message.to_string().as_str())
    );
    verify(&request, &scene.secret(1).await.reveal()).unwrap();
    assert!(verify(&request, &scene.secret(2).await.reveal()).is_err());
    assert!(
        verify(
            &request.replace("\"number\"", "\"Number\""),
            &scene.secret(1).await.reveal()
        )
        .is_err()
    );
    assert!(request.contains("\"type\":\"webhook.test\""), "{request}");
    assert!(
        request.contains("\"url\":\"https://guildhall.example/account/notices\""),
        "{request}"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_message_fits_its_schema_in_the_document_of_the_api(pool: PgPool) {
    let document = Client::new(&site(&pool, &[])).get(DOCUMENT).await.is(200);
    let document: Value = serde_json::from_str(&document.body).unwrap();
    let body = "/webhooks/notice/post/requestBody/content/application~1json";
    let described = document.pointer(body).unwrap();
    let mut schema = described["schema"].clone();
    schema["components"] = document["components"].clone();
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    compiler.set_default_draft(Draft::V2020_12);
    compiler.enable_format_assertions();
    let address = "https://guildhall.example/schema.json";
    compiler.add_resource(address, schema).unwrap();
    let index = compiler.compile(address, &mut schemas).unwrap();
    let fits = |body: &Value| {
        schemas
            .validate(body, index)
            .map_err(|error| format!("{error:#}"))
    };
    fits(&described["example"]).unwrap();

    let mut receiver = Receiver::start(OK).await;
    let scene = Scene::new(&pool, &receiver.url, "standard").await;
    let amount = |minor| Some(Money::from_minor(minor, Currency::Eur));
    let search = SearchFacts {
        name: "Windows".to_owned(),
        count: 1,
        found: vec![FoundProject {
            id: ProjectId(5),
            name: "A new shop window".to_owned(),
        }],
        ..SearchFacts::default()
    };
    let facts = NoticeFacts {
        lowest: amount(85_050),
        own: amount(90_000),
        bids: Some(3),
        search: Some(search),
        ..NoticeFacts::default()
    };
    for (kind, facts) in [
        (NoticeKind::WebhookTest, NoticeFacts::default()),
        (NoticeKind::NewLowest, facts.clone()),
        (NoticeKind::SearchFit, facts),
    ] {
        scene.push().await;
        sqlx::query("update notice set kind = $1, facts = $2 where number = (select max(number) from notice)")
            .bind(kind.name())
            .bind(serde_json::to_value(&facts).unwrap())
            .execute(&pool)
            .await
            .unwrap();
        assert_eq!(scene.pass().await, 1);
        let request = receiver.requests().remove(0);
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let mut body: Value = serde_json::from_str(body).unwrap();
        fits(&body).unwrap();
        body["data"]["number"] = json!("7");
        fits(&body).unwrap_err();
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn after_a_rotation_both_secrets_verify(pool: PgPool) {
    let mut receiver = Receiver::start(OK).await;
    let scene = Scene::new(&pool, &receiver.url, "standard").await;
    let mut tx = pool.begin().await.unwrap();
    webhook::rotate_secret(&mut tx, &scene.viewer, scene.webhook)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    scene.post().await;
    let request = receiver.requests().remove(0);
    for generation in [1, 2] {
        verify(&request, &scene.secret(generation).await.reveal()).unwrap();
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_chat_gets_text_and_no_signature(pool: PgPool) {
    for (format, expected) in [
        ("slack", "{\"text\":\"Test message\\nThis is a test."),
        ("discord", "\"content\":\"Test message\\nThis is a test."),
    ] {
        let mut receiver = Receiver::start("HTTP/1.1 204 No Content\r\n\r\n").await;
        let scene = Scene::new(&pool, &receiver.url, format).await;
        assert_eq!(scene.post().await.error, None);
        let request = receiver.requests().remove(0);
        assert!(request.contains(expected), "{request}");
        assert_eq!(header(&request, "webhook-signature"), None);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_receiver_that_fails_is_tried_again_and_asks_for_a_day_at_most(pool: PgPool) {
    for (answer, status, says, shortest, longest) in [
        (
            "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\n\r\noops",
            500,
            "It answered 500 Internal Server Error.",
            4.0,
            8.0,
        ),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n",
            302,
            "It answered 302 Found. Redirects are not followed.",
            4.0,
            8.0,
        ),
        (
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 3600\r\nContent-Length: 0\r\n\r\n",
            429,
            "It answered 429 Too Many Requests.",
            3500.0,
            5500.0,
        ),
        (
            "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 1e9\r\nContent-Length: 0\r\n\r\n",
            429,
            "It answered 429 Too Many Requests.",
            4.0,
            8.0,
        ),
        (
            "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1000000000\r\nContent-Length: 0\r\n\r\n",
            503,
            "It answered 503 Service Unavailable.",
            4.0,
            8.0,
        ),
    ] {
        let mut receiver = Receiver::start(answer).await;
        let scene = Scene::new(&pool, &receiver.url, "standard").await;
        let logged = scene.post().await;
        assert_eq!(
            (logged.status, logged.error.as_deref()),
            (Some(status), Some(says))
        );
        assert_eq!(receiver.requests().len(), 1);
        assert_eq!(
            (scene.state().await.state, scene.state().await.pending),
            (WebhookState::On, 1)
        );
        let wait = scene.wait().await;
        assert!((shortest..=longest).contains(&wait), "{answer}: {wait}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_receiver_that_is_gone_ends_the_webhook(pool: PgPool) {
    let receiver = Receiver::start("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n").await;
    let scene = Scene::new(&pool, &receiver.url, "standard").await;
    scene.push().await;
    scene.post().await;
    let ended = scene.state().await;
    assert_eq!((ended.state, ended.pending), (WebhookState::Gone, 0));
    assert_eq!(ended.last_error.as_deref(), Some("It answered 410 Gone."));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_status_counts_even_if_the_rest_of_the_answer_is_missing(pool: PgPool) {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    let receiver = Receiver::start(answer).await;
    let scene = Scene::new(&pool, &receiver.url, "standard").await;
    let logged = scene.post().await;
    assert_eq!((logged.status, logged.error), (Some(200), None));
    assert_eq!(logged.answer, "half");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_status_counts_even_if_its_answer_lasts_until_the_end_of_the_attempt(pool: PgPool) {
    let answer = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf";
    let receiver = Receiver::start_slow(Duration::from_millis(13_500), answer).await;
    let scene = Scene::new(&pool, &receiver.url, "standard").await;
    let logged = scene.post().await;
    assert_eq!((logged.status, logged.error), (Some(200), None));
    assert_eq!(logged.answer, "half");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn half_a_status_and_nonsense_are_no_answers(pool: PgPool) {
    for (answer, says) in [
        ("HTTP/1.1 20", "The request failed"),
        ("SSH-2.0-OpenSSH_9.6\r\n", "The request failed"),
    ] {
        let receiver = Receiver::start(answer).await;
        let scene = Scene::new(&pool, &receiver.url, "standard").await;
        let logged = scene.post().await;
        let error = logged.error.unwrap();
        assert!(error.starts_with(says), "{answer}: {error}");
        assert!(!error.contains("127.0.0.1"), "{error}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_receiver_that_is_silent_takes_a_place_for_fifteen_seconds(pool: PgPool) {
    let receiver = Receiver::start("").await;
    let scene = Scene::new(&pool, &receiver.url, "standard").await;
    let logged = scene.post().await;
    assert_eq!(
        logged.error.as_deref(),
        Some("It did not answer within 15 s.")
    );
    assert!(
        (14_000..20_000).contains(&logged.took_ms),
        "{}",
        logged.took_ms
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_log_keeps_how_an_answer_begins_without_what_disturbs_a_page(pool: PgPool) {
    let long: &'static str = Box::leak(
        format!(
            "HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\na\u{0}\u{1b}[31m\u{202e}b\r\n{}",
            "x".repeat(100_000)
        )
        .into_boxed_str(),
    );
    let receiver = Receiver::start(long).await;
    let scene = Scene::new(&pool, &receiver.url, "standard").await;
    let logged = scene.post().await;
    assert_eq!(logged.error, None);
    assert!(
        logged.answer.starts_with("a[31mb  xxx"),
        "{}",
        logged.answer
    );
    assert_eq!(logged.answer.chars().count(), 1000);
}
