//! Cached answers lag behind the database by a bounded time, and an unchanged project is not read again.

use crate::{
    client::{Program, Reply, award, let_deadline_pass},
    support::{allow_idle_transaction, site},
};
use axum::http::Method;
use guildhall::{
    account::{self, Role, Viewer},
    bid,
    money::{Currency, Money},
    project::ProjectId,
    store::MIGRATIONS,
};
use serde_json::{Value, json};
use sqlx::PgPool;
use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};
use tokio::time::{sleep, timeout};

/// Without this, a client that polls in a loop would soon be rate limited.
const UNLIMITED: [&str; 2] = ["--api-rate-limit", "0"];
/// Cached answers never yield, so without a pause the server on the same thread would never run.
const PAUSE: Duration = Duration::from_millis(2);
/// How far a public answer may lag behind the database.
const MAX_STALENESS: Duration = Duration::from_millis(250);

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unchanged_project_is_not_read_again(pool: PgPool) {
    let site = site(&pool, &UNLIMITED);
    let mut seller = Program::seller(&site, &pool).await;
    let path = format!("/projects/{}", seller.publish(3600).await);
    let mut nobody = Program::anonymous(&site);
    nobody.get(&path).await.is(200);
    // At first it is unknown which projects have changed; after a while, no request reads the table.
    let began = Instant::now();
    'tries: loop {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "every request still reads the table"
        );
        let mut held = pool.begin().await.unwrap();
        sqlx::raw_sql("lock table project")
            .execute(&mut *held)
            .await
            .unwrap();
        let began = Instant::now();
        while began.elapsed() < 4 * MAX_STALENESS {
            let Ok(answer) = timeout(MAX_STALENESS, nobody.get(&path)).await else {
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
async fn no_answer_is_older_than_its_bound(pool: PgPool) {
    let (here, there) = (site(&pool, &UNLIMITED), site(&pool, &UNLIMITED));
    let mut seller = Program::seller(&here, &pool).await;
    let mut buyer = Program::buyer(&here, &pool, "bea").await;
    let path = format!("/projects/{}", seller.publish(3600).await);
    let most = 2_000_000;
    // The committed bids, lowest last, and when each was known to be committed.
    let bids = Arc::new(Mutex::new(vec![(Instant::now(), most)]));
    let last = 40;
    let bidding = {
        let (bids, path) = (bids.clone(), path.clone());
        tokio::spawn(async move {
            for amount in (last..80).rev() {
                let bid = json!({ "amount": amount });
                buyer.post(&format!("{path}/bid"), bid).await.is(201);
                bids.lock().unwrap().push((Instant::now(), amount));
                // The pauses range from zero to several times the lifetime of a cached answer.
                sleep(MAX_STALENESS * (amount % 8) / 4).await;
                if amount % 13 == 0 {
                    sleep(MAX_STALENESS * 4).await;
                }
            }
        })
    };
    let readers = [here, there].map(|site| {
        let (bids, path) = (bids.clone(), path.clone());
        tokio::spawn(async move {
            let mut nobody = Program::anonymous(&site);
            loop {
                let request_start = Instant::now();
                let project = nobody.get(&path).await.is(200).json;
                let received = match project["lowest_bid_amount"].as_i64().unwrap() {
                    -1 => i64::from(most),
                    amount => amount,
                };
                let bound = {
                    let bids = bids.lock().unwrap();
                    let before = bids
                        .iter()
                        .rev()
                        .find(|(at, _)| *at + MAX_STALENESS < request_start);
                    before.map_or(most, |(_, amount)| *amount)
                };
                assert!(
                    received <= i64::from(bound),
                    "answered {received} long after a bid of {bound}"
                );
                if received == i64::from(last) {
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
async fn a_passed_deadline_is_noticed_without_any_other_change(pool: PgPool) {
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
        assert!(!has_passed, "answered {message}");
        sleep(PAUSE).await;
    }
}

/// Repeats the request until the answer satisfies `is_new`, and asserts that this takes no longer than the freshness
/// bound.
async fn wait_for_answer(nobody: &mut Program, path: &str, is_new: impl Fn(&Reply) -> bool) {
    let done = Instant::now();
    loop {
        let request_start = Instant::now();
        let answer = nobody.get(path).await;
        if is_new(&answer) {
            return;
        }
        let may_be_old = request_start <= done + MAX_STALENESS;
        assert!(may_be_old, "answered {} {}", answer.status, answer.json);
        sleep(PAUSE).await;
    }
}

/// Repeats the request long enough for the answer to be cached and validated.
async fn wait_until_cached(nobody: &mut Program, path: &str) {
    let began = Instant::now();
    while began.elapsed() < 4 * MAX_STALENESS {
        nobody.get(path).await;
        sleep(PAUSE).await;
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_each_use_case_changes_becomes_visible(pool: PgPool) {
    let (here, there) = (site(&pool, &[]), site(&pool, &UNLIMITED));
    let mut seller = Program::seller(&here, &pool).await;
    let mut buyer = Program::buyer(&here, &pool, "bea").await;
    let mut nobody = Program::anonymous(&there);
    let first = seller.publish(3600).await;
    let next = format!("/projects/{}", first + 1);
    wait_until_cached(&mut nobody, &next).await;
    assert_eq!(seller.publish(3600).await, first + 1);
    wait_for_answer(&mut nobody, &next, |answer| answer.status == 200).await;

    let path = format!("/projects/{first}");
    let of = |field: &'static str, value: Value| move |answer: &Reply| answer.json[field] == value;
    let own = format!("{path}/bid");
    wait_until_cached(&mut nobody, &path).await;
    buyer.post(&own, json!({ "amount": 50 })).await.is(201);
    wait_for_answer(&mut nobody, &path, of("lowest_bid_amount", json!(50))).await;
    wait_until_cached(&mut nobody, &path).await;
    buyer.delete(&own).await.is(200);
    wait_for_answer(&mut nobody, &path, of("bid_count", json!(0))).await;
    wait_until_cached(&mut nobody, &next).await;
    let cancel = format!("{next}/cancel");
    seller.send(Method::POST, &cancel, None, &[]).await.is(200);
    wait_for_answer(&mut nobody, &next, of("status", json!("cancelled"))).await;
    wait_until_cached(&mut nobody, &path).await;
    let_deadline_pass(&pool, first).await;
    award(&pool).await;
    wait_for_answer(&mut nobody, &path, of("status", json!("unawarded"))).await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_name_of_an_account_becomes_visible(pool: PgPool) {
    let (here, there) = (site(&pool, &[]), site(&pool, &UNLIMITED));
    let mut seller = Program::seller(&here, &pool).await;
    let mut nobody = Program::anonymous(&there);
    let path = format!("/projects/{}", seller.publish(3600).await);
    wait_until_cached(&mut nobody, &path).await;
    let viewer = Viewer {
        account: seller.account,
        role: Role::Seller,
        name: String::new(),
        has_confirmed_email: true,
    };
    let mut tx = pool.begin().await.unwrap();
    let renamed = account::rename(&mut tx, &viewer, "Sam & Daughters").await;
    assert!(renamed.unwrap());
    tx.commit().await.unwrap();
    let is_new = |answer: &Reply| answer.json["seller"] == "Sam & Daughters";
    wait_for_answer(&mut nobody, &path, is_new).await;
    let own = seller.get("/account").await.is(200).json;
    assert_eq!(own["name"], "Sam & Daughters");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_that_commits_late_becomes_visible_after_its_commit(pool: PgPool) {
    let site = site(&pool, &UNLIMITED);
    let mut seller = Program::seller(&site, &pool).await;
    let buyer = Program::buyer(&site, &pool, "bea").await;
    let viewer = Viewer {
        account: buyer.account,
        role: Role::Buyer,
        name: String::new(),
        has_confirmed_email: true,
    };
    let mut nobody = Program::anonymous(&site);
    let id = seller.publish(3600).await;
    let path = format!("/projects/{id}");
    for amount in [50, 40, 30] {
        wait_until_cached(&mut nobody, &path).await;
        let mut long = pool.begin().await.unwrap();
        let bid = Money::from_minor(i64::from(amount) * 100, Currency::Eur);
        bid::place_within(&mut long, &viewer, ProjectId(id), bid)
            .await
            .unwrap();
        allow_idle_transaction(&mut long).await;
        // Meanwhile a transaction that began later commits and is read, and cached answers are served.
        seller.publish(3600).await;
        wait_until_cached(&mut nobody, &path).await;
        let before = nobody.get(&path).await.is(200).json;
        assert_ne!(before["lowest_bid_amount"], json!(amount));
        long.commit().await.unwrap();
        let is_new = |answer: &Reply| answer.json["lowest_bid_amount"] == json!(amount);
        wait_for_answer(&mut nobody, &path, is_new).await;
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn answers_stay_fresh_while_the_feed_is_disconnected(pool: PgPool) {
    let site = site(&pool, &UNLIMITED);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let mut nobody = Program::anonymous(&site);
    let path = format!("/projects/{}", seller.publish(3600).await);
    for amount in [50, 40, 30] {
        let cut = "select count(pg_terminate_backend(pid)) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid() and query like '%pg_snapshot_xmax%'";
        // After the previous cut, the feed takes a while to reconnect.
        let began = Instant::now();
        loop {
            wait_until_cached(&mut nobody, &path).await;
            let cut: i64 = sqlx::query_scalar(cut).fetch_one(&pool).await.unwrap();
            assert!(cut <= 1, "the feed has {cut} connections");
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "the feed has no connection"
            );
            if cut == 1 {
                break;
            }
        }
        let bid = json!({ "amount": amount });
        buyer.post(&format!("{path}/bid"), bid).await.is(201);
        let is_new = |answer: &Reply| answer.json["lowest_bid_amount"] == json!(amount);
        wait_for_answer(&mut nobody, &path, is_new).await;
    }
}
