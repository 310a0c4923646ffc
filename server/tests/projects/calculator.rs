//! The calculator of what remains of a price, without JavaScript.

use crate::support::{Client, count, site};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_server_answers_the_calculators_form_and_only_the_browser_remembers(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut visitor = Client::new(&site);
    let page = visitor.get("/calculator").await.is(200);
    page.says("What remains – Fee – Other costs – Tax –");
    assert_eq!(visitor.cookie("rates"), None);

    let sent = "/calculator?sent=yes&amount=1.250,50&currency=EUR&costs=100&fee=5&tax=19";
    let page = visitor.get(sent).await.is(200);
    page.says(
        "What remains of €1,250.50 €881.26 Fee (5%) €62.53 Other costs €100.00 Tax (19%) €206.71",
    );
    assert_eq!(visitor.cookie("rates"), Some("5-19"));
    // A link from a bid form has the price only.
    let page = visitor
        .get("/calculator?amount=1000&currency=CHF")
        .await
        .is(200);
    let page = page.says(
        "What remains of CHF\u{a0}1,000.00 CHF\u{a0}769.50"
            .replace('\u{a0}', " ")
            .as_str(),
    );
    assert!(page.body.contains("id=\"fee\"") && page.body.contains("value=\"19\""));
    // Both percentages are cleared.
    let cleared = "/calculator?sent=yes&amount=1000&currency=EUR&costs=&fee=&tax=";
    visitor
        .get(cleared)
        .await
        .is(200)
        .says("What remains of €1,000.00 €1,000.00");
    assert_eq!(visitor.cookie("rates"), Some("0-0"));
    assert_eq!(count(&pool, "session").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_no_number_is_refused_at_its_field(pool: PgPool) {
    let mut visitor = Client::new(&site(&pool, &[]));
    let sent = "/calculator?sent=yes&amount=&currency=EUR&costs=few&fee=101&tax=x";
    let page = visitor.get(sent).await.is(422);
    let page = page.says("Amount: Enter an amount.").says("What remains –");
    for field in ["amount", "costs", "fee", "tax"] {
        assert!(
            page.body.contains(&format!("id=\"{field}-error\"")),
            "{field}"
        );
    }
    page.says("Fee: Enter a percentage from 0 to 100, such as 19 or 7.5.");
    assert_eq!(visitor.cookie("rates"), None);
    // Nobody else's cookie breaks the page.
    visitor.set_cookie("rates", "101-<b>");
    visitor.get("/calculator").await.is(200);
}
