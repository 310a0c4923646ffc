//! The page that asks before an unusually low bid is placed.

use crate::{
    scene,
    support::{Answer, Client, count},
};
use guildhall::store::MIGRATIONS;
use serde_json::{Value, json};
use sqlx::PgPool;

/// The value of a hidden field of the page's form.
fn hidden<'a>(page: &'a Answer, name: &str) -> &'a str {
    let (_, after) = page
        .body
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap();
    after.split('"').next().unwrap()
}

/// Presses the button on the confirmation page.
async fn confirm(buyer: &mut Client, project: &str, page: &Answer) -> Answer {
    let fields = ["form_key", "amount", "confirmed"].map(|name| (name, hidden(page, name)));
    buyer.post(&format!("{project}/bids"), &fields).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_far_below_the_others_must_be_confirmed_and_is_then_placed_once(pool: PgPool) {
    let (mut buyer, mut other, path) = scene(&pool).await;
    other.bid(&path, "900").await.is(303);
    let page = buyer.bid(&path, "70").await.is(409).says("Bid €70.00 ?");
    let page = page.says("You bid €70.00 for the whole project A new shop window .");
    let page = page.says("That is 92% below the next lowest bid, €900.00 .");
    let page = page.says("The lowest bid wins at").says("Change my bid");
    assert!(page.body.contains("name=\"change\""));
    assert!(!page.body.contains("otto"));
    assert_eq!(count(&pool, "bid").await, 1);
    assert_eq!(count(&pool, "receipt where account_id = 2").await, 0);

    let placed = confirm(&mut buyer, &path, &page).await.is(303);
    assert_eq!(placed.location(), path);
    buyer.get(&path).await.says("Your bid is in.");
    // The button is pressed again.
    confirm(&mut buyer, &path, &page).await.is(303);
    // The form that led to the confirmation page is sent again from the browser's history.
    let form = [("form_key", hidden(&page, "form_key")), ("amount", "70")];
    buyer.post(&format!("{path}/bids"), &form).await.is(303);
    assert_eq!(count(&pool, "bid where amount_minor = 7000").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bid_below_a_tenth_of_the_budget_must_be_confirmed_if_nobody_else_has_bid(pool: PgPool) {
    let (mut buyer, mut other, path) = scene(&pool).await;
    buyer.bid(&path, "100").await.is(303);
    // The buyer's own bid does not count.
    let page = buyer.bid(&path, "99,99 €").await.is(409);
    page.says("That is less than a tenth of the maximum budget of €1,000.00 .");
    other.bid(&path, "71").await.is(303);
    // This is 30 % below the only other bid.
    let page = buyer.bid(&path, "49.70").await.is(409);
    page.says("That is 30% below the next lowest bid, €71.00 .");
    buyer.bid(&path, "49.71").await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_confirmation_counts_only_for_the_amount_that_was_shown(pool: PgPool) {
    let (mut buyer, _, path) = scene(&pool).await;
    let page = buyer.bid(&path, "70").await.is(409);
    let changed = [
        ("form_key", hidden(&page, "form_key")),
        ("amount", "7"),
        ("confirmed", "70"),
    ];
    let bids = format!("{path}/bids");
    let page = buyer.post(&bids, &changed).await.is(409);
    page.says("You bid €7.00 for the whole project");
    assert_eq!(count(&pool, "bid").await, 0);
    // A bid that can't be placed is refused without a confirmation page.
    sqlx::query("update project set deadline = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    let late = buyer.post(&bids, &changed).await.is(405);
    late.says("deadline has passed");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_unusually_low_bid_from_an_island_is_refused_as_unconfirmed(pool: PgPool) {
    let (mut buyer, _, path) = scene(&pool).await;
    let project: i64 = path.strip_prefix("/projects/").unwrap().parse().unwrap();
    let key = uuid::Uuid::new_v4().to_string();
    let arguments = json!({ "project": project, "amount": "70", "form_key": key });
    let answer = buyer.call("place-bid", &arguments).await.is(409);
    let refused: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(refused["kind"], "unconfirmed");
    assert_eq!(
        refused["message"],
        "You bid €70.00 for the whole project. That is less than a tenth of the €1,000.00 budget. Bid €70.00 anyway?"
    );
    let form = [("form_key", key.as_str()), ("amount", "70")];
    let page = buyer.post(&format!("{path}/bids"), &form).await.is(409);
    confirm(&mut buyer, &path, &page).await.is(303);
    // The island's call is sent again, after the bid was placed.
    buyer.call("place-bid", &arguments).await.is(200);
    assert_eq!(count(&pool, "bid").await, 1);
}
