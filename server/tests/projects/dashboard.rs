//! What the dashboards put first, and the first steps of new accounts.

use crate::{
    client::{award, let_deadline_pass},
    support::{Client, count, site, text_of},
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const HOUR: i64 = 3600;

async fn people(site: &Router) -> (Client, Client, Client) {
    (
        Client::member(site, "seller", "sam@example.com").await,
        Client::member(site, "buyer", "ada@example.com").await,
        Client::member(site, "buyer", "ben@example.com").await,
    )
}

/// Asserts that these texts occur in this order in the page's visible text.
#[track_caller]
fn in_order(page: &str, texts: &[&str]) {
    let text = text_of(page);
    let mut from = 0;
    for wanted in texts {
        let found = text[from..].find(wanted);
        from += found.unwrap_or_else(|| panic!("{wanted:?} is not next in: {}", &text[from..]));
    }
}

async fn end(pool: &PgPool, path: &str) {
    let id = path.trim_start_matches("/projects/").parse().unwrap();
    let_deadline_pass(pool, id).await;
    award(pool).await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyer_sees_the_next_deadline_first_and_what_it_takes_to_lead(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut seller, mut ada, mut ben) = people(&site).await;
    let late = seller.publish(&pool, "Late shop sign", 3 * HOUR).await;
    let soon = seller.publish(&pool, "Soon shop sign", HOUR).await;
    let middle = seller.publish(&pool, "Middle shop sign", 2 * HOUR).await;
    for path in [&late, &soon, &middle] {
        ada.bid(path, "900").await.is(303);
    }
    ben.bid(&middle, "850.50").await.is(303);
    let page = ada.get("/dashboard").await.is(200);
    in_order(
        &page.body,
        &[
            "Open, the next deadline first",
            "Soon shop sign",
            "Leading",
            "Middle shop sign",
            "Outbid",
            "2 bids , €49.50 above the lowest",
            "Bid €850.49 to lead",
            "Late shop sign",
        ],
    );
    assert!(
        page.body
            .contains(&format!("{middle}?amount=850.49#amount"))
    );
    // A leading bid is not compared with itself.
    assert_eq!(text_of(&page.body).matches("the lowest,").count(), 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_link_fills_in_the_bid_form_and_places_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut seller, mut ada, _) = people(&site).await;
    let path = seller.publish(&pool, "A shop sign", HOUR).await;
    let value = async |ada: &mut Client, query: &str| {
        let page = ada.get(&format!("{path}{query}")).await.is(200).body;
        let (_, field) = page.split_once("name=\"amount\"").unwrap();
        let (field, _) = field.split_once('>').unwrap();
        let value = field.split_once("value=\"").map(|(_, value)| value);
        value.map_or(String::new(), |value| {
            value.split('"').next().unwrap().to_owned()
        })
    };
    assert_eq!(value(&mut ada, "?amount=850.49").await, "850.49");
    // Above the budget, unreadable, malformed, or missing.
    for query in ["?amount=1000.01", "?amount=%22%3E", "?amount=%FF", "?x", ""] {
        assert_eq!(value(&mut ada, query).await, "", "{query}");
    }
    assert_eq!(count(&pool, "bid").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_seller_sees_first_what_needs_a_decision(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut seller, mut ada, _) = people(&site).await;
    let won = seller.publish(&pool, "Won shop sign", HOUR).await;
    ada.bid(&won, "900").await.is(303);
    end(&pool, &won).await;
    let busy = seller.publish(&pool, "Busy shop sign", HOUR).await;
    ada.bid(&busy, "900").await.is(303);
    seller.publish(&pool, "Calm shop sign", 30 * HOUR).await;
    seller.publish(&pool, "Lonely shop sign", 2 * HOUR).await;
    let key = seller.get("/projects/new").await.is(200).form_key();
    let draft = [
        ("form_key", key.as_str()),
        ("name", "Draft shop sign"),
        ("currency", "EUR"),
        ("time_zone", "UTC"),
        ("intent", "draft"),
    ];
    seller.post("/projects/new", &draft).await.is(303);
    let page = seller.get("/dashboard").await.is(200);
    in_order(
        &page.body,
        &[
            "Needs you now",
            "Lonely shop sign",
            "There are no active bids.",
            "Cancel project",
            "Won shop sign",
            "Won by ada , ada@example.com",
            "Draft shop sign",
            "Finish and publish",
            "Open 2 projects",
            "Busy shop sign",
            "Calm shop sign",
        ],
    );
    // A tab shows one state.
    let drafts = seller.get("/dashboard?state=draft").await.is(200);
    in_order(&drafts.body, &["Drafts 1 project", "Draft shop sign"]);
    assert!(!text_of(&drafts.body).contains("Needs you now"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_first_steps_are_ticked_off_and_then_disappear(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut seller, mut ada, _) = people(&site).await;
    let empty = ada.get("/dashboard").await.is(200).says("1 of 3 done");
    let (_, steps) = empty.body.split_once("first-steps").unwrap();
    let (steps, _) = steps.split_once("</section>").unwrap();
    assert!(steps.contains("href=\"/projects\""));
    seller.get("/dashboard").await.is(200).says("1 of 4 done");
    let path = seller.publish(&pool, "A shop sign", HOUR).await;
    seller.get("/dashboard").await.is(200).says("3 of 4 done");
    ada.bid(&path, "900").await.is(303);
    ada.get("/dashboard").await.is(200).says("2 of 3 done");
    end(&pool, &path).await;
    for member in [&mut seller, &mut ada] {
        let page = member.get("/dashboard").await.is(200);
        assert!(!page.body.contains("first-steps"));
    }
    ada.get("/dashboard")
        .await
        .is(200)
        .says("You won 1 project");
}
