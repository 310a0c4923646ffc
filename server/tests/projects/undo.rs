//! Undoing a bid through the pages.

use crate::{
    scene,
    support::{Answer, Client, count},
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

/// The value of the hidden field `bid`, if the page has the button.
fn undoable_bid(page: &Answer) -> Option<&str> {
    let (_, after) = page.body.split_once("name=\"bid\" value=\"")?;
    after.split('"').next()
}

async fn undo(buyer: &mut Client, project: &str, page: &Answer) -> Answer {
    let (key, bid) = (page.form_key(), undoable_bid(page).unwrap());
    let fields = [("form_key", key.as_str()), ("bid", bid)];
    buyer.post(&format!("{project}/undo"), &fields).await
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_typing_mistake_is_undone_and_the_real_amount_bid(pool: PgPool) {
    let (mut buyer, mut other, path) = scene(&pool).await;
    buyer.bid(&path, "690").await.is(303);
    let page = buyer.get(&path).await.says("Your bid is in.");
    assert_eq!(page.body.matches("action=\"/projects/1/undo\"").count(), 1);
    let page = page.says("You can undo this bid until");
    // The message is shown once; then the button is beside the bid.
    let again = buyer.get(&path).await;
    assert_eq!(undoable_bid(&again), undoable_bid(&page));
    assert_eq!(again.body.matches("action=\"/projects/1/undo\"").count(), 1);
    let stranger = other.get(&path).await.is(200);
    assert_eq!(undoable_bid(&stranger), None);

    let answer = undo(&mut buyer, &path, &page).await.is(303);
    assert_eq!(answer.location(), path);
    let page = buyer.get(&path).await;
    let page = page.says("Your bid is undone, as if you had not placed it.");
    let page = page.says("Undone").says("No bid yet");
    let page = page.says("at most €1,000.00 . No active bids yet: any bid up to €1,000.00 leads.");
    assert_eq!(undoable_bid(&page), None);

    // The form, sent again, undoes nothing more.
    buyer.bid(&path, "700").await.is(303);
    let fields = [("form_key", page.form_key()), ("bid", "1".to_owned())];
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let repeated = buyer.post(&format!("{path}/undo"), &fields).await.is(409);
    repeated.says("This bid is no longer active, so it can't be undone.");
    assert_eq!(
        count(&pool, "bid where state = 'live' and amount_minor = 70000").await,
        1
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_earlier_bid_is_active_again(pool: PgPool) {
    let (mut buyer, mut other, path) = scene(&pool).await;
    buyer.bid(&path, "900").await.is(303);
    other.bid(&path, "850").await.is(303);
    buyer.bid(&path, "840").await.is(303);
    let page = buyer.get(&path).await;
    let (key, bid) = (page.form_key(), undoable_bid(&page).unwrap().to_owned());
    let fields = [("form_key", key.as_str()), ("bid", bid.as_str())];
    for _ in 0..2 {
        let undone = buyer.post(&format!("{path}/undo"), &fields).await;
        undone.is(303);
    }
    let page = buyer.get(&path).await;
    let page = page.says("Your bid is undone. Your earlier bid of €900.00 is active again.");
    let page = page.says("€50.00 above the lowest");
    page.says("must be lower than €900.00 . Bid less than €850.00 to lead.");
    // A second undo within a minute is refused.
    buyer.bid(&path, "830").await.is(303);
    let page = buyer.get(&path).await;
    assert_eq!(undoable_bid(&page), None);
    let fields = [("form_key", key.as_str()), ("bid", "4")];
    let soon = buyer.post(&format!("{path}/undo"), &fields).await.is(409);
    soon.says("You can withdraw this one instead.");
    sqlx::query("update bid set accepted_at = accepted_at - interval '1 minute'")
        .execute(&pool)
        .await
        .unwrap();
    let late = buyer.post(&format!("{path}/undo"), &fields).await.is(405);
    late.says("for 60 seconds after it was placed. You can withdraw it instead");
    buyer.get(&format!("{path}/undo")).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_undone_bid_that_is_sent_again_is_not_reported_as_accepted(pool: PgPool) {
    let (mut buyer, _, path) = scene(&pool).await;
    let key = buyer.get(&path).await.form_key();
    let (bids, form) = (
        format!("{path}/bids"),
        [("form_key", key.as_str()), ("amount", "690")],
    );
    buyer.post(&bids, &form).await.is(303);
    let arguments = json!({ "project": 1, "bid": 1, "form_key": key });
    buyer.call("undo-bid", &arguments).await.is(200);
    buyer.call("undo-bid", &arguments).await.is(200);
    assert_eq!(count(&pool, "outbox where kind = 'bid.withdrawn'").await, 1);
    let page = buyer.post(&bids, &form).await.is(409);
    let page = page.says("You undid this bid. If you mean it after all, place it again.");
    let key = page.form_key();
    let form = [("form_key", key.as_str()), ("amount", "690")];
    buyer.post(&bids, &form).await.is(303);
    assert_eq!(count(&pool, "bid where state = 'live'").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_withdrawal_page_offers_to_undo_and_withdraws_only_the_bid_it_names(pool: PgPool) {
    let (mut buyer, _, path) = scene(&pool).await;
    buyer.bid(&path, "800").await.is(303);
    buyer.bid(&path, "790").await.is(303);
    let withdrawal = format!("{path}/withdraw");
    let page = buyer.get(&withdrawal).await.is(200);
    let page = page.says("Your bid of €790.00").says("Undo it instead?");
    let bid = undoable_bid(&page).unwrap().to_owned();
    let withdraw = |page: &Answer| [("form_key", page.form_key()), ("bid", bid.clone())];
    undo(&mut buyer, &path, &page).await.is(303);

    let fields = withdraw(&page);
    let fields = fields
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    let late = buyer.post(&withdrawal, &fields).await.is(409);
    late.says("This page was out of date");
    let live = "bid where state = 'live' and amount_minor = 80000";
    assert_eq!(count(&pool, live).await, 1);
    let page = buyer.get(&withdrawal).await.is(200);
    let page = page.says("Your bid of €800.00");
    assert!(!page.body.contains("Undo it instead?"), "once a minute");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_note_to_an_undone_bid_is_in_the_form_again_and_nowhere_else(pool: PgPool) {
    let (mut buyer, mut other, path) = scene(&pool).await;
    let key = buyer.get(&path).await.form_key();
    let fields = [
        ("amount", "690"),
        ("note", "I can start on Monday."),
        ("form_key", &*key),
    ];
    buyer.post(&format!("{path}/bids"), &fields).await.is(303);
    let page = buyer.get(&path).await;
    undo(&mut buyer, &path, &page).await.is(303);
    assert_eq!(count(&pool, "bid where note is not null").await, 0);
    let shown = buyer.get(&path).await.is(200).body;
    let (_, textarea) = shown.split_once("id=\"note\"").unwrap();
    assert!(
        textarea.contains(">I can start on Monday.</textarea>")
            || textarea.contains(">\nI can start on Monday.</textarea>")
    );
    for browser in [&mut buyer, &mut other] {
        let page = browser.get(&path).await.is(200).body;
        assert!(!page.contains("start on Monday"));
    }
}
