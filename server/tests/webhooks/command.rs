//! Parked webhooks, as an operator sees them.

use crate::{
    program::guildhall,
    receiver::{Receiver, Scene},
};
use guildhall::{store::MIGRATIONS, webhook::WebhookState};
use sqlx::{ConnectOptions, PgPool};

/// Runs a command on the test's database; returns its exit code and what it printed.
async fn run(pool: &PgPool, arguments: &[&str]) -> (Option<i32>, String) {
    let url = pool.connect_options().to_url_lossy();
    let output = guildhall(arguments)
        .env("DATABASE_URL", url.as_str())
        .output()
        .await
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_operator_sees_parked_webhooks_and_has_them_send_again(pool: PgPool) {
    let receiver = Receiver::start("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n").await;
    let scene = Scene::new(&pool, &receiver.url, "standard").await;
    assert_eq!(run(&pool, &["notice", "list"]).await.0, Some(0));
    scene.push().await;
    sqlx::query("update webhook set attempts = 9")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(scene.pass().await, 1);
    assert!(matches!(
        scene.state().await.state,
        WebhookState::Parked { .. }
    ));
    let (code, text) = run(&pool, &["notice", "list"]).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("1 pending: It answered 500 Internal Server Error."),
        "{text}"
    );
    let account = scene.viewer.account.0.to_string();
    let (code, text) = run(&pool, &["notice", "retry", &account]).await;
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(scene.state().await.state, WebhookState::On);
    assert_eq!(run(&pool, &["notice", "retry", &account]).await.0, Some(1));
}
