//! Markup for narrow pages, keyboards, printing and browsers without the style sheet; the projects on the front page.

use crate::support::{Client, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_svg_has_a_size(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let project = seller.publish(&pool, "A window", 3600).await;
    let mut buyer = Client::member(&site, "buyer", "ada@example.com").await;
    let mut stranger = Client::new(&site);
    let refused = stranger.post("/sign-in", &[]).await.is(422);
    let mut drawings = drawings(&refused.body);
    for path in [
        "/",
        "/projects",
        "/projects?q=bakery",
        "/projects?q=nothing",
        "/how-it-works",
        "/privacy",
        "/projects/new",
        "/dashboard",
        "/account",
        "/account/calendar",
        "/account/tokens",
        "/account/programs",
        "/account/programs/new",
        "/settings",
        "/sign-in",
        "/sign-up",
        "/device",
        "/api/docs",
        "/api/docs/problems",
        "/api/docs/problems/above-budget",
        "/nothing",
        &project,
    ] {
        for client in [&mut seller, &mut buyer, &mut stranger] {
            drawings.extend(self::drawings(&client.get(path).await.body));
        }
    }
    assert!(drawings.len() > 100, "{} drawings", drawings.len());
    for drawing in drawings {
        let has = |attribute: &str| drawing.contains(&format!(" {attribute}=\""));
        assert!(has("width") && has("height"), "{drawing}");
    }
}

/// The opening tags of all SVGs.
fn drawings(html: &str) -> Vec<String> {
    html.split("<svg")
        .skip(1)
        .filter_map(|rest| rest.split_once('>'))
        .map(|(attributes, _)| attributes.to_owned())
        .collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_front_page_shows_nine_projects_and_links_to_all(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut paths = Vec::new();
    for hours in 1..=14 {
        paths.push(seller.publish(&pool, "A window", hours * 3600).await);
    }
    let mut buyer = Client::member(&site, "buyer", "ada@example.com").await;
    buyer.bid(&paths[13], "500").await.is(303);
    let page = buyer
        .get("/")
        .await
        .is(200)
        .says("See all 14 open projects");
    // These are the projects that close next, except that project 13, which has a bid, takes the last place.
    let is_shown = |path: &String| page.body.contains(&format!("href=\"{path}\""));
    let shown: Vec<usize> = (0..14).filter(|&n| is_shown(&paths[n])).collect();
    assert_eq!(shown, [0, 1, 2, 3, 4, 5, 6, 7, 13]);
    assert_eq!(page.body.matches("class=\"card-project\"").count(), 8);
    let (before, _) = page.body.split_once("See all ").unwrap();
    let (_, link) = before.rsplit_once("<a ").unwrap();
    assert!(link.contains("href=\"/projects\""), "{link}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn everything_that_scrolls_sideways_is_a_named_region(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let key = seller.get("/projects/new").await.is(200).form_key();
    let description = "| a | b |\n|---|---|\n| 1 | 2 |\n\n```\na line of code that is longer than narrow pages\n```";
    let preview = seller
        .post(
            "/projects/new",
            &[
                ("form_key", &key),
                ("name", "A window"),
                ("description", description),
                ("category", "trades"),
                ("currency", "EUR"),
                ("intent", "preview"),
            ],
        )
        .await
        .is(200);
    for name in ["Table 1", "Code 1"] {
        let region = format!(
            "<div class=\"scrolling\" tabindex=\"0\" role=\"region\" aria-label=\"{name}\">"
        );
        assert!(preview.body.contains(&region), "{name}: {}", preview.body);
    }
    let mut stranger = Client::new(&site);
    for path in ["/api/docs", "/api/docs/problems"] {
        let page = stranger.get(path).await.is(200).body;
        let tables: Vec<&str> = page.split("<table").collect();
        assert!(tables.len() > 1, "{path}");
        for before in &tables[..tables.len() - 1] {
            let (_, around) = before.rsplit_once('<').unwrap();
            let has = |attribute: &str| around.contains(attribute);
            assert!(
                has("tabindex=\"0\"") && has("role=\"region\"") && has("aria-label=\""),
                "{path}: {around}"
            );
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_printed_page_shows_url_and_time_but_not_the_query(pool: PgPool) {
    let site = site(&pool, &["--public-url", "https://guildhall.example"]);
    let page = Client::new(&site)
        .get("/projects?q=secret")
        .await
        .is(200)
        .body;
    let (_, note) = page
        .split_once("<div class=\"print-note")
        .expect("a print note");
    let note = crate::support::text_of(note.split_once("</div>").expect("the end of the note").0);
    assert!(
        note.contains("https://guildhall.example/projects, as it was on"),
        "{note}"
    );
    assert!(note.ends_with(" UTC") && !note.contains("secret"), "{note}");
}
