//! The queries behind live pages.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{POINT, World},
};
use guildhall::{
    live::{self, MADE_LIMIT},
    project::ProjectId,
};
use sqlx::{Connection as _, PgConnection};

/// How many projects are read together.
const TOGETHER: i64 = 100;

pub async fn watching(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    let snapshot = live::poll(db, None).await.unwrap().snapshot;
    measure!(report, db, "a poll for changes", POINT, |tx| {
        live::poll(&mut tx, Some(&snapshot))
    });
    // Each project with its leader, its award, and its bids up to the counting limit.
    let each = MADE_LIMIT * 2 + POINT;
    let hot = [world.hot];
    measure!(
        report,
        db,
        "the live state of the hot project",
        each,
        |tx| { live::figures(&mut tx, &hot) }
    );
    let open = sqlx::query_scalar::<_, i64>(
        "select id from project where state = 'open' order by bid_count desc limit $1",
    )
    .bind(TOGETHER)
    .fetch_all(&mut **db)
    .await
    .unwrap();
    let open: Vec<_> = open.into_iter().map(ProjectId).collect();
    measure!(
        report,
        db,
        "the live state of many projects",
        TOGETHER * each,
        |tx| { live::figures(&mut tx, &open) }
    );
    // Up to 500 projects; each of a buyer's takes an index look-up of its own.
    measure!(report, db, "a seller's live dashboard", 2_500, |tx| {
        live::own(&mut tx, &world.seller)
    });
    measure!(report, db, "a buyer's live dashboard", 2_500, |tx| {
        live::own(&mut tx, &world.eager)
    });
}
