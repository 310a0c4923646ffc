//! The headings of pages, in the order in which a screen reader visits them.

use crate::support::{Client, deadline, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

/// The heading levels, in order.
fn levels(html: &str) -> Vec<u32> {
    html.split("<h")
        .skip(1)
        .filter(|rest| rest[1..].starts_with([' ', '>']))
        .filter_map(|rest| rest.chars().next()?.to_digit(10))
        .collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn heading_levels_in_a_description_continue_those_of_the_page(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let deadline = deadline(&pool, 3600).await;
    for (description, expected) in [
        ("# Scope\n\n### Detail\n\n# Terms", vec![3, 4, 3]),
        ("#### Detail\n\n# Scope\n\n###### Fine print", vec![3, 3, 4]),
    ] {
        let key = seller.get("/projects/new").await.is(200).form_key();
        let fields = [
            ("form_key", key.as_str()),
            ("name", "A window"),
            ("summary", "Letters"),
            ("description", description),
            ("category", "trades"),
            ("budget", "1000"),
            ("currency", "EUR"),
            ("deadline", deadline.as_str()),
            ("time_zone", "UTC"),
            ("intent", "publish"),
        ];
        let posted = seller.post("/projects/new", &fields).await.is(303);
        let page = Client::new(&site).get(posted.location()).await.is(200);
        let (_, text) = page.body.split_once("id=\"description\"").unwrap();
        let (text, _) = text.split_once("</section>").unwrap();
        assert_eq!(levels(text), expected, "{description}");
        let mut before = 0;
        for level in levels(&page.body) {
            assert!(level <= before + 1, "h{level} after h{before}");
            before = level;
        }
        assert_eq!(page.body.matches("<h1").count(), 1);
    }
}
