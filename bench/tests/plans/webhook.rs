//! Webhooks: their owner's pages, and what a worker claims.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{PAGE, World},
};
use guildhall::webhook::{self, WebhookId};
use sqlx::{Connection as _, PgConnection};

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
}
