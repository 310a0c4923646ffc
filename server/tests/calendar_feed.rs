//! The private calendar address: created, shown once, read without a session, revoked.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "api/client.rs"]
mod client;
mod support;

use client::{award, let_deadline_pass};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use support::{Client, PASSWORD, site, text_of};

const PAGE: &str = "/account/calendar";
const ORIGIN: &str = "https://guildhall.example";

/// Creates the client's address; returns its path with the secret.
async fn create(client: &mut Client) -> String {
    let key = client.get(PAGE).await.is(200).form_key();
    let page = client.post(PAGE, &[("form_key", &key)]).await.is(200);
    assert_eq!(page.header("cache-control"), "no-store");
    let (_, rest) = page
        .body
        .split_once(&format!("{ORIGIN}/calendar.ics?key="))
        .unwrap();
    let secret: String = rest
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect();
    assert!(secret.starts_with("guildhall_cf_"), "{secret}");
    format!("/calendar.ics?key={secret}")
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_shows_the_deadlines_of_its_account_to_whoever_has_it(pool: PgPool) {
    let site = site(&pool, &["--public-url", ORIGIN]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let open = seller.publish(&pool, "Open sign", 3600).await;
    let won = seller.publish(&pool, "Won sign", 3600).await;
    let left = seller.publish(&pool, "Left sign", 3600).await;
    seller.publish(&pool, "Other sign", 3600).await;
    for path in [&open, &won, &left] {
        ada.bid(path, "900").await.is(303);
    }
    let key = uuid::Uuid::new_v4().to_string();
    ada.post(&format!("{left}/withdraw"), &[("form_key", &key)])
        .await
        .is(303);
    let id = won.trim_start_matches("/projects/").parse().unwrap();
    let_deadline_pass(&pool, id).await;
    award(&pool).await;

    let (of_ada, of_seller) = (create(&mut ada).await, create(&mut seller).await);
    let mut calendar = Client::new(&site);
    let entries = |body: &str| {
        let mut titles: Vec<_> = body
            .lines()
            .filter_map(|line| line.strip_prefix("SUMMARY:").map(str::to_owned))
            .collect();
        titles.sort_unstable();
        titles
    };
    let file = calendar.get(&of_ada).await.is(200);
    assert_eq!(file.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(
        entries(&file.body),
        ["Bidding ends: Open sign", "You won: Won sign"]
    );
    assert!(!file.body.contains("sam@"), "the file has no contact");
    let file = calendar.get(&of_seller).await.is(200);
    assert_eq!(
        entries(&file.body),
        [
            "Awarded: Won sign",
            "Bidding ends: Left sign",
            "Bidding ends: Open sign",
            "Bidding ends: Other sign"
        ]
    );
    calendar
        .headers
        .push(("if-none-match", file.header("etag").to_owned()));
    calendar.get(&of_seller).await.is(304);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_address_is_shown_once_and_ends_when_it_is_revoked_or_replaced(pool: PgPool) {
    let site = site(&pool, &["--public-url", ORIGIN]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let key = ada
        .get(PAGE)
        .await
        .is(200)
        .says("Create address")
        .form_key();
    let shown = ada.post(PAGE, &[("form_key", &key)]).await.is(200);
    // The same form again, by a second click or the Back button.
    let again = ada.post(PAGE, &[("form_key", &key)]).await.is(409);
    let again = again.says("it is shown only once");
    assert!(shown.body.contains("?key=guildhall_cf_") && !again.body.contains("?key="));
    let page = ada
        .get(PAGE)
        .await
        .is(200)
        .says("Last read by a calendar never");
    assert!(!page.body.contains("?key="));

    let first = create(&mut ada).await;
    let mut calendar = Client::new(&site);
    calendar.get(&first).await.is(200);
    let second = create(&mut ada).await;
    calendar.get(&first).await.is(404);
    calendar.get(&second).await.is(200);
    let revoked = ada.post(&format!("{PAGE}/revoke"), &[]).await.is(303);
    assert_eq!(revoked.location(), PAGE);
    calendar.get(&second).await.is(404);
    let page = ada.get(PAGE).await.is(200).says("The address is revoked.");
    assert!(!text_of(&page.body).contains("Last read"));
    for path in [
        "/calendar.ics",
        "/calendar.ics?key=",
        "/calendar.ics?key=guildhall_cf_1",
    ] {
        calendar.get(path).await.is(404);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_password_that_ends_everything_ends_the_address_too(pool: PgPool) {
    let site = site(&pool, &["--public-url", ORIGIN]);
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let address = create(&mut ada).await;
    let mut calendar = Client::new(&site);
    for (others, status) in [("", 200), ("end", 404)] {
        let (old, new) = match others {
            "" => (PASSWORD, "copper kettle under moss"),
            _ => ("copper kettle under moss", "a third one under moss"),
        };
        let fields = [
            ("present_password", old),
            ("new_password", new),
            ("others", others),
        ];
        ada.post("/account/password", &fields).await.is(303);
        calendar.get(&address).await.is(status);
    }
}
