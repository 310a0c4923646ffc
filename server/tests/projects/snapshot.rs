//! A project's page shows a single snapshot, and costs the same for every viewer.

use crate::support::{Client, site, text_of, until_waiting};
use guildhall::{
    account::{AccountId, Role, Viewer},
    bid,
    money::{Currency, Money},
    project::ProjectId,
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;

/// The numbers of live bids and of bids in the history on a project's page.
fn bid_counts(page: &str) -> (usize, usize) {
    let text = text_of(page);
    let after = |label| {
        let (_, rest) = text.split_once(label).unwrap();
        rest.split(' ').next().unwrap().parse().unwrap()
    };
    (after("Active bids "), after("Bid history "))
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_between_two_queries_appears_in_no_part_of_a_page(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let mut clients = vec![
        Client::new(&site),
        seller,
        Client::member(&site, "seller", "olga@example.com").await,
    ];
    for n in 0..3 {
        let email = format!("buyer{n}@example.com");
        clients.push(Client::member(&site, "buyer", &email).await);
    }
    let buyers: Vec<i64> =
        sqlx::query_scalar("select id from account where role = 'buyer' order by id")
            .fetch_all(&pool)
            .await
            .unwrap();
    for (n, mut client) in clients.into_iter().enumerate() {
        // The page has read the project and is waiting to read its bids when another bid is placed.
        let mut holder = pool.begin().await.unwrap();
        sqlx::query("lock table bid in access exclusive mode")
            .execute(&mut *holder)
            .await
            .unwrap();
        let address = path.clone();
        let looking = tokio::spawn(async move { client.get(&address).await });
        until_waiting(&pool, "bid", &looking).await;
        let buyer = Viewer {
            account: AccountId(buyers[n % buyers.len()]),
            role: Role::Buyer,
            name: String::new(),
            has_confirmed_email: true,
        };
        let amount = Money::from_minor(90_000 - i64::try_from(n).unwrap(), Currency::Eur);
        bid::place_within(&mut holder, &buyer, ProjectId(1), amount)
            .await
            .unwrap();
        holder.commit().await.unwrap();
        let page = looking.await.unwrap().is(200);
        let shown = (n.min(buyers.len()), n);
        assert_eq!(bid_counts(&page.body), shown, "{n}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_projects_page_scans_the_bids_equally_often_for_every_viewer(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    // With a single connection, we can flush its statistics before reading them.
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.unwrap();
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let path = seller.publish(&pool, "A new shop window", 3600).await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    buyer.bid(&path, "900").await.is(303);
    buyer.bid(&path, "800").await.is(303);
    let other = Client::member(&site, "seller", "olga@example.com").await;
    let idle = Client::member(&site, "buyer", "ida@example.com").await;
    let scans = async || -> i64 {
        sqlx::query("select pg_stat_force_next_flush()")
            .execute(&pool)
            .await
            .unwrap();
        sqlx::query_scalar(
            "select seq_scan + idx_scan from pg_stat_user_tables where relname = 'bid'",
        )
        .fetch_one(&pool)
        .await
        .unwrap()
    };
    // Wait until every cached answer has expired.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut before = scans().await;
    let mut cost = Vec::new();
    for mut client in [Client::new(&site), seller, other, idle, buyer] {
        let page = client.get(&path).await.is(200);
        assert_eq!(bid_counts(&page.body), (1, 2));
        assert_eq!(page.body.matches("row-lead").count(), 1);
        let after = scans().await;
        cost.push(after - before);
        before = after;
    }
    assert!(
        cost[0] > 0 && cost.iter().all(|one| *one == cost[0]),
        "{cost:?}"
    );
}
