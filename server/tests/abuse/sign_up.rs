//! How many accounts an address and a network may open.

use crate::{
    fixture::{at, behind_proxy},
    support::{Answer, PASSWORD, count},
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const AT_MOST_THREE: [&str; 2] = ["--sign-ups-per-address", "3"];

/// Signs up the nth person, from this address.
async fn sign_up(site: &Router, address: &str, n: usize) -> Answer {
    let email = format!("{n}.{}@example.com", address.replace([':', '.'], "-"));
    at(site, address).sign_up("buyer", &email).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_over_its_limit_of_accounts_is_refused_with_retry_after(pool: PgPool) {
    let site = behind_proxy(&pool, &AT_MOST_THREE);
    for n in 0..3 {
        sign_up(&site, "203.0.113.1", n).await.is(303);
    }
    // The second site stands for another process on the same database, or the same process after a restart.
    for site in [site, behind_proxy(&pool, &AT_MOST_THREE)] {
        let refused = sign_up(&site, "203.0.113.1", 3)
            .await
            .is(429)
            .says("Too many accounts were opened or e-mail addresses changed from your network address recently.");
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        // At nine a day, there is room for one more after 160 minutes.
        assert!((1..=9600).contains(&seconds), "{seconds}");
    }
    let other = behind_proxy(&pool, &AT_MOST_THREE);
    sign_up(&other, "203.0.113.2", 4).await.is(303);
    assert_eq!(count(&pool, "account").await, 4);
    // Three hours later the bucket has leaked enough to make room.
    sqlx::query("update quota set at = at - interval '3 hours'")
        .execute(&pool)
        .await
        .unwrap();
    sign_up(&other, "203.0.113.1", 5).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_network_may_open_four_times_as_many_accounts_as_an_address(pool: PgPool) {
    let site = behind_proxy(&pool, &AT_MOST_THREE);
    for n in 0..12 {
        sign_up(&site, &format!("203.0.113.{n}"), n).await.is(303);
    }
    sign_up(&site, "203.0.113.99", 12).await.is(429);
    sign_up(&site, "198.51.100.1", 12).await.is(303);
    // One customer's IPv6 network counts as an address.
    for n in 0..3 {
        sign_up(&site, &format!("2001:db8:0:1::{n}"), n)
            .await
            .is(303);
    }
    sign_up(&site, "2001:db8:0:1::ffff", 3).await.is(429);
    sign_up(&site, "2001:db8:0:2::1", 4).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_invalid_form_is_not_counted(pool: PgPool) {
    let site = behind_proxy(&pool, &AT_MOST_THREE);
    for _ in 0..5 {
        let mut client = at(&site, "203.0.113.1");
        client.sign_up("buyer", "no e-mail address").await.is(422);
    }
    for n in 0..3 {
        sign_up(&site, "203.0.113.1", n).await.is(303);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_known_email_counts_like_a_new_one(pool: PgPool) {
    let site = behind_proxy(&pool, &AT_MOST_THREE);
    for _ in 0..3 {
        let mut client = at(&site, "203.0.113.1");
        client.sign_up("buyer", "ada@example.com").await.is(303);
    }
    let mut client = at(&site, "203.0.113.1");
    client.sign_up("buyer", "ada@example.com").await.is(429);
    at(&site, "203.0.113.1")
        .sign_in("ada@example.com", PASSWORD)
        .await
        .is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_operator_may_disable_the_limit(pool: PgPool) {
    let site = behind_proxy(&pool, &["--sign-ups-per-address", "0"]);
    for n in 0..25 {
        sign_up(&site, "203.0.113.1", n).await.is(303);
    }
}
