//! The bid history as a picture.

use crate::support::{Client, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

/// The lines of the picture at this path.
async fn lines(client: &mut Client, path: &str) -> Vec<String> {
    let answer = client.get(&format!("{path}/staircase.svg")).await.is(200);
    assert_eq!(answer.header("content-type"), "image/svg+xml");
    let lines = answer.body.split("class=\"line\" d=\"").skip(1);
    lines
        .map(|part| part.split('"').next().unwrap().to_owned())
        .collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_picture_follows_the_lowest_bid_to_scale(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut first = Client::member(&site, "buyer", "first@example.com").await;
    let mut second = Client::member(&site, "buyer", "second@example.com").await;
    let path = seller.publish(&pool, "A <shop> window", 3600).await;
    let picture = format!("{path}/staircase.svg");
    let empty = seller.get(&picture).await.is(200);
    assert!(empty.body.contains("Budget €1,000.00"), "{}", empty.body);
    assert!(lines(&mut seller, &path).await.is_empty());

    first.bid(&path, "900").await.is(303);
    second.bid(&path, "700").await.is(303);
    // The auction has run for half of its time, and the bids came after a quarter and a third of it.
    sqlx::query(
        "with project as (update project set published_at = clock_timestamp() - interval '3600 s', deadline = clock_timestamp() + interval '3600 s'
                          returning published_at)
         update bid set accepted_at = published_at + case amount_minor when 90000 then interval '1800 s' else interval '2400 s' end from project",
    )
    .execute(&pool)
    .await
    .unwrap();
    let drawn = lines(&mut first, &path).await;
    assert_eq!(drawn, ["M500 1000H667V3000H1000"]);

    let key = second
        .get(&format!("{path}/withdraw"))
        .await
        .is(200)
        .form_key();
    let withdraw = format!("{path}/withdraw");
    second.post(&withdraw, &[("form_key", &key)]).await.is(303);
    let drawn = lines(&mut second, &path).await;
    assert_eq!(
        drawn,
        ["M500 1000H667V3000H1000V1000H1000"],
        "the line rises again"
    );
    Client::new(&site)
        .get("/projects/999/staircase.svg")
        .await
        .is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_page_shows_the_picture_of_its_bids(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A shop window", 3600).await;
    buyer.bid(&path, "900").await.is(303);
    let image = |body: &str| {
        let (_, after) = body
            .split_once(&format!("src=\"{path}/staircase.svg"))
            .unwrap();
        after.split('"').next().unwrap().to_owned()
    };
    let before = image(&buyer.get(&path).await.is(200).body);
    buyer.bid(&path, "800").await.is(303);
    let after = image(&buyer.get(&path).await.is(200).body);
    assert_ne!(
        before, after,
        "a new address, so that no old picture is shown"
    );
}
