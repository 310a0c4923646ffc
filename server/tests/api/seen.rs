//! What is answered from memory: soon as it is in the database, and at once for whoever may have changed it.

use crate::{
    client::{Program, Reply, award, let_deadline_pass},
    support::{go_on_working, site},
};
use axum::http::Method;
use guildhall::{
    account::{Role, Viewer},
    bid,
    money::{Currency, Money},
    project::ProjectId,
    store::MIGRATIONS,
    token,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_writes_sees_it_at_once_on_every_server(pool: PgPool) {
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
async fn everybody_else_sees_it_soon_and_at_once_by_asking_for_it(pool: PgPool) {
    let (here, there) = (site(&pool, &[]), site(&pool, &[]));
    let mut seller = Program::seller(&here, &pool).await;
    let mut buyer = Program::buyer(&here, &pool, "bea").await;
    let mut nobody = Program::anonymous(&there);
    let id = seller.publish(3600).await;
    let path = format!("/projects/{id}");
    let first = nobody.get(&path).await.is(200);
    buyer
        .post(&format!("{path}/bid"), json!({ "amount": 50 }))
        .await
        .is(201);
    let now = nobody
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
    // A number that no project has yet is looked for again, too.
    nobody.get(&format!("/projects/{}", id + 1)).await.is(404);
    let next = seller.publish(3600).await;
    assert_eq!(next, id + 1);
    while nobody.get(&format!("/projects/{next}")).await.status == 404 {}

    let_deadline_pass(&pool, id).await;
    award(&pool).await;
    loop {
        let seen = nobody.get(&path).await.is(200).json;
        if seen["status"] == json!("awarded") {
            assert_ne!(seen["winning_bid_id"], Value::Null);
            break;
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_token_that_is_revoked_is_refused_soon_by_servers_that_know_it(pool: PgPool) {
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
async fn projects_that_are_read_at_the_same_moment_are_read_together(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut projects = Vec::new();
    for _ in 0..30 {
        projects.push(seller.publish(3600).await);
    }
    let mut held = pool.begin().await.unwrap();
    sqlx::raw_sql("lock table project")
        .execute(&mut *held)
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
    // Every test's database is a copy of one template, so their tables share their numbers.
    let waiting =
        "select count(*) from pg_locks where not granted and relation = 'project'::regclass
        and database = (select oid from pg_database where datname = current_database())";
    for _ in 0..20 {
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&pool).await.unwrap();
        assert!(waiting <= 1, "{waiting} statements for 31 projects");
        tokio::task::yield_now().await;
    }
    held.rollback().await.unwrap();
    for (place, one) in reading.into_iter().enumerate() {
        let answer = one.await.unwrap();
        match projects.get(place) {
            Some(id) => assert_eq!(answer.is(200).json["id"], json!(id)),
            None => drop(answer.is(404)),
        }
    }
}

/// Whoever asks all the time would soon be told to wait.
const UNLIMITED: [&str; 2] = ["--api-rate-limit", "0"];

/// Who is answered from memory never waits, and would leave the server in the same thread no time.
const PAUSE: Duration = Duration::from_millis(2);

/// How far behind the database an answer for everybody may be.
const MOST_BEHIND: Duration = Duration::from_millis(250);

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_that_does_not_change_is_not_read_again(pool: PgPool) {
    let site = site(&pool, &UNLIMITED);
    let mut seller = Program::seller(&site, &pool).await;
    let path = format!("/projects/{}", seller.publish(3600).await);
    let mut nobody = Program::anonymous(&site);
    nobody.get(&path).await.is(200);
    // At first it is not known what changes; sooner or later no read needs the table.
    let began = Instant::now();
    'tries: loop {
        assert!(began.elapsed() < Duration::from_secs(60), "each is read");
        let mut held = pool.begin().await.unwrap();
        sqlx::raw_sql("lock table project")
            .execute(&mut *held)
            .await
            .unwrap();
        let began = Instant::now();
        while began.elapsed() < 4 * MOST_BEHIND {
            let Ok(answer) = timeout(MOST_BEHIND, nobody.get(&path)).await else {
                held.rollback().await.unwrap();
                nobody.get(&path).await.is(200);
                continue 'tries;
            };
            answer.is(200);
            sleep(PAUSE).await;
        }
        return;
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nobody_is_told_what_was_true_longer_ago(pool: PgPool) {
    let (here, there) = (site(&pool, &UNLIMITED), site(&pool, &UNLIMITED));
    let mut seller = Program::seller(&here, &pool).await;
    let mut buyer = Program::buyer(&here, &pool, "bea").await;
    let path = format!("/projects/{}", seller.publish(3600).await);
    let most = 2_000_000;
    // What had been bid for certain, and when that was so.
    let bids = Arc::new(Mutex::new(vec![(Instant::now(), most)]));
    let last = 40;
    let bidding = {
        let (bids, path) = (bids.clone(), path.clone());
        tokio::spawn(async move {
            for amount in (last..80).rev() {
                let bid = json!({ "amount": amount });
                buyer.post(&format!("{path}/bid"), bid).await.is(201);
                bids.lock().unwrap().push((Instant::now(), amount));
                // The pauses are of every length, up to several times as long as an answer is kept by itself.
                sleep(MOST_BEHIND * (amount % 8) / 4).await;
                if amount % 13 == 0 {
                    sleep(MOST_BEHIND * 4).await;
                }
            }
        })
    };
    let readers = [here, there].map(|site| {
        let (bids, path) = (bids.clone(), path.clone());
        tokio::spawn(async move {
            let mut nobody = Program::anonymous(&site);
            loop {
                let asked = Instant::now();
                let project = nobody.get(&path).await.is(200).json;
                let told = match project["lowest_bid_amount"].as_i64().unwrap() {
                    -1 => i64::from(most),
                    amount => amount,
                };
                let bound = {
                    let bids = bids.lock().unwrap();
                    let before = bids.iter().rev().find(|(at, _)| *at + MOST_BEHIND < asked);
                    before.map_or(most, |(_, amount)| *amount)
                };
                assert!(told <= i64::from(bound), "told {told} long after {bound}");
                if told == i64::from(last) {
                    return;
                }
                sleep(PAUSE).await;
            }
        })
    });
    bidding.await.unwrap();
    for reader in readers {
        reader.await.unwrap();
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_deadline_is_told_of_though_nothing_else_happens(pool: PgPool) {
    let site = site(&pool, &UNLIMITED);
    let mut seller = Program::seller(&site, &pool).await;
    let id = seller.publish(3600).await;
    let sooner =
        "update project set deadline = clock_timestamp() + interval '1 second' where id = $1";
    sqlx::query(sooner).bind(id).execute(&pool).await.unwrap();
    let mut nobody = Program::anonymous(&site);
    let passed = "select clock_timestamp() > deadline + interval '250 milliseconds' from project where id = $1";
    loop {
        let has_passed: bool = sqlx::query_scalar(passed)
            .bind(id)
            .fetch_one(&pool)
            .await
            .unwrap();
        let project = nobody.get(&format!("/projects/{id}")).await.is(200).json;
        let message = project["message"].as_str().unwrap();
        if message.starts_with("The deadline has passed") {
            return;
        }
        assert!(!has_passed, "told {message}");
        sleep(PAUSE).await;
    }
}

/// Asks until the answer is of this kind. It has to be soon: whoever asks later than an answer may be old is told.
async fn is_told(nobody: &mut Program, path: &str, is_new: impl Fn(&Reply) -> bool) {
    let done = Instant::now();
    loop {
        let asked = Instant::now();
        let answer = nobody.get(path).await;
        if is_new(&answer) {
            return;
        }
        let may_be_old = asked <= done + MOST_BEHIND;
        assert!(may_be_old, "told {} {}", answer.status, answer.json);
        sleep(PAUSE).await;
    }
}

/// Asks for so long that the answer was remembered, and is known to be unchanged.
async fn is_remembered(nobody: &mut Program, path: &str) {
    let began = Instant::now();
    while began.elapsed() < 4 * MOST_BEHIND {
        nobody.get(path).await;
        sleep(PAUSE).await;
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_every_verb_changes_is_told_of(pool: PgPool) {
    let (here, there) = (site(&pool, &[]), site(&pool, &UNLIMITED));
    let mut seller = Program::seller(&here, &pool).await;
    let mut buyer = Program::buyer(&here, &pool, "bea").await;
    let mut nobody = Program::anonymous(&there);
    let first = seller.publish(3600).await;
    let next = format!("/projects/{}", first + 1);
    is_remembered(&mut nobody, &next).await;
    assert_eq!(seller.publish(3600).await, first + 1);
    is_told(&mut nobody, &next, |answer| answer.status == 200).await;

    let path = format!("/projects/{first}");
    let of = |field: &'static str, value: Value| move |answer: &Reply| answer.json[field] == value;
    let own = format!("{path}/bid");
    is_remembered(&mut nobody, &path).await;
    buyer.post(&own, json!({ "amount": 50 })).await.is(201);
    is_told(&mut nobody, &path, of("lowest_bid_amount", json!(50))).await;
    is_remembered(&mut nobody, &path).await;
    buyer.delete(&own).await.is(200);
    is_told(&mut nobody, &path, of("bid_count", json!(0))).await;
    is_remembered(&mut nobody, &next).await;
    let cancel = format!("{next}/cancel");
    seller.send(Method::POST, &cancel, None, &[]).await.is(200);
    is_told(&mut nobody, &next, of("status", json!("cancelled"))).await;
    is_remembered(&mut nobody, &path).await;
    let_deadline_pass(&pool, first).await;
    award(&pool).await;
    is_told(&mut nobody, &path, of("status", json!("unawarded"))).await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_that_takes_long_to_commit_is_told_of_when_it_has(pool: PgPool) {
    let site = site(&pool, &UNLIMITED);
    let mut seller = Program::seller(&site, &pool).await;
    let buyer = Program::buyer(&site, &pool, "bea").await;
    let viewer = Viewer {
        account: buyer.account,
        role: Role::Buyer,
        name: String::new(),
    };
    let mut nobody = Program::anonymous(&site);
    let id = seller.publish(3600).await;
    let path = format!("/projects/{id}");
    for amount in [50, 40, 30] {
        is_remembered(&mut nobody, &path).await;
        let mut long = pool.begin().await.unwrap();
        let bid = Money::from_minor(i64::from(amount) * 100, Currency::Eur);
        bid::place_within(&mut long, &viewer, ProjectId(id), bid)
            .await
            .unwrap();
        go_on_working(&mut long).await;
        // Meanwhile what began later is committed and looked at, and what was known is told.
        seller.publish(3600).await;
        is_remembered(&mut nobody, &path).await;
        let before = nobody.get(&path).await.is(200).json;
        assert_ne!(before["lowest_bid_amount"], json!(amount));
        long.commit().await.unwrap();
        let is_new = |answer: &Reply| answer.json["lowest_bid_amount"] == json!(amount);
        is_told(&mut nobody, &path, is_new).await;
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_feed_that_was_cut_off_makes_nothing_older(pool: PgPool) {
    let site = site(&pool, &UNLIMITED);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let mut nobody = Program::anonymous(&site);
    let path = format!("/projects/{}", seller.publish(3600).await);
    for amount in [50, 40, 30] {
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and query like '%pg_snapshot_xmax%'";
        // After the last time it comes back when it can.
        let began = Instant::now();
        loop {
            is_remembered(&mut nobody, &path).await;
            let cut: i64 = sqlx::query_scalar(cut).fetch_one(&pool).await.unwrap();
            assert!(cut <= 1, "the feed has {cut} connections");
            assert!(began.elapsed() < Duration::from_secs(60), "it has none");
            if cut == 1 {
                break;
            }
        }
        let bid = json!({ "amount": amount });
        buyer.post(&format!("{path}/bid"), bid).await.is(201);
        let is_new = |answer: &Reply| answer.json["lowest_bid_amount"] == json!(amount);
        is_told(&mut nobody, &path, is_new).await;
    }
}
