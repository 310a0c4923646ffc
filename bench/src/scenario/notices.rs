//! Notices: how soon a bid appears at the seller's bell, and how much notifying thousands of bidders slows bids down.

use super::Name;
use crate::{
    audit::{self, BidAnswer},
    figures::{Latency, Run},
    open_loop::{self, Pace},
    report::Section,
    run::Bench,
    siege::{
        cast::{self, PASSWORD},
        client::Browser,
    },
    viewers::{LivePage, Viewers, unread_in},
};
use anyhow::{Context, ensure};
use sqlx::PgPool;
use std::{net::Ipv4Addr, time::Duration};
use tokio::time::{Instant, sleep, timeout};

const TIMEOUT: Duration = Duration::from_secs(60);
/// How soon a bid has to be at the seller's bell, in ms.
const BELL_MS: f64 = 1_000.0;
/// How old the oldest bid without its notices may be (p99), in ms.
const LAG_MS: f64 = 1_000.0;
/// How often the backlog is read.
const SAMPLE: Duration = Duration::from_millis(100);
const UNIT: &str = "bids/s";
const OWN: &str = "Guildhall, which tells of them";
const SILENT: &str = "the same without a worker";

pub(super) async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let (bids, rate, seconds) = match bench.config.quick {
        true => (3, 50.0, 2.0),
        false => (20, 1_000.0, bench.config.seconds.map_or(30.0, |s| s as f64)),
    };
    let mut section = Section::new(
        Name::Notices,
        format!(
            "{bids} first bids in sequence, each from its answer until the seller's open page has the new number of notices. Then {rate:.0} bids/s for {seconds:.0} s on one project by {} buyers in turn, whom a server with a worker tells, beside a server without one. The backlog is read every {} ms.",
            bench.scale.buyers,
            SAMPLE.as_millis()
        ),
    );
    bell(bench, &mut section, bids).await?;
    let telling = Bench::prepare(bench.config.clone(), "bench_telling", &[]).await?;
    let silent = Bench::prepare(bench.config.clone(), "bench_silent", &["--no-scheduler"]).await?;
    let mut told = Told::default();
    for _ in 0..bench.scale.repeat {
        let run = burst(&telling, &mut section, rate, seconds, Some(&mut told)).await?;
        section.add_own(OWN, UNIT, run);
        let run = burst(&silent, &mut section, rate, seconds, None).await?;
        section.add_limit(SILENT, UNIT, run);
    }
    told.report(&mut section);
    telling.note_memory(&mut section).await?;
    telling.server.stop().await?;
    silent.server.stop().await?;
    Ok(section)
}

/// Measures the time until a first bid is at the bell of a page that the seller has open.
async fn bell(bench: &Bench, section: &mut Section, bids: u64) -> anyhow::Result<()> {
    let pool = &bench.database.pool;
    // The bell counts only to 99, and other scenarios may have told the seller of more.
    timeout(TIMEOUT, drained(pool))
        .await
        .context("the backlog was not drained")??;
    sqlx::query!(
        "update notice set read_at = clock_timestamp() where account_id = $1 and read_at is null",
        bench.stock.seller
    )
    .execute(pool)
    .await?;
    let cookies = seller_cookies(bench).await?;
    let page = LivePage {
        host: bench.server.host(),
        path: "/notices/live",
        headers: &format!("Cookie: {cookies}\r\n"),
        number_in: unread_in,
    };
    let mut seller = Viewers::connect(page, 1).await?;
    let pool = &bench.database.pool;
    let projects = bench
        .stock
        .open_projects(pool, "One of a few", i32::try_from(bids)?, 86_400.0)
        .await?;
    let plan = audit::Plan {
        sent: bids,
        ..bench.plan(projects[0], i64::try_from(bids)?)?
    };
    let highest = audit::highest(pool).await?;
    let (mut answers, mut times) = (Vec::new(), Vec::new());
    for place in 0..bids {
        answers.push(
            bench
                .bid(section, bench.server.host(), &plan, place)
                .await?,
        );
        let answered = Instant::now();
        let awaited = 1 + i64::try_from(place)?;
        match seller.wait_for(|number| number >= awaited, TIMEOUT).await[..] {
            [at] => {
                let took = at.saturating_duration_since(answered).as_micros();
                times.push(u64::try_from(took)?);
            }
            _ => section
                .faults
                .push("a bid did not reach the seller's bell".to_owned()),
        }
    }
    bench.check(section, &plan, &answers, highest, 0).await?;
    let latency = Latency::of(times);
    let (median, most) = (ms(latency.p50_us), ms(latency.max_us));
    section.goal(
        format!(
            "a bid is at the seller's bell after {median:.0} ms (median) and at most {most:.0} ms (below {BELL_MS:.0})"
        ),
        most < BELL_MS,
    );
    Ok(())
}

/// Signs the seller in.
async fn seller_cookies(bench: &Bench) -> anyhow::Result<String> {
    let server = bench.server.host().parse()?;
    let pool = &bench.database.pool;
    let hash = cast::password_hash(pool, server).await?;
    let email = sqlx::query_scalar!(
        "update account set password_hash = $2 where id = $1 returning email",
        bench.stock.seller,
        hash
    )
    .fetch_one(pool)
    .await?;
    let mut browser = Browser::new(Ipv4Addr::LOCALHOST, server);
    let answer = browser.sign_in(&email, PASSWORD, TIMEOUT).await?;
    ensure!(
        answer.status == 303,
        "the seller could not sign in: {}",
        answer.status
    );
    Ok(browser.cookies())
}

/// Places bids at a rate. With `told`, also reads the backlog meanwhile, and waits until it is empty.
async fn burst(
    bench: &Bench,
    section: &mut Section,
    rate: f64,
    seconds: f64,
    mut told: Option<&mut Told>,
) -> anyhow::Result<Run> {
    let pool = &bench.database.pool;
    let after = audit::highest(pool).await?;
    let mut plan = bench.plan(bench.hot_project().await?, 1)?;
    plan.sent = (rate * seconds).ceil() as u64;
    let (asked, host) = (plan.clone(), bench.server.host().to_owned());
    let tokens = bench.stock.bearer_tokens();
    let pace = Pace {
        rate,
        seconds,
        connections: 128,
        expected: 201,
    };
    let notices = notices(pool).await?;
    let start = Instant::now() + Duration::from_secs(1);
    let ask = move |place| asked.request(&host, &tokens, place);
    let bids = open_loop::run(bench.server.host(), pace, start, ask);
    tokio::pin!(bids);
    let (run, timed) = loop {
        tokio::select! {
            done = &mut bids => break done?,
            () = sleep(SAMPLE) => if let Some(told) = &mut told {
                told.backlogs.push(Backlog::read(pool).await?);
            },
        }
    };
    if let Some(told) = told {
        let ended = Instant::now();
        timeout(TIMEOUT, drained(pool))
            .await
            .context("the backlog was not drained")??;
        told.drained.push(ended.elapsed());
        told.bids += run.answers;
        told.notices += u64::try_from(self::notices(pool).await? - notices)?;
    }
    let answers: Vec<BidAnswer> = timed
        .iter()
        .map(|timed| timed.answered)
        .filter(|answer| answer.status != 0)
        .collect();
    bench
        .check(section, &plan, &answers, after, run.errors)
        .await?;
    bench.database.settle().await?;
    Ok(run)
}

async fn drained(pool: &PgPool) -> anyhow::Result<()> {
    while Backlog::read(pool).await?.bids > 0 {
        sleep(SAMPLE / 10).await;
    }
    Ok(())
}

async fn notices(pool: &PgPool) -> anyhow::Result<i64> {
    let count = sqlx::query_scalar!(r#"select count(*) as "n!" from notice"#);
    Ok(count.fetch_one(pool).await?)
}

/// The placed bids that the consumer `notices` has not handled yet.
#[derive(Debug, Clone, Copy)]
struct Backlog {
    bids: i64,
    /// The age of the oldest.
    age_us: u64,
}

impl Backlog {
    async fn read(pool: &PgPool) -> anyhow::Result<Self> {
        let row = sqlx::query!(
            r#"select count(*) as "bids!",
                      coalesce(extract(epoch from clock_timestamp() - min(o.happened_at)), 0)::float8 as "age!"
               from outbox_consumer c
               join outbox o on (o.transaction_id, o.id) > (c.transaction_id, c.event_id) and o.kind = 'bid.placed'
               where c.name = 'notices'"#
        )
        .fetch_one(pool)
        .await?;
        Ok(Self {
            bids: row.bids,
            age_us: (row.age.max(0.0) * 1e6) as u64,
        })
    }
}

/// The measurements of the notices in all runs.
#[derive(Debug, Default)]
struct Told {
    backlogs: Vec<Backlog>,
    drained: Vec<Duration>,
    bids: u64,
    notices: u64,
}

impl Told {
    fn report(&self, section: &mut Section) {
        let most = self.backlogs.iter().map(|b| b.bids).max().unwrap_or(0);
        let ages = Latency::of(self.backlogs.iter().map(|b| b.age_us).collect());
        let slowest = self.drained.iter().max().copied().unwrap_or_default();
        section.facts.push(format!(
            "{} bids made {} notices so far; the others are held back or bundled.",
            self.bids, self.notices
        ));
        section.facts.push(format!(
            "At most {most} bids waited to be told. After the last answer the backlog was empty within {:.0} ms.",
            slowest.as_secs_f64() * 1000.0
        ));
        section.goal(
            format!(
                "the oldest untold bid is p50 {:.0} ms old, p99 {:.0} ms (below {LAG_MS:.0})",
                ms(ages.p50_us),
                ms(ages.p99_us)
            ),
            ms(ages.p99_us) < LAG_MS,
        );
    }
}

fn ms(us: u64) -> f64 {
    us as f64 / 1000.0
}
