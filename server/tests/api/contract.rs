//! The calls of the public contract, exactly as existing clients use them.

use crate::{
    client::{Program, award, let_deadline_pass, project, unix},
    support::site,
};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_is_posted_read_bid_on_and_awarded(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut bea = Program::buyer(&site, &pool, "bea").await;
    let mut otto = Program::buyer(&site, &pool, "otto").await;

    let posted = seller.post("/projects", project(3600)).await.is(201);
    let id = posted.id();
    assert_eq!(posted.header("location"), format!("/api/v1/projects/{id}"));
    assert!(posted.json["message"].is_string());

    let read = bea.get(&format!("/projects/{id}")).await.is(200).json;
    assert_eq!(read["id"], json!(id));
    assert_eq!(read["name"], "A new shop window");
    assert_eq!(read["summary"], "Letters and a sign for a small bakery");
    assert_eq!(
        read["description"],
        "Two panes of glass, **lettered** by hand."
    );
    assert_eq!(read["budget"], json!(1000));
    assert_eq!(read["currency"], "EUR");
    assert_eq!(read["status"], "open");
    assert_eq!(read["bid_count"], json!(0));
    assert_eq!(read["lowest_bid_amount"], json!(-1));
    assert!(read.get("winning_bid_id").is_none());
    assert!(read["deadline"].as_str().unwrap().ends_with('Z'));
    assert!(read["message"].is_string());

    let first = bea.bid(id, json!(900)).await.is(201);
    assert_eq!(
        first.header("location"),
        format!("/api/v1/projects/{id}/bid")
    );
    assert!(first.json["message"].is_string());
    let lower = otto.bid(id, json!(850.5)).await.is(201).id();
    assert_ne!(first.id(), lower);
    let read = bea.get(&format!("/projects/{id}")).await.is(200).json;
    assert_eq!(
        (&read["bid_count"], &read["lowest_bid_amount"]),
        (&json!(2), &json!(850.5))
    );

    let_deadline_pass(&pool, id).await;
    // A passed deadline is reported before any problem with the amount.
    for amount in [json!("x"), json!(0), json!(99_999)] {
        bea.bid(id, amount).await.refused_as(405, "deadline-passed");
    }
    let late = bea
        .bid(id, json!(1))
        .await
        .refused_as(405, "deadline-passed");
    assert_eq!(late.header("allow"), "GET");
    award(&pool).await;
    bea.bid(id, json!(1))
        .await
        .refused_as(405, "deadline-passed");
    let read = bea.get(&format!("/projects/{id}")).await.is(200).json;
    assert_eq!(
        (&read["status"], &read["winning_bid_id"]),
        (&json!("awarded"), &json!(lower))
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_refused_call_has_its_documented_status(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let mut nobody = Program::anonymous(&site);
    let id = seller.publish(3600).await;

    nobody
        .post("/projects", project(60))
        .await
        .refused_as(401, "token-required");
    nobody
        .bid(id, json!(5))
        .await
        .refused_as(401, "token-required");
    buyer
        .post("/projects", project(60))
        .await
        .refused_as(403, "not-allowed");
    seller
        .bid(id, json!(5))
        .await
        .refused_as(403, "not-allowed");
    buyer
        .bid(id + 1000, json!(5))
        .await
        .refused_as(404, "not-found");
    buyer
        .get("/projects/999999")
        .await
        .refused_as(404, "not-found");
    for invalid in [
        "0",
        "-1",
        "+1",
        "01",
        "x",
        "1.0",
        "99999999999999999999",
        "%00",
    ] {
        buyer
            .get(&format!("/projects/{invalid}"))
            .await
            .refused_as(404, "not-found");
    }
    let above = buyer
        .bid(id, json!(1000.01))
        .await
        .refused_as(422, "above-budget");
    assert_eq!(above.fields(), ["amount"]);
    buyer.bid(id, json!(500)).await.is(201);
    let same = buyer.bid(id, json!(500)).await.refused_as(422, "not-lower");
    assert_eq!(same.fields(), ["amount"]);
    // The body cannot name another bidder.
    let cheat = json!({ "amount": 400, "buyer_id": 1, "account": seller.account.0 });
    let refused = buyer.post(&format!("/projects/{id}/bid"), cheat).await;
    let refused = refused.refused_as(422, "invalid-fields");
    let mut fields = refused.fields();
    fields.sort_unstable();
    assert_eq!(fields, ["account", "buyer_id"]);
    let bid = buyer.bid(id, json!(400)).await.is(201).id();
    let bidder: i64 = sqlx::query_scalar("select buyer_id from bid where id = $1")
        .bind(bid)
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(bidder, buyer.account.0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn both_authorization_schemes_work_in_any_case_and_invalid_tokens_are_refused(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let token = seller.token.clone();
    for scheme in [
        "Bearer", "bearer", "BEARER", "token", "Token", "TOKEN", "token  ",
    ] {
        let value = format!("{scheme} {token}");
        let headers = [("authorization", value.as_str())];
        seller
            .send(Method::GET, "/account", None, &headers)
            .await
            .is(200);
    }
    for value in [
        "",
        "Bearer",
        "Basic abc",
        &token,
        &format!("Bearer {token}x"),
        "Bearer guildhall_pat_",
        &format!("Bearer{token}"),
    ] {
        let headers = [("authorization", value)];
        let refused = seller.send(Method::GET, "/projects", None, &headers).await;
        let refused = refused.refused_as(401, "token-invalid");
        assert!(
            refused.header("www-authenticate").starts_with("Bearer "),
            "{value}"
        );
    }
    let mut other = Program::buyer(&site, &pool, "otto").await;
    sqlx::query("update access_token set created_at = now() - interval '2 days', expires_at = now() - interval '1 second'")
        .execute(&pool)
        .await
        .unwrap();
    other.get("/account").await.refused_as(401, "token-invalid");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_deadline_is_rfc_3339_or_unix_seconds_and_survives_a_round_trip(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let at = unix(7200);
    let moment = time::OffsetDateTime::from_unix_timestamp(at).unwrap();
    let text = |offset: i8| {
        let offset = time::UtcOffset::from_hms(offset, 0, 0).unwrap();
        let format = &time::format_description::well_known::Rfc3339;
        moment.to_offset(offset).format(format).unwrap()
    };
    for deadline in [json!(at), json!(text(0)), json!(text(5)), json!(at as f64)] {
        let id = seller.publish_with(json!({ "deadline": deadline })).await;
        let read = seller.get(&format!("/projects/{id}")).await.json;
        assert_eq!(read["deadline"], json!(text(0)), "{deadline}");
    }
    for (deadline, message) in [
        (json!(at - 100_000), "has passed"),
        (json!(at + 400 * 86_400), "within the next year"),
        (json!("tomorrow"), "RFC 3339"),
        (json!(null), "Enter a date and time"),
        (json!(true), "RFC 3339"),
    ] {
        let mut wrong = project(60);
        wrong["deadline"] = deadline;
        let refused = seller
            .post("/projects", wrong)
            .await
            .refused_as(422, "invalid-fields");
        assert_eq!(refused.fields(), ["deadline"]);
        assert!(refused.text.contains(message), "{}", refused.text);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn all_invalid_fields_are_reported_at_once_and_nothing_is_stored(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let nothing = seller
        .post("/projects", json!({}))
        .await
        .refused_as(422, "invalid-fields");
    let mut fields = nothing.fields();
    fields.sort_unstable();
    assert_eq!(
        fields,
        ["budget", "deadline", "description", "name", "summary"]
    );
    let wrong = json!({ "name": 5, "summary": ["x"], "description": "x".repeat(20_001), "budget": "900", "deadline": {},
        "category": "magic", "skills": ["a,b"], "currency": "XYZ" });
    let refused = seller
        .post("/projects", wrong)
        .await
        .refused_as(422, "invalid-fields");
    let mut fields = refused.fields();
    fields.sort_unstable();
    assert_eq!(
        fields,
        [
            "budget",
            "category",
            "currency",
            "deadline",
            "description",
            "name",
            "skills",
            "summary"
        ]
    );
    assert_eq!(crate::support::count(&pool, "project").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_removed_version_names_the_supported_ones(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut nobody = Program::anonymous(&site);
    for path in ["/api/v0", "/api/v0/projects", "/api/v0/projects/7/bid"] {
        let gone = nobody.get(path).await.refused_as(410, "version-gone");
        assert!(gone.json["detail"].as_str().unwrap().contains("/api/v1"));
        // Clients of the old version may have an expired token as well.
        let stale = [("authorization", "token long-expired")];
        nobody
            .send(Method::GET, path, None, &stale)
            .await
            .refused_as(410, "version-gone");
    }
    nobody
        .get("/api/v2/projects")
        .await
        .refused_as(404, "not-found");
    nobody.get("/api").await.refused_as(404, "not-found");
}
