//! The archive: pages with each filter, a long file, and the statistics.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{HARD_SEARCH, PAGE, SEARCH},
};
use guildhall::{
    archive::{self, ArchiveFilter, ArchiveOrder, Ending, MAX_EVALUATED, MAX_ROWS, PER_PAGE},
    money::Currency,
    project::{BidBounds, Category, SearchWords},
};
use sqlx::{Connection as _, PgConnection};
use time::macros::datetime;

/// For a page whose filter by bids no auction passes: 10,000 rows for the total and as many for the page, each with a look-up.
pub const LOOKED_UP: i64 = 85_000;

/// Every filter, with the limit for its pages.
fn filters() -> Vec<(&'static str, ArchiveFilter, i64)> {
    let all = ArchiveFilter::default;
    let bids = |bids| ArchiveFilter { bids, ..all() };
    vec![
        ("all", all(), PAGE),
        (
            "without a winner",
            ArchiveFilter {
                ending: Ending::Unawarded,
                ..all()
            },
            PAGE,
        ),
        (
            "rare category and currency",
            ArchiveFilter {
                category: Some(Category::Trades),
                currency: Some(Currency::Chf),
                ..all()
            },
            HARD_SEARCH,
        ),
        (
            "no such price",
            bids(BidBounds {
                lowest_from: Some(i64::MAX),
                ..BidBounds::default()
            }),
            LOOKED_UP,
        ),
        (
            "many bids",
            bids(BidBounds {
                count_from: Some(1_000),
                ..BidBounds::default()
            }),
            LOOKED_UP,
        ),
        (
            "no such period",
            ArchiveFilter {
                ended_before: Some(datetime!(2001-01-01 0:00 UTC)),
                ..all()
            },
            // Oldest first, the index is read for where an examination would end.
            SEARCH + 10_000,
        ),
        (
            "rare words",
            ArchiveFilter {
                words: Some(SearchWords::parse("lute sundial")),
                ..all()
            },
            SEARCH,
        ),
        (
            "common words and a price",
            ArchiveFilter {
                words: Some(SearchWords::parse("website")),
                bids: BidBounds {
                    lowest_to: Some(50_000),
                    ..BidBounds::default()
                },
                ..all()
            },
            HARD_SEARCH,
        ),
    ]
}

pub async fn archive(report: &mut Report, db: &mut PgConnection) {
    let db = &mut db.begin().await.unwrap();
    for (name, filter, most) in filters() {
        for order in ArchiveOrder::ALL {
            measure!(
                report,
                db,
                format!("archive: {name}, {}", order.label()),
                most,
                |tx| { archive::list(&mut tx, None, &filter, order, None, PER_PAGE) }
            );
        }
    }
    let all = ArchiveFilter::default();
    let newest = ArchiveOrder::Newest;
    let half = archive::list(db, None, &all, newest, None, MAX_ROWS)
        .await
        .unwrap();
    measure!(report, db, "archive: from a cursor", PAGE, |tx| {
        archive::list(&mut tx, None, &all, newest, half.next, PER_PAGE)
    });
    measure!(report, db, "archive: a long file", 10 * MAX_ROWS, |tx| {
        archive::list(&mut tx, None, &all, newest, None, MAX_ROWS)
    });
    measure!(report, db, "archive: statistics", 6 * MAX_EVALUATED, |tx| {
        archive::statistics(&mut tx)
    });
}
