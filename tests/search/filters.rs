//! The filters that no index of `project` has: place, bids and publication. A search without words answers them.

use crate::insert;
use guildhall::{
    project::{self, BrowseFilter, Filter, Order, SearchWords, Sort, Start, State, WorkPlaceKind},
    store::MIGRATIONS,
};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};

/// 300 open projects: a third without a place, half of them with a bid, published one minute after the other.
async fn scene(pool: &PgPool) -> OffsetDateTime {
    let seller = crate::support::seller(pool).await.account.0;
    insert(pool, seller, 300, "A shop window").await;
    sqlx::query(
        "update project set bid_count = id % 2, bidder_count = id % 2, lowest_minor = case id % 2 when 1 then 500 end,
                work_place = case id % 3 when 0 then 'remote' when 1 then 'on_site' end,
                site = case id % 3 when 1 then 'Leeds' end,
                published_at = clock_timestamp() - make_interval(mins => id::int)",
    )
    .execute(pool)
    .await
    .unwrap();
    sqlx::query_scalar("select clock_timestamp()")
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Each filter, with the condition that its projects meet.
fn filters(now: OffsetDateTime) -> Vec<(Filter, &'static str)> {
    let all = Filter::default;
    let remote = Filter {
        work_place: Some(WorkPlaceKind::Remote),
        ..all()
    };
    vec![
        (remote.clone(), "work_place = 'remote'"),
        (
            Filter {
                work_place: Some(WorkPlaceKind::OnSite),
                ..all()
            },
            "work_place = 'on_site'",
        ),
        (
            Filter {
                without_bids: true,
                ..all()
            },
            "bid_count = 0",
        ),
        (
            Filter {
                closing_before: Some(now + Duration::DAY),
                ..all()
            },
            "deadline < $1 + interval '1 day'",
        ),
        (
            Filter {
                published_from: Some(now - Duration::HOUR),
                ..all()
            },
            "published_at >= $1 - interval '1 hour'",
        ),
        (
            Filter {
                without_bids: true,
                published_from: Some(now - Duration::HOUR),
                closing_before: Some(now + 7 * Duration::DAY),
                ..remote
            },
            "work_place = 'remote' and bid_count = 0 and published_at >= $1 - interval '1 hour' and deadline < $1 + interval '7 days'",
        ),
    ]
}

async fn expected(pool: &PgPool, now: OffsetDateTime, condition: &str, by: &str) -> Vec<i64> {
    let statement = format!(
        "select id from project where state = 'open' and $1::timestamptz is not null and {condition} order by {by}"
    );
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement))
        .bind(now)
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_page_of_a_filtered_list_is_right_in_every_order(pool: PgPool) {
    let now = scene(&pool).await;
    let db = &mut *pool.acquire().await.unwrap();
    for words in [None, Some(SearchWords::parse("window"))] {
        for (filter, condition) in filters(now) {
            let filter = Filter {
                words: words.clone(),
                ..filter
            };
            for (sort, by) in [
                (Sort::Deadline, "deadline, id"),
                (Sort::Newest, "published_at desc, id desc"),
                (Sort::BudgetHighest, "budget_minor desc, id desc"),
                (Sort::BudgetLowest, "budget_minor, id"),
                (Sort::FewestBids, "bid_count, id"),
            ] {
                let expected = expected(&pool, now, condition, by).await;
                assert!(!expected.is_empty(), "{condition}");
                let mut found = Vec::new();
                for page in 1.. {
                    let listing = project::list(db, None, &filter, sort, page).await.unwrap();
                    assert_eq!(listing.total, expected.len() as i64, "{condition} by {by}");
                    found.extend(listing.projects.iter().map(|project| project.id.0));
                    if page == listing.pages {
                        break;
                    }
                }
                assert_eq!(found, expected, "{condition} by {by}");
            }
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn programs_get_the_same_projects_by_pages_and_by_cursors(pool: PgPool) {
    let now = scene(&pool).await;
    let db = &mut *pool.acquire().await.unwrap();
    for (filter, condition) in filters(now) {
        let filter = BrowseFilter {
            work_place: filter.work_place,
            without_bids: filter.without_bids,
            closing_before: filter.closing_before,
            published_from: filter.published_from,
            ..BrowseFilter::of(State::Open)
        };
        for (order, descending, by) in [
            (Order::Id, false, "id"),
            (Order::Deadline, true, "deadline desc, id desc"),
            (Order::Budget, false, "budget_minor, id"),
            (
                Order::LowestBid,
                true,
                "coalesce(lowest_minor, -1) desc, id desc",
            ),
        ] {
            let expected = expected(&pool, now, condition, by).await;
            let total = project::browsed_total(db, &filter).await.unwrap();
            assert_eq!(total, expected.len() as i64, "{condition}");
            let (mut found, mut from) = (Vec::new(), Start::Offset(0));
            loop {
                let page = project::browse(db, &filter, order, descending, from, 7)
                    .await
                    .unwrap();
                found.extend(page.iter().map(|row| row.project.id.0));
                match page.last() {
                    Some(last) => {
                        from = Start::After {
                            key: last.key,
                            id: last.project.id,
                        }
                    }
                    None => break,
                }
            }
            assert_eq!(found, expected, "{condition} by {by}");
        }
    }
}
