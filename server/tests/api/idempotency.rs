//! A request with an Idempotency-Key has one effect, however often or concurrently it is sent.

use crate::{
    client::{Program, let_deadline_pass, project, unix},
    support::{count, site},
};
use axum::http::Method;
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::{PgPool, Postgres, Transaction};

const KEY: (&str, &str) = ("idempotency-key", "one of mine");

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_repeated_request_gets_the_first_answer(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let body = project(3600).to_string();
    let first = seller
        .send(Method::POST, "/projects", Some(body.clone()), &[KEY])
        .await
        .is(201);
    let again = seller
        .send(Method::POST, "/projects", Some(body.clone()), &[KEY])
        .await
        .is(201);
    assert_eq!(
        (&first.text, first.header("location")),
        (&again.text, again.header("location"))
    );
    assert_eq!(
        (
            first.header("idempotency-replayed"),
            again.header("idempotency-replayed")
        ),
        ("", "true")
    );
    assert_eq!(count(&pool, "project").await, 1);
    let other = project(3601).to_string();
    seller
        .send(Method::POST, "/projects", Some(other), &[KEY])
        .await
        .refused_as(422, "idempotency-key-reused");
    seller
        .send(
            Method::POST,
            &format!("/projects/{}/cancel", first.id()),
            Some(body),
            &[KEY],
        )
        .await
        .refused_as(422, "idempotency-key-reused");
    // The same key of another account is a different key.
    let bid = json!({ "amount": 5 }).to_string();
    let path = format!("/projects/{}/bid", first.id());
    let placed = buyer
        .send(Method::POST, &path, Some(bid.clone()), &[KEY])
        .await
        .is(201);
    let again = buyer
        .send(Method::POST, &path, Some(bid.clone()), &[KEY])
        .await
        .is(201);
    assert_eq!(placed.id(), again.id());
    assert_eq!(count(&pool, "bid").await, 1);
    buyer
        .send(Method::POST, &path, Some(bid), &[])
        .await
        .refused_as(422, "not-lower");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refusal_is_stored_too_and_its_effects_are_rolled_back(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    // A past deadline is detected only after the draft has been inserted.
    let body = project(-60).to_string();
    let refused = seller
        .send(Method::POST, "/projects", Some(body.clone()), &[KEY])
        .await
        .refused_as(422, "invalid-fields");
    let again = seller
        .send(Method::POST, "/projects", Some(body), &[KEY])
        .await
        .refused_as(422, "invalid-fields");
    assert_eq!(refused.text, again.text);
    assert_eq!(
        (count(&pool, "project").await, count(&pool, "receipt").await),
        (0, 1)
    );
    let id = seller.publish(3600).await;
    let_deadline_pass(&pool, id).await;
    let path = format!("/projects/{id}/bid");
    let bid = Some(json!({ "amount": 5 }).to_string());
    let late = buyer
        .send(Method::POST, &path, bid.clone(), &[KEY])
        .await
        .refused_as(405, "deadline-passed");
    sqlx::query("update project set deadline = clock_timestamp() + interval '1 hour'")
        .execute(&pool)
        .await
        .unwrap();
    let again = buyer
        .send(Method::POST, &path, bid, &[KEY])
        .await
        .refused_as(405, "deadline-passed");
    assert_eq!(
        (late.text, late.headers["allow"].as_str()),
        (again.text, again.headers["allow"].as_str())
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_repeated_call_gets_exactly_the_first_answer(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let buyer = Program::buyer(&site, &pool, "bea").await;
    let id = seller.publish(3600).await;
    let project = |rest: &str| format!("/projects/{id}{rest}");
    let amount = |amount: i64| Some(json!({ "amount": amount }).to_string());
    for (number, (program, method, path, body, status)) in [
        (&buyer, Method::POST, project("/bid"), amount(5), 201),
        (&buyer, Method::POST, project("/bid"), amount(6), 422),
        (&buyer, Method::POST, project("/bid"), amount(0), 422),
        (
            &buyer,
            Method::POST,
            "/projects/0/bid".to_owned(),
            amount(5),
            404,
        ),
        (&seller, Method::POST, project("/cancel"), None, 409),
        (&buyer, Method::DELETE, project("/bid"), None, 200),
        (&buyer, Method::DELETE, project("/bid"), None, 409),
        (&seller, Method::POST, project("/cancel"), None, 200),
        (&seller, Method::POST, project("/cancel"), None, 409),
    ]
    .into_iter()
    .enumerate()
    {
        let mut program = program.clone();
        let key = format!("call {number}");
        let key = [("idempotency-key", &*key)];
        let first = program
            .send(method.clone(), &path, body.clone(), &key)
            .await;
        let first = first.is(status);
        let again = program.send(method, &path, body, &key).await.is(status);
        assert_eq!(first.text, again.text, "{number}");
        for name in ["content-type", "location", "allow", "retry-after"] {
            assert_eq!(first.header(name), again.header(name), "{number}: {name}");
        }
        if status >= 400 {
            let instance = format!("urn:uuid:{}", first.header("x-request-id"));
            assert!(again.text.contains(&instance), "{number}: {}", again.text);
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_request_repeated_while_the_first_is_running_is_refused_and_may_be_retried(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let id = seller.publish(3600).await;
    let held = hold(&pool, id).await;
    let send = |mut seller: Program| {
        let path = format!("/projects/{id}/cancel");
        async move { seller.send(Method::POST, &path, None, &[KEY]).await }
    };
    let first = tokio::spawn(send(seller.clone()));
    loop {
        let running: i64 = sqlx::query_scalar("select count(*) from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())")
            .fetch_one(&pool)
            .await
            .unwrap();
        if running > 0 {
            break;
        }
        tokio::task::yield_now().await;
    }
    let second = send(seller.clone()).await.refused_as(409, "still-running");
    assert_eq!(second.header("retry-after"), "1");
    held.release().await;
    let first = first.await.unwrap().is(200);
    let third = send(seller.clone()).await.is(200);
    assert_eq!(first.text, third.text);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn repeated_bids_in_one_transaction_are_one_bid(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let buyer = Program::buyer(&site, &pool, "bea").await;
    let id = seller.publish(3600).await;
    let held = hold(&pool, id).await;
    let sent: Vec<_> = (0..12)
        .map(|_| {
            let (mut buyer, path) = (buyer.clone(), format!("/projects/{id}/bid"));
            let body = Some(json!({ "amount": 5 }).to_string());
            tokio::spawn(async move { buyer.send(Method::POST, &path, body, &[KEY]).await })
        })
        .collect();
    held.release().await;
    let (mut ids, mut replayed) = (Vec::new(), 0);
    for one in sent {
        let answer = one.await.unwrap().is(201);
        replayed += i32::from(answer.header("idempotency-replayed") == "true");
        ids.push(answer.id());
    }
    ids.dedup();
    assert_eq!((ids.len(), replayed), (1, 11));
    assert_eq!(count(&pool, "bid").await, 1);
}

/// A project with a locked row, so that no request that changes it can finish.
struct RowLock(Transaction<'static, Postgres>);

async fn hold(pool: &PgPool, project: i64) -> RowLock {
    let mut tx = pool.begin().await.unwrap();
    sqlx::query("select id from project where id = $1 for update")
        .bind(project)
        .execute(&mut *tx)
        .await
        .unwrap();
    RowLock(tx)
}

impl RowLock {
    async fn release(self) {
        self.0.rollback().await.unwrap();
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn concurrent_requests_have_one_effect(pool: PgPool) {
    let site = site(&pool, &[]);
    let seller = Program::seller(&site, &pool).await;
    let body = project(3600).to_string();
    let sent: Vec<_> = (0..12)
        .map(|_| {
            let (mut seller, body) = (seller.clone(), body.clone());
            tokio::spawn(async move {
                seller
                    .send(Method::POST, "/projects", Some(body), &[KEY])
                    .await
                    .status
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for one in sent {
        statuses.push(one.await.unwrap());
    }
    assert!(
        statuses.iter().all(|status| [201, 409].contains(status)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&201));
    assert_eq!(count(&pool, "project").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_key_is_reserved_for_a_day(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let first = seller
        .send(
            Method::POST,
            "/projects",
            Some(project(3600).to_string()),
            &[KEY],
        )
        .await
        .is(201);
    sqlx::query("update receipt set kept_at = clock_timestamp() - interval '24 hours'")
        .execute(&pool)
        .await
        .unwrap();
    let body = project(3700).to_string();
    let second = seller
        .send(Method::POST, "/projects", Some(body.clone()), &[KEY])
        .await
        .is(201);
    assert_ne!(first.id(), second.id());
    let third = seller
        .send(Method::POST, "/projects", Some(body), &[KEY])
        .await
        .is(201);
    assert_eq!(second.id(), third.id());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_invalid_key_is_refused(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let longest = "k".repeat(255);
    let body = Some(json!({ "deadline": unix(60) }).to_string());
    seller
        .send(
            Method::POST,
            "/projects",
            body.clone(),
            &[("idempotency-key", &longest)],
        )
        .await
        .is(422);
    for key in ["", &"k".repeat(256), "ключ", "a\tb"] {
        seller
            .send(
                Method::POST,
                "/projects",
                body.clone(),
                &[("idempotency-key", key)],
            )
            .await
            .refused_as(400, "idempotency-key-invalid");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_call_processed_by_the_previous_version_is_not_processed_again(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let body = project(3600).to_string();
    // The previous version hashed the method, path and body, each prefixed with its length in eight bytes.
    sqlx::query(
        "insert into idempotency (account_id, key, request_hash, status, headers, body)
         select $1, $2, sha256(string_agg(int8send(length(part)) || part, ''::bytea order by place)), 201, '[]', '{}'
         from unnest(array['POST'::bytea, '/api/v1/projects', $3]) with ordinality as p (part, place)",
    )
    .bind(seller.account.0)
    .bind(KEY.1)
    .bind(body.as_bytes())
    .execute(&pool)
    .await
    .unwrap();
    seller
        .send(Method::POST, "/projects", Some(body), &[KEY])
        .await
        .refused_as(409, "conflict");
    let other = project(3601).to_string();
    seller
        .send(Method::POST, "/projects", Some(other), &[KEY])
        .await
        .refused_as(422, "idempotency-key-reused");
    assert_eq!(count(&pool, "project").await, 0);
}
