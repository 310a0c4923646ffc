//! The members of a JSON body: unknown ones are refused by name, and a currency must match the project's.

use crate::{
    client::{Program, project},
    document::{document, operations},
    support::{count, site},
};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_write_refuses_unknown_members_by_name(pool: PgPool) {
    let site = site(&pool, &[]);
    let document = document(&site).await;
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let bid_on = seller.publish(3600).await;
    buyer.bid(bid_on, json!(900)).await.is(201);
    let untouched = seller.publish(3600).await;
    let (projects, bids) = (count(&pool, "project").await, count(&pool, "bid").await);
    let mut calls = 0;
    for operation in operations(&document) {
        if operation.method == "GET" {
            continue;
        }
        calls += 1;
        let (program, id) = match operation.name.as_str() {
            "post_project" => (&mut seller, 0),
            "cancel_project" => (&mut seller, untouched),
            _ => (&mut buyer, bid_on),
        };
        let mut body = operation.body().cloned().unwrap_or_else(|| json!({}));
        body["curency"] = json!("USD");
        body["Amount"] = json!({ "amount": 1 });
        let reply = program
            .send(
                operation.method.parse().unwrap(),
                &operation.at(id, ""),
                Some(body.to_string()),
                &[],
            )
            .await
            .refused_as(422, "invalid-fields");
        let mut named = reply.fields();
        named.sort_unstable();
        assert_eq!(named, ["Amount", "curency"], "{}", operation.name);
        assert!(
            reply.text.contains("no member with this name"),
            "{}",
            reply.text
        );
    }
    assert_eq!(calls, 4);
    assert_eq!(count(&pool, "project").await, projects);
    assert_eq!(count(&pool, "bid").await, bids);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn unknown_members_are_reported_with_all_other_problems(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let id = seller.publish(3600).await;
    let mut body = project(3600);
    body["budget"] = json!(0);
    body["curency"] = json!("USD");
    let reply = seller.post("/projects", body).await;
    let reply = reply.refused_as(422, "invalid-fields");
    let mut named = reply.fields();
    named.sort_unstable();
    assert_eq!(named, ["budget", "curency"]);
    let reply = buyer
        .post(
            &format!("/projects/{id}/bid"),
            json!({ "amount": "5", "currency": "USD", "price": "x" }),
        )
        .await
        .refused_as(422, "invalid-fields");
    let mut named = reply.fields();
    named.sort_unstable();
    assert_eq!(named, ["amount", "currency", "price"]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn at_most_twenty_unknown_members_are_reported_and_long_names_are_shortened(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut body = project(3600);
    for n in 0..10_000 {
        body[format!("x{n}")] = json!(1);
    }
    let reply = seller.post("/projects", body).await;
    let reply = reply.refused_as(422, "invalid-fields");
    assert_eq!(reply.fields().len(), 20);
    let mut body = project(3600);
    body["x".repeat(300_000)] = json!(1);
    let reply = seller.post("/projects", body).await;
    let reply = reply.refused_as(422, "invalid-fields");
    assert!(reply.text.len() < 2000, "{}", reply.text.len());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_repeated_member_is_refused(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let id = seller.publish(3600).await;
    for body in [
        r#"{"amount": 5, "amount": 6}"#,
        r#"{"amount": 5, "currency": "EUR", "currency": "EUR"}"#,
        r#"{"amount": 5, "am\u006funt": 5}"#,
    ] {
        buyer
            .send(
                Method::POST,
                &format!("/projects/{id}/bid"),
                Some(body.to_owned()),
                &[],
            )
            .await
            .refused_as(400, "not-json");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_currency_sent_with_an_amount_must_be_the_projects(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    for (its, others) in [("EUR", ["USD", "CHF"]), ("USD", ["EUR", "GBP"])] {
        let id = seller.publish_with(json!({ "currency": its })).await;
        let path = format!("/projects/{id}/bid");
        for other in others {
            let body = json!({ "amount": 50, "currency": other });
            let refused = buyer.post(&path, body).await;
            let refused = refused.refused_as(422, "invalid-fields");
            assert_eq!(refused.fields(), ["currency"]);
            let message = refused.json["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains(its), "{message}");
        }
        for wrong in [json!("eur"), json!("XYZ"), json!(5), json!(["EUR"])] {
            let body = json!({ "amount": 50, "currency": wrong });
            let refused = buyer.post(&path, body).await;
            let refused = refused.refused_as(422, "invalid-fields");
            assert_eq!(refused.fields(), ["currency"]);
        }
        buyer
            .post(&path, json!({ "amount": 50, "currency": its }))
            .await
            .is(201);
        buyer.bid(id, json!(49)).await.is(201);
        let without_currency = json!({ "amount": 48, "currency": null });
        buyer.post(&path, without_currency).await.is(201);
    }
    assert_eq!(count(&pool, "bid").await, 6);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_byte_order_mark_before_json_is_skipped(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let body = format!("\u{feff}{}", project(3600));
    let posted = seller
        .send(Method::POST, "/projects", Some(body), &[])
        .await
        .is(201);
    let path = format!("/projects/{}/cancel", posted.id());
    seller
        .send(Method::POST, &path, Some("\u{feff} {}".to_owned()), &[])
        .await
        .is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_call_that_needs_no_body_accepts_only_an_empty_body_or_object(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    for body in ["", "  \n", "{}", " { } "] {
        let path = format!("/projects/{}/cancel", seller.publish(3600).await);
        seller
            .send(Method::POST, &path, Some(body.to_owned()), &[])
            .await
            .is(200);
    }
    let path = format!("/projects/{}/cancel", seller.publish(3600).await);
    for body in ["[]", "reason=late", "{", "{} {}"] {
        seller
            .send(Method::POST, &path, Some(body.to_owned()), &[])
            .await
            .refused_as(400, "not-json");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_document_declares_that_unknown_members_are_refused(pool: PgPool) {
    let document = document(&site(&pool, &[])).await;
    let mut bodies = 0;
    for operation in operations(&document) {
        let schema = &operation.spec["requestBody"]["content"]["application/json"]["schema"];
        let Some(name) = schema["$ref"].as_str() else {
            continue;
        };
        bodies += 1;
        let schema = document.pointer(name.trim_start_matches('#')).unwrap();
        assert_eq!(schema["additionalProperties"], Value::Bool(false), "{name}");
    }
    assert_eq!(bodies, 2);
}
