//! Who may watch what, and how pages without a stream are updated.

use crate::{
    support::{Client, count, site},
    viewer::{OpenPage, project_id, scene},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_number_of_streams_is_limited(pool: PgPool) {
    let (_, _, _, _, path) = scene(&pool).await;
    let small = site(&pool, &["--live-streams", "1"]);
    let first = OpenPage::of(&small, &path, "").await;
    let second = OpenPage::of(&small, &path, "").await;
    assert_eq!((first.status(), second.status()), (200, 503));
    assert!(!second.header("retry-after").is_empty());
    assert_eq!(second.header("content-type"), "application/problem+json");
    drop(first);
    assert_eq!(OpenPage::of(&small, &path, "").await.status(), 200);

    let narrow = site(&pool, &["--live-streams-per-address", "1"]);
    let first = OpenPage::of(&narrow, &path, "").await;
    assert_eq!(first.status(), 200);
    assert_eq!(OpenPage::of(&narrow, &path, "").await.status(), 429);
    let accept = [("accept", "application/json")];
    assert_eq!(
        OpenPage::open_with(&narrow, &path, &accept).await.status(),
        200,
        "a client without a stream may poll"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_client_that_polls_too_often_learns_when_to_retry(pool: PgPool) {
    let (_, mut seller, .., path) = scene(&pool).await;
    let narrow = site(&pool, &["--api-rate-limit", "1"]);
    seller.get("/dashboard").await.is(200);
    let cookie = format!("guildhall={}", seller.cookie("guildhall").unwrap());
    for path in [path.as_str(), "/dashboard"] {
        let headers = [("accept", "application/json"), ("cookie", &cookie)];
        assert_eq!(
            OpenPage::open_with(&narrow, path, &headers).await.status(),
            200
        );
        let refused = OpenPage::open_with(&narrow, path, &headers).await;
        assert_eq!(refused.status(), 429);
        assert_ne!(refused.header("retry-after"), "");
        let stream = OpenPage::open_with(&narrow, path, &[("cookie", &cookie)]).await;
        assert_eq!(stream.status(), 200, "a stream does not count as a poll");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_polling_dashboard_does_not_count_as_a_stream(pool: PgPool) {
    let (_, mut seller, ..) = scene(&pool).await;
    let small = site(&pool, &["--live-streams", "1"]);
    seller.get("/dashboard").await.is(200);
    let cookie = format!("guildhall={}", seller.cookie("guildhall").unwrap());
    let stream = OpenPage::open_with(&small, "/dashboard", &[("cookie", &cookie)]).await;
    assert_eq!(stream.status(), 200);
    let headers = [("accept", "application/json"), ("cookie", &cookie)];
    assert_eq!(
        OpenPage::open_with(&small, "/dashboard", &headers)
            .await
            .status(),
        200
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unpublished_project_is_not_found(pool: PgPool) {
    let (site, ..) = scene(&pool).await;
    let draft: i64 = sqlx::query_scalar(
        "insert into project (seller_id, state, name, summary, description, category, skills, currency)
         values (1, 'draft', 'A draft', '', '', 'trades', '{}', 'EUR') returning id",
    )
    .fetch_one(&pool)
    .await
    .unwrap();
    let draft = format!("/projects/{draft}");
    for path in [&draft, "/projects/99", "/projects/x", "/projects/-1"] {
        for accept in ["text/event-stream", "application/json"] {
            let viewer = OpenPage::open_with(&site, path, &[("accept", accept)]).await;
            assert_eq!(viewer.status(), 404, "{path}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn polling_returns_the_same_state_as_the_stream(pool: PgPool) {
    let (site, _, mut buyer, _, path) = scene(&pool).await;
    buyer.bid(&path, "900").await.is(303);
    let mut viewer = OpenPage::of(&site, &path, "").await;
    let event = viewer.event().await.unwrap();
    let mut poller = Client::new(&site);
    poller
        .headers
        .push(("accept", "application/json".to_owned()));
    let live = format!("{path}/live");
    let answer = poller.get(&live).await.is(200);
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&answer.body).unwrap(),
        event
    );
    let tag = answer.header("etag").to_owned();
    assert_eq!(tag, format!("\"{}\"", viewer.last));
    poller.headers.push(("if-none-match", tag));
    assert!(poller.get(&live).await.is(304).body.is_empty());
    buyer.bid(&path, "800").await.is(303);
    let answer = poller.get(&live).await.is(200);
    assert!(
        answer.body.contains(r#""lowest_minor":80000"#),
        "the client's own change is visible at once: {}",
        answer.body
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_dashboard_receives_updates_only_about_its_viewers_projects(pool: PgPool) {
    let (site, mut seller, mut buyer, mut other, path) = scene(&pool).await;
    let unrelated = seller.publish(&pool, "Nobody's bid is here", 3600).await;
    buyer.bid(&path, "900").await.is(303);
    assert_eq!(
        OpenPage::open_with(&site, "/dashboard", &[]).await.status(),
        303
    );
    for accept in ["text/event-stream", "application/json"] {
        let stranger = OpenPage::open_with(&site, "/dashboard", &[("accept", accept)]).await;
        assert_eq!(
            stranger.status(),
            401,
            "not redirected to the sign-in page: {accept}"
        );
    }
    let cookie = |client: &Client| format!("guildhall={}", client.cookie("guildhall").unwrap());
    let (bea, sam) = (cookie(&buyer), cookie(&seller));
    let mut buyer_page = OpenPage::open_with(&site, "/dashboard", &[("cookie", &bea)]).await;
    let event = buyer_page.event().await.unwrap();
    assert_eq!(
        (&event["id"], &event["standing"], &event["own_minor"]),
        (&project_id(&path).into(), &"leading".into(), &90_000.into())
    );
    let first = buyer_page.last.clone();
    // A change to another project is not delivered, so the next event is about the project on which the buyer
    // has bid.
    other.bid(&unrelated, "500").await.is(303);
    other.bid(&path, "850").await.is(303);
    let event = buyer_page.event().await.unwrap();
    assert_eq!(
        (&event["id"], &event["standing"], &event["lowest_minor"]),
        (&project_id(&path).into(), &"outbid".into(), &85_000.into())
    );
    buyer.bid(&path, "800").await.is(303);
    loop {
        let event = buyer_page.event().await.unwrap();
        if event["own_minor"] == 80_000 {
            assert_eq!(event["standing"], "leading");
            break;
        }
    }
    // Projects on which the buyer bids from now on are included too.
    buyer.bid(&unrelated, "400").await.is(303);
    loop {
        if buyer_page.event().await.unwrap()["id"] == project_id(&unrelated) {
            break;
        }
    }
    let headers = [
        ("cookie", bea.as_str()),
        ("last-event-id", &buyer_page.last),
    ];
    let mut same = OpenPage::open_with(&site, "/dashboard", &headers).await;
    assert!(same.part().await.unwrap().starts_with("retry: "));
    let headers = [("cookie", bea.as_str()), ("last-event-id", &first)];
    let mut late = OpenPage::open_with(&site, "/dashboard", &headers).await;
    late.event().await.unwrap();
    late.event().await.unwrap();
    assert_eq!(late.last, buyer_page.last);

    let mut seller_page = OpenPage::open_with(&site, "/dashboard", &[("cookie", &sam)]).await;
    for _ in 0..2 {
        let event = seller_page.event().await.unwrap();
        assert_eq!(event.get("standing"), None);
    }
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    server::worker::pass(&pool).await.unwrap();
    seller_page.until_state("awarded").await;
    assert_eq!(same.until_state("awarded").await["standing"], "won");
    assert_eq!(count(&pool, "award").await, 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unreadable_session_does_not_count_as_signed_out(pool: PgPool) {
    let (site, mut seller, ..) = scene(&pool).await;
    seller.get("/dashboard").await.is(200);
    let cookie = format!("guildhall={}", seller.cookie("guildhall").unwrap());
    let rename_table = async |from: &str, to: &str| {
        let statement = format!("alter table {from} rename to {to}");
        let done = sqlx::raw_sql(sqlx::AssertSqlSafe(statement))
            .execute(&pool)
            .await;
        done.unwrap();
    };
    rename_table("session", "session_away").await;
    for accept in ["text/event-stream", "application/json"] {
        let headers = [("accept", accept), ("cookie", &cookie)];
        let refused = OpenPage::open_with(&site, "/dashboard", &headers).await;
        assert_eq!(refused.status(), 503, "{accept}");
        assert_ne!(refused.header("retry-after"), "");
    }
    seller.get("/dashboard").await.is(503);
    rename_table("session_away", "session").await;
    seller.get("/dashboard").await.is(200);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_the_seller_sees_the_names_of_bidders_in_the_history(pool: PgPool) {
    let (site, mut seller, mut buyer, mut other, path) = scene(&pool).await;
    buyer.bid(&path, "900").await.is(303);
    other.bid(&path, "850.50").await.is(303);
    let history = format!("{path}/history");
    // The bids, latest first: the bidder's number and name, whether the bid is the viewer's own, its amount and its
    // standing.
    let read = |body: &str| -> serde_json::Value {
        let (state, rows): (serde_json::Value, Vec<Vec<serde_json::Value>>) =
            serde_json::from_str(body).unwrap();
        assert_eq!(
            (&state["bid_count"], &state["newest_bid"]),
            (&2.into(), &rows[0][0])
        );
        let columns =
            |row: &Vec<serde_json::Value>| [1, 2, 3, 4, 7].map(|n| row[n].clone()).to_vec();
        rows.iter().map(columns).collect::<Vec<_>>().into()
    };
    let (lowest, live) = (1, 3);
    assert_eq!(
        read(&buyer.get(&history).await.is(200).body),
        serde_json::json!([
            [2, null, false, 85_050, lowest],
            [1, null, true, 90_000, live]
        ])
    );
    let names: Vec<String> = sqlx::query_scalar("select name from account order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(
        read(&seller.get(&history).await.is(200).body),
        serde_json::json!([
            [2, names[2], false, 85_050, lowest],
            [1, names[1], false, 90_000, live]
        ])
    );
    let stranger = Client::new(&site).get(&history).await.is(200);
    assert_eq!(stranger.header("cache-control"), "private, no-store");
    assert!(names.iter().all(|name| !stranger.body.contains(name)));
    other.get("/projects/999/history").await.is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_history_of_an_awarded_project_tells_only_its_parties_what_comes_next(pool: PgPool) {
    let (site, mut seller, mut buyer, mut other, path) = scene(&pool).await;
    buyer.bid(&path, "900").await.is(303);
    other.bid(&path, "850.50").await.is(303);
    let history = format!("{path}/history?steps");
    let mut stranger = Client::new(&site);
    let steps = async |client: &mut Client| {
        let answer = client.get(&history).await.is(200);
        let (_, _, steps): (serde_json::Value, serde_json::Value, String) =
            serde_json::from_str(&answer.body).unwrap();
        steps
    };
    assert_eq!(steps(&mut other).await, "", "the project is still open");
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    server::worker::pass(&pool).await.unwrap();
    let emails: Vec<String> = sqlx::query_scalar("select email from account order by id")
        .fetch_all(&pool)
        .await
        .unwrap();
    let (won, sold) = (steps(&mut other).await, steps(&mut seller).await);
    assert!(
        won.contains("You won this project") && won.contains(&emails[0]),
        "{won}"
    );
    assert!(won.contains(&format!("{path}/award")) && won.contains("deadline.ics"));
    assert!(
        sold.contains("Your project has a winner") && sold.contains(&emails[2]),
        "{sold}"
    );
    assert_eq!(steps(&mut buyer).await, "");
    assert_eq!(steps(&mut stranger).await, "");
}
