//! How long a ready task waits for its turn while one address floods the site.

use crate::{
    meter::thread_time,
    support::{Client, site},
};
use axum::Router;
use sqlx::PgPool;
use std::time::Duration;
use tokio::{runtime::Handle, runtime::RuntimeFlavor, task::JoinSet};

/// The limit for `/healthz` under a flood in an unoptimized build, which is about ten times slower.
const LONGEST: Duration = Duration::from_millis(500);
/// How many clients flood at once, and how many requests each sends.
const CLIENTS: usize = 30;
const REQUESTS: usize = 8;

/// Runs the flood and returns the longest time for which a task that is always ready had to wait. All tasks share one
/// thread, so the CPU time between two turns of a task is what the others used; other load on the machine does not
/// count.
async fn lag_under(
    flood: impl AsyncFn(Client, usize) + Clone + Send + 'static,
    site: &Router,
) -> Duration {
    let mut floods = JoinSet::new();
    for number in 0..CLIENTS {
        let (client, flood) = (Client::new(site), flood.clone());
        floods.spawn_local(async move {
            for _ in 0..REQUESTS {
                flood(client.clone(), number).await;
            }
        });
    }
    let mut longest = Duration::ZERO;
    let mut last = thread_time();
    while floods.try_join_next().is_some() || !floods.is_empty() {
        tokio::task::yield_now().await;
        let now = thread_time();
        longest = longest.max(now - last);
        last = now;
    }
    longest
}

#[sqlx::test(migrations = "../migrations")]
async fn a_flood_from_one_address_leaves_the_runtime_ready_for_others(pool: PgPool) {
    assert_eq!(
        Handle::current().runtime_flavor(),
        RuntimeFlavor::CurrentThread
    );
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "seller@example.com").await;
    let project = seller.publish(&pool, "Letter the window", 600).await;
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let ambiguous = "4@8({[<369!1i|70$5+%2".repeat(7)[..128].to_owned();
            let password = ambiguous.clone();
            let sign_ups = async move |mut client: Client, number: usize| {
                let email = format!("flood{number}@example.com");
                let fields = [
                    ("role", "seller"),
                    ("name", "Flood"),
                    ("email", email.as_str()),
                    ("password", password.as_str()),
                ];
                client.post("/sign-up", &fields).await;
            };
            assert_lag("sign-ups", lag_under(sign_ups, &site).await);
            let sign_ins = async move |mut client: Client, _| {
                client.sign_in("seller@example.com", &ambiguous).await;
            };
            assert_lag("wrong passwords", lag_under(sign_ins, &site).await);
            for path in [
                "/",
                "/projects?q=a-b+%22c+d",
                project.as_str(),
                "/nothing-here",
                "/api/v1/projects?per_page=400",
                "/api/docs",
            ] {
                let request = path.to_owned();
                let reads = async move |mut client: Client, number: usize| {
                    let mark = if request.contains('?') { '&' } else { '?' };
                    client.get(&format!("{request}{mark}x={number}")).await;
                };
                assert_lag(path, lag_under(reads, &site).await);
            }
        })
        .await;
}

#[track_caller]
fn assert_lag(flood: &str, lag: Duration) {
    assert!(lag <= LONGEST, "{flood}: the runtime lagged {lag:?}");
}
