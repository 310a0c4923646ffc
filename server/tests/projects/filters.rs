//! The list's filters by place, deadline, bids and the visitor's last visit.

use crate::support::{Client, site};
use axum::Router;
use guildhall::{moment::Zone, store::MIGRATIONS};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

async fn now(pool: &PgPool) -> OffsetDateTime {
    sqlx::query_scalar("select clock_timestamp()")
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn change(pool: &PgPool, path: &str, set: &str) {
    let id = path.trim_start_matches("/projects/");
    let statement = format!("update project set {set} where id = {id}");
    sqlx::query(sqlx::AssertSqlSafe(statement))
        .execute(pool)
        .await
        .unwrap();
}

/// The paths of these projects that the list or feed at `path` has.
async fn listed_paths<'a>(client: &mut Client, path: &str, projects: &[&'a str]) -> Vec<&'a str> {
    let body = client.get(path).await.is(200).body;
    let has = |project: &&&str| {
        ["\"", "</id>"]
            .iter()
            .any(|end| body.contains(&format!("{project}{end}")))
    };
    projects.iter().filter(has).copied().collect()
}

/// The `visits` cookie of somebody whose last look was this long ago.
async fn last_visit_cookie(pool: &PgPool, ago: Duration) -> String {
    format!(".{}", (now(pool).await - ago).unix_timestamp())
}

async fn three(site: &Router, pool: &PgPool) -> (Client, [String; 3]) {
    let mut seller = Client::member(site, "seller", "sam@example.com").await;
    let paths = [
        seller.publish(pool, "A remote window", 7200).await,
        seller.publish(pool, "A window in Leeds", 7200).await,
        seller.publish(pool, "A window anywhere", 7200).await,
    ];
    change(pool, &paths[0], "work_place = 'remote'").await;
    change(pool, &paths[1], "work_place = 'on_site', site = 'Leeds'").await;
    (seller, paths)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn places_and_projects_without_bids_are_filtered_in_the_list_and_its_feed(pool: PgPool) {
    let site = site(&pool, &[]);
    let (_, paths) = three(&site, &pool).await;
    let [remote, leeds, anywhere] = &paths;
    let all: Vec<&str> = paths.iter().map(String::as_str).collect();
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    buyer.bid(leeds, "900").await.is(303);
    for (query, expected) in [
        ("work_place=remote", vec![remote]),
        ("work_place=on_site", vec![leeds]),
        ("bids=none", vec![remote, anywhere]),
        ("bids=none&work_place=on_site", vec![]),
        ("bids=none&q=window&sort=bids", vec![remote, anywhere]),
        ("q=leeds&work_place=remote", vec![]),
    ] {
        for list in ["/projects?", "/projects.atom?"] {
            let found = listed_paths(&mut buyer, &format!("{list}{query}"), &all).await;
            assert_eq!(found, expected, "{list}{query}");
        }
    }
    let list = buyer
        .get("/projects?work_place=on_site&bids=none")
        .await
        .is(200)
        .says("Remove filter: On site")
        .says("Remove filter: No bids yet")
        .says("No project matches");
    assert!(list.body.contains("<option value=\"on_site\" selected"));
    assert!(list.body.contains("value=\"none\" checked"));
    for wrong in ["work_place=moon", "bids=many", "closing=soon", "since=1970"] {
        buyer.get(&format!("/projects?{wrong}")).await.is(422);
    }
    for wrong in ["work_place=moon", "bids=many", "closing=soon"] {
        buyer.get(&format!("/projects.atom?{wrong}")).await.is(422);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn closing_today_means_today_where_the_visitor_is(pool: PgPool) {
    let site = site(&pool, &[]);
    let (_, paths) = three(&site, &pool).await;
    let all: Vec<&str> = paths.iter().map(String::as_str).collect();
    let now = now(&pool).await;
    let zones = ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"];
    // A day apart, so that at most one of them is today anywhere, and one is tomorrow or later everywhere.
    let deadlines = [Duration::hours(1), Duration::hours(12), Duration::hours(25)];
    for (path, ahead) in paths.iter().zip(deadlines) {
        let set = format!(
            "deadline = clock_timestamp() + interval '{} s'",
            ahead.whole_seconds()
        );
        change(&pool, path, &set).await;
    }
    let mut sizes = Vec::new();
    for name in zones {
        let mut visitor = Client::new(&site);
        visitor.set_cookie("time_zone", name);
        let end = Zone::by_name(name).unwrap().end_of_day(now).unwrap();
        let expected: Vec<&str> = all
            .iter()
            .zip(deadlines)
            .filter(|(_, ahead)| now + *ahead < end)
            .map(|(path, _)| *path)
            .collect();
        for list in ["/projects", "/projects.atom"] {
            let found = listed_paths(&mut visitor, &format!("{list}?closing=today"), &all).await;
            assert_eq!(found, expected, "{list} in {name}");
        }
        sizes.push(expected.len());
    }
    assert!(sizes.iter().all(|size| *size < 3));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn who_was_here_before_can_see_only_what_is_new_since(pool: PgPool) {
    let site = site(&pool, &[]);
    let (mut seller, paths) = three(&site, &pool).await;
    let all: Vec<&str> = paths.iter().map(String::as_str).collect();
    for path in &paths {
        change(
            &pool,
            path,
            "published_at = clock_timestamp() - interval '3 hours'",
        )
        .await;
    }
    let new = seller.publish(&pool, "A brand new window", 7200).await;
    let everything = [all.as_slice(), &[new.as_str()]].concat();
    let query = "/projects?since=last-visit";

    let mut visitor = Client::new(&site);
    let first = visitor.get("/projects").await.is(200);
    assert!(!first.body.contains("New since my last visit"));
    let cookie = first.header("set-cookie").to_owned();
    for part in [
        "visits=.",
        "HttpOnly",
        "SameSite=Lax",
        "Path=/projects",
        "Max-Age=",
    ] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    let again = visitor.get("/projects?page=2").await.is(200);
    assert_eq!(again.header("set-cookie"), "", "nothing has changed");
    let found = listed_paths(&mut visitor, query, &everything).await;
    assert_eq!(found, everything, "on the first visit, everything is new");

    let an_hour_ago = last_visit_cookie(&pool, Duration::HOUR).await;
    visitor.set_cookie("visits", &an_hour_ago);
    let second = visitor.get("/projects").await.is(200);
    second.says("New since my last visit");
    let found = listed_paths(&mut visitor, query, &everything).await;
    assert_eq!(found, [new.as_str()]);
    let chosen = visitor.get(query).await.is(200);
    let chosen = chosen.says("Remove filter: New since your last visit");
    assert!(chosen.body.contains("noindex"), "it is the visitor's own");
    assert!(
        chosen.body.contains("href=\"/projects.atom\""),
        "a feed is for everybody"
    );

    let mut frequent = Client::new(&site);
    frequent.set_cookie(
        "visits",
        &last_visit_cookie(&pool, Duration::minutes(20)).await,
    );
    let same = frequent.get("/projects").await.is(200);
    assert!(
        !same.body.contains("New since my last visit"),
        "the same visit"
    );
}
