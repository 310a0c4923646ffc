//! A new project that everybody bids on before PostgreSQL has analyzed its bids: its plans must not depend on
//! statistics.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{PAGE, POINT},
};
use guildhall::{
    account::{AccountId, Role, Viewer},
    bid::{self, Combiner, Outcome},
    money::{Currency, Money},
    project::{self, ProjectId},
    store::{self, Connection, MIGRATIONS},
};
use sqlx::{
    Connection as _, Executor as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::task::JoinSet;

/// The id of the new project in `stale_statistics.sql`.
const NEW: ProjectId = ProjectId(2001);
/// Maximum number of bids in one transaction; half of the buyers have not bid before.
const TOGETHER: i64 = 500;
const FIRST: i64 = 1_752;
/// The limit for one bid: higher than elsewhere, because dead rows of earlier runs may still be on the project's page.
/// A wrong plan reads thousands of rows.
const MAX_ROWS: i64 = PAGE;
/// PostgreSQL itself chooses between a custom plan for the given values and a generic one, so both are tested.
const MODES: [&str; 2] = ["force_custom_plan", "force_generic_plan"];

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_costs_no_more_before_its_project_is_analyzed(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let mut db = PgConnection::connect_with(&options).await.unwrap();
    db.execute(include_str!("stale_statistics.sql"))
        .await
        .unwrap();
    flush_statistics(&mut db).await;
    let report = &mut Report::default();
    for mode in MODES {
        let options = store::with_timeouts(options.clone()).options([("plan_cache_mode", mode)]);
        let mut db = PgConnection::connect_with(&options).await.unwrap();
        single_bids(report, &mut db, mode).await;
        flush_statistics(&mut db).await;
    }
    eprintln!("{report}");
    assert!(
        report.failure_text().is_empty(),
        "{}",
        report.failure_text()
    );
    for mode in MODES {
        let options = store::with_timeouts(options.clone()).options([("plan_cache_mode", mode)]);
        let touched = together(options, mode).await;
        eprintln!("{touched} rows  {TOGETHER} bids together, {mode}");
        assert!(touched < TOGETHER * POINT, "{mode}: {touched} rows");
    }
}

fn buyer(account: i64) -> Viewer {
    Viewer {
        account: AccountId(account),
        role: Role::Buyer,
        name: "A buyer".to_owned(),
        has_confirmed_email: true,
    }
}

/// Measures single bids, by a buyer who has bid before and by one who has not.
async fn single_bids(report: &mut Report, db: &mut PgConnection, mode: &str) {
    let project = &project::find(db, NEW).await.unwrap();
    let lowest = Money::from_minor(70_000_000, Currency::Eur);
    for (who, account) in [("a bidder", 300), ("a newcomer", 2_400)] {
        let viewer = &buyer(account);
        let name = |what: &str| format!("{what}, for {who}, {mode}");
        measure!(report, db, name("the viewer's bid"), MAX_ROWS, |tx| {
            bid::own(&mut tx, viewer, project)
        });
        measure!(report, db, name("a bid"), MAX_ROWS, |tx| bid::place_within(
            &mut tx, viewer, NEW, lowest
        ));
    }
    let viewer = &buyer(300);
    measure!(
        report,
        db,
        format!("a bid is withdrawn, {mode}"),
        MAX_ROWS,
        |tx| bid::withdraw(&mut tx, viewer, NEW, None)
    );
    let history = &bid::history(db, project).await.unwrap();
    measure!(
        report,
        db,
        format!("the viewer's bid, earlier than all listed, {mode}"),
        MAX_ROWS,
        |tx| bid::own_bids_at_snapshot(&mut tx, viewer, project, history)
    );
}

/// Places `TOGETHER` bids at the same time; returns how many rows they read.
async fn together(options: PgConnectOptions, mode: &str) -> i64 {
    // A single connection, whose statistics we can read and which nothing else uses.
    let pool = PgPoolOptions::new().max_connections(1);
    let pool = pool.connect_with(options).await.unwrap();
    let combiner = Combiner::new(pool.clone());
    // The second mode's bids are below the first's.
    let lowest = if mode == MODES[0] {
        60_000_000
    } else {
        50_000_000
    };
    let before = rows_read(&pool).await;
    let mut bidding = JoinSet::new();
    for place in 0..TOGETHER {
        let (combiner, buyer) = (combiner.clone(), buyer(FIRST + place));
        let amount = Money::from_minor(lowest - place, Currency::Eur);
        bidding.spawn(async move { bid::place(&combiner, &buyer, NEW, amount, None).await });
    }
    for done in bidding.join_all().await {
        assert!(matches!(done, Ok(Outcome::Placed(_))), "{done:?}");
    }
    rows_read(&pool).await - before
}

/// Makes a connection report its statistics at once.
async fn flush_statistics(db: &mut Connection) {
    db.execute("select pg_stat_force_next_flush()")
        .await
        .unwrap();
}

/// Rows read in tables and entries read in indexes since the database was created, as far as connections have reported
/// them.
async fn rows_read(pool: &PgPool) -> i64 {
    let db = &mut *pool.acquire().await.unwrap();
    flush_statistics(db).await;
    sqlx::query_scalar(
        "select (select sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) from pg_stat_user_tables)::bigint
              + (select sum(idx_tup_read) from pg_stat_user_indexes)::bigint",
    )
    .fetch_one(db)
    .await
    .unwrap()
}
