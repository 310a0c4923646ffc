//! The description and the canonical URL of each page.

use crate::support::{Client, deadline, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use std::collections::HashMap;

const ORIGIN: &str = "https://guildhall.example";
const PUBLIC_URL: [&str; 2] = ["--public-url", ORIGIN];

/// An attribute of the only tag in the page's head that starts with `tag`; `None` if there is no such tag.
pub fn in_head(html: &str, tag: &str, attribute: &str) -> Option<String> {
    let (head, _) = html.split_once("</head>").unwrap();
    assert!(head.matches(tag).count() <= 1, "{tag} occurs twice");
    let (_, rest) = head.split_once(tag)?;
    let (rest, _) = rest.split_once('>').unwrap();
    let (_, value) = rest.split_once(&format!("{attribute}=\"")).unwrap();
    Some(value.split_once('"').unwrap().0.to_owned())
}

fn description(html: &str) -> Option<String> {
    in_head(html, "<meta name=\"description\"", "content")
}

fn canonical(html: &str) -> Option<String> {
    in_head(html, "<link rel=\"canonical\"", "href")
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_page_has_a_short_distinct_description(pool: PgPool) {
    let site = site(&pool, &PUBLIC_URL);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let project = seller.publish(&pool, "A window", 3600).await;
    let mut buyer = Client::member(&site, "buyer", "ada@example.com").await;
    let mut anybody = Client::new(&site);
    let mut descriptions = HashMap::new();
    let public = [
        "/",
        "/how-it-works",
        "/privacy",
        "/projects",
        "/projects?q=window",
        "/projects?category=trades",
        "/projects?currency=EUR",
        "/projects?budget_from=500",
        &project,
        "/sign-in",
        "/sign-up",
        "/settings",
        "/api/docs",
        "/api/docs/problems",
        "/api/docs/problems/not-found",
    ];
    let mut pages = Vec::new();
    for path in public {
        pages.push((path, anybody.get(path).await.is(200)));
    }
    for path in [
        "/dashboard",
        "/device",
        "/projects/new",
        "/account/calendar",
        "/account/watching",
        "/account/searches",
        "/account/searches/new?q=window",
        "/account/passkeys",
        "/account/notices/push",
        "/account/webhooks",
        "/account/tokens",
        "/account/programs",
        "/account/programs/new",
    ] {
        pages.push((path, seller.get(path).await.is(200)));
    }
    pages.push((
        "the buyer's dashboard",
        buyer.get("/dashboard").await.is(200),
    ));
    pages.push(("an error page", anybody.get("/nothing").await.is(404)));
    for (path, page) in pages {
        let description = description(&page.body).expect(path);
        let length = description.chars().count();
        assert!((20..=170).contains(&length), "{path}: {description}");
        if let Some(other) = descriptions.insert(description, path) {
            panic!("{path} and {other} have the same description");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_projects_description_is_its_summary_as_plain_text(pool: PgPool) {
    let site = site(&pool, &PUBLIC_URL);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let key = seller.get("/projects/new").await.is(200).form_key();
    let deadline = deadline(&pool, 3600).await;
    let summary = format!("\"><script>alert(1)</script> & {}", "letters ".repeat(20));
    let fields = [
        ("form_key", key.as_str()),
        ("name", "A window"),
        ("summary", summary.as_str()),
        ("description", "By hand."),
        ("category", "trades"),
        ("budget", "1000"),
        ("currency", "EUR"),
        ("deadline", deadline.as_str()),
        ("time_zone", "UTC"),
        ("intent", "publish"),
    ];
    let posted = seller.post("/projects/new", &fields).await.is(303);
    let page = Client::new(&site).get(posted.location()).await.is(200);
    let description = description(&page.body).unwrap();
    let plain = description
        .replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&");
    let prefix = plain
        .strip_suffix('…')
        .expect("the long summary is shortened");
    assert!(
        summary.starts_with(prefix) && plain.chars().count() <= 160,
        "{plain}"
    );
    assert!(!page.body.contains("<script>alert"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_public_page_names_its_canonical_url(pool: PgPool) {
    let site = site(&pool, &PUBLIC_URL);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let project = seller.publish(&pool, "A window", 3600).await;
    let mut anybody = Client::new(&site);
    for (path, canonical_path) in [
        ("/", "/"),
        ("/?from=mail", "/"),
        ("/projects", "/projects"),
        ("/projects?sort=-budget&page=1&utm_source=x", "/projects"),
        (
            "/projects?sort=newest&category=trades",
            "/projects?category=trades",
        ),
        (
            "/projects?currency=EUR&category=trades",
            "/projects?category=trades&currency=EUR",
        ),
        ("/projects?page=99", "/projects"),
        (&format!("{project}?x"), &project),
        ("/sign-in?next=/dashboard", "/sign-in"),
        ("/api/docs", "/api/docs"),
    ] {
        let page = anybody.get(path).await.is(200);
        let expected = format!("{ORIGIN}{canonical_path}").replace('&', "&amp;");
        assert_eq!(canonical(&page.body), Some(expected), "{path}");
    }
    // Search engines must not index search results.
    let searched = anybody.get("/projects?q=oak+%26+glass").await.is(200).body;
    assert_eq!(canonical(&searched), None);
    assert!(searched.contains("<meta name=\"robots\" content=\"noindex\""));
    assert!(!anybody.get("/projects").await.body.contains("noindex"));
    assert_eq!(canonical(&anybody.get("/nothing").await.body), None);
    assert_eq!(
        canonical(&anybody.get("/projects?category=x").await.is(422).body),
        None
    );
    assert_eq!(
        canonical(&seller.get("/dashboard").await.is(200).body),
        None
    );
}
