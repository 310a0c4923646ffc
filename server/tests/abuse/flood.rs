//! Floods of CPU-intensive requests do not keep others from being served.

use crate::{
    fixture::{at, behind_proxy},
    support::PASSWORD,
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use rustix::time::{ClockId, clock_gettime};
use sqlx::PgPool;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::task::JoinSet;

/// Waits until the flood has received this many answers.
async fn until_answered(answers: &AtomicUsize, count: usize) {
    let answered = async {
        while answers.load(Ordering::Relaxed) < count {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_mins(5), answered).await;
    in_time.expect("the flood is answered");
}

/// How long a flooding client waits after a refusal: short enough that the flood keeps its share of every queue full,
/// and long enough that the refusals themselves do not take all CPU time.
const PAUSE: Duration = Duration::from_secs(2);

/// Makes this many addresses try wrong passwords for unknown e-mails until the set is dropped. The counter is the
/// number of addresses whose wrong password was checked and refused at least once.
fn flood_sign_ins(site: &Router, addresses: usize) -> (JoinSet<()>, Arc<AtomicUsize>) {
    let (mut flood, answers) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    for n in 0..addresses {
        let (site, answers) = (site.clone(), answers.clone());
        flood.spawn(async move {
            let mut was_judged = false;
            for i in 0.. {
                let mut client = at(&site, &format!("198.51.{}.{}", n / 20, n));
                let email = format!("{n}.{i}@example.com");
                let answer = client.sign_in(&email, "a wrong password").await;
                if answer.status == 422 && !was_judged {
                    was_judged = true;
                    answers.fetch_add(1, Ordering::Relaxed);
                }
                if answer.status == 503 {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        });
    }
    (flood, answers)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn honest_people_sign_in_while_150_addresses_try_wrong_passwords(pool: PgPool) {
    let site = behind_proxy(&pool, &["--hashing-places", "1"]);
    for n in 0..5 {
        let mut client = at(&site, &format!("203.0.113.{n}"));
        let email = format!("honest{n}@example.com");
        client.sign_up("buyer", &email).await.is(303);
    }
    let (flood, answers) = flood_sign_ins(&site, 150);
    // A flooding address counts as a newcomer, too, until it is served for the first time.
    until_answered(&answers, 150).await;
    for n in 0..5 {
        let mut client = at(&site, &format!("203.0.{n}.1"));
        let email = format!("honest{n}@example.com");
        client.sign_in(&email, PASSWORD).await.is(303);
    }
    drop(flood);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn honest_people_sign_up_and_in_while_one_address_floods_sign_ups(pool: PgPool) {
    let site = behind_proxy(&pool, &["--sign-ups-per-address", "0"]);
    let (mut flood, answers) = (JoinSet::new(), Arc::new(AtomicUsize::new(0)));
    for n in 0..150 {
        let (site, answers) = (site.clone(), answers.clone());
        flood.spawn(async move {
            for i in 0.. {
                let mut client = at(&site, "198.51.100.1");
                let email = format!("{n}.{i}@example.com");
                let answer = client.sign_up("buyer", &email).await;
                answers.fetch_add(1, Ordering::Relaxed);
                if answer.status == 503 {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        });
    }
    until_answered(&answers, 200).await;
    for n in 0..5 {
        let mut client = at(&site, &format!("203.0.113.{n}"));
        let email = format!("honest{n}@example.com");
        client.sign_up("buyer", &email).await.is(303);
        client.sign_in(&email, PASSWORD).await.is(303);
    }
    drop(flood);
}

/// The CPU time used by this thread, which runs all async code in these tests.
fn processor_time() -> Duration {
    clock_gettime(ClockId::ThreadCPUTime).try_into().unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn checking_a_passwords_strength_uses_no_cpu_time_of_the_async_threads(pool: PgPool) {
    let site = behind_proxy(&pool, &["--sign-ups-per-address", "0"]);
    let symbols: String = "@4({[<3861!|7$5+20%".chars().cycle().take(128).collect();
    let cost = async |password: &str, n: usize| {
        let before = processor_time();
        for i in 0..5 {
            let email = format!("{n}.{i}@example.com");
            let fields = [
                ("role", "buyer"),
                ("name", "Ada"),
                ("email", &*email),
                ("password", password),
            ];
            at(&site, "203.0.113.1")
                .post("/sign-up", &fields)
                .await
                .is(303);
        }
        processor_time() - before
    };
    // The first requests warm up caches.
    cost(PASSWORD, 0).await;
    let (easy, hard) = (cost(PASSWORD, 1).await, cost(&symbols, 2).await);
    assert!(
        hard < easy * 2,
        "{hard:?} of CPU time, but {easy:?} for a password of words"
    );
}
