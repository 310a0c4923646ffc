//! Requests in progress when the database stops responding.

use crate::{fixture::World, support::Client};
use std::time::Duration;
use tokio::time::timeout;

/// Far above every timeout of the server, and far below those of browsers.
const HUNG: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn requests_waiting_when_the_database_hangs_are_answered() {
    let world = World::new().await;
    let mut seller = Client::member(&world.site, "seller", "seller@example.com").await;
    let project = seller.publish(&world.pool, "Letter the window", 600).await;
    let mut buyer = Client::member(&world.site, "buyer", "buyer@example.com").await;
    let key = buyer.get(&project).await.is(200).form_key();
    // Another transaction locks the project, so that the bid is in progress when the database hangs.
    let mut holder = world.pool.begin().await.unwrap();
    crate::support::allow_idle_transaction(&mut holder).await;
    sqlx::query("select from project for update")
        .execute(&mut *holder)
        .await
        .unwrap();
    let bidding = tokio::spawn({
        let (mut buyer, path) = (buyer.clone(), format!("{project}/bids"));
        async move {
            buyer
                .post(&path, &[("form_key", &key), ("amount", "900")])
                .await
        }
    });
    let held = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'";
    let is_waiting = async {
        while sqlx::query_scalar::<_, i64>(held)
            .fetch_one(&world.pool)
            .await
            .unwrap()
            == 0
        {
            tokio::task::yield_now().await;
        }
    };
    timeout(HUNG, is_waiting)
        .await
        .expect("the bid waits for the row lock");
    world.hang().await;
    let answer = timeout(HUNG, bidding)
        .await
        .expect("the bid is answered")
        .unwrap();
    answer.is(503).says("check whether it went through");
    for path in [
        "/",
        "/projects",
        "/sign-in",
        "/readyz",
        "/api/v1/projects",
        "/oauth/authorize",
    ] {
        let mut anybody = Client::new(&world.site);
        let answer = timeout(HUNG, anybody.get(path)).await;
        answer.unwrap_or_else(|_| panic!("{path} hangs"));
    }
    Client::new(&world.site).get("/readyz").await.is(503);
    world.resume().await;
    Client::new(&world.site).get("/readyz").await.is(200);
    holder.rollback().await.unwrap();
}
