//! The audit detects what it is meant to detect.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use bench::{
    audit::{self, BidAnswer, Findings, Plan},
    stock::Stock,
    wrk::{self, Push},
};
use guildhall::{
    account::{AccountId, Role, Viewer},
    award,
    bid::{self, Combiner, Outcome},
    money::{Currency, Money},
    project::ProjectId,
    store::MIGRATIONS,
};
use sqlx::PgPool;
use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::SeqCst},
    },
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    time::sleep,
};

const BIDS: u64 = 8;

/// Eight bids by three buyers on one project, through the domain's own use case, with their answers.
async fn bids(pool: &PgPool) -> (Plan, Vec<BidAnswer>) {
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let stock = Stock::create(pool, scratch, 3).await.unwrap();
    let project = stock.open_projects(pool, "Hot", 1, 600.0).await.unwrap()[0];
    let plan = Plan {
        first_amount: stock.next_amount().unwrap(),
        first_project: project,
        projects: 1,
        buyers: stock.buyers.iter().map(|buyer| buyer.account).collect(),
        sent: BIDS,
    };
    let combiner = Combiner::new(pool.clone());
    let mut answered = Vec::new();
    for place in 0..BIDS {
        let turn = usize::try_from(place % 3).unwrap();
        let viewer = Viewer {
            account: AccountId(plan.buyers[turn]),
            role: Role::Buyer,
            name: "A buyer".to_owned(),
            has_confirmed_email: true,
        };
        let minor = plan.first_amount - i64::try_from(place).unwrap();
        let amount = Money::from_minor(minor, Currency::Eur);
        let placed = bid::place(&combiner, &viewer, ProjectId(project), amount, None).await;
        let Outcome::Placed(bid) = placed.unwrap() else {
            panic!("bid {place} was not placed");
        };
        answered.push(BidAnswer {
            place: Some(place),
            status: 201,
            bid: bid.id.0,
        });
    }
    (plan, answered)
}

async fn examine(pool: &PgPool, plan: &Plan, answered: &[BidAnswer], in_flight: u64) -> Findings {
    audit::check(pool, plan, answered, 0, in_flight)
        .await
        .unwrap()
}

async fn run(pool: &PgPool, statement: &'static str) {
    let done = sqlx::query(statement).execute(pool).await.unwrap();
    assert!(done.rows_affected() > 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn answers_that_match_the_stored_bids_pass(pool: PgPool) {
    let (plan, mut answered) = bids(&pool).await;
    let findings = examine(&pool, &plan, &answered, 0).await;
    assert_eq!(
        findings,
        Findings {
            accepted: BIDS,
            ..Findings::default()
        }
    );

    // A bid whose answer was not read may be stored, but there may be no more such bids than requests in progress.
    let cut = answered.pop().unwrap();
    let findings = examine(&pool, &plan, &answered, 1).await;
    assert_eq!((findings.unanswered, findings.is_clean()), (1, true));
    let findings = examine(&pool, &plan, &answered, 0).await;
    assert_eq!(
        (findings.refused_but_stored, findings.is_clean()),
        (1, false)
    );

    // wrk does not say which request an answer belongs to; the audit is just as strict about stored bids then.
    answered.push(cut);
    for answer in &mut answered {
        answer.place = None;
    }
    assert!(examine(&pool, &plan, &answered, 0).await.is_clean());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_lost_bid_is_detected(pool: PgPool) {
    let (plan, answered) = bids(&pool).await;
    run(
        &pool,
        "delete from bid where id = (select max(id) from bid)",
    )
    .await;
    let findings = examine(&pool, &plan, &answered, 0).await;
    assert_eq!(
        (
            findings.lost,
            findings.wrong_projects,
            findings.wrong_events
        ),
        (1, 1, 1)
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_doubled_bid_is_detected(pool: PgPool) {
    let (plan, mut answered) = bids(&pool).await;
    run(
        &pool,
        "insert into bid (project_id, buyer_id, bidder_number, amount_minor, accepted_at, state, ended_at)
         select project_id, buyer_id, bidder_number, amount_minor, accepted_at, 'replaced', accepted_at from bid order by id limit 1",
    )
    .await;
    let findings = examine(&pool, &plan, &answered, 9).await;
    assert_eq!((findings.doubled, findings.wrong_events), (1, 1));

    // The same id in two answers.
    answered[3].bid = answered[2].bid;
    assert!(examine(&pool, &plan, &answered, 9).await.doubled >= 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_refused_but_stored_bid_is_detected(pool: PgPool) {
    let (plan, mut answered) = bids(&pool).await;
    answered[4].status = 409;
    answered[4].bid = 0;
    let findings = examine(&pool, &plan, &answered, 9).await;
    assert_eq!((findings.refused, findings.refused_but_stored), (1, 1));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_altered_bid_is_detected(pool: PgPool) {
    let (plan, mut answered) = bids(&pool).await;
    answered.swap(1, 2);
    (answered[1].place, answered[2].place) = (answered[2].place, answered[1].place);
    let findings = examine(&pool, &plan, &answered, 0).await;
    assert_eq!((findings.altered, findings.is_clean()), (2, false));

    run(
        &pool,
        "update bid set amount_minor = amount_minor - 1000 where id = (select min(id) from bid)",
    )
    .await;
    assert_eq!(examine(&pool, &plan, &answered, 0).await.altered, 4);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_wrong_project_and_a_missing_event_are_detected(pool: PgPool) {
    let (plan, answered) = bids(&pool).await;
    run(&pool, "update project set bid_count = bid_count + 1, bidder_count = bidder_count + 1 where bid_count > 0").await;
    assert_eq!(examine(&pool, &plan, &answered, 0).await.wrong_projects, 1);
    run(
        &pool,
        "delete from outbox where id = (select max(id) from outbox where kind = 'bid.placed')",
    )
    .await;
    let findings = examine(&pool, &plan, &answered, 0).await;
    assert_eq!((findings.wrong_events, findings.lost), (1, 0));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_wrong_winner_and_a_bid_after_the_deadline_are_detected(pool: PgPool) {
    let (plan, _) = bids(&pool).await;
    let (first, last) = (plan.first_project, plan.last_project());
    let wrong = async || audit::count_wrong_awards(&pool, first, last).await.unwrap();
    assert_eq!(wrong().await, 1, "there is no award yet");
    let delay = audit::award_delay_ms(&pool, first, last).await.unwrap();
    assert_eq!(delay, None);

    run(&pool, "update project set deadline = clock_timestamp()").await;
    let mut tx = pool.begin().await.unwrap();
    award::close_due(&mut tx, 1).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(wrong().await, 0);
    let delay = audit::award_delay_ms(&pool, first, last).await.unwrap();
    assert!(delay.is_some_and(|ms| ms >= 0.0), "{delay:?}");

    run(
        &pool,
        "update award set bid_id = (select id from bid where state = 'live' order by amount_minor desc limit 1)",
    )
    .await;
    assert_eq!(wrong().await, 1, "another bid is lower");
    run(
        &pool,
        "update award set bid_id = (select id from bid where state = 'live' order by amount_minor limit 1)",
    )
    .await;
    assert_eq!(wrong().await, 0);
    run(
        &pool,
        "update bid set accepted_at = (select deadline from project where id = project_id) where id = (select min(id) from bid)",
    )
    .await;
    assert_eq!(wrong().await, 1, "a bid was accepted at the deadline");
}

/// Answers bids in sequence with a short delay, and breaks the connection at every fifth. Counts the requests received.
async fn answer_most(stream: TcpStream, received: Arc<AtomicU64>) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        while line != "\r\n" {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            if let Some(value) = line.strip_prefix("Content-Length: ") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body: Vec<u8> = vec![0; length];
        stream.read_exact(&mut body).await?;
        let number = received.fetch_add(1, SeqCst) + 1;
        if number.is_multiple_of(5) {
            return Ok(());
        }
        sleep(Duration::from_millis(5)).await;
        let body = format!("{{\"id\":{number}}}");
        let length = body.len();
        let answer = format!("HTTP/1.1 201 Created\r\nContent-Length: {length}\r\n\r\n{body}");
        stream.write_all(answer.as_bytes()).await?;
    }
}

#[tokio::test]
async fn requests_that_wrk_sent_without_an_answer_are_counted() {
    if std::process::Command::new("wrk")
        .arg("-v")
        .output()
        .is_err()
    {
        eprintln!("wrk is missing: bin/setup --bench installs it.");
        return;
    }
    let scratch = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrk");
    std::fs::create_dir_all(&scratch).unwrap();
    let tokens = scratch.join("tokens");
    std::fs::write(&tokens, "one\nother\n").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    let received = Arc::new(AtomicU64::new(0));
    let counted = received.clone();
    let serving = tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(answer_most(stream, counted.clone()));
        }
    });
    let mut plan = Plan {
        first_amount: 1_000_000,
        first_project: 1,
        projects: 1,
        buyers: vec![1, 2],
        sent: 0,
    };
    let push = Push {
        threads: 2,
        connections: 8,
        seconds: 3,
    };
    let bids = wrk::bid(&scratch, &base_url, &tokens, &mut plan, push)
        .await
        .unwrap();
    serving.abort();
    let _ = serving.await;
    // The server may still be reading some requests.
    while Arc::strong_count(&received) > 1 {
        sleep(Duration::from_millis(5)).await;
    }
    let answered = bids.answered.len() as u64;
    assert!(bids.in_flight > 8, "connections broke: {}", bids.in_flight);
    assert_eq!(answered + bids.in_flight, received.load(SeqCst));
    assert!(plan.sent >= received.load(SeqCst));
}
