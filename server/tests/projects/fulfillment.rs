//! Where, by when and how long the work of a project is done: on the form and wherever the project is shown.

use crate::{
    client::{award, let_deadline_pass},
    support::{Answer, Client, count, day, deadline, site},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

const NEW: &str = "/projects/new";

/// Sends the form at `path` with these fields besides the required ones.
async fn send(
    seller: &mut Client,
    pool: &PgPool,
    path: &str,
    intent: &str,
    more: &[(&str, &str)],
) -> Answer {
    let deadline = deadline(pool, 3600).await;
    let key = seller.get(path).await.is(200).form_key();
    let mut fields = vec![
        ("form_key", key.as_str()),
        ("name", "A new shop window"),
        ("summary", "Letters and a sign"),
        ("description", "Two panes, lettered by hand."),
        ("category", "trades"),
        ("budget", "1000"),
        ("currency", "EUR"),
        ("deadline", deadline.as_str()),
        ("time_zone", "UTC"),
        ("intent", intent),
    ];
    fields.extend(more);
    seller.post(path, &fields).await
}

/// The same day as pages show it.
async fn day_on_pages(pool: &PgPool, ahead: i32) -> String {
    sqlx::query_scalar("select to_char(clock_timestamp() at time zone 'UTC' + make_interval(days => $1), 'FMDD Mon YYYY')")
        .bind(ahead)
        .fetch_one(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn place_delivery_date_and_duration_are_shown_wherever_the_project_is(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let mut buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let delivery = day(&pool, 60).await;
    let texts = [
        ("work_place", "on_site"),
        ("site", "Leeds & Bradford"),
        ("delivery_date", delivery.as_str()),
        ("duration", "3"),
        ("duration_unit", "weeks"),
    ];
    let facts = format!(
        "Where On site in Leeds & Bradford Delivery by {} Expected duration 3 weeks",
        day_on_pages(&pool, 60).await
    );
    let review = send(&mut seller, &pool, NEW, "review", &texts).await;
    let review = seller.get(review.is(303).location()).await.is(200);
    review.says(&facts);
    let published = send(&mut seller, &pool, NEW, "publish", &texts)
        .await
        .is(303);
    let path = published.location();
    buyer.get(path).await.is(200).says(&facts);
    for list in ["/projects", "/projects?q=window"] {
        let list = buyer.get(list).await.is(200);
        list.says("A new shop window Crafts & on-site work sam On site in Leeds & Bradford");
    }
    let feed = buyer.get("/projects.atom").await.is(200);
    assert!(
        feed.body
            .contains("Letters and a sign On site in Leeds &amp; Bradford."),
        "{}",
        feed.body
    );
    buyer.bid(path, "900").await.is(303);
    let id = path.trim_start_matches("/projects/").parse().unwrap();
    let_deadline_pass(&pool, id).await;
    award(&pool).await;
    let document = buyer.get(&format!("{path}/award")).await.is(200);
    document.says(&facts);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_seller_may_leave_all_of_them_out(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let published = send(
        &mut seller,
        &pool,
        NEW,
        "publish",
        &[("duration_unit", "days")],
    )
    .await;
    let page = seller.get(published.is(303).location()).await.is(200);
    for word in ["Where", "Delivery by", "Expected duration"] {
        assert!(!page.body.contains(&format!(">{word}<")), "{word}");
    }
    let list = seller.get("/projects").await.is(200);
    list.says("Crafts & on-site work sam Lowest bid");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let yesterday = day(&pool, -1).await;
    let wrong = [
        ("work_place", "on_site"),
        ("site", ""),
        ("delivery_date", yesterday.as_str()),
        ("duration", "1.5"),
        ("duration_unit", "months"),
    ];
    for intent in ["review", "publish"] {
        let refused = send(&mut seller, &pool, NEW, intent, &wrong).await.is(422);
        let refused = refused
            .says("Town or area: Enter a town or area.")
            .says("Delivery date: The work can’t be due before bidding ends.")
            .says("Expected duration: Enter a whole number such as 3.");
        for value in [
            "<option value=\"on_site\" selected",
            "<option value=\"months\" selected",
            "value=\"1.5\"",
            &format!("value=\"{yesterday}\""),
        ] {
            assert!(refused.body.contains(value), "{value}");
        }
    }
    assert_eq!(count(&pool, "project").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_draft_keeps_what_is_there_even_without_a_site(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let texts = [
        ("work_place", "on_site"),
        ("duration", "14"),
        ("duration_unit", "days"),
    ];
    let saved = send(&mut seller, &pool, NEW, "draft", &texts).await.is(303);
    let draft = saved.location().to_owned();
    let form = seller.get(&draft).await.is(200);
    for shown in [
        "<option value=\"on_site\" selected",
        "<option value=\"weeks\" selected",
    ] {
        assert!(form.body.contains(shown), "{shown}");
    }
    let refused = send(&mut seller, &pool, &draft, "publish", &texts).await;
    refused.is(422).says("Town or area: Enter a town or area.");
    let remote = [("work_place", "remote")];
    let published = send(&mut seller, &pool, &draft, "publish", &remote).await;
    let page = seller.get(published.is(303).location()).await.is(200);
    assert!(page.says("Where Remote").body.find("14 days").is_none());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_database_keeps_the_rules_too(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    seller.publish(&pool, "A shop sign", 3600).await;
    for (change, constraint) in [
        ("work_place = 'moon'", "project_work_place"),
        ("work_place = 'on_site'", "project_site"),
        ("site = 'Leeds'", "project_site"),
        ("work_place = 'remote', site = 'Leeds'", "project_site"),
        ("work_place = 'on_site', site = ''", "project_site_length"),
        (
            "work_place = 'on_site', site = repeat('x', 81)",
            "project_site_length",
        ),
        (
            "delivery_date = deadline::date - 2",
            "project_delivery_date",
        ),
        (
            "delivery_date = deadline::date + 733",
            "project_delivery_date",
        ),
        ("duration_days = 0", "project_duration"),
        ("duration_days = 731", "project_duration"),
    ] {
        let statement = sqlx::AssertSqlSafe(format!("update project set {change}"));
        let refused = sqlx::raw_sql(statement).execute(&pool).await.unwrap_err();
        let refused = refused.into_database_error().unwrap();
        assert_eq!(refused.constraint(), Some(constraint), "{change}");
    }
}
