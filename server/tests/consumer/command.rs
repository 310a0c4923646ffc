//! `guildhall consumer`, as an operator uses it.

use crate::fixture::{create_diary, record};
use guildhall::store::MIGRATIONS;
use sqlx::{ConnectOptions, PgPool};
use std::process::Stdio;
use tokio::process::Command;

/// The exit code, standard output and standard error.
pub async fn guildhall(pool: &PgPool, arguments: &[&str]) -> (Option<i32>, String, String) {
    let url = pool.connect_options().to_url_lossy();
    let output = Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(arguments)
        .env("DATABASE_URL", url.as_str())
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_parked_consumer_is_listed_with_advice_and_a_command_resumes_it(pool: PgPool) {
    let (code, none, _) = guildhall(&pool, &["consumer", "list"]).await;
    assert_eq!(code, Some(0));
    assert!(none.contains("No consumer has run yet"), "{none}");
    create_diary(&pool).await;
    record(&pool, 1).await;
    let (code, runs, _) = guildhall(&pool, &["consumer", "list"]).await;
    assert_eq!(code, Some(0));
    assert!(runs.starts_with("diary: running"), "{runs}");
    let (code, _, error) = guildhall(&pool, &["consumer", "skip", "diary"]).await;
    assert_eq!(code, Some(1));
    assert!(error.contains("diary has no parked event"), "{error}");

    sqlx::query(
        "update outbox_consumer set failed_event_id = (select id from outbox), attempts = 8, last_error = 'no luck',
             next_try_at = clock_timestamp(), parked_at = clock_timestamp()",
    )
    .execute(&pool)
    .await
    .unwrap();
    let (code, parked, _) = guildhall(&pool, &["consumer", "list"]).await;
    assert_eq!(code, Some(1), "a monitor can check the exit code");
    assert!(parked.starts_with("diary: parked since "), "{parked}");
    for part in [
        "no luck",
        "failed 8 times",
        "guildhall consumer retry diary",
        "guildhall consumer skip diary",
    ] {
        assert!(parked.contains(part), "{parked}");
    }
    let (code, _, _) = guildhall(&pool, &["consumer", "retry", "diary"]).await;
    assert_eq!(code, Some(0));
    let (code, runs, _) = guildhall(&pool, &["consumer", "list"]).await;
    assert_eq!(code, Some(0));
    assert!(runs.starts_with("diary: running"), "{runs}");
}
