//! Notes to bids in the API. Who may read them is tested with the pages, in `projects/note.rs`.

use crate::{client::Program, support::site};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_may_have_a_note_of_500_characters(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut bea = Program::buyer(&site, &pool, "bea").await;
    let id = seller.publish(3600).await;
    let path = format!("/projects/{id}/bid");
    let longest = "ё".repeat(500);
    for (amount, sent, kept) in [
        (900, json!(longest), json!(longest)),
        (
            890,
            json!(" Two weeks,\r\nin May "),
            json!("Two weeks,\nin May"),
        ),
        (880, json!(""), Value::Null),
        (870, Value::Null, Value::Null),
    ] {
        let body = json!({ "amount": amount, "note": sent });
        bea.post(&path, body).await.is(201);
        assert_eq!(bea.get(&path).await.is(200).json["note"], kept);
    }
    bea.bid(id, json!(860)).await.is(201);
    for (sent, fields) in [
        (json!("a".repeat(501)), ["note"].as_slice()),
        (json!(7), &["note"]),
        (json!("a\u{202e}b"), &["note"]),
    ] {
        let refused = bea
            .post(&path, json!({ "amount": 850, "note": sent }))
            .await;
        assert_eq!(refused.is(422).fields(), fields);
    }
    let both = bea.post(&path, json!({ "note": "a".repeat(501) })).await;
    assert_eq!(both.is(422).fields(), ["amount", "note"]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_same_key_with_another_note_is_another_request(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut bea = Program::buyer(&site, &pool, "bea").await;
    let path = format!("/projects/{}/bid", seller.publish(3600).await);
    let key = [("idempotency-key", "one")];
    for (note, status) in [("Two weeks", 201), ("Two weeks", 201), ("One week", 422)] {
        let body = json!({ "amount": 850, "note": note }).to_string();
        let answer = bea.send(Method::POST, &path, Some(body), &key).await;
        answer.is(status);
    }
    assert_eq!(bea.get(&path).await.json["note"], "Two weeks");
}
