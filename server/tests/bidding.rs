//! Bidding through the pages: which bids are refused, and what each viewer sees.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

#[path = "api/client.rs"]
mod client;
mod support;

use client::{Program, award, let_deadline_pass};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;
use support::{Client, PASSWORD, count, site};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_is_posted_bid_on_and_shown_to_each_viewer_as_allowed(pool: PgPool) {
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
    other.get(&path).await.is(200).says("You’re in the lead");
    let anonymous = Client::new(&site).get(&path).await.is(200).says("Bidder 2");
    assert!(!anonymous.body.contains("otto") && !anonymous.body.contains("bea"));
    seller.get(&path).await.is(200).says("otto");
    assert!(anonymous.body.contains("<strong>lettered</strong>"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_invalid_amount_is_reported_at_its_field_and_stores_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    for (amount, words) in [
        ("", "Enter an amount"),
        ("cheap", "in digits"),
        ("-5", "above zero"),
        ("0", "above zero"),
        ("1000.01", "Your bid is over the €1,000.00 budget."),
        ("1,000.01", "Your bid is over the €1,000.00 budget."),
        ("1.000", "Do you mean €1,000.00 or €1.00? Write 1000 or 1."),
        ("$500", "in USD, but EUR is expected here"),
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
            "the typed amount is lost: {amount}"
        );
        assert!(answer.body.contains("<title>Error: "));
    }
    assert_eq!(
        (
            count(&pool, "bid").await,
            count(&pool, "receipt where account_id = 2").await
        ),
        (0, 0)
    );
    buyer.bid(&path, "500").await.is(303);
    buyer.bid(&path, "500").await.is(422).says("must be lower");
    assert_eq!(count(&pool, "bid").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_bid_form_names_the_current_limit_even_after_a_withdrawal(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let page = buyer.get(&path).await.is(200);
    page.says("for the whole project, at most €1,000.00 . No active bids yet: any bid up to €1,000.00 leads.")
        .says("You bid a fixed price for the whole project; the lowest bid wins at")
        .says("UTC .");

    buyer.bid(&path, "700").await.is(303);
    let page = buyer.get(&path).await.is(200);
    let key = page.form_key();
    page.says("replaces yours and must be lower than €700.00 . Yours is the lowest.");
    let withdrawal = format!("{path}/withdraw");
    buyer.post(&withdrawal, &[("form_key", &key)]).await.is(303);
    let page = buyer.get(&path).await.is(200);
    page.says(
        "You withdrew your bid. A new one must be lower than €700.00 . Any bid below €700.00 leads.",
    );
    // Even without JavaScript, the page shows how the amount was read.
    let refused = buyer.bid(&path, "1,000.00").await.is(422);
    refused
        .says("a new bid must be lower")
        .says("You bid €1,000.00 for the whole project; the lowest bid wins at")
        .says("Any bid below €700.00 leads.");
    buyer.bid(&path, "699,50 €").await.is(303);
    seller.get(&path).await.is(200).says("€699.50");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_sent_twice_has_one_effect_and_a_changed_form_is_a_new_request(pool: PgPool) {
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
    // The form is sent again from the browser's history after the bid was withdrawn. The answer must not say that the
    // bid was accepted.
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
        "the same withdrawal form, sent again, withdraws the new bid"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_late_bid_is_refused_as_late_on_pages_and_in_json(pool: PgPool) {
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

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_the_seller_sees_a_bidders_name_and_nobody_sees_the_account(pool: PgPool) {
    // Ids that cannot appear on a page by chance.
    sqlx::query("alter table account alter column id restart with 730915264")
        .execute(&pool)
        .await
        .unwrap();
    let site = site(&pool, &["--api-rate-limit", "0"]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut bidder = Program::buyer(&site, &pool, "beatrix").await;
    let mut rival = Program::buyer(&site, &pool, "otto").await;
    let idle = Program::buyer(&site, &pool, "ida").await;
    let other = Program::new(&site, &pool, "seller", "olga@example.com").await;
    let blind = seller.with_scopes(&pool, &["projects:read"]).await;
    let id = seller.publish(3600).await;
    bidder.bid(id, json!(900)).await.is(201);
    rival.bid(id, json!(850)).await.is(201);
    bidder.bid(id, json!(800)).await.is(201);

    let (page, project) = (format!("/projects/{id}"), format!("/api/v1/projects/{id}"));
    let (html, json) = ("text/html", "application/json");
    let addresses = [
        ("/".to_owned(), html),
        ("/projects".to_owned(), html),
        (page.clone(), html),
        (format!("{page}/result"), html),
        (format!("{page}/live"), json),
        (project.clone(), json),
        (format!("{project}/bids"), json),
        (format!("{project}/award"), json),
        ("/api/v1/projects".to_owned(), json),
        ("/api/v1/changes".to_owned(), json),
    ];
    let account = bidder.account.0.to_string();
    for is_over in [false, true] {
        if is_over {
            let_deadline_pass(&pool, id).await;
            award(&pool).await;
        }
        let nobody = Program::anonymous(&site);
        for (who, program) in [
            ("", nobody),
            ("otto", rival.clone()),
            ("ida", idle.clone()),
            ("olga", other.clone()),
            ("", blind.clone()),
        ] {
            let mut client = Client::new(&site);
            if !who.is_empty() {
                let email = format!("{who}@example.com");
                client.sign_in(&email, PASSWORD).await.is(303);
            }
            let mut shown = 0;
            for (address, accepted) in &addresses {
                let mut by = client.clone();
                by.headers.push(("accept", (*accepted).to_owned()));
                if address.starts_with("/api") && !program.token.is_empty() {
                    let token = format!("Bearer {}", program.token);
                    by.headers.push(("authorization", token));
                }
                let body_text = by.get(address).await.body;
                assert!(
                    !body_text.contains("beatrix") && !body_text.contains(&account),
                    "{who} at {address}: {body_text}"
                );
                shown += i32::from(body_text.contains("Bidder 1"));
            }
            assert!(
                shown >= 3,
                "“Bidder 1” must be on the project's page, in its bids and in the feed, as {who}"
            );
        }
        let mut client = Client::new(&site);
        client.sign_in("sam@example.com", PASSWORD).await.is(303);
        let page = client.get(&format!("/projects/{id}")).await.is(200);
        let bids = seller.get(&format!("/projects/{id}/bids")).await.is(200);
        for body_text in [page.body, bids.text] {
            assert!(body_text.contains("beatrix") && body_text.contains("otto"));
            assert!(!body_text.contains(&account), "{body_text}");
        }
    }
}
