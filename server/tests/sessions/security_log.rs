//! The log of sign-ins and changes that an account's owner sees.

use crate::support::{
    Client, PASSWORD,
    audit::{record, start_recording},
    count, site, text_of,
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_owner_sees_every_sign_in_and_every_change_and_nobody_else_does(pool: PgPool) {
    let site = site(&pool, &[]);
    start_recording(&pool).await;
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let mut phone = Client::new(&site);
    phone.sign_in("ada@example.com", PASSWORD).await.is(303);
    phone.post("/sign-out", &[]).await.is(303);
    phone.sign_in("ada@example.com", PASSWORD).await.is(303);
    let fields = [
        ("present_password", PASSWORD),
        ("new_password", "harbour lamp in the fog"),
    ];
    phone.post("/account/password", &fields).await.is(303);
    record(&pool).await;

    let page = phone.get("/account/security").await.is(200);
    let text = text_of(&page.body);
    assert!(text.contains("Password changed"), "{text}");
    assert!(text.contains("Account opened"), "{text}");
    // The browser that signed up is known.
    assert_eq!(page.body.matches("New browser").count(), 1, "{text}");
    assert_eq!(count(&pool, "sign_in_log where is_known").await, 2);
    let mut bob = Client::member(&site, "seller", "bob@example.com").await;
    let text = text_of(&bob.get("/account/security").await.is(200).body);
    assert!(!text.contains("Password changed"), "{text}");
    ada.get("/account/security").await.is(303);
    bob.get("/account/security?before=x").await.is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_newest_200_sign_ins_are_kept_for_90_days(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    sqlx::query(
        "insert into sign_in_log (account_id, address, user_agent, is_known, happened_at)
         select account_id, address, user_agent, true, clock_timestamp() - interval '89 days' from sign_in_log, generate_series(1, 250)",
    )
    .execute(&pool)
    .await
    .unwrap();
    ada.post("/sign-out", &[]).await.is(303);
    ada.sign_in("ada@example.com", PASSWORD).await.is(303);
    assert_eq!(count(&pool, "sign_in_log").await, 200);
    sqlx::query("update sign_in_log set happened_at = happened_at - interval '2 days'")
        .execute(&pool)
        .await
        .unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(guildhall::sign_in_log::forget_old(db).await.unwrap(), 199);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn changes_are_listed_fifty_at_a_time(pool: PgPool) {
    let site = site(&pool, &[]);
    start_recording(&pool).await;
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    sqlx::query(
        "insert into outbox (kind, account_id, body) select 'account.renamed', id, '{}' from account, generate_series(1, 60)",
    )
    .execute(&pool)
    .await
    .unwrap();
    record(&pool).await;
    let first = ada.get("/account/security").await.is(200);
    assert_eq!(first.body.matches("Name changed").count(), 50);
    let (_, older) = first
        .body
        .split_once("href=\"/account/security?before=")
        .unwrap();
    let number = older.split('"').next().unwrap();
    let rest = ada
        .get(&format!("/account/security?before={number}"))
        .await
        .is(200);
    assert_eq!(rest.body.matches("Name changed").count(), 10);
    assert!(!rest.body.contains("Table of sign-ins") && !rest.body.contains("Older changes"));
}
