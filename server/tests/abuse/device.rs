//! Strangers cannot lock out a browser that has signed in before.

use crate::{
    fixture::{ADA, HOME, at, behind_proxy, fail_sign_ins, move_to, signed_in_before},
    support::{Client, PASSWORD, count},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const COOKIE: &str = "guildhall-device";
/// Some of them are in the networks of those who are not strangers.
const STRANGERS: [&str; 3] = ["198.51.100.1", "203.0.113.200", "192.0.2.200"];

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_stranger_cannot_lock_out_the_owners_browser(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = signed_in_before(&site, ADA, HOME).await;
    fail_sign_ins(&site, &pool, ADA, &STRANGERS).await;
    // On a new machine the owner must wait like a stranger.
    let mut new_machine = at(&site, "192.0.2.1");
    new_machine.sign_in(ADA, PASSWORD).await.is(429);
    ada.sign_in(ADA, PASSWORD).await.is(303);
    ada.post("/sign-out", &[]).await.is(303);
    // Failed sign-ins by others at the same address do not hold up the owner's browser either.
    move_to(&mut ada, STRANGERS[0]);
    ada.sign_in(ADA, PASSWORD).await.is(303);
    new_machine.sign_in(ADA, PASSWORD).await.is(429);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_device_with_too_many_failures_counts_as_a_stranger(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut thief = signed_in_before(&site, ADA, HOME).await;
    fail_sign_ins(&site, &pool, ADA, &STRANGERS).await;
    for _ in 0..10 {
        thief.sign_in(ADA, "a wrong password").await.is(422);
    }
    thief.sign_in(ADA, PASSWORD).await.is(429);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_device_with_occasional_typos_stays_known(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = signed_in_before(&site, ADA, HOME).await;
    for _ in 0..3 {
        for _ in 0..6 {
            ada.sign_in(ADA, "a wrong password").await.is(422);
        }
        ada.sign_in(ADA, PASSWORD).await.is(303);
        ada.post("/sign-out", &[]).await.is(303);
    }
    assert_eq!(count(&pool, "device").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_device_vouches_only_for_accounts_that_signed_in_with_it(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    signed_in_before(&site, ADA, HOME).await;
    let mut eve = signed_in_before(&site, "eve@example.com", "192.0.2.9").await;
    fail_sign_ins(&site, &pool, ADA, &STRANGERS).await;
    eve.sign_in(ADA, PASSWORD).await.is(429);
    // A forged cookie does not vouch for an account either.
    let mut forger = at(&site, "192.0.2.10");
    let id: String = sqlx::query_scalar("select replace(id::text, '-', '') from device limit 1")
        .fetch_one(&pool)
        .await
        .unwrap();
    for forged in [
        id.clone(),
        format!("{id}."),
        format!("{id}.{}", "A".repeat(43)),
    ] {
        forger.set_cookie(COOKIE, &forged);
        forger.sign_in(ADA, PASSWORD).await.is(429);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn one_browser_is_known_for_each_account_that_signed_in_with_it(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut browser = signed_in_before(&site, ADA, HOME).await;
    browser
        .sign_up("buyer", "ada.buys@example.com")
        .await
        .is(303);
    browser
        .sign_in("ada.buys@example.com", PASSWORD)
        .await
        .is(303);
    browser.post("/sign-out", &[]).await.is(303);
    for email in [ADA, "ada.buys@example.com"] {
        fail_sign_ins(&site, &pool, email, &STRANGERS).await;
        browser.sign_in(email, PASSWORD).await.is(303);
        browser.post("/sign-out", &[]).await.is(303);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_planted_cookie_is_worthless_after_a_sign_in(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = signed_in_before(&site, ADA, HOME).await;
    let mut eve = signed_in_before(&site, "eve@example.com", "192.0.2.9").await;
    let planted = eve.cookie(COOKIE).unwrap().to_owned();
    ada.set_cookie(COOKIE, &planted);
    ada.sign_in(ADA, PASSWORD).await.is(303);
    assert_ne!(ada.cookie(COOKIE), Some(planted.as_str()));
    fail_sign_ins(&site, &pool, ADA, &STRANGERS).await;
    eve.sign_in(ADA, PASSWORD).await.is(429);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_out_everywhere_else_and_a_new_password_revoke_other_devices(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let new_password = "a brass weather vane";
    let mut lost = signed_in_before(&site, ADA, HOME).await;
    let mut desk = at(&site, HOME);
    desk.sign_in(ADA, PASSWORD).await.is(303);
    desk.post("/account/sessions/end-others", &[]).await.is(303);
    fail_sign_ins(&site, &pool, ADA, &STRANGERS).await;
    lost.sign_in(ADA, PASSWORD).await.is(429);

    sqlx::query("delete from sign_in_failure")
        .execute(&pool)
        .await
        .unwrap();
    lost.sign_in(ADA, PASSWORD).await.is(303);
    fail_sign_ins(&site, &pool, ADA, &STRANGERS).await;
    let change = [
        ("present_password", PASSWORD),
        ("new_password", new_password),
    ];
    // Strangers do not hold up a signed-in account.
    desk.post("/account/password", &change).await.is(303);
    lost.sign_in(ADA, new_password).await.is(429);
    desk.post("/sign-out", &[]).await.is(303);
    desk.sign_in(ADA, new_password).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn guesses_at_the_present_password_by_a_signed_in_client_are_limited(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut thief = signed_in_before(&site, ADA, HOME).await;
    thief.sign_in(ADA, PASSWORD).await.is(303);
    let guess = [
        ("present_password", "a wrong password"),
        ("new_password", "a brass weather vane"),
    ];
    let mut statuses = Vec::new();
    for _ in 0..12 {
        statuses.push(
            thief
                .post("/account/password", &guess)
                .await
                .status
                .as_u16(),
        );
    }
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_cookie_reveals_whether_an_email_is_known(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = signed_in_before(&site, ADA, HOME).await;
    for (client, email) in [
        (&mut at(&site, "192.0.2.1"), ADA),
        (&mut at(&site, "192.0.2.2"), "nobody@example.com"),
        (&mut ada, ADA),
        (&mut at(&site, "192.0.2.3"), ADA),
    ] {
        let wrong = client.sign_in(email, "a wrong password").await.is(422);
        assert_eq!(wrong.header("set-cookie"), "", "{email}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_device_cookie_is_hidden_from_scripts_and_other_sites(pool: PgPool) {
    for (flags, name, secure) in [
        (vec![], "guildhall-device=", false),
        (
            vec!["--public-url", "https://guildhall.example"],
            "__Host-guildhall-device=",
            true,
        ),
    ] {
        let site = behind_proxy(&pool, &flags);
        let mut client = Client::new(&site);
        client.sign_up("buyer", ADA).await.is(303);
        let answer = client.sign_in(ADA, PASSWORD).await.is(303);
        let cookies = answer.headers.get_all("set-cookie").iter();
        let cookie = cookies
            .map(|cookie| cookie.to_str().unwrap())
            .find(|cookie| cookie.starts_with(name))
            .unwrap();
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=31536000"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert_eq!(cookie.contains("Secure"), secure, "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_has_a_limited_number_of_devices_and_drops_the_oldest(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut first = signed_in_before(&site, ADA, HOME).await;
    for _ in 0..20 {
        at(&site, HOME).sign_in(ADA, PASSWORD).await.is(303);
    }
    assert_eq!(count(&pool, "device").await, 20);
    fail_sign_ins(&site, &pool, ADA, &STRANGERS).await;
    first.sign_in(ADA, PASSWORD).await.is(429);
}
