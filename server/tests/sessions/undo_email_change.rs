//! Recovering an account through the letter sent to its former address.

use crate::reset::link_identity;
use crate::support::{
    Answer, Client, PASSWORD, confirm_address, count, link_in_letter, secret_in, send_letters,
    site, strict_site, subjects, text_of,
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const ADA: &str = "ada@example.com";
const THIEF: &str = "thief@example.com";
const NEW: &str = "harbour lamp in the fog";

async fn request_email(client: &mut Client, email: &str) -> Answer {
    let fields = [("email", email), ("present_password", PASSWORD)];
    client.post("/account/email", &fields).await
}

/// Changes the address, and confirms the new one.
async fn change_email(pool: &PgPool, client: &mut Client, email: &str) {
    request_email(client, email).await.is(303);
    confirm_address(pool, client, email).await;
}

async fn undo(client: &mut Client, secret: &str, new: &str) -> Answer {
    let fields = [("secret", secret), ("new_password", new)];
    client.post("/undo-email-change/link", &fields).await
}

/// Sends the pending letters, and backdates them by this many days.
async fn backdate_letters(pool: &PgPool, days: i32) {
    send_letters(pool).await;
    sqlx::query(
        "update account_mail set expires_at = expires_at - make_interval(days => $1), created_at = created_at - make_interval(days => $1)",
    )
    .bind(days)
    .execute(pool)
    .await
    .unwrap();
}

/// An account whose address was changed twice by a thief who knew the password.
struct Stolen {
    site: Router,
    thief: Client,
    /// Undoes the first change, for the owner.
    link: String,
    /// Undoes the second, for the thief.
    link_of_thief: String,
}

async fn stolen(pool: &PgPool) -> Stolen {
    let site = site(pool, &[]);
    Client::member(&site, "buyer", ADA).await;
    let mut thief = Client::new(&site);
    thief.sign_in(ADA, PASSWORD).await.is(303);
    change_email(pool, &mut thief, THIEF).await;
    let link = link_in_letter(pool, ADA).await;
    change_email(pool, &mut thief, "third@example.com").await;
    let link_of_thief = link_in_letter(pool, THIEF).await;
    Stolen {
        site,
        thief,
        link,
        link_of_thief,
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_owner_takes_the_account_back_from_somebody_who_knew_the_password(pool: PgPool) {
    let Stolen {
        site,
        mut thief,
        link,
        link_of_thief,
    } = stolen(&pool).await;
    // The thief prepares ways back in: an address that is not confirmed yet, and a sign-in method.
    request_email(&mut thief, "fourth@example.com")
        .await
        .is(303);
    let pending = link_in_letter(&pool, "fourth@example.com").await;
    link_identity(&pool).await;

    let mut ada = Client::new(&site);
    for _ in 0..2 {
        // A mail scanner that opens the link does not use it up.
        let page = ada.get(&link).await.is(200);
        page.says(ADA).says("third@example.com");
    }
    let refused = undo(&mut ada, secret_in(&link), "short").await.is(422);
    assert!(!refused.body.contains("value=\"short\""));
    refused.says("at least 10 characters");
    undo(&mut ada, secret_in(&link), NEW)
        .await
        .is(200)
        .says("Your account is yours again");

    thief.get("/account").await.is(303);
    thief.sign_in("third@example.com", PASSWORD).await.is(422);
    thief.sign_in(ADA, PASSWORD).await.is(422);
    undo(&mut thief, secret_in(&link_of_thief), PASSWORD)
        .await
        .is(409);
    let fields = [("secret", secret_in(&pending))];
    thief.post("/confirm-email/link", &fields).await.is(409);
    assert_eq!(count(&pool, "identity").await, 0);
    ada.sign_in(ADA, NEW).await.is(303);
    let confirmed = "account where email = 'ada@example.com' and email_confirmed_at is not null";
    assert_eq!(count(&pool, confirmed).await, 1);
    undo(&mut ada, secret_in(&link), PASSWORD)
        .await
        .is(409)
        .says("used already");
    ada.get("/account").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_thief_who_undoes_a_later_change_does_not_end_the_owners_link(pool: PgPool) {
    let Stolen {
        site,
        mut thief,
        link,
        link_of_thief,
    } = stolen(&pool).await;
    undo(&mut thief, secret_in(&link_of_thief), NEW)
        .await
        .is(200);
    for statement in [
        "insert into webhook (account_id, name, format, url) select id, 'Spy', 'standard', 'https://spy.example/' from account",
        "insert into oauth_client (client_id, account_id, name, redirect_uris, secret_hash, scopes, device_flow)
         select 'spy', id, 'Spy', '{}', sha256('spy'), array['bids:read'], false from account",
    ] {
        sqlx::query(statement).execute(&pool).await.unwrap();
    }

    let mut ada = Client::new(&site);
    undo(&mut ada, secret_in(&link), "a brass weather vane")
        .await
        .is(200);
    ada.sign_in(ADA, "a brass weather vane").await.is(303);
    thief.sign_in(ADA, NEW).await.is(422);
    assert_eq!(count(&pool, "webhook where state = 'off'").await, 1);
    let secret = "oauth_client where secret_hash = sha256('spy')";
    assert_eq!(
        count(&pool, secret).await,
        0,
        "the thief does not know it any more"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nobody_else_takes_the_former_address_for_a_week(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let mut bob = Client::member(&site, "seller", "bob@example.com").await;
    change_email(&pool, &mut ada, "ada.new@example.com").await;
    let link = link_in_letter(&pool, ADA).await;

    request_email(&mut bob, ADA).await.is(303);
    assert_eq!(
        subjects(&pool, ADA).await.last().unwrap(),
        "This address can't be used yet"
    );
    let mut stranger = Client::new(&site);
    // The response is the same as for any other sign-up; the address's owner gets a letter.
    let known = stranger.sign_up("seller", ADA).await;
    let unknown = Client::new(&site)
        .sign_up("seller", "eve@example.com")
        .await;
    assert_eq!(known.status, unknown.status);
    assert_eq!(
        subjects(&pool, ADA).await.last().unwrap(),
        "This address can't be used yet"
    );
    Client::new(&site).sign_in(ADA, PASSWORD).await.is(422);

    let newest = async || subjects(&pool, ADA).await.pop().unwrap();
    backdate_letters(&pool, 6).await;
    ada.get(&link).await.is(200);
    request_email(&mut bob, ADA).await.is(303);
    assert_eq!(newest().await, "This address can't be used yet");
    backdate_letters(&pool, 2).await;
    ada.get(&link).await.is(409).says("expired");
    request_email(&mut bob, ADA).await.is(303);
    assert_eq!(newest().await, "Confirm your new e-mail address");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_returns_to_the_former_address_has_nothing_to_undo(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    change_email(&pool, &mut ada, "ada.new@example.com").await;
    let link = link_in_letter(&pool, ADA).await;
    change_email(&pool, &mut ada, ADA).await;
    let dead = ada.get(&link).await.is(409);
    assert!(text_of(&dead.body).contains("used already"));
    undo(&mut ada, secret_in(&link), NEW).await.is(409);
    // Somebody who reads the interim address's mail can't undo the return.
    let told = subjects(&pool, "ada.new@example.com").await;
    assert!(
        !told.iter().any(|subject| subject.contains("was changed")),
        "{told:?}"
    );
    ada.get("/account").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_that_was_never_confirmed_is_neither_told_nor_reserved(pool: PgPool) {
    let site = strict_site(&pool);
    let mut thief = Client::member(&site, "buyer", ADA).await;
    request_email(&mut thief, THIEF).await.is(303);
    let told = subjects(&pool, ADA).await;
    assert!(
        !told.iter().any(|subject| subject.contains("was changed")),
        "{told:?}"
    );
    Client::member(&site, "buyer", ADA).await;
}
