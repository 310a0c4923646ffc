//! The archive: its filters, its pages and its prices.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    archive::{self, ArchiveCursor, ArchiveFilter, ArchiveOrder, ArchivePage, Ending},
    money::{Currency, Money},
    project::{BidBounds, Category, MAX_EXAMINED, SearchWords},
    store::MIGRATIONS,
};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime, macros::datetime};

const FIRST: OffsetDateTime = datetime!(2026-01-01 12:00 UTC);

/// Inserts auctions that ended, one per day from [`FIRST`] on: the n-th has a budget of 1000 + n in minor units, a price
/// of 500 + n and n % 7 bids. Those without a bid are unawarded.
async fn insert(pool: &PgPool, how_many: i64) {
    let seller = support::seller(pool).await.account.0;
    sqlx::query(
        "insert into project (seller_id, state, name, summary, description, category, skills, currency, budget_minor, deadline,
                              published_at, ended_at, lowest_minor, bid_count, bidder_count)
         select $1, case when n % 7 = 0 then 'unawarded' else 'awarded' end, 'Window ' || case when n % 10 = 0 then 'of oak ' else '' end || n, '', '',
                case when n % 3 = 0 then 'trades' else 'design' end, '{}', case when n % 5 = 0 then 'CHF' else 'EUR' end,
                1000 + n, $2 + make_interval(days => n::int), $2, $2 + make_interval(days => n::int),
                case when n % 7 > 0 then 500 + n end, n % 7, n % 7
         from generate_series(0, $3 - 1) n",
    )
    .bind(seller)
    .bind(FIRST)
    .bind(how_many)
    .execute(pool)
    .await
    .unwrap();
    // An open project, a draft and a cancelled one, which the archive does not show.
    sqlx::query(
        "insert into project (seller_id, state, name, summary, description, category, skills, currency, budget_minor, deadline, published_at, ended_at)
         select $1, state, 'Window of oak', '', '', 'trades', '{}', 'EUR', 1000, $2, $2, case state when 'cancelled' then $2 end
         from unnest(array['open', 'draft', 'cancelled']) state",
    )
    .bind(seller)
    .bind(FIRST)
    .execute(pool)
    .await
    .unwrap();
}

async fn page(
    pool: &PgPool,
    filter: &ArchiveFilter,
    order: ArchiveOrder,
    after: Option<ArchiveCursor>,
) -> ArchivePage {
    let db = &mut *pool.acquire().await.unwrap();
    archive::list(db, None, filter, order, after, archive::PER_PAGE)
        .await
        .unwrap()
}

/// The numbers of the auctions on all pages, and how many pages there are.
async fn walk_pages(
    pool: &PgPool,
    filter: &ArchiveFilter,
    order: ArchiveOrder,
) -> (Vec<i64>, usize) {
    let (mut numbers, mut after, mut pages) = (Vec::new(), None, 0);
    loop {
        let found = page(pool, filter, order, after).await;
        pages += 1;
        numbers.extend(found.auctions.iter().map(|one| one.budget.minor() - 1000));
        match found.next {
            Some(next) => after = Some(next),
            None => return (numbers, pages),
        }
    }
}

async fn numbers(pool: &PgPool, filter: ArchiveFilter) -> Vec<i64> {
    walk_pages(pool, &filter, ArchiveOrder::Oldest).await.0
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_finished_auction_is_on_exactly_one_page(pool: PgPool) {
    insert(&pool, 70).await;
    let awarded: Vec<i64> = (0..70).filter(|n| n % 7 > 0).collect();
    let filter = ArchiveFilter::default();
    let (oldest, pages) = walk_pages(&pool, &filter, ArchiveOrder::Oldest).await;
    assert_eq!((oldest, pages), (awarded.clone(), 3));
    let (newest, _) = walk_pages(&pool, &filter, ArchiveOrder::Newest).await;
    assert_eq!(newest, awarded.into_iter().rev().collect::<Vec<_>>());
    let first = page(&pool, &filter, ArchiveOrder::Newest, None).await;
    assert_eq!(
        (first.search.total, first.search.is_total_exact),
        (60, true)
    );
    let unawarded = ArchiveFilter {
        ending: Ending::Unawarded,
        ..ArchiveFilter::default()
    };
    let found = page(&pool, &unawarded, ArchiveOrder::Oldest, None).await;
    assert_eq!(found.auctions.len(), 10);
    assert!(found.auctions.iter().all(|one| one.price.is_none()));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn each_filter_narrows_the_list(pool: PgPool) {
    insert(&pool, 70).await;
    let all = |fits: fn(i64) -> bool| {
        (0..70)
            .filter(|n| n % 7 > 0 && fits(*n))
            .collect::<Vec<_>>()
    };
    let plain = ArchiveFilter::default;
    let with = |bids: BidBounds| ArchiveFilter {
        bids,
        ..ArchiveFilter::default()
    };
    type Case = (ArchiveFilter, fn(i64) -> bool);
    let filters: [Case; 8] = [
        (
            ArchiveFilter {
                category: Some(Category::Trades),
                ..plain()
            },
            |n| n % 3 == 0,
        ),
        (
            ArchiveFilter {
                currency: Some(Currency::Chf),
                ..plain()
            },
            |n| n % 5 == 0,
        ),
        (
            with(BidBounds {
                lowest_from: Some(510),
                lowest_to: Some(540),
                ..BidBounds::default()
            }),
            |n| (10..=40).contains(&n),
        ),
        (
            with(BidBounds {
                count_from: Some(2),
                count_to: Some(3),
                ..BidBounds::default()
            }),
            |n| (2..=3).contains(&(n % 7)),
        ),
        (
            ArchiveFilter {
                ended_from: Some(FIRST + Duration::days(20)),
                ended_before: Some(FIRST + Duration::days(50)),
                ..plain()
            },
            |n| (20..50).contains(&n),
        ),
        (
            ArchiveFilter {
                words: Some(SearchWords::parse("oak")),
                ..plain()
            },
            |n| n % 10 == 0,
        ),
        (
            ArchiveFilter {
                words: Some(SearchWords::parse("oak")),
                ended_from: Some(FIRST + Duration::days(20)),
                bids: BidBounds {
                    lowest_to: Some(545),
                    ..BidBounds::default()
                },
                ..plain()
            },
            |n| n % 10 == 0 && (20..=45).contains(&n),
        ),
        (
            ArchiveFilter {
                category: Some(Category::Design),
                ended_before: Some(FIRST + Duration::days(9)),
                bids: BidBounds {
                    count_from: Some(4),
                    ..BidBounds::default()
                },
                ..plain()
            },
            |n| n < 9 && n % 3 > 0 && n % 7 >= 4,
        ),
    ];
    for (filter, fits) in filters {
        let expected = all(fits);
        assert!(!expected.is_empty(), "{filter:?}");
        let found = page(&pool, &filter, ArchiveOrder::Newest, None).await;
        assert_eq!(found.search.total, expected.len() as i64, "{filter:?}");
        assert!(found.search.is_total_exact, "{filter:?}");
        assert_eq!(numbers(&pool, filter.clone()).await, expected, "{filter:?}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_page_with_few_matches_examines_a_bounded_number_and_the_next_one_continues(
    pool: PgPool,
) {
    let many = MAX_EXAMINED + 500;
    insert(&pool, many).await;
    let filter = ArchiveFilter {
        bids: BidBounds {
            lowest_to: Some(503),
            ..BidBounds::default()
        },
        ..ArchiveFilter::default()
    };
    // 6 of 7 auctions are awarded: fewer than `MAX_EXAMINED`, so one page examines all of them.
    let found = page(&pool, &filter, ArchiveOrder::Newest, None).await;
    assert_eq!((found.auctions.len(), found.next), (3, None));
    sqlx::query("update project set state = 'awarded', lowest_minor = 999, bid_count = 1, bidder_count = 1 where state = 'unawarded'")
        .execute(&pool)
        .await
        .unwrap();
    let first = page(&pool, &filter, ArchiveOrder::Newest, None).await;
    assert!(first.auctions.is_empty() && !first.search.is_total_exact);
    let second = page(&pool, &filter, ArchiveOrder::Newest, first.next).await;
    assert_eq!((second.auctions.len(), second.next), (3, None));
    // A filter for an early period starts there instead of examining everything after it.
    let early = ArchiveFilter {
        ended_before: Some(FIRST + Duration::days(30)),
        ..filter
    };
    let found = page(&pool, &early, ArchiveOrder::Newest, None).await;
    assert_eq!((found.auctions.len(), found.next), (3, None));
    assert_eq!((found.search.total, found.search.is_total_exact), (3, true));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn statistics_are_exact_by_category_currency_and_budget(pool: PgPool) {
    insert(&pool, 70).await;
    sqlx::query("update project set budget_minor = 60000 where name = 'Window 33'")
        .execute(&pool)
        .await
        .unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    let found = archive::statistics(db).await.unwrap();
    assert_eq!((found.finished, found.awarded, found.since), (70, 60, None));
    assert_eq!(found.categories.len(), 4);
    let trades = found
        .categories
        .iter()
        .find(|one| one.category == Category::Trades && one.currency == Currency::Eur)
        .unwrap();
    let here: Vec<i64> = (0..70).filter(|n| n % 3 == 0 && n % 5 > 0).collect();
    let mut prices: Vec<i64> = here
        .iter()
        .filter(|n| *n % 7 > 0)
        .map(|n| 500 + n)
        .collect();
    prices.sort_unstable();
    assert_eq!(trades.all.finished, here.len() as i64);
    assert_eq!(trades.all.awarded, prices.len() as i64);
    let eur = |minor: i64| Money::from_minor(minor, Currency::Eur);
    let found = trades.all.prices.unwrap();
    let quartiles = found.quartiles.unwrap();
    // The smallest price that this share of the prices does not exceed.
    let share = |quarters: usize| eur(prices[(prices.len() * quarters).div_ceil(4).max(1) - 1]);
    assert_eq!(
        [
            found.lowest,
            quartiles.lower,
            found.median,
            quartiles.upper,
            found.highest
        ],
        [0, 1, 2, 3, 4].map(share)
    );
    assert_eq!(trades.all.most_bids, 6);
    let bands: Vec<Option<i64>> = trades
        .bands
        .iter()
        .map(|band| band.figures.as_ref().map(|figures| figures.finished))
        .collect();
    assert_eq!(bands, [Some(here.len() as i64 - 1), Some(1), None, None]);
    let second = trades.bands[1].figures.as_ref().unwrap();
    assert_eq!(second.median_bids, 33 % 7);
    assert_eq!(trades.bands[1].from, Some(eur(50_000)));
}
