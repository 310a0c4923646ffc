//! The account's own projects and bids.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{PAGE, SORTED_PAGE, World},
};
use guildhall::{
    Result,
    account::Viewer,
    bid, erasure,
    export::{self, Cursor, Section},
    project::{self, State},
    store::Connection,
};
use sqlx::{Connection as _, PgConnection};

pub async fn account_lists(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    // Up to 500 projects with their related rows: at most ten rows and index entries for each of a seller's, and twenty for
    // each of a buyer's.
    measure!(report, db, "a seller's dashboard", 5_000, |tx| {
        project::of_seller(&mut tx, &world.seller)
    });
    measure!(report, db, "a buyer's dashboard", 10_000, |tx| {
        bid::of_buyer(&mut tx, &world.eager)
    });
    for state in [
        None,
        Some(State::Open),
        Some(State::Cancelled),
        Some(State::Draft),
    ] {
        measure!(
            report,
            db,
            format!("a seller's projects, {state:?}"),
            2 * PAGE,
            |tx| { project::of_seller_before(&mut tx, &world.seller, state, None, 31) }
        );
    }
    for state in [
        None,
        Some(bid::State::Live),
        Some(bid::State::Replaced),
        Some(bid::State::Withdrawn),
    ] {
        measure!(
            report,
            db,
            format!("a buyer's bids, {state:?}"),
            2 * PAGE,
            |tx| { bid::buyers_bids_before(&mut tx, &world.eager, state, None, 31) }
        );
    }
    // Up to 200 bids, each with its project and award, after one batch of every section before.
    measure!(report, db, "an export, up to the first bids", 5_000, |tx| {
        export_up_to_bids(&mut tx, &world.eager)
    });
    // All live bids of a buyer, also those that decided a result.
    measure!(report, db, "what keeps a buyer", SORTED_PAGE, |tx| {
        erasure::obligation(&mut tx, world.eager.account)
    });
}

async fn export_up_to_bids(tx: &mut Connection, viewer: &Viewer) -> Result<()> {
    let mut cursor = Cursor::default();
    while let Some(batch) = export::next(tx, viewer, &mut cursor).await? {
        if batch.section == Section::Bids {
            assert!(!batch.rows.is_empty());
            break;
        }
    }
    Ok(())
}
