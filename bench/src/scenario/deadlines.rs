//! Many deadlines in the same second while bids continue: how long the last award takes, and whether all are right.

use super::Name;
use crate::{
    audit,
    open_loop::{self, Pace},
    report::Section,
    run::Bench,
};
use anyhow::{Context, ensure};
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long to wait for the awards.
const TIMEOUT: Duration = Duration::from_secs(120);
/// Bids per second, before and after the deadline.
const BIDS: f64 = 200.0;

pub(super) async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let counts: &[i32] = if bench.config.quick {
        &[200]
    } else {
        &[1_000, 10_000]
    };
    let mut section = Section::new(
        Name::Deadlines,
        format!(
            "Many projects with three bids each close at the same time, while {BIDS:.0} bids/s continue on them, before and after; measured from the deadline to the last award by the database's clock."
        ),
    );
    for count in counts {
        let mut delays = Vec::new();
        for _ in 0..bench.scale.repeat {
            delays.push(close(bench, &mut section, *count).await?);
        }
        delays.sort_unstable_by(f64::total_cmp);
        section.facts.push(format!(
            "{count} deadlines: the last award after {:.0} ms (median; {:.0} to {:.0})",
            delays[delays.len() / 2],
            delays[0],
            delays[delays.len() - 1]
        ));
    }
    bench.note_memory(&mut section).await?;
    Ok(section)
}

/// Returns the milliseconds from the deadline to the last award.
async fn close(bench: &Bench, section: &mut Section, count: i32) -> anyhow::Result<f64> {
    let pool = &bench.database.pool;
    let (lead, tail) = if bench.config.quick {
        (2.0, 1.0)
    } else {
        (6.0, 4.0)
    };
    let setup_start = Instant::now();
    // Set the near deadline only once everything is stored, which takes a while.
    let ids = bench
        .stock
        .open_projects(pool, "One of many", count, 3_600.0)
        .await?;
    let (first, last) = (ids[0], ids[ids.len() - 1]);
    insert_bids(
        pool,
        first,
        last,
        bench.stock.buyers[0].account,
        bench.scale.buyers.into(),
    )
    .await?;
    bench.database.settle().await?;
    sqlx::query!(
        "update project set deadline = d.at from (select clock_timestamp() + make_interval(secs => $3) as at) d
         where id between $1 and $2",
        first,
        last,
        lead
    )
    .execute(pool)
    .await?;
    eprint!(
        "{count} projects created in {:.0} s … ",
        setup_start.elapsed().as_secs_f64()
    );

    let after = audit::highest(pool).await?;
    let mut plan = bench.plan(first, count.into())?;
    plan.sent = (BIDS * (lead + tail)).ceil() as u64;
    let host = bench.server.host().to_owned();
    let tokens = bench.stock.bearer_tokens();
    let pace = Pace {
        rate: BIDS,
        seconds: lead + tail,
        connections: 64,
        expected: 201,
    };
    let request_plan = plan.clone();
    let ask = move |place| request_plan.request(&host, &tokens, place);
    let (run, timed) = open_loop::run(bench.server.host(), pace, Instant::now(), ask).await?;
    let began = Instant::now();
    while open(pool, first, last).await? > 0 {
        ensure!(began.elapsed() < TIMEOUT, "some projects have no award");
        sleep(Duration::from_millis(50)).await;
    }
    let late = run.statuses.get(&405).copied().unwrap_or(0);
    let good = run.statuses.get(&201).copied().unwrap_or(0);
    if late + good != run.answers || late == 0 || good == 0 || run.errors > 0 {
        section.faults.push(format!(
            "bids around the deadline were answered with {:?}, and {} not at all",
            run.statuses, run.errors
        ));
    }
    let answered: Vec<_> = timed
        .iter()
        .map(|timed| timed.answered)
        .filter(|answered| answered.status != 0)
        .collect();
    bench
        .check(section, &plan, &answered, after, run.errors)
        .await?;
    let wrong = audit::count_wrong_awards(pool, first, last).await?;
    if wrong > 0 {
        section
            .faults
            .push(format!("{wrong} projects have a wrong result"));
    }
    let delay = audit::award_delay_ms(pool, first, last).await?;
    delay.context("nothing was awarded")
}

/// Inserts three bids for each project, as if they had been placed.
async fn insert_bids(
    pool: &PgPool,
    first: i64,
    last: i64,
    first_buyer: i64,
    buyers: i64,
) -> anyhow::Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query!(
        "insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state)
         select p, $3 + (p * 3 + n) % $4, n, 4999999999 - (p * 31 + n * 7) % 1000, clock_timestamp(), 'live'
         from generate_series($1::bigint, $2::bigint) as p, generate_series(1, 3) as n",
        first,
        last,
        first_buyer,
        buyers
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        "update project set bid_count = 3, bidder_count = 3,
             lowest_minor = (select min(amount_minor) from bid where project_id = project.id and state = 'live')
         where id between $1 and $2",
        first,
        last
    )
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    Ok(())
}

async fn open(pool: &PgPool, first: i64, last: i64) -> anyhow::Result<i64> {
    Ok(sqlx::query_scalar!(
        r#"select count(*) as "n!" from project where id between $1 and $2 and state = 'open'"#,
        first,
        last
    )
    .fetch_one(pool)
    .await?)
}
