//! What people follow: watched projects and saved searches, and what they are told of them.
//!
//! Measured last, because the events of notices that are rolled back stay in the outbox's indexes for a while.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{PAGE, World},
};
use guildhall::{notice, saved_search, watch};
use sqlx::{Connection as _, PgConnection};

pub async fn following(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    // Each watched project with its index entries.
    measure!(report, db, "the watched projects", 5 * PAGE, |tx| {
        watch::watched(&mut tx, &world.eager)
    });
    measure!(
        report,
        db,
        "a project begins to be watched",
        2 * PAGE,
        |tx| { watch::begin(&mut tx, &world.modest, world.hot) }
    );
    sqlx::query("insert into notice_broadcast (kind, project_id) values ('watch.cancelled', $1)")
        .bind(world.hot.0)
        .execute(&mut **db)
        .await
        .unwrap();
    // One batch of 500 recipients, each with their own rows and a webhook, however many watch.
    measure!(report, db, "a batch of watchers is told", 40 * 500, |tx| {
        notice::broadcast(&mut tx)
    });
    measure!(report, db, "the saved searches", PAGE, |tx| {
        saved_search::of_account(&mut tx, &world.eager)
    });
    sqlx::query("update saved_search set created_at = created_at - interval '1 year'")
        .execute(&mut **db)
        .await
        .unwrap();
    sqlx::query("delete from notice_broadcast")
        .execute(&mut **db)
        .await
        .unwrap();
    sqlx::query("insert into notice_broadcast (kind, project_id) values ('search.fit', $1)")
        .bind(world.hot.0)
        .execute(&mut **db)
        .await
        .unwrap();
    // One batch of 500 searches, however many there are.
    measure!(
        report,
        db,
        "a project is compared with saved searches",
        40 * 500,
        |tx| { notice::broadcast(&mut tx) }
    );
    // Fifty digests, each of which counts 500 projects at most.
    measure!(report, db, "digests are told", 50 * 500 * 6, |tx| {
        notice::tell_digests(&mut tx)
    });
}
