//! One project against all saved searches.

use super::{publish, publish_typed, save, typed};
use crate::{
    fixture::{Notifier, broadcast, broadcast_by_crashing_workers, random_below},
    support::{account, pool, seller},
};
use guildhall::{
    account::{AccountId, Role, Viewer},
    project::{
        self, Category, Filter, FulfillmentInput, ProjectInput, SearchWords, Sort, WorkPlaceKind,
    },
    saved_search::{Frequency, SavedFilter},
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::collections::{BTreeMap, BTreeSet};

fn any<T: Copy>(luck: &mut u64, values: &[T]) -> T {
    let place = random_below(luck, u64::try_from(values.len()).unwrap());
    values[usize::try_from(place).unwrap()]
}

/// A project with a name, category, currency, budget and place of work by chance.
async fn publish_any(pool: &PgPool, seller: &Viewer, luck: &mut u64) {
    let name = format!(
        "{} {}",
        any(luck, &["Oak", "Elm", "Glass", "Café"]),
        any(luck, &["shop window", "window shop", "windows", "sign"])
    );
    let place = any(luck, &["", "remote", "on_site"]);
    let category = any(luck, &["trades", "design"]);
    let currency = any(luck, &["EUR", "USD"]);
    let budget = any(luck, &["100", "250.50", "1000"]);
    publish_typed(pool, seller, |deadline| ProjectInput {
        category,
        currency,
        budget,
        fulfillment: FulfillmentInput {
            work_place: place,
            site: if place == "on_site" { "Limoges" } else { "" },
            ..FulfillmentInput::default()
        },
        ..typed(&name, deadline)
    })
    .await;
}

fn any_filter(luck: &mut u64) -> SavedFilter {
    let bounds = [
        None,
        None,
        Some(10_000),
        Some(25_050),
        Some(25_051),
        Some(100_000),
    ];
    SavedFilter {
        words: any(
            luck,
            &[
                "",
                "window",
                "\"shop window\"",
                "oak or elm",
                "-glass",
                "cafe sign",
                "windows -oak",
                "the oak",
            ],
        )
        .to_owned(),
        category: any(
            luck,
            &[None, Some(Category::Trades), Some(Category::Design)],
        ),
        currency: any(luck, &[None, None, Some("EUR")]).map(|code| code.parse().unwrap()),
        budget_from: any(luck, &bounds),
        budget_to: any(luck, &bounds),
        work_place: any(
            luck,
            &[
                None,
                None,
                Some(WorkPlaceKind::ALL[0]),
                Some(WorkPlaceKind::ALL[1]),
            ],
        ),
    }
}

/// The list's own filter with the same meaning.
fn list_filter(saved: &SavedFilter) -> Filter {
    Filter {
        words: (!saved.words.is_empty()).then(|| SearchWords::parse(&saved.words)),
        category: saved.category,
        currency: saved.currency,
        budget_from: saved.budget_from,
        budget_to: saved.budget_to,
        work_place: saved.work_place,
        ..Filter::default()
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_fits_exactly_the_searches_whose_list_shows_it(pool: PgPool) {
    let sam = seller(&pool).await;
    let mut luck = 7;
    let mut searches = Vec::new();
    for n in 0..8 {
        let owner = account(&pool, Role::Buyer, &format!("Searcher {n}")).await;
        for _ in 0..10 {
            let filter = any_filter(&mut luck);
            if filter.is_empty() {
                continue;
            }
            let id = save(&pool, &owner, &filter, Frequency::Daily)
                .await
                .unwrap();
            searches.push((id, filter));
        }
    }
    let mut notifier = Notifier::new(&pool).await;
    for _ in 0..19 {
        publish_any(&pool, &sam, &mut luck).await;
    }
    notifier.notify().await;
    broadcast(&pool).await;
    let mut fitted = 0;
    for (id, filter) in searches {
        let found: Vec<i64> =
            sqlx::query_scalar("select project_id from saved_search_match where search_id = $1")
                .bind(id.0)
                .fetch_all(&pool)
                .await
                .unwrap();
        let db = &mut *pool.acquire().await.unwrap();
        let same = list_filter(&filter);
        let listed = project::list(db, None, &same, Sort::Newest, 1)
            .await
            .unwrap()
            .projects;
        let listed: BTreeSet<i64> = listed.iter().map(|project| project.id.0).collect();
        fitted += listed.len();
        assert_eq!(
            found.into_iter().collect::<BTreeSet<_>>(),
            listed,
            "{filter:?}"
        );
    }
    assert!(fitted > 100, "the chances are too small: {fitted}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn ten_thousand_searches_that_fit_one_project_are_told_once_in_small_steps(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const ACCOUNTS: i64 = 2_500;
    let pool = pool(options, 10).await;
    let sam = seller(&pool).await;
    sqlx::query(
        "with searchers as (
             insert into account (role, name, email, password_hash)
             select 'buyer', 'Searcher ' || n, 'searcher' || n || '@example.com', 'x' from generate_series(1, $1) n returning id)
         insert into saved_search (account_id, name, words, query, frequency, zone)
         select id, 'Windows', 'window', search_query('\"window\"'), 'at_once', 'UTC' from searchers, generate_series(1, 4)",
    )
    .bind(ACCOUNTS)
    .execute(&pool)
    .await
    .unwrap();
    let mut notifier = Notifier::new(&pool).await;
    publish(&pool, &sam, "A shop window").await;
    notifier.notify().await;
    let written: i64 = sqlx::query_scalar("select count(*) from notice")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(written, 0, "the consumer only queues");
    broadcast_by_crashing_workers(&pool).await;
    let told: Vec<(i64, i64)> = sqlx::query_as(
        "select account_id, count(*) from notice where kind = 'search.fit' group by account_id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let told: BTreeMap<AccountId, i64> = (told.into_iter())
        .map(|(account, count)| (AccountId(account), count))
        .collect();
    assert_eq!(told.len(), usize::try_from(ACCOUNTS).unwrap());
    assert!(told.values().all(|count| *count == 1));
    let others: Vec<i64> =
        sqlx::query_scalar("select distinct (facts->'search'->>'others')::bigint from notice")
            .fetch_all(&pool)
            .await
            .unwrap();
    assert_eq!(others, [3], "one notice for all searches of an account");
}
