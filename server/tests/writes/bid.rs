//! Bids, and the rules for every server function.

use crate::{
    JSON, key, refusal,
    support::{Answer, Client, count, site, site_of},
};
use axum::{body::Body, http::Method};
use guildhall::{
    disk::{Level, Status},
    store::MIGRATIONS,
};
use serde_json::{Value, json};
use sqlx::PgPool;

const PLACE: &str = "/writes/place-bid";

fn bid(project: &str, amount: &str, key: &str) -> Value {
    let project: i64 = project.strip_prefix("/projects/").unwrap().parse().unwrap();
    json!({ "project": project, "amount": amount, "form_key": key })
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_through_a_server_function_is_stored_and_its_message_is_shown_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let answer = buyer
        .call("place-bid", &bid(&path, "700", &key()))
        .await
        .is(200);
    let done: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(
        done,
        json!({ "message": "Your bid is in.", "location": path })
    );
    assert_eq!(count(&pool, "bid where amount_minor = 70000").await, 1);
    buyer
        .get(&path)
        .await
        .is(200)
        .says("Your bid is in.")
        .says("You’re in the lead");
    let again = buyer.get(&path).await.is(200);
    assert!(!again.body.contains("Your bid is in."));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_page_that_was_opened_with_another_account_writes_nothing(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let key = buyer.get(&path).await.form_key();
    let (bids, call) = (format!("{path}/bids"), bid(&path, "700", &key));
    let form = |of| {
        [
            ("form_key", key.as_str()),
            ("amount", "700"),
            ("form_of", of),
        ]
    };
    let answer = buyer.call("place-bid?of=1", &call).await.is(403);
    let (kind, text) = refusal(&answer);
    assert_eq!(kind, "not_allowed");
    assert!(
        text.starts_with("You have signed in with another account"),
        "{text}"
    );
    let page = buyer.post(&bids, &form("1")).await.is(403);
    page.says("You have signed in with another account");
    assert_eq!(count(&pool, "bid").await, 0);

    buyer.call("place-bid?of=2", &call).await.is(200);
    buyer.post(&bids, &form("2")).await.is(303);
    assert_eq!(count(&pool, "bid").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_submission_with_javascript_and_its_repeat_without_it_have_one_effect(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let key = buyer.get(&path).await.form_key();
    let (bids, withdrawal) = (format!("{path}/bids"), format!("{path}/withdraw"));
    let form = [
        ("form_key", key.as_str()),
        ("amount", "700"),
        ("form_of", "2"),
        ("form_page", path.as_str()),
    ];

    buyer
        .call("place-bid", &bid(&path, "700", &key))
        .await
        .is(200);
    buyer.post(&bids, &form).await.is(303);
    assert_eq!(count(&pool, "bid").await, 1);
    buyer
        .post(&bids, &[("form_key", &key), ("amount", "600")])
        .await
        .is(303);
    buyer
        .call("place-bid", &bid(&path, "600", &key))
        .await
        .is(200);
    assert_eq!(
        count(&pool, "bid").await,
        2,
        "another amount is a different bid"
    );

    buyer.post(&withdrawal, &[("form_key", &key)]).await.is(303);
    let mut arguments = bid(&path, "", &key);
    arguments.as_object_mut().unwrap().remove("amount");
    buyer.call("withdraw-bid", &arguments).await.is(200);
    assert_eq!(count(&pool, "outbox where kind = 'bid.withdrawn'").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_refusal_has_its_status_its_kind_and_its_headers(pool: PgPool) {
    let (app, site) = site_of(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let mut stranger = Client::new(&site);
    let ask = async |client: &mut Client, amount: &str| {
        client.call("place-bid", &bid(&path, amount, &key())).await
    };
    let kind_of = |answer: &Answer| refusal(answer).0;

    let answer = ask(&mut stranger, "700").await.is(401);
    assert_eq!(kind_of(&answer), "sign_in_required");
    let answer = ask(&mut seller, "700").await.is(403);
    assert_eq!(kind_of(&answer), "not_allowed");
    let nowhere = bid("/projects/999", "700", &key());
    let answer = buyer.call("place-bid", &nowhere).await.is(404);
    assert_eq!(kind_of(&answer), "not_found");
    let answer = buyer
        .call("place-bid", &bid(&path, "700", "no key"))
        .await
        .is(409);
    assert_eq!(kind_of(&answer), "conflict");

    let answer = ask(&mut buyer, "1000.01").await.is(422);
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["kind"], "invalid");
    assert_eq!(
        body["errors"],
        json!([{ "field": "amount", "message": "Your bid is over the €1,000.00 budget." }])
    );

    let before = app.disk.status();
    app.disk.set(Status {
        level: Level::Critical,
        free_bytes: 0,
    });
    let answer = ask(&mut buyer, "700").await.is(503);
    assert_eq!(
        (kind_of(&answer).as_str(), answer.header("retry-after")),
        ("unavailable", "10")
    );
    app.disk.set(before.unwrap_or(Status {
        level: Level::Plenty,
        free_bytes: u64::MAX,
    }));

    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    let answer = ask(&mut buyer, "700").await.is(405);
    assert_eq!(
        (kind_of(&answer).as_str(), answer.header("allow")),
        ("closed", "GET")
    );
    assert_eq!(count(&pool, "bid").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_request_not_from_an_island_is_refused_without_effect(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let body = bid(&path, "700", &key()).to_string();

    // A browser's own form submission would be redirected to a URL that contains the refusal.
    for accept in [
        "text/html",
        "text/html,application/xhtml+xml,*/*;q=0.8",
        "application/xml, text/html",
        "application/json, text/html",
        "*/*",
    ] {
        let mut browser = buyer.clone();
        browser.headers.push(("accept", accept.to_owned()));
        browser
            .headers
            .push(("referer", format!("https://guildhall.example{path}")));
        let answer = browser
            .send(Method::POST, PLACE, Body::from(body.clone()), JSON)
            .await
            .is(406);
        assert_eq!(answer.location(), "", "{accept}");
    }
    buyer
        .headers
        .push(("accept", "application/json".to_owned()));
    let form = Some("application/x-www-form-urlencoded");
    buyer
        .send(Method::POST, PLACE, Body::from("amount=700"), form)
        .await
        .is(415);
    buyer
        .send(Method::POST, PLACE, Body::from(body.clone()), None)
        .await
        .is(415);
    let large = Body::from(vec![b' '; 600 * 1024]);
    buyer.send(Method::POST, PLACE, large, JSON).await.is(413);
    assert_eq!(count(&pool, "bid").await, 0);
    buyer
        .send(Method::POST, PLACE, Body::from(body), JSON)
        .await
        .is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_call_from_an_outdated_page_is_refused_as_outdated(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    for arguments in [
        json!({}),
        json!({ "project": 1, "amount": 700, "form_key": key() }),
        json!({ "project": "one", "amount": "700", "form_key": key() }),
        json!([]),
    ] {
        let answer = buyer.call("place-bid", &arguments).await.is(400);
        let (kind, message) = refusal(&answer);
        assert_eq!(kind, "outdated", "{arguments}");
        assert!(message.starts_with("Guildhall was updated"), "{message}");
        assert_eq!(answer.location(), "");
    }
    buyer
        .headers
        .push(("accept", "application/json".to_owned()));
    for body in ["", "{", "\u{0}"] {
        let answer = buyer
            .send(Method::POST, PLACE, Body::from(body), JSON)
            .await
            .is(400);
        assert_eq!(refusal(&answer).0, "outdated", "{body:?}");
    }
    // A function that was removed or does not exist yet is refused in the same way.
    let refused = buyer.call("raise-bid", &json!({})).await.is(400);
    assert_eq!(refusal(&refused).0, "outdated");
}
