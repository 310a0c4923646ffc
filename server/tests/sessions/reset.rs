//! A new password by a link in a letter.

use crate::support::{
    Answer, Client, PASSWORD, count, link_in_letter, secret_in, send_letters, site, strict_site,
    subjects, text_of,
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const ADA: &str = "ada@example.com";
const NEW: &str = "harbour lamp in the fog";

async fn ask(client: &mut Client, email: &str) -> Answer {
    client.post("/reset-password", &[("email", email)]).await
}

async fn reset(client: &mut Client, secret: &str, new: &str, others: &str) -> Answer {
    let fields = [
        ("secret", secret),
        ("new_password", new),
        ("others", others),
    ];
    client.post("/reset-password/link", &fields).await
}

async fn create_token(client: &mut Client) {
    let key = client.get("/account/tokens").await.is(200).form_key();
    let token = [
        ("form_key", &*key),
        ("name", "Script"),
        ("scopes", "bids:read"),
        ("days", "7"),
    ];
    client.post("/account/tokens", &token).await.is(200);
}

/// Somebody who knows the password links a sign-in method of their own.
pub(super) async fn link_identity(pool: &PgPool) {
    sqlx::query("insert into identity (account_id, issuer, subject, label) select id, 'https://id.example', 'thief', 'thief' from account")
        .execute(pool)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_answer_is_the_same_for_a_known_and_an_unknown_address(pool: PgPool) {
    let site = site(&pool, &[]);
    Client::member(&site, "buyer", ADA).await;
    send_letters(&pool).await;
    let mut stranger = Client::new(&site);
    let known = text_of(&ask(&mut stranger, "ADA@example.com").await.is(200).body);
    let unknown = text_of(&ask(&mut stranger, "eva@example.com").await.is(200).body);
    assert_eq!(known, unknown.replace("eva@", "ada@"));
    // The request itself does not look the address up.
    assert_eq!(
        count(
            &pool,
            "account_mail where kind = 'reset_password' and account_id is null"
        )
        .await,
        2
    );
    assert!(subjects(&pool, "eva@example.com").await.is_empty());
    assert_eq!(
        subjects(&pool, ADA).await.last().unwrap(),
        "Choose a new password"
    );
    assert_eq!(
        count(&pool, "account_mail where address = 'eva@example.com'").await,
        0,
        "it is forgotten"
    );
    ask(&mut stranger, "no address").await.is(422);
    for _ in 0..4 {
        ask(&mut stranger, ADA).await;
        ask(&mut stranger, "eva@example.com").await;
    }
    // Too many to one address: the same page, so that nobody learns what others asked for, and nothing is sent.
    let before = subjects(&pool, ADA).await.len();
    let same = text_of(&ask(&mut stranger, ADA).await.is(200).body);
    assert_eq!(same, known);
    assert_eq!(subjects(&pool, ADA).await.len(), before);
    // Too many from one client.
    for n in 0..10 {
        ask(&mut stranger, &format!("eva{n}@example.com")).await;
    }
    ask(&mut stranger, "eve@example.com").await.is(429);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_reset_ends_everything_that_was_open_and_the_link_works_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    create_token(&mut ada).await;
    link_identity(&pool).await;
    let mut stranger = Client::new(&site);
    let mut links = Vec::new();
    for _ in 0..2 {
        ask(&mut stranger, ADA).await.is(200);
        links.push(link_in_letter(&pool, ADA).await);
    }
    let [other, link] = &links[..] else {
        panic!("two letters")
    };
    let secret = secret_in(link);
    for _ in 0..2 {
        let page = stranger.get(link).await.is(200);
        assert_eq!(page.header("cache-control"), "no-store");
        page.says("For the account ada with the address ada@example.com");
    }
    for (weak, words) in [
        ("short", "at least 10"),
        ("password123", "easy to guess"),
        ("", "new password"),
    ] {
        let refused = reset(&mut stranger, secret, weak, "end").await.is(422);
        assert!(
            text_of(&refused.body).to_lowercase().contains(words),
            "{weak}: {}",
            text_of(&refused.body)
        );
    }
    stranger.sign_in(ADA, PASSWORD).await.is(303);

    let mut browser = Client::new(&site);
    reset(&mut browser, secret, NEW, "end")
        .await
        .is(200)
        .says("other sign-in methods are unlinked, passkeys are removed, access tokens, connected apps and the calendar address are revoked");
    for client in [&mut ada, &mut stranger] {
        client.get("/account").await.is(303);
    }
    assert_eq!(
        count(&pool, "access_token where revoked_at is null").await,
        0
    );
    assert_eq!(count(&pool, "device").await, 0);
    assert_eq!(count(&pool, "identity").await, 0);
    browser.sign_in(ADA, PASSWORD).await.is(422);
    browser.sign_in(ADA, NEW).await.is(303);
    for link in [secret, secret_in(other)] {
        reset(&mut stranger, link, "another fine lantern", "end")
            .await
            .is(409)
            .says("has been used already");
        stranger
            .get(&format!("/reset-password/link?secret={link}"))
            .await
            .is(409);
    }
    assert_eq!(
        count(&pool, "outbox where kind = 'account.password_changed'").await,
        1
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_reset_leaves_programs_alone_if_told_so(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    create_token(&mut ada).await;
    ask(&mut ada, ADA).await.is(200);
    let link = link_in_letter(&pool, ADA).await;
    let asked = ada.get(&link).await.is(200);
    assert!(asked.body.contains("value=\"end\" checked"));
    let refused = reset(&mut ada, secret_in(&link), "short", "").await.is(422);
    assert!(
        !refused.body.contains("value=\"end\" checked"),
        "it was unticked"
    );
    let done = reset(&mut ada, secret_in(&link), NEW, "").await.is(200);
    assert!(
        !done.body.contains("/sign-out"),
        "the page shows nobody signed in"
    );
    done.says("still work");
    assert_eq!(
        count(&pool, "access_token where revoked_at is null").await,
        1
    );
    ada.get("/account").await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn links_that_expired_or_lost_their_account_or_its_address_do_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    ask(&mut ada, ADA).await.is(200);
    let link = link_in_letter(&pool, ADA).await;
    let secret = secret_in(&link);
    let minutes: i64 = sqlx::query_scalar("select extract(epoch from expires_at - sent_at)::bigint / 60 from account_mail where kind = 'reset_password'")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert!((29..=30).contains(&minutes), "{minutes}");
    // A link of another kind is of no use here.
    let mut new = Client::new(&strict_site(&pool));
    new.sign_up("buyer", "new@example.com").await.is(303);
    let confirmation = link_in_letter(&pool, "new@example.com").await;
    reset(&mut ada, secret_in(&confirmation), NEW, "")
        .await
        .is(404);

    let set = async |sql: &'static str| {
        sqlx::query(sql).execute(&pool).await.unwrap();
    };
    set("update account set email = 'other@example.com' where email = 'ada@example.com'").await;
    reset(&mut ada, secret, NEW, "")
        .await
        .is(409)
        .says("has expired");
    set("update account set email = 'ada@example.com' where email = 'other@example.com'").await;
    set("update account_mail set expires_at = clock_timestamp()").await;
    let expired = ada.get(&link).await.is(409).says("has expired");
    assert!(expired.body.contains("href=\"/reset-password\""));
    reset(&mut ada, secret, NEW, "").await.is(409);
    set("delete from account").await;
    Client::new(&site)
        .get(&link)
        .await
        .is(404)
        .says("This link doesn't work");
    reset(&mut Client::new(&site), secret, NEW, "")
        .await
        .is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_owner_of_an_address_gets_an_account_that_a_stranger_opened_with_it(pool: PgPool) {
    let site = strict_site(&pool);
    let mut thief = Client::member(&site, "buyer", ADA).await;
    send_letters(&pool).await;
    create_token(&mut thief).await;
    link_identity(&pool).await;
    let mut ada = Client::new(&site);
    ask(&mut ada, ADA).await.is(200);
    let link = link_in_letter(&pool, ADA).await;
    reset(&mut ada, secret_in(&link), NEW, "").await.is(200);
    thief.get("/account").await.is(303);
    thief.sign_in(ADA, PASSWORD).await.is(422);
    assert_eq!(
        count(&pool, "access_token where revoked_at is null").await,
        0
    );
    assert_eq!(count(&pool, "identity").await, 0);
    assert_eq!(
        count(&pool, "account where email_confirmed_at is null").await,
        0
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_letter_does_not_carry_the_name_that_a_stranger_chose(pool: PgPool) {
    let site = strict_site(&pool);
    let mut thief = Client::new(&site);
    let fields = [
        ("role", "buyer"),
        ("name", "Call 0800 for your prize"),
        ("email", ADA),
        ("password", PASSWORD),
    ];
    for _ in 0..2 {
        thief.post("/sign-up", &fields).await.is(303);
    }
    ask(&mut thief, ADA).await.is(200);
    assert_eq!(subjects(&pool, ADA).await.len(), 3);
    let with_text =
        "kept_mail where text like '%0800%' or headers like '%0800%' or html like '%0800%'";
    assert_eq!(count(&pool, with_text).await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nobody_can_use_up_the_letters_that_reset_a_password(pool: PgPool) {
    let site = site(&pool, &[]);
    Client::member(&site, "buyer", ADA).await;
    let mut stranger = Client::new(&site);
    stranger.sign_up("buyer", ADA).await.is(303);
    for _ in 0..8 {
        stranger.post("/confirm-email", &[]).await.is(303);
    }
    ask(&mut Client::new(&site), ADA).await.is(200);
    let subjects = subjects(&pool, ADA).await;
    assert!(subjects.contains(&"Choose a new password".to_owned()));
    // Each press tells the owner of the account, up to the limit.
    let known = "You already have an account";
    assert_eq!(
        subjects.iter().filter(|subject| *subject == known).count(),
        4
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_password_ends_the_links_that_reset_the_old_one(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    ask(&mut ada, ADA).await.is(200);
    let link = link_in_letter(&pool, ADA).await;
    // This one is still to be sent.
    ask(&mut ada, ADA).await.is(200);
    let change = [("present_password", PASSWORD), ("new_password", NEW)];
    ada.post("/account/password", &change).await.is(303);
    let sent = subjects(&pool, ADA).await;
    let resets = sent
        .iter()
        .filter(|subject| *subject == "Choose a new password");
    assert_eq!(resets.count(), 1, "{sent:?}");
    reset(&mut ada, secret_in(&link), "another fine lantern", "end")
        .await
        .is(409);
}
