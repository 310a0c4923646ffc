//! A change is visible to its author at once, on every server, and to others soon.

use crate::{
    client::{Program, award, let_deadline_pass},
    support::site,
};
use axum::http::Method;
use guildhall::{
    account::{Role, Viewer},
    store::MIGRATIONS,
    token,
};
use serde_json::{Value, json};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_writer_sees_the_change_at_once_on_every_server(pool: PgPool) {
    let (here, there) = (site(&pool, &[]), site(&pool, &[]));
    let mut seller = Program::seller(&here, &pool).await;
    let mut buyer = Program::buyer(&here, &pool, "bea").await;
    let (mut seller_there, mut buyer_there) = (seller.at(&there), buyer.at(&there));
    for posted in 1..5 {
        let id = seller.publish(3600).await;
        let list = seller_there.get("/projects").await.is(200).json;
        assert_eq!(list["total"], json!(posted));
        assert_eq!(list["projects"][posted - 1]["id"], json!(id));
        let path = format!("/projects/{id}");
        for amount in [50, 40, 30] {
            buyer
                .post(&format!("{path}/bid"), json!({ "amount": amount }))
                .await
                .is(201);
            for program in [&mut buyer, &mut buyer_there] {
                let project = program.get(&path).await.is(200).json;
                assert_eq!(project["lowest_bid_amount"], json!(amount));
                let list = program.get("/projects").await.is(200).json;
                assert_eq!(
                    list["projects"][posted - 1]["lowest_bid_amount"],
                    json!(amount)
                );
            }
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn others_see_a_change_soon_or_at_once_on_request(pool: PgPool) {
    let (here, there) = (site(&pool, &[]), site(&pool, &[]));
    let mut seller = Program::seller(&here, &pool).await;
    let mut buyer = Program::buyer(&here, &pool, "bea").await;
    let mut anonymous = Program::anonymous(&there);
    let id = seller.publish(3600).await;
    let path = format!("/projects/{id}");
    let first = anonymous.get(&path).await.is(200);
    buyer
        .post(&format!("{path}/bid"), json!({ "amount": 50 }))
        .await
        .is(201);
    let now = anonymous
        .send(
            Method::GET,
            &path,
            None,
            &[("cache-control", "max-age=0, No-Cache")],
        )
        .await
        .is(200);
    assert_eq!(now.json["lowest_bid_amount"], json!(50));
    assert_ne!(first.header("etag"), now.header("etag"));
    // A 404 is cached for a short time, too.
    anonymous
        .get(&format!("/projects/{}", id + 1))
        .await
        .is(404);
    let next = seller.publish(3600).await;
    assert_eq!(next, id + 1);
    while anonymous.get(&format!("/projects/{next}")).await.status == 404 {}

    let_deadline_pass(&pool, id).await;
    award(&pool).await;
    loop {
        let body = anonymous.get(&path).await.is(200).json;
        if body["status"] == json!("awarded") {
            assert_ne!(body["winning_bid_id"], Value::Null);
            break;
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_revoked_token_is_soon_refused_by_servers_that_cached_it(pool: PgPool) {
    let (here, there) = (site(&pool, &[]), site(&pool, &[]));
    let mut seller = Program::seller(&here, &pool).await;
    let mut seller_there = seller.at(&there);
    for program in [&mut seller, &mut seller_there] {
        program.get("/account").await.is(200);
    }
    let viewer = Viewer {
        account: seller.account,
        role: Role::Seller,
        name: String::new(),
        has_confirmed_email: true,
    };
    let mut tx = pool.begin().await.unwrap();
    token::revoke_all_personal(&mut tx, &viewer).await.unwrap();
    tx.commit().await.unwrap();
    for program in [&mut seller, &mut seller_there] {
        while program.get("/account").await.status == 200 {}
        program
            .get("/account")
            .await
            .refused_as(401, "token-invalid");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn concurrent_reads_of_projects_are_batched(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut projects = Vec::new();
    for _ in 0..30 {
        projects.push(seller.publish(3600).await);
    }
    let mut lock = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table project")
        .execute(&mut *lock)
        .await
        .unwrap();
    let reading: Vec<_> = projects
        .iter()
        .chain(&[1_000_000])
        .map(|id| {
            let (site, path) = (site.clone(), format!("/projects/{id}"));
            tokio::spawn(async move { Program::anonymous(&site).get(&path).await })
        })
        .collect();
    // Every test's database is a copy of one template, so tables in different databases have the same ids.
    let waiting =
        "select count(*) from pg_locks where not granted and relation = 'project'::regclass
        and database = (select oid from pg_database where datname = current_database())";
    for _ in 0..20 {
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&pool).await.unwrap();
        assert!(
            waiting <= 1,
            "{waiting} statements are waiting to read 31 projects"
        );
        tokio::task::yield_now().await;
    }
    lock.rollback().await.unwrap();
    for (place, read) in reading.into_iter().enumerate() {
        let answer = read.await.unwrap();
        match projects.get(place) {
            Some(id) => assert_eq!(answer.is(200).json["id"], json!(id)),
            None => drop(answer.is(404)),
        }
    }
}
