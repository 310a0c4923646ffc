//! The record of security-relevant acts on a real PostgreSQL: dense, chained, append-only.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use guildhall::{
    account::AccountId,
    audit::{self, Finding, Head},
    event::{EventKind, Position, consumer::Event},
    store::MIGRATIONS,
};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use time::OffsetDateTime;
use tokio::task::JoinSet;

fn event(number: i64, kind: EventKind, body: Value) -> Event {
    Event {
        at: Position {
            transaction: 1,
            event: number,
        },
        kind,
        project: None,
        account: Some(AccountId(number % 3 + 1)),
        body,
        happened_at: OffsetDateTime::UNIX_EPOCH + time::Duration::seconds(number),
    }
}

async fn append(pool: &PgPool, events: &[Event]) {
    let mut tx = pool.begin().await.unwrap();
    audit::append(&mut tx, events).await.unwrap();
    tx.commit().await.unwrap();
}

/// A record of ten entries.
async fn ten(pool: &PgPool) -> Head {
    let events: Vec<_> = (1..=10)
        .map(|number| event(number, EventKind::PasswordChanged, json!({})))
        .collect();
    append(pool, &events[..4]).await;
    append(pool, &events[4..]).await;
    match verify(pool, None).await {
        Finding::Unbroken(head) => head,
        broken => panic!("{broken:?}"),
    }
}

async fn verify(pool: &PgPool, expected: Option<Head>) -> Finding {
    let db = &mut *pool.acquire().await.unwrap();
    audit::verify(db, expected, |_| {}).await.unwrap()
}

/// What somebody does who owns the database.
async fn tamper(pool: &PgPool, statement: &'static str) {
    let text = format!(
        "alter table audit_entry disable trigger all; {statement}; alter table audit_entry enable trigger all"
    );
    sqlx::raw_sql(AssertSqlSafe(text))
        .execute(pool)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn entries_can_be_neither_changed_nor_removed(pool: PgPool) {
    ten(&pool).await;
    for statement in [
        "update audit_entry set kind = 'account.renamed' where number = 1",
        "delete from audit_entry where number = 10",
        "truncate audit_entry",
    ] {
        let refused = sqlx::query(statement).execute(&pool).await.unwrap_err();
        assert!(
            refused.to_string().contains("append-only"),
            "{statement}: {refused}"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_changed_entry_is_found(pool: PgPool) {
    let head = ten(&pool).await;
    assert_eq!(head.number, 10);
    tamper(
        &pool,
        "update audit_entry set account_id = 99 where number = 4",
    )
    .await;
    assert_eq!(verify(&pool, None).await, Finding::Changed { number: 4 });
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_removed_entry_is_found(pool: PgPool) {
    ten(&pool).await;
    tamper(&pool, "delete from audit_entry where number = 6").await;
    assert_eq!(
        verify(&pool, None).await,
        Finding::Gap { after: 5, next: 7 }
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_knows_a_later_hash_notices_a_cut_off_end(pool: PgPool) {
    let head = ten(&pool).await;
    append(&pool, &[event(11, EventKind::EmailChanged, json!({}))]).await;
    assert!(matches!(verify(&pool, Some(head)).await, Finding::Unbroken(now) if now.number == 11));
    tamper(&pool, "delete from audit_entry where number >= 10").await;
    assert!(matches!(verify(&pool, None).await, Finding::Unbroken(_)));
    let found = None;
    let expected = head;
    assert_eq!(
        verify(&pool, Some(head)).await,
        Finding::NotExpected { expected, found }
    );
    // A forged end, chained correctly.
    append(&pool, &[event(12, EventKind::EmailChanged, json!({}))]).await;
    assert!(matches!(
        verify(&pool, Some(head)).await,
        Finding::NotExpected { found: Some(_), .. }
    ));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_event_that_is_handled_again_is_recorded_once(pool: PgPool) {
    let events = [1, 2, 3].map(|number| event(number, EventKind::PasswordChanged, json!({})));
    append(&pool, &events[..2]).await;
    append(&pool, &events).await;
    assert!(matches!(verify(&pool, None).await, Finding::Unbroken(head) if head.number == 3));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn appenders_at_the_same_time_make_one_chain(pool: PgPool) {
    let mut appending = JoinSet::new();
    for first in 0..8 {
        let pool = pool.clone();
        appending.spawn(async move {
            for number in 1..=5 {
                let event = event(
                    first * 5 + number,
                    EventKind::TokenCreated,
                    json!({ "token": 1 }),
                );
                append(&pool, &[event]).await;
            }
        });
    }
    appending.join_all().await;
    assert!(matches!(verify(&pool, None).await, Finding::Unbroken(head) if head.number == 40));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_accounts_own_entries_are_listed_without_those_of_its_apps(pool: PgPool) {
    let body = json!({ "token": 7, "program": "abc", "grant": 3 });
    let events = [
        event(1, EventKind::GrantAllowed, json!({ "program": "abc" })),
        event(4, EventKind::TokenCreated, body.clone()),
        event(7, EventKind::TokenRevoked, body),
        event(10, EventKind::TokenCreated, json!({ "token": 8 })),
        event(2, EventKind::PasswordChanged, json!({})),
    ];
    append(&pool, &events).await;
    let db = &mut *pool.acquire().await.unwrap();
    let own = audit::of_account(db, AccountId(2), None, 10).await.unwrap();
    let titles: Vec<_> = own.iter().map(audit::AuditEntry::title).collect();
    assert_eq!(titles, ["Access token created", "App allowed"]);
    let older = audit::of_account(db, AccountId(2), Some(own[0].number), 10)
        .await
        .unwrap();
    assert_eq!(older, own[1..]);
}
