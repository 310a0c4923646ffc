//! What crawlers may request, and which projects they find.

use crate::support::{Client, deadline, site};
use guildhall::{project::PART_SIZE, store::MIGRATIONS};
use sqlx::PgPool;

const ORIGIN: &str = "https://guildhall.example";
const FLAGS: [&str; 3] = ["--public-url", ORIGIN, "--no-daily-limits"];

/// The URLs in a sitemap.
fn addresses(xml: &str) -> Vec<&str> {
    xml.split("<loc>")
        .skip(1)
        .map(|rest| rest.split_once("</loc>").unwrap().0)
        .collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn robots_txt_names_the_sitemap_and_the_private_pages(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let robots = Client::new(&site).get("/robots.txt").await.is(200);
    assert_eq!(robots.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(robots.header("cache-control"), "public, max-age=600");
    let lines: Vec<&str> = robots.body.lines().collect();
    assert_eq!(lines[0], "User-agent: *");
    for rule in [
        "/account",
        "/settings",
        "/oauth/",
        "/api/v1/",
        "/projects/*/edit",
    ] {
        assert!(
            lines.contains(&format!("Disallow: {rule}").as_str()),
            "{rule}"
        );
    }
    assert!(lines.contains(&format!("Sitemap: {ORIGIN}/sitemap.xml").as_str()));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_sitemap_lists_open_projects_and_no_others(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let open = seller.publish(&pool, "A window", 3600).await;
    let cancelled = seller.publish(&pool, "A door", 3600).await;
    let cancel = format!("{cancelled}/cancel");
    let key = seller.get(&cancel).await.form_key();
    seller.post(&cancel, &[("form_key", &key)]).await.is(303);
    let draft = draft(&mut seller, &pool).await;
    let mut crawler = Client::new(&site);
    let index = crawler.get("/sitemap.xml").await.is(200);
    assert_eq!(
        index.header("content-type"),
        "application/xml; charset=utf-8"
    );
    assert_eq!(index.header("cache-control"), "public, max-age=600");
    assert!(
        index
            .body
            .contains("<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">")
    );
    let parts = addresses(&index.body);
    assert_eq!(
        parts,
        [
            format!("{ORIGIN}/sitemap.xml?part=pages"),
            format!("{ORIGIN}/sitemap.xml?part=0")
        ]
    );
    let part = crawler.get("/sitemap.xml?part=0").await.is(200);
    assert!(
        part.body
            .contains("<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">")
    );
    assert_eq!(
        addresses(&part.body),
        [format!("{ORIGIN}{open}")],
        "neither {cancelled} nor {draft} is listed"
    );
    let (_, changed) = part.body.split_once("<lastmod>").unwrap();
    let (changed, _) = changed.split_once("</lastmod>").unwrap();
    let published: bool = sqlx::query_scalar(
        "select published_at = $1::timestamptz from project where state = 'open'",
    )
    .bind(changed)
    .fetch_one(&pool)
    .await
    .unwrap();
    assert!(published, "{changed}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_url_in_the_sitemap_is_a_page(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    seller.publish(&pool, "A window", 3600).await;
    let mut crawler = Client::new(&site);
    let index = crawler.get("/sitemap.xml").await.is(200);
    for part in addresses(&index.body) {
        let part = crawler
            .get(part.strip_prefix(ORIGIN).unwrap())
            .await
            .is(200);
        for address in addresses(&part.body) {
            let page = crawler
                .get(address.strip_prefix(ORIGIN).unwrap())
                .await
                .is(200);
            let known_as = format!("<link rel=\"canonical\" href=\"{address}\"");
            assert!(page.body.contains(&known_as), "{address}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn distant_ids_are_in_separate_parts(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let first = seller.publish(&pool, "A window", 3600).await;
    let next = 7 * PART_SIZE - 1;
    sqlx::query("select setval(pg_get_serial_sequence('project', 'id'), $1, false)")
        .bind(next)
        .execute(&pool)
        .await
        .unwrap();
    let last_of_a_part = seller.publish(&pool, "A door", 3600).await;
    let first_of_a_part = seller.publish(&pool, "A gate", 3600).await;
    let mut crawler = Client::new(&site);
    let index = crawler.get("/sitemap.xml").await.is(200);
    let parts = addresses(&index.body);
    let names: Vec<&str> = parts
        .iter()
        .map(|part| part.rsplit_once('=').unwrap().1)
        .collect();
    assert_eq!(names, ["pages", "0", "6", "7"]);
    for (part, path) in [(0, first), (6, last_of_a_part), (7, first_of_a_part)] {
        let part = crawler
            .get(&format!("/sitemap.xml?part={part}"))
            .await
            .is(200);
        assert_eq!(addresses(&part.body), [format!("{ORIGIN}{path}")]);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_part_without_open_projects_is_not_found(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut crawler = Client::new(&site);
    let index = crawler.get("/sitemap.xml").await.is(200);
    assert_eq!(
        addresses(&index.body),
        [format!("{ORIGIN}/sitemap.xml?part=pages")]
    );
    for part in ["0", "4294967295", "99999999999", "-1", "x", ""] {
        crawler
            .get(&format!("/sitemap.xml?part={part}"))
            .await
            .is(404);
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn crawlers_are_limited_by_the_page_rate_limit(pool: PgPool) {
    let site = site(&pool, &[&FLAGS[..], &["--page-rate-limit", "2"]].concat());
    for path in ["/robots.txt", "/sitemap.xml", "/sitemap.xml?part=0"] {
        let mut crawler = Client::new(&site);
        let mut refused = false;
        for _ in 0..10 {
            refused |= crawler.get(path).await.status == 429;
        }
        assert!(refused, "{path}");
    }
}

/// Saves a draft and returns its path.
async fn draft(seller: &mut Client, pool: &PgPool) -> String {
    let deadline = deadline(pool, 3600).await;
    let key = seller.get("/projects/new").await.is(200).form_key();
    let fields = [
        ("form_key", key.as_str()),
        ("name", "A roof"),
        ("category", "trades"),
        ("currency", "EUR"),
        ("deadline", deadline.as_str()),
        ("time_zone", "UTC"),
        ("intent", "draft"),
    ];
    let saved = seller.post("/projects/new", &fields).await.is(303);
    saved.location().to_owned()
}
