//! The files that people and programs download: their own results as CSV, and a search as an Atom feed.

use crate::{
    client::{award, let_deadline_pass},
    support::{Client, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const ORIGIN: &str = "https://guildhall.example";

#[sqlx::test(migrator = "MIGRATIONS")]
async fn bids_and_results_are_exported_as_csv_without_formulas(pool: PgPool) {
    let site = site(&pool, &["--public-url", ORIGIN]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut ada = Client::member(&site, "buyer", "ada@example.com").await;
    let mut ben = Client::member(&site, "buyer", "ben@example.com").await;
    let name = "=HYPERLINK(\"https://evil.example\"; \"sign\")";
    let path = seller.publish(&pool, name, 3600).await;
    ada.bid(&path, "900").await.is(303);
    ada.bid(&path, "850.50").await.is(303);
    ben.bid(&path, "870").await.is(303);
    let id: i64 = path.trim_start_matches("/projects/").parse().unwrap();
    let_deadline_pass(&pool, id).await;
    award(&pool).await;
    let file = "/dashboard/results.csv";
    let bids = ada.get(file).await.is(200);
    assert!(bids.header("content-type").starts_with("text/csv"));
    assert!(
        bids.header("content-disposition")
            .contains("guildhall-bids.csv")
    );
    let lines: Vec<&str> = bids.body.lines().collect();
    assert_eq!(lines.len(), 3, "{}", bids.body);
    let quoted = "\"'=HYPERLINK(\"\"https://evil.example\"\"; \"\"sign\"\")\"";
    assert!(
        lines[1].contains(quoted) && lines[1].contains("850.50"),
        "{}",
        lines[1]
    );
    assert!(lines[1].contains("\"active\",\"won\""), "{}", lines[1]);
    assert!(lines[2].contains("\"replaced\",\"\""), "{}", lines[2]);
    let lost = ben.get(file).await.is(200);
    assert!(lost.body.contains("\"active\",\"lost\"") && !lost.body.contains("850.50"));
    let projects = seller.get(file).await.is(200);
    assert!(
        projects
            .header("content-disposition")
            .contains("guildhall-projects.csv")
    );
    assert!(
        projects
            .body
            .contains("\"awarded\",\"EUR\",1000.00,2,850.50")
    );
    assert!(projects.body.contains("\"ada\",\"ada@example.com\""));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_search_has_a_feed_of_its_newest_projects(pool: PgPool) {
    let site = site(&pool, &["--public-url", ORIGIN]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let first = seller.publish(&pool, "First <sign> & letters", 3600).await;
    let second = seller.publish(&pool, "Second sign", 7200).await;
    let mut reader = Client::new(&site);
    // The list links to the feed of its own search.
    let list = reader.get("/projects?q=sign&sort=-budget").await.is(200);
    let feed = "/projects.atom?q=sign";
    let link = format!("type=\"application/atom+xml\" href=\"{feed}\"");
    assert!(
        list.body.contains(&link) || list.body.contains(&format!("href=\"{feed}\"")),
        "{link}"
    );
    let xml = reader.get(feed).await.is(200);
    assert_eq!(
        xml.header("content-type"),
        "application/atom+xml; charset=utf-8"
    );
    let at = |path: &str| {
        xml.body
            .find(&format!("<id>{ORIGIN}{path}</id>"))
            .expect(path)
    };
    assert!(at(&second) < at(&first), "the newest comes first");
    assert!(xml.body.contains("First &lt;sign&gt; &amp; letters"));
    assert!(xml.body.contains(&format!("<id>{ORIGIN}{feed}</id>")));
    reader
        .headers
        .push(("if-none-match", xml.header("etag").to_owned()));
    reader.get(feed).await.is(304);
    reader.headers.pop();
    let other = reader.get("/projects.atom?category=software").await.is(200);
    assert!(!other.body.contains("<entry>"));
    reader.get("/projects.atom?budget_from=cheap").await.is(422);
}
