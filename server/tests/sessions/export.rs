//! The export of an account.

use crate::support::{Answer, Client, PASSWORD, site, subjects, text_of};
use guildhall::{export::Section, store::MIGRATIONS};
use serde_json::Value;
use sqlx::PgPool;

const ADA: &str = "ada@example.com";

async fn ask(client: &mut Client, password: &str) -> Answer {
    client
        .post("/account/export", &[("present_password", password)])
        .await
}

/// The path of the page with the downloads.
async fn link(client: &mut Client) -> String {
    ask(client, PASSWORD).await.is(303).location().to_owned()
}

/// The path of a download.
fn file(link: &str, format: &str) -> String {
    let (_, query) = link.split_once('?').expect("the link has a query");
    format!("/account/export/file?format={format}&{query}")
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_export_has_what_is_the_owners_and_nothing_else(pool: PgPool) {
    let site = site(&pool, &["--public-url", "https://guildhall.example"]);
    let mut sam = Client::member(&site, "seller", "sam@example.com").await;
    let project = sam.publish(&pool, "A <b>window</b> & \"door\"", 3600).await;
    let mut bob = Client::member(&site, "buyer", "bob@example.com").await;
    bob.bid(&project, "700").await.is(303);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    ada.bid(&project, "650").await.is(303);

    let refused = ask(&mut ada, "not my password").await.is(422);
    assert!(text_of(&refused.body).contains("This is not your current password."));
    let link = link(&mut ada).await;
    let page = ada
        .get(&link)
        .await
        .is(200)
        .says("Download as a page (HTML)");
    assert_eq!(page.header("cache-control"), "no-store");

    let json = ada.get(&file(&link, "json")).await.is(200);
    assert_eq!(json.header("content-type"), "application/json");
    assert_eq!(json.header("cache-control"), "no-store");
    assert!(
        json.header("content-disposition")
            .starts_with("attachment;")
    );
    let all: Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!(all["site"], "https://guildhall.example");
    for section in Section::ALL {
        assert!(all[section.name()].is_array(), "{}", section.name());
    }
    assert_eq!(all["account"][0]["email"], ADA);
    assert_eq!(all["bids"].as_array().unwrap().len(), 1);
    assert_eq!(all["bids"][0]["amount_minor_units"], 65_000);
    assert_eq!(all["sign_ins"].as_array().unwrap().len(), 1);
    for others in ["bob", "sam@", "70000", "argon2", "signature"] {
        assert!(!json.body.contains(others), "{others} is in {}", json.body);
    }

    let html = ada.get(&file(&link, "html")).await.is(200);
    assert_eq!(html.header("content-type"), "text/html; charset=utf-8");
    assert!(
        html.body.contains("A &lt;b&gt;window&lt;/b&gt; &amp; "),
        "{}",
        html.body
    );
    assert!(!html.body.contains("<script") && !html.body.contains("<b>"));
    for section in Section::ALL {
        assert!(html.body.contains(section.title()), "{}", section.title());
    }
    assert!(html.body.trim_end().ends_with("</html>"));
    for others in ["bob", "sam@", "70000", "argon2"] {
        assert!(!html.body.contains(others), "{others}");
    }
    let letters = subjects(&pool, ADA).await;
    assert_eq!(letters.last().unwrap(), "An export of your data was made");
    ada.get("/account/privacy")
        .await
        .is(200)
        .says("You last asked for an export on");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_export_of_many_rows_is_whole_and_in_order(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    sqlx::query("insert into notice (account_id, number, kind, facts, is_on_site) select id, n, 'bid.outbid', '{}', true from account, generate_series(1, 1001) n")
        .execute(&pool)
        .await
        .unwrap();
    // As many searches as fill a batch exactly.
    sqlx::query("insert into saved_search (account_id, name, words, frequency, zone) select id, 'Search ' || n, '', 'at_once', 'UTC' from account, generate_series(1, 200) n")
        .execute(&pool)
        .await
        .unwrap();
    let link = link(&mut ada).await;
    let json = ada.get(&file(&link, "json")).await.is(200);
    let all: Value = serde_json::from_str(&json.body).unwrap();
    assert_eq!(all["notices"].as_array().unwrap().len(), 1001);
    let names: Vec<_> = all["saved_searches"]
        .as_array()
        .unwrap()
        .iter()
        .map(|search| search["name"].as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<_> = (1..=200).map(|n| format!("Search {n}")).collect();
    assert_eq!(names, expected);
    let html = ada.get(&file(&link, "html")).await.is(200);
    assert_eq!(html.body.matches("<h2>Notifications<").count(), 1);
    assert_eq!(html.body.matches("bid.outbid").count(), 1001);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_link_works_for_its_owner_until_it_expires(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let mut bob = Client::member(&site, "buyer", "bob@example.com").await;
    let link = link(&mut ada).await;
    let (until, signature) = link
        .split_once("until=")
        .and_then(|(_, rest)| rest.split_once("&signature="))
        .unwrap();
    let later = until.parse::<i64>().unwrap() + 1;
    let altered = format!("/account/export/ready?until={later}&signature={signature}");
    for path in [&link, &file(&link, "json")] {
        bob.get(path).await.is(404).says("This link doesn't work");
        // Whoever has only the link signs in first.
        Client::new(&site).get(path).await.is(303);
    }
    ada.get(&altered)
        .await
        .is(404)
        .says("This link doesn't work");
    ada.get("/account/export/ready").await.is(404);
    ada.get(&file(&link, "exe")).await.is(404);
    ada.get(&link).await.is(200);

    // One that has expired: signed with the same key, for a time that has passed.
    let key: Vec<u8> = sqlx::query_scalar("select key from server_key where name = 'export'")
        .fetch_one(&pool)
        .await
        .unwrap();
    let key = guildhall::signing::Key::new(key.try_into().unwrap(), b"guildhall export 1:");
    let number: i64 = sqlx::query_scalar("select id from account where email = $1")
        .bind(ADA)
        .fetch_one(&pool)
        .await
        .unwrap();
    let old = key.sign(format!("{number}~1000").as_bytes());
    let expired = format!("/account/export/ready?until=1000&signature={old}");
    ada.get(&expired)
        .await
        .is(409)
        .says("This link has expired.");
    ada.get(&file(&expired, "html")).await.is(409);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn exports_are_limited(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut ada = Client::member(&site, "buyer", ADA).await;
    let link = link(&mut ada).await;
    for _ in 1..20 {
        ada.get(&file(&link, "json")).await.is(200);
    }
    ada.get(&file(&link, "json"))
        .await
        .is(429)
        .says("Your account may make or download 20 exports a day");
    ask(&mut ada, PASSWORD).await.is(429);
    ada.get(&link).await.is(200);
}
