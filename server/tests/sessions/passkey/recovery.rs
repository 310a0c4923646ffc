//! What becomes of passkeys when their owner locks others out.

use super::{ADA, add, domain, sign_in};
use crate::support::{
    Client, PASSWORD, confirm_address, count, link_in_letter, secret_in, send_letters,
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

/// Sets a new password by the link in a letter. `others` is "end" if other sign-in methods end.
async fn reset_password(site: &Router, pool: &PgPool, new: &str, others: &str) {
    let mut owner = Client::new(site);
    owner
        .post("/reset-password", &[("email", ADA)])
        .await
        .is(200);
    let link = link_in_letter(pool, ADA).await;
    let fields = [
        ("secret", secret_in(&link)),
        ("new_password", new),
        ("others", others),
    ];
    owner.post("/reset-password/link", &fields).await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_password_by_mail_removes_passkeys_unless_it_says_otherwise(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let mut device = add(&mut ada).await;
    add(&mut ada).await;
    for (others, new, is_signed_in) in [
        ("", "harbour lamp in the fog", true),
        ("end", "a bridge of old brick", false),
    ] {
        reset_password(&site, &pool, new, others).await;
        let answer = sign_in(&mut Client::new(&site), &mut device).await;
        answer.is(if is_signed_in { 303 } else { 422 });
    }
    let removed = "outbox where kind = 'account.passkey_removed'";
    // One letter for both.
    assert_eq!(count(&pool, removed).await, 1);
    assert_eq!(count(&pool, "passkey").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn signing_out_everywhere_leaves_passkeys(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let mut device = add(&mut ada).await;
    ada.post("/account/sessions/end-others", &[]).await.is(303);
    sign_in(&mut Client::new(&site), &mut device).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_changed_password_removes_passkeys_if_its_box_is_checked(pool: PgPool) {
    let site = domain(&pool);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let box_of_passkeys = "name=\"passkeys\"";
    let page = ada.get("/account").await.is(200);
    assert!(!page.body.contains(box_of_passkeys));
    let mut of_thief = add(&mut ada).await;
    add(&mut ada).await;
    let page = ada.get("/account").await.is(200);
    let page = page.says("Also remove all 2 passkeys");
    assert!(page.body.contains(box_of_passkeys));
    let page = ada.get("/account/two-factor").await.is(200);
    page.says("Your 2 passkeys sign in without a code");
    // Whoever unchecks the box and mistypes the password does not have to uncheck it again.
    let fields = [
        ("present_password", "not the password"),
        ("new_password", "harbour lamp in the fog"),
        ("others", "end"),
    ];
    let page = ada.post("/account/password", &fields).await.is(422);
    for (name, is_checked) in [("others", true), ("passkeys", false)] {
        let (_, rest) = page.body.split_once(&format!("name=\"{name}\"")).unwrap();
        let (field, _) = rest.split_once('>').unwrap();
        assert_eq!(field.contains("checked"), is_checked, "{name}");
    }
    let (first, second) = ("harbour lamp in the fog", "a bridge of old brick");
    for (present, new, passkeys, is_signed_in) in
        [(PASSWORD, first, "", true), (first, second, "end", false)]
    {
        let fields = [
            ("present_password", present),
            ("new_password", new),
            ("passkeys", passkeys),
        ];
        ada.post("/account/password", &fields).await.is(303);
        let answer = sign_in(&mut Client::new(&site), &mut of_thief).await;
        answer.is(if is_signed_in { 303 } else { 422 });
    }
    ada.get("/account")
        .await
        .is(200)
        .says("Your passkeys are removed.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn undoing_a_change_of_the_address_removes_passkeys(pool: PgPool) {
    let site = domain(&pool);
    let mut thief = Client::member(&site, "buyer", ADA).await;
    let mut of_thief = add(&mut thief).await;
    let fields = [
        ("email", "thief@example.com"),
        ("present_password", PASSWORD),
    ];
    thief.post("/account/email", &fields).await.is(303);
    confirm_address(&pool, &mut thief, "thief@example.com").await;
    let link = link_in_letter(&pool, ADA).await;
    let fields = [
        ("secret", secret_in(&link)),
        ("new_password", "a bridge of old brick"),
    ];
    let mut owner = Client::new(&site);
    owner.post("/undo-email-change/link", &fields).await.is(200);
    sign_in(&mut Client::new(&site), &mut of_thief)
        .await
        .is(422);
    assert_eq!(count(&pool, "passkey").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_confirms_the_address_first_removes_passkeys_of_others(pool: PgPool) {
    let site = domain(&pool);
    let mut stranger = Client::member(&site, "buyer", ADA).await;
    let mut of_stranger = add(&mut stranger).await;
    // The letter of the sign-up leaves before.
    send_letters(&pool).await;
    sqlx::query("update account set email_confirmed_at = null")
        .execute(&pool)
        .await
        .unwrap();
    // Although the form says that other sign-in methods stay.
    reset_password(&site, &pool, "a bridge of old brick", "").await;
    sign_in(&mut Client::new(&site), &mut of_stranger)
        .await
        .is(422);
}
