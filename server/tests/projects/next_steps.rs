//! What the winner and the seller find after an award: contact, next steps, the document and the calendar entry.

use crate::{
    client::{award, let_deadline_pass},
    support::{Client, site},
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const SELLER: &str = "sam@example.com";
const WINNER: &str = "ada@example.com";

/// An awarded project and its people: the seller, the winner, the loser and a stranger.
struct Scene {
    path: String,
    seller: Client,
    winner: Client,
    others: Vec<Client>,
}

async fn scene(site: &Router, pool: &PgPool) -> Scene {
    let mut seller = Client::member(site, "seller", SELLER).await;
    let mut winner = Client::member(site, "buyer", WINNER).await;
    let mut loser = Client::member(site, "buyer", "ben@example.com").await;
    let rival = Client::member(site, "seller", "olga@example.com").await;
    let path = seller.publish(pool, "A shop sign", 3600).await;
    winner.bid(&path, "850.50").await.is(303);
    loser.bid(&path, "900").await.is(303);
    end(pool, &path).await;
    Scene {
        path,
        seller,
        winner,
        others: vec![loser, rival, Client::new(site)],
    }
}

async fn end(pool: &PgPool, path: &str) {
    let id = path.trim_start_matches("/projects/").parse().unwrap();
    let_deadline_pass(pool, id).await;
    award(pool).await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn winner_and_seller_find_each_other_and_the_next_steps_on_the_projects_page(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut scene = scene(&site, &pool).await;
    for page in [scene.path.clone(), format!("{}/result", scene.path)] {
        let won = scene.winner.get(&page).await.is(200);
        let won = won.says("You won this project for €850.50").says(SELLER);
        let sold = scene.seller.get(&page).await.is(200);
        let sold = sold
            .says("Your project has a winner for €850.50")
            .says(WINNER);
        for answer in [won, sold] {
            for link in ["/award\"", "/deadline.ics\""] {
                let link = format!("href=\"{}{link}", scene.path);
                assert!(answer.body.contains(&link), "{link}");
            }
            assert!(
                answer
                    .body
                    .contains("?subject=Guildhall%3A%20A%20shop%20sign\"")
            );
        }
        for other in &mut scene.others {
            let body = other.get(&page).await.is(200).body;
            let document = format!("href=\"{}/award\"", scene.path);
            assert!(!body.contains(SELLER) && !body.contains(WINNER) && !body.contains(&document));
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_award_document_names_both_sides_to_each_other_only(pool: PgPool) {
    let site = site(&pool, &["--public-url", "https://guildhall.example"]);
    let mut scene = scene(&site, &pool).await;
    let page = format!("{}/award", scene.path);
    for party in [&mut scene.winner, &mut scene.seller] {
        let document = party.get(&page).await.is(200);
        document
            .says("A shop sign")
            .says("€850.50")
            .says("Two panes of glass, lettered by hand.")
            .says("here the lowest of 2 bids")
            .says("Verified.")
            .says(&format!("https://guildhall.example{}/result", scene.path))
            .says("place, date, signature")
            .says(SELLER)
            .says(WINNER);
    }
    for other in &mut scene.others {
        let document = other
            .get(&page)
            .await
            .is(200)
            .says("Bidder 1")
            .says("€850.50");
        let body = document.body;
        assert!(!body.contains(SELLER) && !body.contains(WINNER) && !body.contains("signature"));
        assert!(body.contains("noindex"));
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn without_an_award_there_is_no_document(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", SELLER).await;
    let open = seller.publish(&pool, "A shop sign", 3600).await;
    let page = format!("{open}/award");
    assert_eq!(seller.get(&page).await.is(303).location(), open);
    end(&pool, &open).await;
    let result = format!("{open}/result");
    assert_eq!(seller.get(&page).await.is(303).location(), result);
    seller.get("/projects/999/award").await.is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_deadline_is_a_calendar_entry_that_is_sent_again_only_when_it_changes(pool: PgPool) {
    let site = site(&pool, &["--public-url", "https://guildhall.example"]);
    let mut seller = Client::member(&site, "seller", SELLER).await;
    let path = seller.publish(&pool, "Sign, shop; front", 3600).await;
    let mut anybody = Client::new(&site);
    let file = format!("{path}/deadline.ics");
    let first = anybody.get(&file).await.is(200);
    assert_eq!(first.header("content-type"), "text/calendar; charset=utf-8");
    assert!(first.header("content-disposition").contains(".ics\""));
    assert!(
        first
            .body
            .contains("SUMMARY:Bidding ends: Sign\\, shop\\; front\r\n")
    );
    assert!(first.body.contains("@guildhall.example\r\n"));
    let tag = first.header("etag").to_owned();
    anybody.headers.push(("if-none-match", tag));
    let again = anybody.get(&file).await.is(304);
    assert_eq!(again.body, "");
    seller
        .post(&format!("{path}/cancel"), &[("form_key", &key())])
        .await
        .is(303);
    let cancelled = anybody_after_a_while(&mut anybody, &file).await;
    assert!(cancelled.contains("STATUS:CANCELLED\r\n"), "{cancelled}");
    // A missing project has no calendar entry.
    Client::new(&site)
        .get("/projects/999/deadline.ics")
        .await
        .is(404);
}

fn key() -> String {
    uuid::Uuid::new_v4().to_string()
}

/// Requests the path until its answer is 200 again, because reads are cached for 250 ms; returns the body.
async fn anybody_after_a_while(client: &mut Client, path: &str) -> String {
    loop {
        let answer = client.get(path).await;
        if answer.status == 200 {
            return answer.body;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
}
