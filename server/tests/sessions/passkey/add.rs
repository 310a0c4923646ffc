//! Adding, renaming and removing passkeys.

use super::{ADA, add, answer, ask, begin, domain, options_in, send, sign_in};
use crate::support::{
    Client, PASSWORD,
    authenticator::{codes_grow_old, next_code, turn_on},
    count,
    passkeys::{Device, without_verification},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_passkey_is_added_signs_in_and_is_removed(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    ada.headers.push((
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0.0.0 Safari/537.36".to_owned(),
    ));
    let empty = ada.get("/account/passkeys").await.is(200);
    let empty = empty.says("You have none.");
    assert!(empty.body.contains("value=\"Chrome on Linux\""));
    let mut device = add(&mut ada).await;
    let listed = ada.get("/account/passkeys").await.is(200);
    listed
        .says("The passkey is added.")
        .says("My phone Added")
        .says("never used");
    ada.get("/account")
        .await
        .is(200)
        .says("You have one passkey.");

    let sign_ins = count(&pool, "sign_in_log").await;
    let mut phone = Client::new(&site);
    let page = phone.get("/sign-in").await.is(200);
    assert!(page.body.contains("autocomplete=\"username webauthn\""));
    let options = ask(&mut phone).await;
    let credential = device.get(&options).await;
    let signed_in = answer(&mut phone, &credential, "/account/tokens")
        .await
        .is(303);
    assert_eq!(signed_in.location(), "/account/tokens");
    assert_eq!(count(&pool, "sign_in_log").await, sign_ins + 1);
    let log = phone.get("/account/security").await.is(200);
    log.says("Passkey").says("New browser");
    // The form came twice.
    let twice = answer(&mut phone, &credential, "").await.is(303);
    assert_eq!(twice.location(), "/dashboard");

    let page = ada.get("/account/passkeys").await.is(200).says("last used");
    let (_, path) = page.body.split_once("href=\"/account/passkeys/").unwrap();
    let path = format!("/account/passkeys/{}", path.split('"').next().unwrap());
    ada.get(&path).await.is(200).says("My phone");
    let (name, remove) = (format!("{path}/name"), format!("{path}/remove"));
    ada.post(&name, &[("name", ""), ("present_password", PASSWORD)])
        .await
        .is(422);
    let without_proof = ada.post(&name, &[("name", "Key ring")]).await.is(422);
    assert!(without_proof.body.contains("value=\"Key ring\""));
    let named = [("name", "Key ring"), ("present_password", PASSWORD)];
    ada.post(&name, &named).await.is(303);
    ada.get(&path).await.is(200).says("Key ring");
    let wrong = [("present_password", "not this one")];
    ada.post(&remove, &wrong).await.is(422);
    let proof = [("present_password", PASSWORD)];
    ada.post(&remove, &proof).await.is(303);
    ada.post(&remove, &proof).await.is(303);
    ada.get("/account/passkeys")
        .await
        .is(200)
        .says("You have none.");
    let refused = sign_in(&mut Client::new(&site), &mut device).await.is(422);
    refused.says("No account here uses this passkey");
    // It ends no sessions.
    phone.get("/account").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn adding_one_takes_the_password_and_a_challenge_of_this_browser(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    for (name, password) in [
        ("My phone", "not this one"),
        ("My phone", ""),
        ("", PASSWORD),
    ] {
        let fields = [("name", name), ("present_password", password)];
        ada.post("/account/passkeys", &fields).await.is(422);
        let elsewhere = ada.get("/account/passkeys/new").await.is(303);
        assert_eq!(elsewhere.location(), "/account/passkeys");
    }
    let mut thief = Client::new(&site);
    thief.sign_in(ADA, PASSWORD).await.is(303);
    let options = begin(&mut ada, "").await;
    let credential = Device::new().create(&options).await;
    assert_eq!(
        send(&mut thief, &credential).await.is(303).location(),
        "/account/passkeys"
    );
    begin(&mut thief, "").await;
    let late = send(&mut thief, &credential).await.is(422);
    let late = late.says("The request expired or was already used.");
    // The page has a new challenge.
    let credential = Device::new().create(&options_in(&late.body)).await;
    send(&mut thief, &credential).await.is(303);
    assert_eq!(count(&pool, "passkey").await, 1);

    let mut phished = Device::new();
    phished.origin = "https://evil.guildhall.example";
    let credential = phished.create(&options).await;
    let refused = send(&mut ada, &credential).await.is(422);
    refused.says("could not be verified");
    let options = without_verification(&begin(&mut ada, "").await);
    let credential = Device::new().create(&options).await;
    let refused = send(&mut ada, &credential).await.is(422);
    refused.says("did not check that it was you");
    assert_eq!(count(&pool, "passkey").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn with_a_second_factor_adding_one_takes_a_code(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let (app, _) = turn_on(&mut ada).await;
    let mut phone = Client::new(&site);
    phone.sign_in(ADA, PASSWORD).await.is(303);
    next_code(&pool).await;
    phone
        .post("/sign-in/code", &[("code", &app.code())])
        .await
        .is(303);
    codes_grow_old(&pool).await;
    next_code(&pool).await;
    let fields = [("name", "My phone"), ("present_password", PASSWORD)];
    phone.post("/account/passkeys", &fields).await.is(422);
    let options = begin(&mut phone, &app.code()).await;
    let credential = Device::new().create(&options).await;
    send(&mut phone, &credential).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_passkey_that_comes_too_late_is_not_added(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let options = begin(&mut ada, "").await;
    let credential = Device::new().create(&options).await;
    // Ten minutes pass.
    sqlx::query(
        "update session set data = jsonb_set(data, '{passkey_setup,at}', to_jsonb((data#>>'{passkey_setup,at}')::bigint - 601))
         where data ? 'passkey_setup'",
    )
    .execute(&pool)
    .await
    .unwrap();
    let late = send(&mut ada, &credential).await.is(303);
    assert_eq!(late.location(), "/account/passkeys");
    let page = ada.get("/account/passkeys").await.is(200);
    page.says("The ten minutes for adding a passkey are over")
        .says("You have none.");
    // A form that comes twice is not late.
    let options = begin(&mut ada, "").await;
    let credential = Device::new().create(&options).await;
    send(&mut ada, &credential).await.is(303);
    send(&mut ada, &credential).await.is(303);
    let page = ada.get("/account/passkeys").await.is(200);
    page.says("The passkey is added.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn passkeys_added_in_a_day_are_limited(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    for _ in 0..20 {
        add(&mut ada).await;
        sqlx::query("delete from passkey")
            .execute(&pool)
            .await
            .unwrap();
    }
    let options = begin(&mut ada, "").await;
    let credential = Device::new().create(&options).await;
    send(&mut ada, &credential).await.is(429);
    assert_eq!(count(&pool, "passkey").await, 0);
}
