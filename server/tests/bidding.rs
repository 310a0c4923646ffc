//! Bidding through the pages, and everything that is refused.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use support::{Client, count, site};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_is_posted_bid_on_and_shown_to_each_as_they_may_see_it(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let mut other = Client::member(&site, "buyer", "otto@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    seller.get(&path).await.is(200).says("published");

    buyer.bid(&path, "900").await.is(303);
    other.bid(&path, "850,50").await.is(303);
    buyer
        .get(&path)
        .await
        .is(200)
        .says("outbid")
        .says("€850.50");
    other.get(&path).await.is(200).says("You lead");
    let anonymous = Client::new(&site).get(&path).await.is(200).says("Bidder 2");
    assert!(!anonymous.body.contains("otto") && !anonymous.body.contains("bea"));
    seller.get(&path).await.is(200).says("otto");
    assert!(anonymous.body.contains("<strong>lettered</strong>"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_wrong_amount_is_an_error_at_its_field_and_stores_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    for (amount, words) in [
        ("", "Fill this in"),
        ("cheap", "in digits"),
        ("-5", "above zero"),
        ("0", "above zero"),
        ("1000.01", "budget is €1,000.00"),
        ("9.999", "at most 2 decimals"),
        ("99999999999999999999", "at most 10,000,000,000,000,000"),
        ("1e2", "in digits"),
    ] {
        let answer = buyer.bid(&path, amount).await.is(422).says(words);
        assert!(
            answer.body.contains("id=\"amount-error\"") && answer.body.contains("href=\"#amount\""),
            "{amount}"
        );
        assert!(
            answer.body.contains(&format!("value=\"{amount}\"")),
            "what was typed is kept: {amount}"
        );
        assert!(answer.body.contains("<title>Error: "));
    }
    assert_eq!(
        (
            count(&pool, "bid").await,
            count(&pool, "submission where account_id = 2").await
        ),
        (0, 0)
    );
    buyer.bid(&path, "500").await.is(303);
    buyer.bid(&path, "500").await.is(422).says("must be lower");
    assert_eq!(count(&pool, "bid").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_sent_twice_has_one_effect_and_one_changed_in_between_is_another(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let key = buyer.get(&path).await.form_key();
    let form = [("form_key", key.as_str()), ("amount", "700")];
    let bids = format!("{path}/bids");
    let mut twin = buyer.clone();
    let (one, two) = tokio::join!(buyer.post(&bids, &form), twin.post(&bids, &form));
    assert_eq!(
        (one.is(303).location(), two.is(303).location()),
        (path.as_str(), path.as_str())
    );
    assert_eq!(count(&pool, "bid").await, 1);
    buyer
        .post(&bids, &[("form_key", &key), ("amount", "650")])
        .await
        .is(303);
    assert_eq!(
        count(&pool, "bid").await,
        2,
        "the page in the browser's history sends the same key with another amount"
    );
    buyer.post(&bids, &[("amount", "600")]).await.is(409);
    buyer
        .post(&format!("{path}/withdraw"), &[("form_key", &key)])
        .await
        .is(303);
    assert_eq!(count(&pool, "bid where state = 'live'").await, 0);
    // From the browser's history, after the bid was withdrawn: it must not be told that it is in.
    buyer
        .post(&bids, &[("form_key", &key), ("amount", "650")])
        .await
        .is(422)
        .says("must be lower");
    buyer.bid(&path, "640").await.is(303);
    buyer
        .post(&format!("{path}/withdraw"), &[("form_key", &key)])
        .await
        .is(303);
    assert_eq!(
        count(&pool, "bid where state = 'live'").await,
        0,
        "the same withdrawal, sent again, is of the new bid"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_late_bid_is_told_so_whichever_way_it_comes(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let key = buyer.get(&path).await.form_key();
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    let form = [("form_key", key.as_str()), ("amount", "700")];
    let answer = buyer
        .post(&format!("{path}/bids"), &form)
        .await
        .is(405)
        .says("deadline has passed");
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    buyer
        .headers
        .push(("accept", "application/json".to_owned()));
    let answer = buyer.post(&format!("{path}/bids"), &form).await.is(405);
    assert_eq!(
        (answer.header("content-type"), answer.header("allow")),
        ("application/problem+json", "GET")
    );
    assert!(
        answer
            .body
            .contains("\"message\":\"The deadline has passed"),
        "{}",
        answer.body
    );
    assert_eq!(count(&pool, "bid").await, 0);
}
