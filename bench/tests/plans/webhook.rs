//! Webhooks: their owner's pages, and what a worker claims.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{PAGE, POINT, World},
};
use guildhall::{
    account::Browser,
    device,
    session::{self, SessionContents, SessionOwner},
    webhook::{self, Networks, NewWebhook, WebhookId},
};
use serde_json::Value;
use sqlx::{Connection as _, PgConnection};
use std::net::Ipv4Addr;
use time::Duration;

/// With the receiver's keys in the example of RFC 8291, appendix A.
const SUBSCRIPTION: &str = r#"{"endpoint":"https://push.example.com/new","keys":{
    "p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    "auth":"BTBZMqHH6r4Tts7J_aSIgg"}}"#;

pub async fn webhooks(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    measure!(report, db, "the webhooks", PAGE, |tx| {
        webhook::of_account(&mut tx, &world.eager)
    });
    let busy: i64 = sqlx::query_scalar("select id from webhook where name = 'Busy'")
        .fetch_one(&mut **db)
        .await
        .unwrap();
    // A hundred attempts with their index entries, however many there are.
    measure!(report, db, "a webhook's log", 3 * 100, |tx| {
        webhook::attempts(&mut tx, &world.eager, WebhookId(busy))
    });
    // Two hundred due webhooks are considered, each with its next message, however many there are, and 32 are claimed.
    measure!(report, db, "messages to post are claimed", 9 * 200, |tx| {
        webhook::claim(&mut tx, 32)
    });
    measure!(report, db, "the parked webhooks", 4 * 1000, |tx| {
        webhook::parked(&mut tx)
    });
    let viewer = &world.modest;
    let device = device::remember(db, None, viewer.account).await.unwrap();
    let named = serde_json::to_value(device.id).unwrap();
    let contents = SessionContents {
        account: Some(SessionOwner {
            account: viewer.account,
            epoch: 0,
        }),
        user_agent: "A browser",
        data: &Value::from_iter([(session::DEVICE, named)]),
        lasts: Duration::hours(1),
    };
    assert!(session::begin(db, b"laptop", &contents).await.unwrap());
    let sessions = session::of_account(db, viewer.account, b"laptop").await;
    let browser = Browser {
        address: Ipv4Addr::LOCALHOST.into(),
        session: sessions.unwrap().1,
        device: Some(device.id),
    };
    let new = NewWebhook::browser("Laptop", SUBSCRIPTION, &Networks::default()).unwrap();
    measure!(report, db, "a browser is added", PAGE, |tx| {
        webhook::add_browser(&mut tx, viewer, &browser, &new)
    });
    webhook::add_browser(db, viewer, &browser, &new)
        .await
        .unwrap();
    measure!(report, db, "a browser signs out", POINT, |tx| {
        device::end_push(&mut tx, device.id, None)
    });
}
