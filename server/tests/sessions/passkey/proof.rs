//! A passkey as a proof, for accounts without a password.

use super::{ADA, add, ask, domain, options_in, send, sign_in};
use crate::{
    reset::link_identity,
    support::{Answer, Client, count, passkeys::Device},
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const CONFIRM: &str = "/account/passkeys/confirm";

/// Somebody who signed up with a provider, and has a passkey.
async fn without_password(pool: &PgPool, site: &Router) -> (Client, Device) {
    let mut ada = Client::member(site, "buyer", ADA).await;
    let device = add(&mut ada).await;
    link_identity(pool).await;
    sqlx::query("update account set password_hash = null")
        .execute(pool)
        .await
        .unwrap();
    (ada, device)
}

/// Uses a passkey to confirm.
async fn confirm(client: &mut Client, device: &mut Device) -> Answer {
    let options = ask(client).await;
    let credential = device.get(&options).await;
    let fields = [
        ("credential", credential.as_str()),
        ("next", "/account/passkeys"),
    ];
    client.post(CONFIRM, &fields).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_a_password_a_passkey_confirms_for_ten_minutes(pool: PgPool) {
    let site = domain(&pool);
    let (mut ada, mut device) = without_password(&pool, &site).await;
    let page = ada.get("/account/passkeys").await.is(200);
    assert!(page.body.contains("/account/passkeys/confirm?next="));
    let name = [("name", "My tablet")];
    ada.post("/account/passkeys", &name).await.is(403);

    ada.get(&format!("{CONFIRM}?next=/account/passkeys"))
        .await
        .is(200)
        .says("Confirm that it is you");
    let back = confirm(&mut ada, &mut device).await.is(303);
    assert_eq!(back.location(), "/account/passkeys");
    ada.post("/account/passkeys", &name).await.is(303);
    let page = ada.get("/account/passkeys/new").await.is(200);
    let credential = Device::new().create(&options_in(&page.body)).await;
    send(&mut ada, &credential).await.is(303);
    assert_eq!(count(&pool, "passkey").await, 2);

    // Two passkeys are no reason to unlink the last provider.
    let identity: i64 = sqlx::query_scalar("select id from identity")
        .fetch_one(&pool)
        .await
        .unwrap();
    let unlink = format!("/account/identities/{identity}/unlink");
    ada.post(&unlink, &[]).await.is(409);
    assert_eq!(count(&pool, "identity").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_sign_in_with_a_passkey_is_a_proof(pool: PgPool) {
    let site = domain(&pool);
    let (_, mut device) = without_password(&pool, &site).await;
    let mut phone = Client::new(&site);
    sign_in(&mut phone, &mut device).await.is(303);
    let new = [
        ("new_password", "a brass weather vane"),
        ("passkeys", "end"),
    ];
    phone.post("/account/password/first", &new).await.is(303);
    let mut tablet = Client::new(&site);
    tablet.sign_in(ADA, "a brass weather vane").await.is(303);
    sign_in(&mut Client::new(&site), &mut device).await.is(422);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn another_accounts_passkey_confirms_nothing(pool: PgPool) {
    let site = domain(&pool);
    let mut bea = Client::member(&site, "seller", "bea@example.com").await;
    let mut of_bea = add(&mut bea).await;
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let refused = confirm(&mut ada, &mut of_bea).await.is(422);
    refused.says("belongs to another account");
    ada.get("/account").await.is(200).says(ADA);
    Client::new(&site).get(CONFIRM).await.is(303);
}
