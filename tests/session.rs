//! Sessions: once all of an account have ended, none of a sign-in that was in progress begins.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    account::{self, AccountId},
    session::{self, SessionContents, SessionOwner},
    store::MIGRATIONS,
};
use serde_json::json;
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use support::{buyers, pool};
use time::Duration;
use tokio::task::JoinSet;

async fn begin(pool: &PgPool, token: u8, account: AccountId, epoch: i64) -> bool {
    let contents = SessionContents {
        account: Some(SessionOwner { account, epoch }),
        user_agent: "A browser",
        data: &json!({}),
        lasts: Duration::DAY,
    };
    let db = &mut *pool.acquire().await.unwrap();
    session::begin(db, &[token], &contents).await.unwrap()
}

async fn end_all(pool: &PgPool, account: AccountId) {
    let mut tx = pool.begin().await.unwrap();
    account::end_others(&mut tx, account, None).await.unwrap();
    tx.commit().await.unwrap();
}

async fn sessions(pool: &PgPool) -> i64 {
    let query = "select count(*) from session";
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_sign_in_that_began_before_all_sessions_ended_begins_none(pool: PgPool) {
    let account = buyers(&pool, 1).await[0].account;
    assert!(begin(&pool, 1, account, 0).await);
    end_all(&pool, account).await;
    assert!(!begin(&pool, 2, account, 0).await);
    assert_eq!(sessions(&pool).await, 0);
    assert!(begin(&pool, 3, account, 1).await);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn none_survives_however_sign_ins_and_the_end_interleave(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const SIGN_INS: u8 = 10;
    let pool = pool(options, 12).await;
    for (round, buyer) in buyers(&pool, 10).await.into_iter().enumerate() {
        let account = buyer.account;
        let mut racing = JoinSet::new();
        for number in 0..SIGN_INS {
            let pool = pool.clone();
            let token = u8::try_from(round).unwrap() * SIGN_INS + number;
            racing.spawn(async move {
                begin(&pool, token, account, 0).await;
            });
        }
        let ending = pool.clone();
        racing.spawn(async move { end_all(&ending, account).await });
        racing.join_all().await;
        assert_eq!(sessions(&pool).await, 0, "round {round}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_that_begins_waits_for_the_end_of_all_that_is_not_committed(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 4).await;
    let account = buyers(&pool, 1).await[0].account;
    let mut tx = pool.begin().await.unwrap();
    account::end_others(&mut tx, account, None).await.unwrap();
    let other = pool.clone();
    let beginning = tokio::spawn(async move { begin(&other, 1, account, 0).await });
    support::lock_waiters(&pool, 1).await;
    tx.commit().await.unwrap();
    assert!(!beginning.await.unwrap());
}
