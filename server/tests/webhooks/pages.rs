//! What owners do with their webhooks on the pages, without JavaScript.

use crate::{
    receiver::{Receiver, own_network},
    support::{Answer, BASE_URL, Client, count, site, until_waiting},
};
use axum::Router;
use guildhall::store::MIGRATIONS;
use server::worker::{WebhookClient, WebhookSender};
use sqlx::PgPool;

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nthanks";
/// The operator's own network is this machine.
const FLAGS: [&str; 2] = ["--webhook-networks", "127.0.0.0/8"];

/// Adds a webhook; returns the answer and its page's path.
async fn add(client: &mut Client, pool: &PgPool, format: &str, url: &str) -> (Answer, String) {
    let key = client.get("/account/webhooks").await.is(200).form_key();
    let fields = [
        ("form_key", key.as_str()),
        ("name", "Ops"),
        ("format", format),
        ("url", url),
    ];
    let added = client.post("/account/webhooks", &fields).await;
    let newest: Option<i64> = sqlx::query_scalar("select max(id) from webhook")
        .fetch_one(pool)
        .await
        .unwrap();
    (
        added,
        format!("/account/webhooks/{}", newest.unwrap_or_default()),
    )
}

async fn seller(site: &Router) -> Client {
    Client::member(site, "seller", "sam@example.com").await
}

async fn post_due(pool: &PgPool) -> usize {
    let client = WebhookClient::new(&own_network(), BASE_URL).unwrap();
    WebhookSender::new(pool.clone(), client)
        .pass()
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_webhook_is_added_tested_and_its_log_read_and_sent_again(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut sam = seller(&site).await;
    let mut receiver = Receiver::start(OK).await;
    let (added, path) = add(&mut sam, &pool, "standard", &receiver.url).await;
    let added = added
        .is(200)
        .says("it will not be shown again")
        .says("whsec_");
    assert_eq!(added.header("cache-control"), "no-store");
    let shown = sam
        .get(&path)
        .await
        .is(200)
        .says("Nothing has been sent yet.");
    assert!(!shown.body.contains("whsec_"));
    assert_eq!(
        sam.post(&format!("{path}/test"), &[])
            .await
            .is(303)
            .location(),
        path
    );
    assert_eq!(post_due(&pool).await, 1);
    assert_eq!(receiver.requests().len(), 1);
    let logged = sam
        .get(&path)
        .await
        .is(200)
        .says("Accepted (200)")
        .says("thanks");
    let (_, attempt) = logged.body.split_once("name=\"attempt\" value=\"").unwrap();
    let attempt = attempt.split('"').next().unwrap();
    sam.post(&format!("{path}/replay"), &[("attempt", attempt)])
        .await
        .is(303);
    assert_eq!(post_due(&pool).await, 1);
    assert_eq!(receiver.requests().len(), 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_same_form_adds_one_webhook_and_shows_the_same_secret(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = seller(&site).await;
    let key = sam.get("/account/webhooks").await.is(200).form_key();
    let fields = [
        ("form_key", key.as_str()),
        ("name", "Ops"),
        ("format", "standard"),
        ("url", "https://hooks.example.com/"),
    ];
    let mut secrets = Vec::new();
    for _ in 0..2 {
        let added = sam.post("/account/webhooks", &fields).await.is(200);
        let (_, secret) = added.body.split_once("whsec_").unwrap();
        secrets.push(secret[..44].to_owned());
    }
    assert_eq!(secrets[0], secrets[1]);
    assert_eq!(count(&pool, "webhook").await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_wrong_address_keeps_what_was_typed_and_says_what_is_wrong(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = seller(&site).await;
    for (url, says) in [
        (
            "https://127.0.0.1/hook",
            "This address is not on the public internet.",
        ),
        (
            "https://[::ffff:10.0.0.1]/hook",
            "This address is not on the public internet.",
        ),
        (
            "http://hooks.example.com/hook",
            "Enter an address that begins with https://.",
        ),
        (
            "https://ada:pass@hooks.example.com/",
            "Leave out the name and password",
        ),
    ] {
        let (refused, _) = add(&mut sam, &pool, "standard", url).await;
        let refused = refused.is(422).says(says);
        assert!(
            refused.body.contains("value=\"Ops\""),
            "what was typed is kept"
        );
        assert!(refused.body.contains(url), "{url}");
    }
    assert_eq!(count(&pool, "webhook").await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_address_of_a_chat_is_not_shown_again(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = seller(&site).await;
    let url = "https://hooks.chat.example/services/T0/B0/s3cr3tWxYz";
    let (added, path) = add(&mut sam, &pool, "slack", url).await;
    assert_eq!(added.is(303).location(), path);
    for page in [
        path.clone(),
        "/account/webhooks".to_owned(),
        format!("{path}/remove"),
    ] {
        let page = sam.get(&page).await.is(200);
        assert!(!page.body.contains("s3cr3t"));
    }
    let page = sam
        .get(&path)
        .await
        .is(200)
        .says("hooks.chat.example/…WxYz");
    assert!(
        !page.body.contains("Make a new secret"),
        "a chat verifies nothing"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_secret_is_rotated_and_a_webhook_turned_off_on_and_removed(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = seller(&site).await;
    let (_, path) = add(&mut sam, &pool, "standard", "https://hooks.example.com/").await;
    let key = sam.get(&path).await.is(200).form_key();
    let rotated = sam
        .post(&format!("{path}/secret"), &[("form_key", &key)])
        .await;
    let rotated = rotated
        .is(200)
        .says("whsec_")
        .says("The previous and the current secret both");
    assert_eq!(rotated.header("cache-control"), "no-store");
    assert!(!rotated.body.contains("Make a new secret"));
    let key = sam.get("/account/webhooks").await.is(200).form_key();
    sam.post(&format!("{path}/secret"), &[("form_key", &key)])
        .await
        .is(409)
        .says("You can replace it again in 24 hours.");
    sam.post(&format!("{path}/off"), &[]).await.is(303);
    sam.get(&path)
        .await
        .is(200)
        .says("This webhook is turned off.");
    sam.post(&format!("{path}/test"), &[])
        .await
        .is(409)
        .says("Turn it on first.");
    sam.post(&format!("{path}/on"), &[]).await.is(303);
    sam.post(&format!("{path}/test"), &[]).await.is(303);
    sam.get(&format!("{path}/remove"))
        .await
        .is(200)
        .says("Remove Ops?");
    for _ in 0..2 {
        assert_eq!(
            sam.post(&format!("{path}/remove"), &[])
                .await
                .is(303)
                .location(),
            "/account/webhooks"
        );
    }
    sam.get(&path).await.is(404);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_message_that_failed_is_tried_at_once_and_others_are_said_to_wait_for_it(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut sam = seller(&site).await;
    let receiver = Receiver::start("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n").await;
    let (_, path) = add(&mut sam, &pool, "slack", &receiver.url).await;
    let [test, again] = ["test", "send-again"].map(|act| format!("{path}/{act}"));
    let press = async |sam: &mut Client, button: &str| {
        sam.post(button, &[]).await.is(303);
        sam.get(&path).await.is(200)
    };
    press(&mut sam, &again)
        .await
        .says("No message is waiting for another try.");
    press(&mut sam, &test)
        .await
        .says("The test message is on its way.");
    press(&mut sam, &test)
        .await
        .says("The test message is sent after 1 earlier message.");
    assert_eq!(post_due(&pool).await, 1);
    sqlx::query("update webhook set next_try_at = next_try_at + interval '1 hour'")
        .execute(&pool)
        .await
        .unwrap();
    sam.get(&path)
        .await
        .is(200)
        .says("The last attempt failed.")
        .says("Try now");
    press(&mut sam, &test)
        .await
        .says("The test message waits for 2 earlier messages.");
    assert_eq!(post_due(&pool).await, 0);
    press(&mut sam, &again)
        .await
        .says("We are trying again now.");
    sqlx::query("update webhook set attempts = 9")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(post_due(&pool).await, 1);
    sam.get(&path)
        .await
        .is(200)
        .says("because a message failed 10 times.")
        .says("Try now");
    press(&mut sam, &again)
        .await
        .says("We are trying again now.");
    assert_eq!(post_due(&pool).await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn messages_by_hand_are_limited_to_ten_at_once(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = seller(&site).await;
    let (_, path) = add(&mut sam, &pool, "slack", "https://hooks.example.com/").await;
    for _ in 0..10 {
        sam.post(&format!("{path}/test"), &[]).await.is(303);
    }
    let refused = sam.post(&format!("{path}/test"), &[]).await.is(429);
    refused.says("You can send another one in");
    // To try a failed message at once is to send one by hand.
    sam.post(&format!("{path}/send-again"), &[]).await.is(429);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_choice_of_notifications_has_the_channels_that_somebody_has(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut sam = seller(&site).await;
    let none = sam.get("/account/notices").await.is(200);
    assert!(!none.body.contains(":webhook") && !none.body.contains(":chat"));
    add(&mut sam, &pool, "slack", "https://hooks.example.com/").await;
    let choices = sam.get("/account/notices").await.is(200);
    assert!(choices.body.contains("bid.first:chat") && !choices.body.contains(":webhook"));
    assert!(
        !choices.body.contains("account.password_changed:chat"),
        "security stays private"
    );
    let off = async || -> Vec<(String, String)> {
        sqlx::query_as(
            "select kind, channel from notice_off where channel = 'chat' order by kind limit 2",
        )
        .fetch_all(&pool)
        .await
        .unwrap()
    };
    let fields = [("wanted", "bid.first:chat"), ("shown", "chat")];
    sam.post("/account/notices", &fields).await.is(303);
    let chosen = off().await;
    assert!(!chosen.is_empty() && chosen.iter().all(|(kind, _)| kind != "bid.first"));
    // The page has one field for all channels beside those that everybody has.
    add(&mut sam, &pool, "standard", "https://hooks.example.com/").await;
    let choices = sam.get("/account/notices").await.is(200);
    assert!(
        choices
            .body
            .contains("name=\"shown\" value=\"webhook chat\"")
    );
    let fields = [("wanted", "bid.lowest:chat"), ("shown", "webhook chat")];
    sam.post("/account/notices", &fields).await.is(303);
    let first_bid: Vec<String> = sqlx::query_scalar(
        "select channel from notice_off where kind = 'bid.first' and channel <> 'email' and channel <> 'site' order by channel",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    assert_eq!(first_bid, ["chat", "webhook"]);
    let chosen = off().await;
    // A form from before the webhook was added changes nothing about it.
    sam.post("/account/notices", &[("wanted", "bid.first:site")])
        .await
        .is(303);
    assert_eq!(off().await, chosen);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_attempt_between_two_queries_appears_in_no_part_of_a_page(pool: PgPool) {
    let site = site(&pool, &FLAGS);
    let mut sam = seller(&site).await;
    let receiver = Receiver::start(OK).await;
    let (_, path) = add(&mut sam, &pool, "standard", &receiver.url).await;
    // The page has read the webhook and is waiting to read its log when the receiver turns out to be gone.
    let mut holder = pool.begin().await.unwrap();
    sqlx::query("lock table webhook_attempt in access exclusive mode")
        .execute(&mut *holder)
        .await
        .unwrap();
    let looking = tokio::spawn(async move { sam.get(&path).await });
    until_waiting(&pool, "webhook_attempt", &looking).await;
    sqlx::raw_sql(
        "update webhook set state = 'gone', last_error = 'It answered 410 Gone.';
         insert into webhook_attempt (webhook_id, notice_number, message, kind, tries, took_ms, status, error, answer)
         select id, 1, gen_random_uuid(), 'test', 1, 5, 410, 'It answered 410 Gone.', '' from webhook",
    )
    .execute(&mut *holder)
    .await
    .unwrap();
    holder.commit().await.unwrap();
    let page = looking.await.unwrap().is(200);
    page.says("Turn off").says("Nothing has been sent yet.");
}
