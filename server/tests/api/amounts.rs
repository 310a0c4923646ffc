//! Amounts keep the exact value of their JSON text.

use crate::{
    client::{Program, unix},
    support::site,
};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_amount_keeps_its_exact_value_in_a_round_trip(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    for (sent, minor, back) in [
        ("0.1", 10, "0.1"),
        ("1e2", 10_000, "100"),
        ("100.000", 10_000, "100"),
        ("12.5E-1", 125, "1.25"),
        (
            "9007199254740993",
            900_719_925_474_099_300,
            "9007199254740993",
        ),
        (
            "9007199254740993.01",
            900_719_925_474_099_301,
            "9007199254740993.01",
        ),
    ] {
        let body = format!(
            r#"{{"name":"N","summary":"S","description":"D","budget":{sent},"deadline":{}}}"#,
            unix(3600)
        );
        let posted = seller
            .send(Method::POST, "/projects", Some(body), &[])
            .await
            .is(201);
        let id = posted.id();
        let stored: i64 = sqlx::query_scalar("select budget_minor from project where id = $1")
            .bind(id)
            .fetch_one(&pool)
            .await
            .unwrap();
        assert_eq!(stored, minor, "{sent}");
        let bid = format!(r#"{{"amount":{sent}}}"#);
        buyer
            .send(Method::POST, &format!("/projects/{id}/bid"), Some(bid), &[])
            .await
            .is(201);
        let read = seller.get(&format!("/projects/{id}")).await.is(200).text;
        assert!(read.contains(&format!("\"budget\":{back},")), "{read}");
        assert!(
            read.contains(&format!("\"lowest_bid_amount\":{back},")),
            "{read}"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_invalid_amount_is_refused_with_its_reason(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let id = seller.publish(3600).await;
    for (amount, message) in [
        ("100.005", "at most 2 decimals"),
        ("1e-3", "at most 2 decimals"),
        ("0", "above zero"),
        ("-5", "above zero"),
        ("1e400", "at most 10,000,000,000,000,000"),
        ("\"5\"", "JSON number"),
        ("null", "Enter an amount"),
        ("[5]", "JSON number"),
        ("true", "JSON number"),
    ] {
        let body = format!(r#"{{"amount":{amount}}}"#);
        let refused = buyer
            .send(
                Method::POST,
                &format!("/projects/{id}/bid"),
                Some(body),
                &[],
            )
            .await;
        let refused = refused.refused_as(422, "invalid-fields");
        assert_eq!(refused.fields(), ["amount"]);
        assert!(refused.text.contains(message), "{amount}: {}", refused.text);
    }
    assert_eq!(crate::support::count(&pool, "bid").await, 0);
}
