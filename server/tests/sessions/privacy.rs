//! The privacy page.

use crate::support::{Client, site};
use guildhall::{privacy::KEPT, store::MIGRATIONS};
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_privacy_page_says_what_is_kept_to_everybody(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut page = Client::new(&site).get("/privacy").await.is(200);
    for kept in KEPT {
        for text in [
            kept.what,
            kept.why,
            &kept.period.to_string(),
            &kept.at_erasure.to_string(),
        ] {
            page = page.says(text);
        }
    }
    let home = Client::new(&site).get("/").await.is(200);
    assert!(home.body.contains("href=\"/privacy\""), "the footer");
}
