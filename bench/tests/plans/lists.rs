//! Lists in each order and with each filter, and their totals.

use crate::{
    archive::LOOKED_UP,
    row_counts::{RUNS, Report, Watch},
    world::{FILTERED_PAGE, HARD_SEARCH, PAGE, SEARCH, SORTED_PAGE, World},
};
use guildhall::{
    money::Currency,
    project::{
        self, BrowseFilter, Category, Filter, Order, SearchWords, Sort, Start, State, WorkPlaceKind,
    },
};
use sqlx::{Connection as _, PgConnection};
use time::Duration;

pub fn every() -> BrowseFilter {
    BrowseFilter::of(State::Open)
}

fn search_for(search_for: &str) -> Option<SearchWords> {
    Some(SearchWords::parse(search_for))
}

/// The API's lists, with the limit for each kind of filter.
fn filters(world: &World) -> Vec<(&'static str, BrowseFilter, i64)> {
    vec![
        ("all", every(), PAGE),
        (
            "awarded",
            BrowseFilter {
                state: State::Awarded,
                ..every()
            },
            PAGE,
        ),
        (
            "cancelled",
            BrowseFilter {
                state: State::Cancelled,
                ..every()
            },
            PAGE,
        ),
        (
            "common category",
            BrowseFilter {
                category: Some(Category::Software),
                ..every()
            },
            PAGE,
        ),
        (
            "rare category",
            BrowseFilter {
                category: Some(Category::Trades),
                ..every()
            },
            FILTERED_PAGE,
        ),
        (
            "rare currency",
            BrowseFilter {
                currency: Some(Currency::Chf),
                ..every()
            },
            FILTERED_PAGE,
        ),
        (
            "common words",
            BrowseFilter {
                words: search_for("customers"),
                ..every()
            },
            SEARCH,
        ),
        (
            "moderately common words",
            BrowseFilter {
                words: search_for("website"),
                ..every()
            },
            SEARCH,
        ),
        (
            "rare words",
            BrowseFilter {
                words: search_for("lute sundial"),
                ..every()
            },
            SEARCH,
        ),
        (
            "a place",
            BrowseFilter {
                words: search_for("Zeisigklint or Wieselbruch"),
                ..every()
            },
            SEARCH,
        ),
        (
            "words that do not occur",
            BrowseFilter {
                words: search_for("xylophone"),
                ..every()
            },
            SEARCH,
        ),
        (
            "words in awarded projects",
            BrowseFilter {
                words: search_for("website"),
                state: State::Awarded,
                ..every()
            },
            SEARCH,
        ),
        (
            "low budgets",
            BrowseFilter {
                budget_max: Some(10_000),
                ..every()
            },
            SORTED_PAGE,
        ),
        (
            "closing within a day",
            BrowseFilter {
                closing_before: Some(world.now + Duration::DAY),
                ..every()
            },
            SORTED_PAGE,
        ),
        (
            "remote work",
            BrowseFilter {
                work_place: Some(WorkPlaceKind::Remote),
                ..every()
            },
            LOOKED_UP,
        ),
        (
            "without bids",
            BrowseFilter {
                without_bids: true,
                ..every()
            },
            LOOKED_UP,
        ),
        (
            "published within an hour",
            BrowseFilter {
                published_from: Some(world.now - Duration::HOUR),
                ..every()
            },
            LOOKED_UP,
        ),
        (
            "common words that are never neighbours",
            BrowseFilter {
                words: search_for("\"start end\""),
                ..every()
            },
            HARD_SEARCH,
        ),
        (
            "common words that are never together",
            BrowseFilter {
                words: search_for("website logo"),
                ..every()
            },
            SEARCH,
        ),
        (
            "all but a common word",
            BrowseFilter {
                words: search_for("-website"),
                ..every()
            },
            HARD_SEARCH,
        ),
        (
            "common words in a category",
            BrowseFilter {
                words: search_for("customers"),
                category: Some(Category::Design),
                ..every()
            },
            SEARCH,
        ),
    ]
}

pub async fn browsing(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    let all = every();
    for (name, filter, most) in filters(world) {
        for (order, by) in [
            (Order::Id, "id"),
            (Order::Deadline, "deadline"),
            (Order::Budget, "budget"),
            (Order::LowestBid, "lowest bid"),
        ] {
            for descending in [false, true] {
                // This order has no index, because every bid would have to update it: all open projects are sorted.
                let most = if order == Order::LowestBid {
                    most + 4 * world.open
                } else {
                    most
                };
                if order == Order::LowestBid && filter.state != State::Open {
                    continue;
                }
                let from = Start::Offset(0);
                let direction = if descending { "-" } else { "" };
                measure!(
                    report,
                    db,
                    format!("API: {name} by {direction}{by}"),
                    most,
                    |tx| { project::browse(&mut tx, &filter, order, descending, from, 31) }
                );
            }
        }
    }
    for (order, by) in [
        (Order::Id, "id"),
        (Order::Deadline, "deadline"),
        (Order::Budget, "budget"),
    ] {
        for descending in [false, true] {
            let half = Start::Offset(world.open / 2);
            let middle = project::browse(db, &all, order, descending, half, 1)
                .await
                .unwrap()
                .remove(0);
            let from = Start::After {
                key: middle.key,
                id: middle.project.id,
            };
            let direction = if descending { "-" } else { "" };
            measure!(
                report,
                db,
                format!("API: from a cursor in the middle by {direction}{by}"),
                PAGE,
                |tx| { project::browse(&mut tx, &all, order, descending, from, 31) }
            );
            // A numbered page skips what precedes it, mostly in an index-only scan if there are no recent bids.
            measure!(
                report,
                db,
                format!("API: the page in the middle by {direction}{by}"),
                PAGE + 2 * world.open,
                |tx| { project::browse(&mut tx, &all, order, descending, half, 31) }
            );
        }
    }
    for (name, filter, most) in filters(world) {
        let is_searched = filter.words.is_some()
            || filter.work_place.is_some()
            || filter.without_bids
            || filter.published_from.is_some();
        let is_kept = filter.budget_max.is_none() && filter.closing_before.is_none();
        // A search counts up to a limit. Filters by budget or deadline count every matching open project.
        let most = match (is_searched, is_kept) {
            (true, _) => most,
            (false, true) => PAGE,
            (false, false) => world.open,
        };
        measure!(report, db, format!("API: total, {name}"), most, |tx| {
            project::browsed_total(&mut tx, &filter)
        });
    }
}

pub async fn listing(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    for sort in Sort::ALL {
        let most = if sort == Sort::FewestBids {
            PAGE + 3 * world.open
        } else {
            PAGE
        };
        let all = Filter::default();
        let trades = Filter {
            category: Some(Category::Trades),
            ..Filter::default()
        };
        let rare = Filter {
            words: search_for("lute sundial"),
            ..Filter::default()
        };
        measure!(report, db, format!("page: {}", sort.label()), most, |tx| {
            project::list(&mut tx, None, &all, sort, 1)
        });
        measure!(
            report,
            db,
            format!("page: {} in a rare category", sort.label()),
            most.max(FILTERED_PAGE),
            |tx| { project::list(&mut tx, None, &trades, sort, 1) }
        );
        measure!(
            report,
            db,
            format!("page: {} with rare words", sort.label()),
            SEARCH,
            |tx| { project::list(&mut tx, None, &rare, sort, 1) }
        );
        let common = Filter {
            words: search_for("website"),
            ..Filter::default()
        };
        let most = match sort {
            Sort::FewestBids => SEARCH + 3 * world.open,
            _ => SEARCH,
        };
        let only = Filter {
            work_place: Some(WorkPlaceKind::Remote),
            closing_before: Some(world.now + Duration::DAY),
            without_bids: true,
            published_from: Some(world.now - Duration::HOUR),
            ..Filter::default()
        };
        measure!(
            report,
            db,
            format!("page: {} with every choice", sort.label()),
            LOOKED_UP,
            |tx| { project::list(&mut tx, None, &only, sort, 1) }
        );
        measure!(
            report,
            db,
            format!("page: {} with common words", sort.label()),
            most,
            |tx| { project::list(&mut tx, None, &common, sort, 1) }
        );
    }
    measure!(report, db, "front page: closing soon", PAGE, |tx| {
        project::closing_soon(&mut tx, 60)
    });
    measure!(report, db, "front page: count per category", PAGE, |tx| {
        project::count_by_category(&mut tx)
    });
}
