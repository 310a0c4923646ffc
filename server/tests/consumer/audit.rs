//! The consumer `audit`, and `guildhall audit verify`.

use crate::{
    command::guildhall,
    support::audit::{record, start_recording},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

async fn record_events(pool: &PgPool, count: i32) {
    sqlx::query(
        "insert into outbox (kind, account_id, body) select 'account.password_changed', id, '{}' from account, generate_series(1, $1)",
    )
    .bind(count)
    .execute(pool)
    .await
    .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_operator_checks_the_record_and_finds_what_was_changed(pool: PgPool) {
    sqlx::query(
        "insert into account (role, name, email) values ('buyer', 'Ada', 'ada@example.com')",
    )
    .execute(&pool)
    .await
    .unwrap();
    start_recording(&pool).await;
    let (code, empty, _) = guildhall(&pool, &["audit", "verify"]).await;
    assert_eq!(code, Some(0));
    assert_eq!(empty, format!("0:{}\n", "0".repeat(64)));

    record_events(&pool, 450).await;
    record(&pool).await;
    let (code, head, said) = guildhall(&pool, &["audit", "verify"]).await;
    assert_eq!(code, Some(0), "{said}");
    assert!(head.starts_with("450:") && head.len() == 69, "{head}");
    assert!(said.contains("unbroken: 450 entries"), "{said}");
    let noted = head.trim();
    record_events(&pool, 2).await;
    record(&pool).await;
    let (code, now, _) = guildhall(&pool, &["audit", "verify", "--expect", noted]).await;
    assert_eq!((code, now.starts_with("452:")), (Some(0), true), "{now}");

    sqlx::raw_sql(
        "alter table audit_entry disable trigger all; update audit_entry set account_id = account_id + 1 where number = 300;
         alter table audit_entry enable trigger all",
    )
    .execute(&pool)
    .await
    .unwrap();
    let (code, none, said) = guildhall(&pool, &["audit", "verify"]).await;
    assert_eq!((code, &*none), (Some(1), ""));
    assert!(said.contains("entry 300 does not match its hash"), "{said}");
    let (code, _, said) = guildhall(&pool, &["audit", "verify", "--expect", "450"]).await;
    assert_eq!(code, Some(2));
    assert!(said.contains("64 hexadecimal digits"), "{said}");
}
