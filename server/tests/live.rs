//! Pages that stay open: what their streams tell, and when.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use guildhall::{bid, store::MIGRATIONS};
use http_body_util::BodyExt;
use sqlx::PgPool;
use std::time::Duration;
use support::{Client, count, site};
use tokio::time::{sleep, timeout};
use tower::ServiceExt;

/// Only ends a test that fails.
const BOUND: Duration = Duration::from_secs(30);

/// One open page.
struct Viewer {
    response: Response<Body>,
    /// What came and was not read yet.
    text: String,
    /// The id of the last event that had one.
    last: String,
    /// As many came as whole events.
    events: usize,
}

impl Viewer {
    async fn of(site: &Router, path: &str, last: &str) -> Self {
        Self::ask(site, path, &[("last-event-id", last)]).await
    }

    async fn ask(site: &Router, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut request = Request::get(format!("{path}/live")).header("host", "guildhall.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        Self {
            response: site.clone().oneshot(request).await.unwrap(),
            text: String::new(),
            last: String::new(),
            events: 0,
        }
    }

    fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    fn header(&self, name: &str) -> &str {
        let value = self.response.headers().get(name);
        value.map_or("", |value| value.to_str().unwrap())
    }

    /// The next of the stream's parts, which an empty line ends; none when the stream has ended.
    async fn part(&mut self) -> Option<String> {
        timeout(BOUND, async {
            loop {
                if let Some((part, rest)) = self.text.split_once("\n\n") {
                    let part = part.to_owned();
                    self.text = rest.to_owned();
                    return Some(part);
                }
                let frame = self.response.body_mut().frame().await?.unwrap();
                let data = frame.into_data().unwrap();
                self.text.push_str(std::str::from_utf8(&data).unwrap());
            }
        })
        .await
        .expect("something comes or the stream ends")
    }

    /// The next event's data. Comments and the pause before a reconnection are passed over.
    async fn event(&mut self) -> Option<serde_json::Value> {
        let next = timeout(BOUND, self.next_event()).await;
        next.expect("an event comes or the stream ends")
    }

    async fn next_event(&mut self) -> Option<serde_json::Value> {
        loop {
            let part = self.part().await?;
            if !part.contains("event: project") {
                assert!(!part.contains("event:"), "{part}");
                continue;
            }
            self.events += 1;
            for line in part.lines() {
                if let Some(id) = line.strip_prefix("id: ") {
                    self.last = id.to_owned();
                }
            }
            let (_, data) = part.split_once("data: ").unwrap();
            return Some(serde_json::from_str(data).unwrap());
        }
    }

    /// Reads on until the lowest bid is this; answers that event.
    async fn until_lowest(&mut self, minor: i64) -> serde_json::Value {
        loop {
            let event = self.event().await.expect("the stream goes on");
            if event["lowest_minor"] == minor {
                return event;
            }
        }
    }

    async fn until_state(&mut self, state: &str) -> serde_json::Value {
        loop {
            let event = self.event().await.expect("the stream goes on");
            if event["state"] == state {
                return event;
            }
        }
    }
}

fn project_id(path: &str) -> i64 {
    path.rsplit('/').next().unwrap().parse().unwrap()
}

async fn scene(pool: &PgPool) -> (Router, Client, Client, Client, String) {
    let site = site(pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let other = Client::member(&site, "buyer", "otto@example.com").await;
    let path = seller.publish(pool, "A new shop window", 3600).await;
    (site, seller, buyer, other, path)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_viewer_is_told_how_it_stands_and_then_every_change_whichever_process_made_it(
    pool: PgPool,
) {
    let (here, _, mut buyer, mut other, path) = scene(&pool).await;
    buyer.bid(&path, "900").await.is(303);
    let elsewhere = site(&pool, &[]);
    let mut viewer = Viewer::of(&elsewhere, &path, "").await;
    assert_eq!(
        (
            viewer.status(),
            viewer.header("content-type"),
            viewer.header("cache-control"),
            viewer.header("x-accel-buffering"),
            viewer.header("x-content-type-options"),
        ),
        (200, "text/event-stream", "no-store", "no", "nosniff")
    );
    assert!(!viewer.header("x-request-id").is_empty());
    assert!(viewer.header("set-cookie").is_empty());
    assert!(viewer.part().await.unwrap().starts_with("retry: "));
    let id = project_id(&path);
    assert_eq!(
        viewer.event().await.unwrap(),
        serde_json::json!({ "id": id, "state": "open", "bid_count": 1, "lowest_minor": 90_000, "currency": "EUR",
            "leader": 1, "winner": null, "bids_made": 1, "newest_bid": 1 })
    );
    other.bid(&path, "850.50").await.is(303);
    let event = viewer.event().await.unwrap();
    assert_eq!(
        (
            &event["lowest_minor"],
            &event["bid_count"],
            &event["leader"]
        ),
        (&85_050.into(), &2.into(), &2.into())
    );
    let key = other.get(&path).await.form_key();
    other
        .post(&format!("{path}/withdraw"), &[("form_key", &key)])
        .await
        .is(303);
    let event = viewer.event().await.unwrap();
    assert_eq!(
        (
            &event["lowest_minor"],
            &event["leader"],
            &event["bids_made"]
        ),
        (&90_000.into(), &1.into(), &2.into())
    );
    drop(here);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_comes_back_is_told_what_it_missed_and_nothing_twice(pool: PgPool) {
    let (site, _, mut buyer, mut other, path) = scene(&pool).await;
    buyer.bid(&path, "900").await.is(303);
    let mut viewer = Viewer::of(&site, &path, "").await;
    viewer.until_lowest(90_000).await;
    let last = viewer.last.clone();
    drop(viewer);

    let elsewhere = support::site(&pool, &[]);
    let mut same = Viewer::of(&elsewhere, &path, &last).await;
    assert!(same.part().await.unwrap().starts_with("retry: "));
    other.bid(&path, "800").await.is(303);
    let event = same.event().await.unwrap();
    assert_eq!(
        event["lowest_minor"], 80_000,
        "the state it had is not told again"
    );

    let mut late = Viewer::of(&site, &path, &last).await;
    assert_eq!(late.event().await.unwrap(), event, "nothing is lost");
    let mut by_query = Viewer::ask(&site, &path, &[]).await;
    by_query.event().await.unwrap();
    let path_after = format!("/live?after={}", by_query.last);
    let request = Request::get(format!("{path}{path_after}")).body(Body::empty());
    let mut response = site.clone().oneshot(request.unwrap()).await.unwrap();
    let first = response.body_mut().frame().await.unwrap().unwrap();
    let first = first.into_data().unwrap();
    assert!(
        !first.windows(6).any(|word| word == b"event:"),
        "the query says it where the header can't"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_burst_is_merged_and_its_last_state_always_comes(pool: PgPool) {
    let (site, _, mut buyer, _, path) = scene(&pool).await;
    buyer.bid(&path, "999").await.is(303);
    let mut viewers = Vec::new();
    for _ in 0..3 {
        let mut viewer = Viewer::of(&site, &path, "").await;
        viewer.until_lowest(99_900).await;
        viewers.push(viewer);
    }
    let id = guildhall::project::ProjectId(project_id(&path));
    let bea = guildhall::account::Viewer {
        account: guildhall::account::AccountId(2),
        role: guildhall::account::Role::Buyer,
        name: String::new(),
    };
    for minor in (50_000..50_200).rev() {
        let mut tx = pool.begin().await.unwrap();
        let amount = guildhall::money::Money::from_minor(minor, guildhall::money::Currency::Eur);
        bid::place(&mut tx, &bea, id, amount).await.unwrap();
        tx.commit().await.unwrap();
    }
    for viewer in &mut viewers {
        let mut before = 99_900;
        let mut last = serde_json::Value::Null;
        while before != 50_000 {
            last = viewer.event().await.unwrap();
            let lowest = last["lowest_minor"].as_i64().unwrap();
            assert!(lowest < before, "each is newer than the one before");
            before = lowest;
        }
        assert!(
            viewer.events < 100,
            "200 bids came as {} events",
            viewer.events
        );
        assert_eq!(
            last["bids_made"], 200,
            "counted as far as a page lists them"
        );
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_transaction_that_stays_open_holds_nobody_back_and_is_told_when_it_ends(pool: PgPool) {
    let (site, mut seller, mut buyer, _, path) = scene(&pool).await;
    let quiet = seller
        .publish(&pool, "Where one bid takes long", 3600)
        .await;
    let mut busy_page = Viewer::of(&site, &path, "").await;
    let mut quiet_page = Viewer::of(&site, &quiet, "").await;
    busy_page.event().await.unwrap();
    quiet_page.event().await.unwrap();
    let bea = guildhall::account::Viewer {
        account: guildhall::account::AccountId(2),
        role: guildhall::account::Role::Buyer,
        name: String::new(),
    };
    let mut long = pool.begin().await.unwrap();
    let id = guildhall::project::ProjectId(project_id(&quiet));
    let amount = guildhall::money::Money::from_minor(70_000, guildhall::money::Currency::Eur);
    bid::place(&mut long, &bea, id, amount).await.unwrap();

    for amount in ["900", "890", "880"] {
        buyer.bid(&path, amount).await.is(303);
        let minor: i64 = amount.parse::<i64>().unwrap() * 100;
        busy_page.until_lowest(minor).await;
    }
    let own: i64 = sqlx::query_scalar("select max(id) from outbox where project_id = $1")
        .bind(project_id(&path))
        .fetch_one(&pool)
        .await
        .unwrap();
    long.commit().await.unwrap();
    let lower: bool = sqlx::query_scalar(
        "select max(id) < $2 from outbox where project_id = $1 and kind = 'bid.placed'",
    )
    .bind(project_id(&quiet))
    .bind(own)
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(
        lower,
        "its events have lower numbers than what was told before"
    );
    quiet_page.until_lowest(70_000).await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_stream_ends_with_the_result_and_is_not_asked_for_again(pool: PgPool) {
    let (site, _, mut buyer, _, path) = scene(&pool).await;
    buyer.bid(&path, "640").await.is(303);
    let mut viewer = Viewer::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    server::scheduler::pass(&pool).await.unwrap();
    let event = viewer.until_state("awarded").await;
    assert_eq!(
        (&event["winner"], &event["lowest_minor"]),
        (&1.into(), &64_000.into())
    );
    assert_eq!(viewer.part().await.unwrap(), "event: end\ndata: {}");
    assert_eq!(viewer.part().await, None);
    let again = Viewer::of(&site, &path, &viewer.last).await;
    assert_eq!(again.status(), 204);
    let mut new = Viewer::of(&site, &path, "").await;
    assert_eq!(new.event().await.unwrap(), event);
    assert_eq!(new.part().await.unwrap(), "event: end\ndata: {}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn streams_end_at_once_when_the_server_stops(pool: PgPool) {
    use clap::Parser;
    let arguments = ["guildhall", "serve"];
    let server::config::Command::Serve(config) = server::config::Cli::parse_from(arguments).command
    else {
        panic!("serve was asked for")
    };
    let app = server::web::App::new(pool.clone(), &config).unwrap();
    let site = server::web::router(app.clone());
    let (_, mut seller, _, _, path) = scene(&pool).await;
    let mut viewer = Viewer::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    seller.get("/dashboard").await.is(200);
    let cookie = format!("guildhall={}", seller.cookie("guildhall").unwrap());
    let mut dashboard = Viewer::ask(&site, "/dashboard", &[("cookie", &cookie)]).await;
    dashboard.event().await.unwrap();
    app.end_streams();
    assert_eq!(viewer.part().await, None);
    assert_eq!(dashboard.part().await, None);
    let refused = Viewer::of(&site, &path, "").await;
    assert_eq!(
        (refused.status(), refused.header("retry-after")),
        (503, "5")
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn there_are_no_more_streams_than_the_operator_allows(pool: PgPool) {
    let (_, _, _, _, path) = scene(&pool).await;
    let small = site(&pool, &["--live-streams", "1"]);
    let first = Viewer::of(&small, &path, "").await;
    let second = Viewer::of(&small, &path, "").await;
    assert_eq!((first.status(), second.status()), (200, 503));
    assert!(!second.header("retry-after").is_empty());
    assert_eq!(second.header("content-type"), "application/problem+json");
    drop(first);
    assert_eq!(Viewer::of(&small, &path, "").await.status(), 200);

    let narrow = site(&pool, &["--live-streams-per-address", "1"]);
    let first = Viewer::of(&narrow, &path, "").await;
    assert_eq!(first.status(), 200);
    assert_eq!(Viewer::of(&narrow, &path, "").await.status(), 429);
    let accept = [("accept", "application/json")];
    assert_eq!(
        Viewer::ask(&narrow, &path, &accept).await.status(),
        200,
        "who finds no place asks from time to time"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_not_published_is_not_there(pool: PgPool) {
    let (site, ..) = scene(&pool).await;
    sqlx::query(
        "insert into project (seller_id, state, name, summary, description, category, skills, currency)
         values (1, 'draft', 'A draft', '', '', 'trades', '{}', 'EUR')",
    )
    .execute(&pool)
    .await
    .unwrap();
    for path in ["/projects/2", "/projects/99", "/projects/x", "/projects/-1"] {
        for accept in ["text/event-stream", "application/json"] {
            let viewer = Viewer::ask(&site, path, &[("accept", accept)]).await;
            assert_eq!(viewer.status(), 404, "{path}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_same_state_is_there_for_whom_no_stream_reaches(pool: PgPool) {
    let (site, _, mut buyer, _, path) = scene(&pool).await;
    buyer.bid(&path, "900").await.is(303);
    let mut viewer = Viewer::of(&site, &path, "").await;
    let event = viewer.event().await.unwrap();
    let mut asker = Client::new(&site);
    asker
        .headers
        .push(("accept", "application/json".to_owned()));
    let live = format!("{path}/live");
    let answer = asker.get(&live).await.is(200);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&answer.body).unwrap(),
        event
    );
    let tag = answer.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", viewer.last));
    asker.headers.push(("if-none-match", tag));
    assert!(asker.get(&live).await.is(304).body.is_empty());
    buyer.bid(&path, "800").await.is(303);
    let answer = asker.get(&live).await.is(200);
    assert!(
        answer.body.contains(r#""lowest_minor":80000"#),
        "one's own write is there at once: {}",
        answer.body
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_dashboard_is_told_of_its_own_projects_and_of_no_other(pool: PgPool) {
    let (site, mut seller, mut buyer, mut other, path) = scene(&pool).await;
    let foreign = seller.publish(&pool, "Nobody's bid is here", 3600).await;
    buyer.bid(&path, "900").await.is(303);
    assert_eq!(Viewer::ask(&site, "/dashboard", &[]).await.status(), 303);
    let cookie = |client: &Client| format!("guildhall={}", client.cookie("guildhall").unwrap());
    let (bea, sam) = (cookie(&buyer), cookie(&seller));
    let mut mine = Viewer::ask(&site, "/dashboard", &[("cookie", &bea)]).await;
    let event = mine.event().await.unwrap();
    assert_eq!(
        (&event["id"], &event["standing"], &event["own_minor"]),
        (&project_id(&path).into(), &"leading".into(), &90_000.into())
    );
    let first = mine.last.clone();
    // A change elsewhere does not reach it, so the next that comes is of its own project.
    other.bid(&foreign, "500").await.is(303);
    other.bid(&path, "850").await.is(303);
    let event = mine.event().await.unwrap();
    assert_eq!(
        (&event["id"], &event["standing"], &event["lowest_minor"]),
        (&project_id(&path).into(), &"outbid".into(), &85_000.into())
    );
    buyer.bid(&path, "800").await.is(303);
    loop {
        let event = mine.event().await.unwrap();
        if event["own_minor"] == 80_000 {
            assert_eq!(event["standing"], "leading");
            break;
        }
    }
    // What it bids on from now on is told too.
    buyer.bid(&foreign, "400").await.is(303);
    loop {
        if mine.event().await.unwrap()["id"] == project_id(&foreign) {
            break;
        }
    }
    let headers = [("cookie", bea.as_str()), ("last-event-id", &mine.last)];
    let mut same = Viewer::ask(&site, "/dashboard", &headers).await;
    assert!(same.part().await.unwrap().starts_with("retry: "));
    let headers = [("cookie", bea.as_str()), ("last-event-id", &first)];
    let mut late = Viewer::ask(&site, "/dashboard", &headers).await;
    late.event().await.unwrap();
    late.event().await.unwrap();
    assert_eq!(late.last, mine.last);

    let mut posted = Viewer::ask(&site, "/dashboard", &[("cookie", &sam)]).await;
    for _ in 0..2 {
        let event = posted.event().await.unwrap();
        assert_eq!(event.get("standing"), None);
    }
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    server::scheduler::pass(&pool).await.unwrap();
    posted.until_state("awarded").await;
    assert_eq!(same.until_state("awarded").await["standing"], "won");
    assert_eq!(count(&pool, "award").await, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_database_is_left_alone_while_nobody_watches(pool: PgPool) {
    let (site, _, mut buyer, _, path) = scene(&pool).await;
    let mut viewer = Viewer::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    drop(viewer);
    timeout(BOUND, async {
        while pool.size() as usize > pool.num_idle() {
            sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("the connection is given back");
    buyer.bid(&path, "700").await.is(303);
    let mut viewer = Viewer::of(&site, &path, "").await;
    assert_eq!(viewer.event().await.unwrap()["lowest_minor"], 70_000);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_silent_stream_beats(pool: PgPool) {
    let (site, _, _, _, path) = scene(&pool).await;
    let mut viewer = Viewer::of(&site, &path, "").await;
    viewer.event().await.unwrap();
    assert_eq!(viewer.part().await.unwrap(), ": still here");
}
