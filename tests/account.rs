//! Changing an account's name and e-mail.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    Error, Result,
    account::{self, Browser, NewEmail, Refusal, Viewer},
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::net::{IpAddr, Ipv4Addr};
use support::{buyers, pool};
use tokio::task::JoinSet;

const BROWSER: Browser = Browser {
    address: IpAddr::V4(Ipv4Addr::LOCALHOST),
    session: None,
    device: None,
};

async fn take(pool: &PgPool, viewer: &Viewer, email: &str) -> Result<()> {
    let new = NewEmail::parse(email)?;
    let mut tx = pool.begin().await?;
    account::change_email(&mut tx, viewer, &new, &BROWSER).await?;
    tx.commit().await?;
    Ok(())
}

async fn count(pool: &PgPool, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(pool).await.unwrap()
}

fn is_taken(taken: &Result<()>) -> bool {
    matches!(taken, Err(error) if error.refused() == Some(&Refusal::EmailTaken))
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_many_accounts_that_want_one_address_exactly_one_gets_it(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const ACCOUNTS: usize = 30;
    let pool = pool(options, ACCOUNTS as u32).await;
    let mut racing = JoinSet::new();
    for buyer in buyers(&pool, ACCOUNTS).await {
        let pool = pool.clone();
        racing.spawn(async move { take(&pool, &buyer, "one@käse.example").await });
    }
    let results = racing.join_all().await;
    let taken = results.iter().filter(|result| is_taken(result)).count();
    let done = results.iter().filter(|result| result.is_ok()).count();
    assert_eq!((done, taken), (1, ACCOUNTS - 1), "{results:?}");
    let owners = "select count(*) from account where email = 'one@xn--kse-qla.example'";
    assert_eq!(count(&pool, owners).await, 1);
    let changes = "select count(*) from outbox where kind = 'account.email_changed'";
    assert_eq!(count(&pool, changes).await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_is_taken_in_every_spelling_except_by_its_owner(pool: PgPool) {
    let people = buyers(&pool, 2).await;
    // Stored by an earlier version.
    sqlx::query("update account set email = 'a1@käse.de' where id = $1")
        .bind(people[0].account.0)
        .execute(&pool)
        .await
        .unwrap();
    for spelling in ["a1@käse.de", "A1@XN--KSE-QLA.de", "a1@ka\u{308}se.de"] {
        let refused = take(&pool, &people[1], spelling).await;
        assert!(is_taken(&refused), "{spelling}: {refused:?}");
    }
    take(&pool, &people[0], "A1@Käse.de").await.unwrap();
    let contact = account::find(&mut pool.acquire().await.unwrap(), people[0].account).await;
    assert_eq!(contact.unwrap().email, "a1@xn--kse-qla.de");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_name_is_normalized_and_the_present_one_changes_nothing(pool: PgPool) {
    let buyer = buyers(&pool, 1).await.remove(0);
    let rename = async |name| {
        let mut tx = pool.begin().await.unwrap();
        let is_new = account::rename(&mut tx, &buyer, name).await;
        tx.commit().await.unwrap();
        is_new
    };
    assert!(rename("Rene\u{301}  Dupont ").await.unwrap());
    assert!(!rename("René Dupont").await.unwrap());
    assert!(matches!(rename("R").await, Err(Error::Invalid(_))));
    let contact = account::find(&mut pool.acquire().await.unwrap(), buyer.account).await;
    assert_eq!(contact.unwrap().name, "René Dupont");
    let changes = "select count(*) from outbox where kind = 'account.renamed'";
    assert_eq!(count(&pool, changes).await, 1);
}
