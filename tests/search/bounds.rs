//! Searches for common words: pages by cursor are complete, and the work per search is bounded.

use crate::{filter_for, insert, support};
use guildhall::{
    project::{
        self, BrowseFilter, BrowsedProject, Category, Filter, MAX_COUNTED, MAX_EXAMINED, Order,
        SearchReport, Sort, Start, State, TotalCache,
    },
    store::{Connection, MIGRATIONS},
};
use sqlx::PgPool;

async fn search(
    db: &mut Connection,
    filter: &BrowseFilter,
    order: Order,
    descending: bool,
    from: Start,
    most: i64,
) -> (Vec<BrowsedProject>, SearchReport) {
    project::search(db, None, filter, order, descending, from, most)
        .await
        .unwrap()
}

/// All results, page by page, and the number of pages.
async fn all(
    db: &mut Connection,
    filter: &BrowseFilter,
    order: Order,
    descending: bool,
) -> (Vec<i64>, usize) {
    let (mut ids, mut pages, mut from) = (Vec::new(), 0, Start::Offset(0));
    loop {
        let (rows, report) = search(db, filter, order, descending, from, 400).await;
        pages += 1;
        ids.extend(rows.iter().map(|row| row.project.id.0));
        let last = rows
            .last()
            .filter(|_| rows.len() == 400)
            .map(|last| (last.key, last.project.id));
        match last.or(report.stopped_at) {
            Some((key, id)) => from = Start::After { key, id },
            None => return (ids, pages),
        }
    }
}

/// The expected results, from a plain query.
async fn expected(pool: &PgPool, name: &str, more: &str, order: &str) -> Vec<i64> {
    let query =
        format!("select id from project where name like '%{name}%' {more} order by {order}");
    sqlx::query_scalar(sqlx::AssertSqlSafe(query))
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn pages_by_cursor_return_every_match_once_in_every_order(pool: PgPool) {
    let seller = support::seller(&pool).await.account.0;
    insert(&pool, seller, 280, "A shop window").await;
    insert(&pool, seller, 250, "Two oak doors").await;
    insert(&pool, seller, 1_100, "Another window of a shop").await;
    let db = &mut *pool.acquire().await.unwrap();
    for (typed, name, is_exact) in [
        ("doors", "oak", true),
        ("window", "window", false),
        ("\"shop window\"", "shop window", true),
        ("window or doors", "", false),
        ("-window", "oak", true),
        ("-doors", "window", false),
        ("-nothing", "", false),
    ] {
        for (order, column) in [
            (Order::Id, "id"),
            (Order::Deadline, "deadline"),
            (Order::Budget, "budget_minor"),
            (Order::LowestBid, "coalesce(lowest_minor, -1)"),
        ] {
            for (descending, direction) in [(false, ""), (true, "desc")] {
                let by = format!("{column} {direction}, id {direction}");
                let (found, _) = all(db, &filter_for(typed), order, descending).await;
                assert_eq!(
                    found,
                    expected(&pool, name, "", &by).await,
                    "{typed} by {by}"
                );
                let design = BrowseFilter {
                    category: Some(Category::Design),
                    ..filter_for(typed)
                };
                let (found, _) = all(db, &design, order, descending).await;
                let more = "and category = 'design'";
                assert_eq!(
                    found,
                    expected(&pool, name, more, &by).await,
                    "{typed} by {by}"
                );
            }
        }
        let (_, report) = search(
            db,
            &filter_for(typed),
            Order::Id,
            false,
            Start::Offset(0),
            10,
        )
        .await;
        assert_eq!(report.is_total_exact, is_exact, "{typed}");
        let count = expected(&pool, name, "", "id").await.len() as i64;
        if is_exact {
            assert_eq!(report.total, count, "{typed}");
        } else {
            assert!(
                (MAX_COUNTED..=count).contains(&report.total),
                "{typed}: {report:?}"
            );
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_numbered_pages_of_a_common_word_are_in_order(pool: PgPool) {
    let seller = support::seller(&pool).await.account.0;
    insert(&pool, seller, 1_500, "A shop window").await;
    let db = &mut *pool.acquire().await.unwrap();
    let filter = Filter {
        words: filter_for("windows").words,
        ..Filter::default()
    };
    for (sort, by) in [
        (Sort::Deadline, "deadline, id"),
        (Sort::Newest, "published_at desc, id desc"),
        (Sort::BudgetHighest, "budget_minor desc, id desc"),
        (Sort::BudgetLowest, "budget_minor, id"),
        (Sort::FewestBids, "bid_count, id"),
    ] {
        let expected = expected(&pool, "window", "", by).await;
        for (page, pages) in [(1, 50), (7, 50), (50, 51), (75, 75)] {
            let listing = project::list(db, None, &filter, sort, page).await.unwrap();
            let found: Vec<i64> = listing
                .projects
                .iter()
                .map(|project| project.id.0)
                .collect();
            let from = (page as usize - 1) * 20;
            assert_eq!(found, expected[from..from + 20], "page {page} by {by}");
            assert_eq!(listing.pages, pages, "page {page} by {by}");
            assert!((MAX_COUNTED..=1_500).contains(&listing.total));
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn numbered_pages_of_a_common_word_with_a_filter_reach_every_match(pool: PgPool) {
    let seller = support::seller(&pool).await.account.0;
    insert(&pool, seller, 2_500, "A shop window").await;
    let db = &mut *pool.acquire().await.unwrap();
    let filter = Filter {
        words: filter_for("windows").words,
        category: Some(Category::Design),
        ..Filter::default()
    };
    let expected = expected(&pool, "window", "and category = 'design'", "deadline, id").await;
    assert!(expected.len() as i64 > MAX_COUNTED, "{}", expected.len());
    let (mut found, mut page) = (Vec::new(), 1);
    loop {
        let listing = project::list(db, None, &filter, Sort::Deadline, page)
            .await
            .unwrap();
        assert_eq!(listing.page, page);
        found.extend(listing.projects.iter().map(|project| project.id.0));
        if page == listing.pages {
            let report = listing.search.unwrap();
            assert!(report.is_total_exact, "the last page has the exact total");
            assert_eq!(listing.total, expected.len() as i64);
            break;
        }
        page += 1;
    }
    assert_eq!(found, expected);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_cached_total_is_reused_only_for_the_same_filters(pool: PgPool) {
    let seller = support::seller(&pool).await.account.0;
    insert(&pool, seller, 2_500, "A shop window").await;
    let db = &mut *pool.acquire().await.unwrap();
    let (windows, totals) = (filter_for("windows"), TotalCache::default());
    let design = BrowseFilter {
        category: Some(Category::Design),
        ..windows.clone()
    };
    for filter in [&windows, &design] {
        let (order, from) = (Order::Deadline, Start::Offset(40));
        let counted = search(db, filter, order, false, from, 20).await;
        for _ in 0..2 {
            let known = project::search(db, Some(&totals), filter, order, false, from, 20)
                .await
                .unwrap();
            assert_eq!(known.1, counted.1);
            let ids =
                |rows: &[BrowsedProject]| rows.iter().map(|row| row.project.id).collect::<Vec<_>>();
            assert_eq!(ids(&known.0), ids(&counted.0));
        }
    }
    // A word that has become rare is still found, and the total is exact because the last match was read.
    sqlx::query(
        "update project set state = 'cancelled', ended_at = clock_timestamp() where id > 5",
    )
    .execute(&pool)
    .await
    .unwrap();
    let (rows, report) = project::search(
        db,
        Some(&totals),
        &windows,
        Order::Deadline,
        false,
        Start::Offset(0),
        20,
    )
    .await
    .unwrap();
    assert_eq!(
        (rows.len(), report.total, report.is_total_exact),
        (5, 5, true)
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_search_stops_at_its_limit_and_continues_from_there(pool: PgPool) {
    let seller = support::seller(&pool).await.account.0;
    insert(&pool, seller, MAX_EXAMINED + 500, "Two oak doors").await;
    insert(&pool, seller, 1_100, "A shop window").await;
    let db = &mut *pool.acquire().await.unwrap();
    let (rows, report) = search(
        db,
        &filter_for("window"),
        Order::Id,
        false,
        Start::Offset(0),
        31,
    )
    .await;
    assert!(rows.is_empty());
    assert_eq!(report.stopped_at.map(|(key, _)| key), Some(MAX_EXAMINED));
    assert!(!report.is_total_exact && report.total >= MAX_COUNTED);
    let (found, pages) = all(db, &filter_for("window"), Order::Id, false).await;
    assert_eq!(found, expected(&pool, "window", "", "id").await);
    assert_eq!(pages, 4, "an empty page and three others");

    // This word is so common that only some of its matches are read.
    let (found, _) = all(db, &filter_for("oak"), Order::Id, false).await;
    assert_eq!(found, expected(&pool, "oak", "", "id").await);
    let (_, report) = search(
        db,
        &filter_for("oak"),
        Order::Id,
        false,
        Start::Offset(0),
        10,
    )
    .await;
    assert!(
        !report.is_total_exact && report.total == MAX_COUNTED,
        "{report:?}"
    );

    // Both words are common, but never adjacent.
    let (found, report) = search(
        db,
        &filter_for("\"doors two\""),
        Order::Id,
        false,
        Start::Offset(0),
        31,
    )
    .await;
    assert!(found.is_empty() && !report.is_total_exact && report.stopped_at.is_some());
    // Both words are common, but no project contains both.
    let (found, report) = search(
        db,
        &filter_for("doors window"),
        Order::Id,
        false,
        Start::Offset(0),
        31,
    )
    .await;
    assert!(found.is_empty() && report.is_total_exact && report.stopped_at.is_none());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn ended_projects_are_found_by_common_words_in_every_order(pool: PgPool) {
    let seller = support::seller(&pool).await.account.0;
    insert(&pool, seller, 300, "Two oak doors").await;
    insert(&pool, seller, 1_200, "A shop window").await;
    sqlx::query(
        "update project set state = 'cancelled', ended_at = clock_timestamp() where id % 10 <> 0",
    )
    .execute(&pool)
    .await
    .unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    for typed in ["window", "-doors"] {
        let cancelled = BrowseFilter {
            state: State::Cancelled,
            ..filter_for(typed)
        };
        for (order, column) in [
            (Order::Id, "id"),
            (Order::Deadline, "deadline"),
            (Order::Budget, "budget_minor"),
            (Order::LowestBid, "coalesce(lowest_minor, -1)"),
        ] {
            for (descending, direction) in [(false, ""), (true, "desc")] {
                let by = format!("{column} {direction}, id {direction}");
                let (found, _) = all(db, &cancelled, order, descending).await;
                let expected = expected(&pool, "window", "and state = 'cancelled'", &by).await;
                assert_eq!(found, expected, "{typed} by {by}");
            }
        }
    }
}
