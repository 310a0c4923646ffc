//! Holds the cost of every query to a bound that does not grow with the data; only lists that must count or sort all
//! open projects have a bound per open project.
//!
//! On loaded data, each use case runs as the server runs it, eleven times on one connection. In the same transaction
//! PostgreSQL counts the rows and index entries that it read, in tables and in indexes, and whether it scanned a large
//! table from one end to the other. The bounds are the same for 50 thousand projects (`bin/test`) as for a million
//! (`bin/test --plans --full`).
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

/// Runs a use case several times on one connection, rolling back each time.
macro_rules! measure {
    ($report:ident, $db:ident, $name:expr, $most:expr, |$tx:ident| $run:expr) => {{
        let mut watch = Watch::new();
        for run in 1..=RUNS {
            let mut $tx = $db.begin().await.unwrap();
            watch.start(&mut $tx).await;
            let done = $run.await;
            watch.stop();
            done.unwrap_or_else(|error| panic!("{}: {error}", $name));
            if run == RUNS {
                $report
                    .add(
                        $name,
                        $most,
                        std::mem::replace(&mut watch, Watch::new()),
                        &mut $tx,
                    )
                    .await;
            }
            $tx.rollback().await.unwrap();
        }
    }};
}

mod account;
mod archive;
mod background;
mod follow;
mod lists;
mod live;
mod project;
mod row_counts;
mod stale_statistics;
mod webhook;
mod world;

use bench::load::{Size, load};
use guildhall::store::{self, MIGRATIONS};
use row_counts::Report;
use sqlx::{
    Connection as _, Executor as _, PgConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::str::FromStr;
use world::World;

/// The data that the test loads itself: small enough for every run. More projects than usual are open, so that the
/// planner chooses the plans that it would choose for a million projects. With five thousand, sorting them would be no
/// worse than walking an index, and nothing would be tested.
const SIZE: Size = Size {
    accounts: 25_000,
    projects: 50_000,
    open: 25_000,
    bids: 1_000_000,
};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_query_costs_more_with_more_data(_: PgPoolOptions, options: PgConnectOptions) {
    let loaded = external_database();
    let options = match &loaded {
        Some(url) => PgConnectOptions::from_str(url).unwrap(),
        None => {
            load(&options, SIZE, 1, None).await.unwrap();
            options
        }
    };
    fill_others(&options).await;
    let mut db = PgConnection::connect_with(&store::with_timeouts(options))
        .await
        .unwrap();
    let report = run_all(&mut db).await;
    eprintln!("{report}");
    assert!(
        report.failure_text().is_empty(),
        "{}",
        report.failure_text()
    );
}

/// Measures every use case against the maximum number of rows that it may read.
async fn run_all(db: &mut PgConnection) -> Report {
    let world = &World::find(db).await;
    let report = &mut Report::default();
    lists::browsing(report, db, world).await;
    lists::listing(report, db, world).await;
    archive::archive(report, db).await;
    project::project_page(report, db, world).await;
    account::account_lists(report, db, world).await;
    live::watching(report, db, world).await;
    project::bidding(report, db, world).await;
    project::ending_queries(report, db).await;
    background::behind_requests(report, db, world).await;
    background::sweeping(report, db).await;
    webhook::webhooks(report, db, world).await;
    follow::following(report, db, world).await;
    std::mem::take(report)
}

/// The URL of a database filled by `guildhall-bench load`, to be measured instead. The test leaves nothing there except
/// the rows of `others.sql`.
#[expect(
    clippy::disallowed_methods,
    reason = "a test has no other way to be configured"
)]
fn external_database() -> Option<String> {
    std::env::var("GUILDHALL_PLANS_DATABASE_URL").ok()
}

async fn fill_others(options: &PgConnectOptions) {
    let mut db = PgConnection::connect_with(options).await.unwrap();
    let is_filled: bool = sqlx::query_scalar("select exists (select from sign_in_flow)")
        .fetch_one(&mut db)
        .await
        .unwrap();
    if !is_filled {
        db.execute(include_str!("others.sql")).await.unwrap();
    }
}
