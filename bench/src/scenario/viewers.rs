//! Viewers of one project's page while bids arrive: what each viewer costs, and how soon each gets the update.

use super::Name;
use crate::{
    audit::{self, Plan},
    figures::Latency,
    machine,
    report::Section,
    run::Bench,
    server::Server,
    viewers::{LivePage, Viewers, lowest_in},
};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long it may take until all viewers have received an update.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The pause between two bids: streams send at most four updates a second.
const PAUSE: Duration = Duration::from_millis(600);
/// Files that the server and the benchmark have open besides the streams.
const OTHERS: u64 = 500;

pub(super) async fn run(bench: &Bench) -> anyhow::Result<Section> {
    let (counts, bids): (&[usize], u64) = match bench.config.quick {
        true => (&[100], 3),
        false => (&[1_000, 10_000], 20),
    };
    let mut section = Section::new(
        Name::Viewers,
        format!(
            "Streams of `GET /projects/{{id}}/live` of one project, and {bids} bids in sequence; the time is from the answer to the bid until a viewer has the event. Memory is the growth of the server's memory until all viewers were connected, before any bid."
        ),
    );
    for count in counts {
        let files = machine::open_files();
        if files < *count as u64 + OTHERS {
            section.faults.push(format!(
                "{count} viewers need more open files than the {files} that are allowed"
            ));
            continue;
        }
        watch(bench, &mut section, *count, bids).await?;
    }
    Ok(section)
}

async fn watch(
    bench: &Bench,
    section: &mut Section,
    count: usize,
    bids: u64,
) -> anyhow::Result<()> {
    // A new server, because earlier scenarios have grown the memory of the shared one.
    let config = &bench.config;
    let server = Server::start(
        &config.guildhall,
        &config.site_root,
        &bench.database.url,
        &[],
    )
    .await?;
    let project = bench.hot_project().await?;
    let path = format!("/projects/{project}/live");
    let page = LivePage {
        host: server.host(),
        path: &path,
        headers: "",
        number_in: lowest_in,
    };
    // The one-time set-up of the first stream must not be counted.
    drop(Viewers::connect(page, 1).await?);
    sleep(Duration::from_secs(1)).await;
    let before = server.usage();
    let began = Instant::now();
    let mut viewers = Viewers::connect(page, count).await?;
    let came = began.elapsed();
    sleep(Duration::from_secs(2)).await;
    let after = server.usage();
    let kb = after.memory_kb.saturating_sub(before.memory_kb) as f64 / count as f64;

    let idle = server.usage().cpu_seconds;
    sleep(Duration::from_secs(3)).await;
    let idle = (server.usage().cpu_seconds - idle) / 3.0 * 100.0;

    let plan = Plan {
        sent: bids,
        ..bench.plan(project, 1)?
    };
    let highest = audit::highest(&bench.database.pool).await?;
    let mut answers = Vec::new();
    let mut times = Vec::with_capacity(count * usize::try_from(bids)?);
    for place in 0..bids {
        let answer = bench.bid(section, server.host(), &plan, place).await?;
        let answered = Instant::now();
        answers.push(answer);
        let minor = plan.first_amount - i64::try_from(place)?;
        let received_at = viewers.wait_for(|lowest| lowest <= minor, TIMEOUT).await;
        if received_at.len() < count {
            section.faults.push(format!(
                "{} of {count} viewers received no update about a bid within {} s; {} streams are left",
                count - received_at.len(),
                TIMEOUT.as_secs(),
                viewers.count()
            ));
        }
        let took = |at: Instant| at.saturating_duration_since(answered).as_micros();
        times.extend(
            received_at
                .into_iter()
                .map(|at| u64::try_from(took(at)).unwrap_or(u64::MAX)),
        );
        sleep(PAUSE).await;
    }
    bench.check(section, &plan, &answers, highest, 0).await?;
    let latency = Latency::of(times);
    let ms = |us: u64| us as f64 / 1000.0;
    section.facts.push(format!(
        "{count} viewers, connected within {:.1} s: {kb:.1} kB of the server's memory each, {idle:.0} % of one core while idle; updated after p50 {:.0} ms, p99 {:.0} ms, at most {:.0} ms",
        came.as_secs_f64(),
        ms(latency.p50_us),
        ms(latency.p99_us),
        ms(latency.max_us)
    ));
    drop(viewers);
    server.stop().await
}
