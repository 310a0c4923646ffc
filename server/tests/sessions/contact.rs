//! Changing the account's name and e-mail, and who sees them.

use crate::support::{
    Answer, Client, PASSWORD, confirm_address, count, lengthen_waits, link_in_letter, secret_in,
    send_letters, site, subjects, text_of,
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;
use std::time::Duration;

/// Longer than an answer may lag behind the database.
const CAUGHT_UP: Duration = Duration::from_millis(300);

async fn rename(client: &mut Client, name: &str) -> Answer {
    client.post("/account/name", &[("name", name)]).await
}

async fn change_email(client: &mut Client, email: &str, present: &str) -> Answer {
    let fields = [("email", email), ("present_password", present)];
    client.post("/account/email", &fields).await
}

async fn end_auction(pool: &PgPool) {
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(pool)
        .await
        .unwrap();
    let mut tx = pool.begin().await.unwrap();
    guildhall::award::close_due(&mut tx, 100).await.unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_name_is_shown_at_once_in_every_browser_and_to_everybody(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let mut phone = Client::new(&site);
    phone.sign_in("sam@example.com", PASSWORD).await.is(303);
    let project = seller.publish(&pool, "A new shop window", 3600).await;
    buyer.bid(&project, "800").await.is(303);
    let mut stranger = Client::new(&site);
    stranger.get(&project).await.is(200).says("sam");

    rename(&mut seller, "Sam & Daughters").await.is(303);
    seller.get("/account").await.is(200).says("name is changed");
    for browser in [&mut seller, &mut phone] {
        let page = browser.get("/dashboard").await.is(200).body;
        let header = page.split("<main").next().unwrap_or_default();
        assert!(header.contains("Sam &amp; Daughters"), "{header}");
    }
    buyer.get(&project).await.is(200).says("Sam & Daughters");
    let bea = json!({ "name": "Bea B." });
    buyer.call("rename-account", &bea).await.is(200);
    seller.get(&project).await.is(200).says("Bea B.");

    end_auction(&pool).await;
    tokio::time::sleep(CAUGHT_UP).await;
    let result = format!("{project}/result");
    // The page of an ended project is cached until something about it changes.
    for _ in 0..3 {
        stranger.get(&project).await.is(200);
        tokio::time::sleep(CAUGHT_UP).await;
    }
    rename(&mut seller, "Sam Alone").await.is(303);
    buyer
        .call("rename-account", &json!({ "name": "Bea C." }))
        .await
        .is(200);
    tokio::time::sleep(CAUGHT_UP).await;
    stranger.get(&project).await.is(200).says("Sam Alone");
    stranger.get("/archive").await.is(200).says("Sam Alone");
    seller.get(&result).await.is(200).says("Bea C.");
    let award = format!("{project}/award");
    let document = buyer.get(&award).await.is(200);
    assert!(!text_of(&document.body).contains("Daughters"));
    document.says("Sam Alone").says("Bea C.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_name_comes_back_as_typed_and_twenty_a_day_are_accepted(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let refused = rename(&mut ada, "A").await.is(422).says("at least 2");
    assert!(refused.body.contains("value=\"A\"") && refused.body.contains("name-error"));
    assert!(refused.body.contains("<title>Error: "));
    // A refused password leaves the name as it is.
    let page = ada.post("/account/password", &[]).await.is(422);
    assert!(page.body.contains("value=\"ada\""));
    for n in 0..20 {
        rename(&mut ada, &format!("Ada {n}")).await.is(303);
    }
    // The present name counts as no change.
    rename(&mut ada, "Ada 19").await.is(303);
    rename(&mut ada, "Ada 20")
        .await
        .is(429)
        .says("may make 20 name changes a day");
    assert_eq!(
        count(&pool, "outbox where kind = 'account.renamed'").await,
        20
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_email_needs_the_current_password_and_ends_the_other_sessions(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut desk = Client::member(&site, "buyer", "ada@example.com").await;
    let mut phone = Client::new(&site);
    phone.sign_in("ada@example.com", PASSWORD).await.is(303);
    desk.get("/account/email")
        .await
        .is(200)
        .says("ada@example.com");
    let refused = change_email(&mut desk, "ada.new@example.com", "not this one").await;
    let refused = refused.is(422).says("not your current password");
    assert!(refused.body.contains("value=\"ada.new@example.com\""));
    assert!(!refused.body.contains("not this one"));
    let invalid = change_email(&mut desk, "ada@example", PASSWORD).await;
    invalid.is(422).says("e-mail address such as");
    phone.get("/account").await.is(200);

    change_email(&mut desk, " Ada.New@Example.com ", PASSWORD)
        .await
        .is(303);
    // A typing error changes nothing: until the new address is confirmed, the old one works.
    desk.get("/account")
        .await
        .is(200)
        .says("Until then, everything stays as it is")
        .says("Changes to ada.new@example.com once you open the link");
    phone.get("/account").await.is(200);
    let mut reader = Client::new(&site);
    reader
        .sign_in("ada.new@example.com", PASSWORD)
        .await
        .is(422);

    confirm_address(&pool, &mut desk, "ada.new@example.com").await;
    let account = desk.get("/account").await.is(200);
    let text = text_of(&account.body);
    assert!(
        text.contains("ada.new@example.com") && !text.contains("Changes to"),
        "{text}"
    );
    phone.get("/account").await.is(303);
    phone.sign_in("ada@example.com", PASSWORD).await.is(422);
    phone.sign_in("ada.new@example.com", PASSWORD).await.is(303);
    // The same form sent again changes nothing.
    change_email(&mut desk, "ada.new@example.com", PASSWORD)
        .await
        .is(303);
    assert_eq!(
        count(&pool, "account where email_confirmed_at is null").await,
        0
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_the_latest_new_address_can_be_confirmed_and_none_after_a_new_password(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let mut links = Vec::new();
    for address in ["one@example.com", "two@example.com"] {
        change_email(&mut ada, address, PASSWORD).await.is(303);
        links.push(link_in_letter(&pool, address).await);
    }
    let confirm = async |client: &mut Client, link: &str| {
        let secret = [("secret", secret_in(link))];
        client.post("/confirm-email/link", &secret).await
    };
    confirm(&mut ada, &links[0]).await.is(409);
    ada.get("/account").await.says("Changes to two@example.com");
    let fields = [
        ("present_password", PASSWORD),
        ("new_password", "harbour lamp in the fog"),
    ];
    ada.post("/account/password", &fields).await.is(303);
    confirm(&mut ada, &links[1]).await.is(409);
    assert_eq!(
        count(&pool, "account where email = 'ada@example.com'").await,
        1
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_that_somebody_took_meanwhile_is_refused_at_its_confirmation(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    change_email(&mut ada, "wanted@example.com", PASSWORD)
        .await
        .is(303);
    let link = link_in_letter(&pool, "wanted@example.com").await;
    Client::member(&site, "seller", "wanted@example.com").await;
    let secret = [("secret", secret_in(&link))];
    ada.post("/confirm-email/link", &secret)
        .await
        .is(409)
        .says("Another account uses this address");
    ada.get("/account").await.is(200).says("ada@example.com");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn guesses_at_the_password_are_slowed_down(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    for _ in 0..4 {
        change_email(&mut ada, "new@example.com", "a guess")
            .await
            .is(422);
    }
    lengthen_waits(&pool).await;
    change_email(&mut ada, "new@example.com", PASSWORD)
        .await
        .is(429);
    let arguments = json!({ "email": "new@example.com", "present_password": PASSWORD, "code": "" });
    ada.call("change-email", &arguments).await.is(429);
    assert_eq!(
        count(&pool, "account where email = 'ada@example.com'").await,
        1
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_address_is_requested_alike_whether_or_not_it_has_an_account(pool: PgPool) {
    let site = site(&pool, &["--sign-ups-per-address", "4"]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    Client::member(&site, "seller", "sam@example.com").await;
    // Without the password, nothing is said about the address, and nothing is counted.
    let guess = change_email(&mut ada, "sam@example.com", "a guess").await;
    let words = text_of(&guess.is(422).body);
    assert!(!words.contains("uses this address"), "{words}");
    let mut pages = Vec::new();
    for email in ["SAM@example.com", "eve@example.com"] {
        change_email(&mut ada, email, PASSWORD).await.is(303);
        let page = text_of(&ada.get("/account").await.body);
        pages.push(page.replace(&email.to_lowercase(), "(address)"));
        send_letters(&pool).await;
    }
    assert!(pages[0].contains("(address)"));
    assert_eq!(pages[0], pages[1]);
    let told = subjects(&pool, "sam@example.com").await;
    assert_eq!(told, ["You already have an account"]);
    change_email(&mut ada, "bob@example.com", PASSWORD)
        .await
        .is(429)
        .says("e-mail addresses changed from your network address recently");
    Client::new(&site)
        .sign_up("buyer", "eve@example.com")
        .await
        .is(429);
}

/// What an account page says about visibility, checked against the pages of everybody else.
#[sqlx::test(migrator = "MIGRATIONS")]
async fn others_see_of_an_account_what_its_page_says(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut winner = Client::member(&site, "buyer", "wilma@example.com").await;
    let mut loser = Client::member(&site, "buyer", "lotte@example.com").await;
    let mut stranger = Client::new(&site);
    seller
        .get("/account")
        .await
        .says("Your name Everybody, on each project")
        .says("Your e-mail address Only the winner of your project, once it is awarded.");
    winner
        .get("/account")
        .await
        .says("Your name Only the seller of a project that you bid on.")
        .says("Your e-mail address Only the seller of a project that you won.");
    let project = seller.publish(&pool, "A new shop window", 3600).await;
    loser.bid(&project, "900").await.is(303);
    let key = winner.get(&project).await.is(200).form_key();
    let bid = [
        ("form_key", &*key),
        ("amount", "800"),
        ("note", "Glass included"),
    ];
    let path = format!("{project}/bids");
    winner.post(&path, &bid).await.is(303);
    let pages = |ended: bool| {
        let paths = ["", "/history", "/result", "/award"].map(|page| format!("{project}{page}"));
        let how_many = if ended { 4 } else { 2 };
        paths.into_iter().take(how_many).collect::<Vec<_>>()
    };
    let all = async |client: &mut Client, ended: bool| {
        let mut text = String::new();
        for path in pages(ended) {
            let page = client.get(&path).await.is(200).body;
            // Without the header, which shows the viewer's own name.
            text += page.split_once("<main").map_or(&*page, |(_, main)| main);
        }
        text
    };
    let names =
        |text: &str| ["sam", "wilma", "lotte"].map(|name| text.contains(&format!(">{name}<")));
    let emails =
        |text: &str| ["sam", "wilma", "lotte"].map(|name| text.contains(&format!("{name}@")));

    let visible = all(&mut stranger, false).await;
    assert_eq!(
        (names(&visible), emails(&visible)),
        ([true, false, false], [false; 3])
    );
    let visible = all(&mut winner, false).await;
    assert_eq!(
        (names(&visible), emails(&visible)),
        ([true, false, false], [false; 3])
    );
    assert!(visible.contains("Glass included"));
    let visible = all(&mut seller, false).await;
    assert_eq!((names(&visible), emails(&visible)), ([true; 3], [false; 3]));
    assert!(visible.contains("Glass included"));

    end_auction(&pool).await;
    tokio::time::sleep(CAUGHT_UP).await;
    for nobody in [&mut stranger, &mut loser] {
        let visible = all(nobody, true).await;
        assert!(!visible.contains("Glass included"));
        assert_eq!(
            (names(&visible), emails(&visible)),
            ([true, false, false], [false; 3])
        );
    }
    let visible = all(&mut winner, true).await;
    // The award document also has the winner's own address.
    assert_eq!(emails(&visible), [true, true, false]);
    assert!(!names(&visible)[2], "another bidder's name");
    let visible = all(&mut seller, true).await;
    assert_eq!(
        (names(&visible), emails(&visible)),
        ([true; 3], [true, true, false])
    );
}
