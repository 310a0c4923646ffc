//! Signing in with a passkey.

use super::{ADA, add, answer, ask, domain, options_in, sign_in};
use crate::support::{
    Client, PASSWORD,
    authenticator::{next_code, turn_on},
    count,
    passkeys::{ORIGIN, without_verification},
    site, text_of,
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_answer_signs_in_once_and_only_as_its_own_account(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let mut bea = Client::member(&site, "seller", "bea@example.com").await;
    let (mut of_ada, of_bea) = (add(&mut ada).await, add(&mut bea).await);
    let mut phone = Client::new(&site);
    let options = ask(&mut phone).await;
    let credential = of_ada.get(&options).await;
    let mut other = Client::new(&site);
    ask(&mut other).await;
    answer(&mut other, &credential, "").await.is(422);
    let mut before = phone.clone();
    answer(&mut phone, &credential, "//evil.example")
        .await
        .is(303);
    answer(&mut before, &credential, "").await.is(422);
    phone.get("/account").await.is(200).says(ADA);
    before.get("/account").await.is(303);

    let handle = of_bea.passkey.unwrap().user_handle;
    of_ada.passkey.as_mut().unwrap().user_handle = handle;
    let mut thief = Client::new(&site);
    let refused = sign_in(&mut thief, &mut of_ada).await.is(422);
    refused.says("No account here uses this passkey");
    thief.get("/account").await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn another_site_a_copy_and_an_unverified_user_sign_nobody_in(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let mut device = add(&mut ada).await;
    let mut thief = Client::new(&site);
    device.origin = "https://evil.guildhall.example";
    let refused = sign_in(&mut thief, &mut device).await.is(422);
    refused.says("could not be verified");
    device.origin = ORIGIN;
    let options = without_verification(&ask(&mut thief).await);
    let credential = device.get(&options).await;
    let refused = answer(&mut thief, &credential, "").await.is(422);
    refused.says("did not check that it was you");
    sign_in(&mut Client::new(&site), &mut device).await.is(303);
    device.set_counter(0);
    let refused = sign_in(&mut thief, &mut device).await.is(403);
    refused.says("This passkey may have been copied");
    thief.get("/account").await.is(303);
    // Nobody knows whether the thief was the one who was refused.
    device.set_counter(50);
    sign_in(&mut Client::new(&site), &mut device).await.is(403);
    let page = ada.get("/account/passkeys").await.is(200);
    page.says("it may have been copied");
    assert_eq!(
        count(&pool, "outbox where kind = 'account.passkey_copied'").await,
        1
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_passkey_is_both_factors_and_answers_instead_of_a_code(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let (app, _) = turn_on(&mut ada).await;
    let mut device = add(&mut ada).await;
    let mut phone = Client::new(&site);
    let signed_in = sign_in(&mut phone, &mut device).await.is(303);
    assert_eq!(signed_in.location(), "/dashboard");
    // So what asks for a code does not ask for ten minutes, but still for the password.
    let page = phone.get("/account/two-factor").await.is(200);
    assert!(!page.body.contains("name=\"code\""));
    let off = phone.post("/account/two-factor/off", &[]).await;
    off.is(422).says("Enter your current password.");

    let mut tablet = Client::new(&site);
    let fields = [
        ("email", ADA),
        ("password", PASSWORD),
        ("next", "/account/tokens"),
    ];
    tablet.post("/sign-in", &fields).await.is(303);
    let page = tablet.get("/sign-in/code").await.is(200);
    let page = page.says("Use a passkey instead");
    assert_eq!(options_in(&page.body), "");
    let options = ask(&mut tablet).await;
    let credential = device.get(&options).await;
    let fields = [("credential", credential.as_str()), ("trust", "yes")];
    let signed_in = tablet.post("/sign-in/code", &fields).await.is(303);
    assert_eq!(signed_in.location(), "/account/tokens");
    tablet.post("/sign-out", &[]).await.is(303);
    let trusted = tablet.sign_in(ADA, PASSWORD).await.is(303);
    assert_eq!(trusted.location(), "/dashboard");

    // A passkey of another account does not replace the code.
    let mut bea = Client::member(&site, "seller", "bea@example.com").await;
    let mut of_bea = add(&mut bea).await;
    let mut thief = Client::new(&site);
    thief.sign_in(ADA, PASSWORD).await.is(303);
    let options = ask(&mut thief).await;
    let credential = of_bea.get(&options).await;
    let fields = [("credential", credential.as_str())];
    let refused = thief.post("/sign-in/code", &fields).await.is(422);
    refused.says("belongs to another account");
    thief.get("/account").await.is(303);
    next_code(&pool).await;
    let code = app.code();
    thief
        .post("/sign-in/code", &[("code", &code)])
        .await
        .is(303);
    // Whoever has not entered a password is not asked for either.
    let mut stranger = Client::new(&site);
    let elsewhere = stranger.post("/sign-in/code", &[]).await.is(303);
    assert_eq!(elsewhere.location(), "/sign-in");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_site_without_a_domain_name_says_that_it_has_no_passkeys(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let page = ada.get("/account/passkeys").await.is(200);
    page.says("You can’t add passkeys here");
    let fields = [("name", "My phone"), ("present_password", PASSWORD)];
    let refused = ada.post("/account/passkeys", &fields).await.is(403);
    refused.says("its address is not a domain name");
    let mut visitor = Client::new(&site);
    let page = visitor.get("/sign-in").await.is(200);
    assert!(!text_of(&page.body).contains("passkey"));
    assert!(page.body.contains("autocomplete=\"username\""));
    visitor
        .call("begin-passkey-sign-in", &json!({ "is_offer": false }))
        .await
        .is(403);
    let refused = answer(&mut visitor, "{}", "").await.is(403);
    refused.says("its address is not a domain name");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn sign_ins_that_are_only_begun_are_limited(pool: PgPool) {
    let site = domain(&pool);
    let mut visitor = Client::new(&site);
    let mut begun = 0;
    // One more is allowed each second.
    while visitor
        .call("begin-passkey-sign-in", &json!({ "is_offer": false }))
        .await
        .status
        == 200
    {
        begun += 1;
        assert!(begun < 200);
    }
    assert!(begun >= 60, "{begun}");
    visitor
        .call("begin-passkey-sign-in", &json!({ "is_offer": false }))
        .await
        .is(429);
    // Pages that only offer passkeys have a count of their own.
    visitor
        .call("begin-passkey-sign-in", &json!({ "is_offer": true }))
        .await
        .is(200);
    assert_eq!(count(&pool, "passkey_challenge").await, 5);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_passkey_leaves_what_was_typed(pool: PgPool) {
    let site = domain(&pool);
    let mut visitor = Client::new(&site);
    let fields = [
        ("email", ADA),
        ("password", PASSWORD),
        ("credential", "{}"),
        ("next", "/account/tokens"),
    ];
    let refused = visitor.post("/sign-in", &fields).await.is(422);
    assert!(refused.body.contains(&format!("value=\"{ADA}\"")));
    assert!(refused.body.contains("value=\"/account/tokens\""));
    assert!(!refused.body.contains(PASSWORD));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn at_another_host_the_pages_lead_to_the_right_one(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    add(&mut ada).await;
    ada.host = "192.0.2.7:3000";
    let page = ada.get("/account/passkeys").await.is(200);
    page.says("Passkeys only work at https://guildhall.example");
    let mut visitor = Client::new(&site);
    visitor.host = "192.0.2.7:3000";
    let page = visitor.get("/sign-in").await.is(200);
    let page = page.says("Passkeys only work at https://guildhall.example");
    assert!(!page.body.contains("PromptButton"));
    assert!(page.body.contains("autocomplete=\"username\""));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_out_everywhere_ends_a_sign_in_that_waits_for_a_passkey(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    turn_on(&mut ada).await;
    let mut device = add(&mut ada).await;
    let mut thief = Client::new(&site);
    thief.sign_in(ADA, PASSWORD).await.is(303);
    let options = ask(&mut thief).await;
    let credential = device.get(&options).await;
    ada.post("/account/sessions/end-others", &[]).await.is(303);
    let fields = [("credential", credential.as_str())];
    let elsewhere = thief.post("/sign-in/code", &fields).await.is(303);
    assert!(elsewhere.location().starts_with("/sign-in"));
    thief.get("/account").await.is(303);
}
