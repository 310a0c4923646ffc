//! Repeated requests, on a real database.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error,
    account::AccountId,
    project,
    receipt::{self, ClaimResult, Conflict, Denial, Mark, Once, Receipt, WriteStart},
    store::MIGRATIONS,
};
use sqlx::PgPool;
use uuid::Uuid;

const KEY: Uuid = Uuid::from_u128(7);

async fn account(pool: &PgPool) -> AccountId {
    support::seller(pool).await.account
}

fn form(account: AccountId, verb: &str, argument: &str) -> Mark {
    Mark::form(account, KEY, verb, argument).unwrap()
}

fn call(account: AccountId, argument: &str) -> Mark {
    let mark = Mark::call(account, "k", "POST", &[argument.as_bytes()]).unwrap();
    mark.with_reference(Some(KEY))
}

/// Begins a request and asserts that it is new.
async fn begin_new(pool: &PgPool, mark: &Mark) -> Once<'static, i64> {
    match Once::begin(pool, Some(mark.clone())).await.unwrap() {
        WriteStart::First(once) => once,
        other => panic!("{other:?}"),
    }
}

async fn standing(pool: &PgPool, mark: &Mark) -> ClaimResult<i64> {
    let mut tx = pool.begin().await.unwrap();
    let standing = receipt::claim(&mut tx, mark).await.unwrap();
    // A dropped transaction releases its claim a moment later.
    tx.rollback().await.unwrap();
    standing
}

fn repeated(outcome: Result<i64, Denial>, reference: Option<Uuid>) -> ClaimResult<i64> {
    ClaimResult::Repeated(Receipt { outcome, reference })
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_changed_form_is_a_new_request_and_a_changed_call_is_refused(pool: PgPool) {
    let account = account(&pool).await;
    for mark in [form(account, "save", "a"), call(account, "a")] {
        begin_new(&pool, &mark).await.commit(5).await.unwrap();
    }
    assert_eq!(
        [
            standing(&pool, &form(account, "save", "a")).await,
            standing(&pool, &form(account, "save", "b")).await,
            standing(&pool, &form(account, "discard", "a")).await,
            standing(&pool, &call(account, "a")).await,
            standing(&pool, &call(account, "b")).await,
        ],
        [
            repeated(Ok(5), None),
            ClaimResult::First,
            ClaimResult::First,
            repeated(Ok(5), Some(KEY)),
            ClaimResult::Conflict(Conflict::OtherRequest),
        ]
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_call_is_refused_again_and_a_refused_form_is_processed_again(pool: PgPool) {
    let account = account(&pool).await;
    for mark in [form(account, "save", "a"), call(account, "a")] {
        let mut once = begin_new(&pool, &mark).await;
        sqlx::query("update account set name = 'Changed'")
            .execute(&mut **once.tx())
            .await
            .unwrap();
        let refused = once.finish(Err(project::Refusal::NotOpen.into())).await;
        assert!(
            matches!(refused, Err(ref error) if matches!(error.refused(), Some(project::Refusal::NotOpen)))
        );
    }
    let denied = Denial::Refused(project::Refusal::NotOpen.into());
    assert_eq!(
        [
            standing(&pool, &form(account, "save", "a")).await,
            standing(&pool, &call(account, "a")).await,
        ],
        [ClaimResult::First, repeated(Err(denied), Some(KEY))]
    );
    let changed: i64 = sqlx::query_scalar("select count(*) from account where name = 'Changed'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(changed, 0, "a refusal rolls back what was done before it");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_transient_error_leaves_no_receipt(pool: PgPool) {
    let mark = call(account(&pool).await, "a");
    let once = begin_new(&pool, &mark).await;
    let failed = once.finish(Err(Error::unexpected("a fault"))).await;
    assert!(failed.is_err());
    assert_eq!(standing(&pool, &mark).await, ClaimResult::First);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_repeated_form_waits_for_the_first_and_a_repeated_call_learns_that_the_first_is_running(
    pool: PgPool,
) {
    let account = account(&pool).await;
    let (form, call) = (form(account, "save", "a"), call(account, "a"));
    let held = begin_new(&pool, &call).await;
    let running = ClaimResult::Conflict(Conflict::StillRunning);
    assert_eq!(standing(&pool, &call).await, running);
    held.commit(5).await.unwrap();
    assert_eq!(standing(&pool, &call).await, repeated(Ok(5), Some(KEY)));

    let held = begin_new(&pool, &form).await;
    let twin = {
        let (pool, form) = (pool.clone(), form.clone());
        tokio::spawn(async move { standing(&pool, &form).await })
    };
    loop {
        let waiting: i64 = sqlx::query_scalar(
            "select count(*) from pg_locks where locktype = 'advisory' and not granted
             and database = (select oid from pg_database where datname = current_database())",
        )
        .fetch_one(&pool)
        .await
        .unwrap();
        if waiting == 1 || twin.is_finished() {
            break;
        }
        tokio::task::yield_now().await;
    }
    held.commit(6).await.unwrap();
    assert_eq!(twin.await.unwrap(), repeated(Ok(6), None));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_receipt_is_valid_for_a_day_and_then_replaced_or_deleted(pool: PgPool) {
    let account = account(&pool).await;
    let (form, call, changed) = (
        form(account, "save", "a"),
        call(account, "a"),
        call(account, "b"),
    );
    for mark in [&form, &call] {
        begin_new(&pool, mark).await.commit(5).await.unwrap();
    }
    let age = async || {
        sqlx::query("update receipt set kept_at = kept_at - interval '24 hours'")
            .execute(&pool)
            .await
            .unwrap();
    };
    let forget = async || {
        let db = &mut *pool.acquire().await.unwrap();
        receipt::forget_old(db).await.unwrap()
    };
    assert_eq!(forget().await, 0);
    age().await;
    for mark in [&form, &changed] {
        begin_new(&pool, mark).await.commit(6).await.unwrap();
    }
    assert_eq!(standing(&pool, &form).await, repeated(Ok(6), None));
    assert_eq!(standing(&pool, &changed).await, repeated(Ok(6), Some(KEY)));
    assert_eq!(forget().await, 0);
    age().await;
    assert_eq!(forget().await, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_request_with_an_unreadable_receipt_is_not_processed_again(pool: PgPool) {
    let mark = call(account(&pool).await, "a");
    begin_new(&pool, &mark).await.commit(5).await.unwrap();
    sqlx::query(r#"update receipt set outcome = '{"Ok": "of another version"}'"#)
        .execute(&pool)
        .await
        .unwrap();
    let unreadable = ClaimResult::Conflict(Conflict::Unreadable);
    assert_eq!(standing(&pool, &mark).await, unreadable);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_request_processed_by_the_previous_version_is_not_processed_again_within_a_day(
    pool: PgPool,
) {
    let account = account(&pool).await;
    sqlx::query("insert into submission (account_id, key, content_hash, location) values ($1, $2, 'x', '/')")
        .bind(account.0)
        .bind(KEY)
        .execute(&pool)
        .await
        .unwrap();
    // As the previous version stored it: SHA-256 of method, path and body, each prefixed by its length in eight bytes.
    sqlx::query(
        r"insert into idempotency (account_id, key, request_hash, status, headers, body)
          values ($1, 'k', sha256('\x0000000000000004'::bytea || 'POST' || '\x0000000000000002'::bytea || '/a' || '\x0000000000000002'::bytea || '{}'), 201, '[]', '{}')",
    )
    .bind(account.0)
    .execute(&pool)
    .await
    .unwrap();
    let call = |body: &[u8]| Mark::call(account, "k", "POST", &[b"/a", body]).unwrap();
    let (known, changed) = (call(b"{}"), call(b"{ }"));
    let unreadable = ClaimResult::Conflict(Conflict::Unreadable);
    assert_eq!(
        [
            standing(&pool, &form(account, "save", "a")).await,
            standing(&pool, &known).await,
            standing(&pool, &changed).await,
        ],
        [
            unreadable.clone(),
            unreadable,
            ClaimResult::Conflict(Conflict::OtherRequest),
        ]
    );
    sqlx::raw_sql(
        "update submission set submitted_at = submitted_at - interval '24 hours';
         update idempotency set answered_at = answered_at - interval '24 hours'",
    )
    .execute(&pool)
    .await
    .unwrap();
    assert_eq!(standing(&pool, &known).await, ClaimResult::First);
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(receipt::forget_old(db).await.unwrap(), 2);
}
