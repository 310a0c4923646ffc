//! Calendar addresses on a real PostgreSQL: one for each account, hashed, revocable.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error,
    account::{Role, Viewer},
    calendar_feed,
    store::MIGRATIONS,
    token::Secret,
};
use sqlx::PgPool;
use support::account;

async fn create(pool: &PgPool, viewer: &Viewer) -> Secret {
    let mut tx = pool.begin().await.unwrap();
    let secret = calendar_feed::create(&mut tx, viewer.account)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    secret
}

async fn revoke(pool: &PgPool, viewer: &Viewer) {
    let mut tx = pool.begin().await.unwrap();
    calendar_feed::revoke(&mut tx, viewer).await.unwrap();
    tx.commit().await.unwrap();
}

/// The name of the account that the secret's address shows.
async fn reader(pool: &PgPool, secret: &str) -> Option<String> {
    let db = &mut *pool.acquire().await.unwrap();
    match calendar_feed::reader(db, secret).await {
        Ok(reader) => Some(reader.viewer.name),
        Err(Error::NotFound) => None,
        Err(error) => panic!("{error}"),
    }
}

async fn events(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar("select kind from outbox where kind like 'calendar.%' order by id")
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_shows_its_own_account_and_a_new_one_takes_its_place(pool: PgPool) {
    let ada = account(&pool, Role::Buyer, "Ada").await;
    let ben = account(&pool, Role::Buyer, "Ben").await;
    let (old, other) = (create(&pool, &ada).await, create(&pool, &ben).await);
    assert_eq!(reader(&pool, old.reveal()).await.as_deref(), Some("Ada"));
    assert_eq!(reader(&pool, other.reveal()).await.as_deref(), Some("Ben"));
    let new = create(&pool, &ada).await;
    assert_eq!(reader(&pool, old.reveal()).await, None);
    assert_eq!(reader(&pool, new.reveal()).await.as_deref(), Some("Ada"));
    assert_eq!(reader(&pool, other.reveal()).await.as_deref(), Some("Ben"));
    assert_eq!(events(&pool).await, ["calendar.created"; 3]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_revoked_address_shows_nothing_and_revoking_again_changes_nothing(pool: PgPool) {
    let ada = account(&pool, Role::Buyer, "Ada").await;
    let secret = create(&pool, &ada).await;
    for _ in 0..2 {
        revoke(&pool, &ada).await;
        assert_eq!(reader(&pool, secret.reveal()).await, None);
    }
    assert_eq!(
        events(&pool).await,
        ["calendar.created", "calendar.revoked"]
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_secret_is_stored_nowhere_and_its_last_use_is_recorded(pool: PgPool) {
    let ada = account(&pool, Role::Buyer, "Ada").await;
    let secret = create(&pool, &ada).await;
    let row: String = sqlx::query_scalar("select calendar_feed::text from calendar_feed")
        .fetch_one(&pool)
        .await
        .unwrap();
    let random = &secret.reveal()["guildhall_cf_".len()..][..30];
    assert!(!row.contains(random), "{row}");
    let feed = async || {
        let db = &mut *pool.acquire().await.unwrap();
        calendar_feed::of_account(db, &ada).await.unwrap().unwrap()
    };
    assert_eq!(feed().await.last_used_at, None);
    assert!(secret.reveal().ends_with(&feed().await.hint));
    // A secret with a wrong checksum, and one of another kind.
    for text in ["guildhall_cf_x", &secret.reveal().replace("_cf_", "_at_")] {
        assert_eq!(reader(&pool, text).await, None);
    }
    assert_eq!(feed().await.last_used_at, None);
    reader(&pool, secret.reveal()).await.unwrap();
    assert!(feed().await.last_used_at.is_some());
}
