//! Saved searches: what fits, who is told when, and how often.

use crate::{
    fixture::{HOUR, Teller, broadcast, notices, tell_digests, tell_due_digests, told},
    support::{account, buyers, let_deadline_come, pool, seller},
};
use guildhall::{
    Error, Result,
    account::{AccountId, Role, Viewer},
    moment::Zone,
    notice::{
        self, Notice,
        NoticeKind::{SearchDigest, SearchFit},
    },
    project::{
        self, Category, Details, Filter, ProjectId, ProjectInput, Purpose, SearchWords, Sort,
        WorkPlaceKind,
    },
    saved_search::{
        self, Frequency, MAX_SAVED, Refusal, SavedFilter, SavedSearchId, SearchChoices,
    },
    store::{MIGRATIONS, Tx, now},
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::collections::{BTreeMap, BTreeSet};

fn words(words: &str) -> SavedFilter {
    SavedFilter {
        words: words.to_owned(),
        ..SavedFilter::default()
    }
}

async fn save(
    pool: &PgPool,
    viewer: &Viewer,
    filter: &SavedFilter,
    frequency: Frequency,
) -> Result<SavedSearchId> {
    let choices = SearchChoices {
        name: "Shop signs".to_owned(),
        frequency,
    };
    let mut tx = pool.begin().await.unwrap();
    let saved = saved_search::save(&mut tx, viewer, filter, &choices, &Zone::utc()).await?;
    tx.commit().await.unwrap();
    Ok(saved)
}

/// A project of this name, open for an hour.
async fn publish(pool: &PgPool, seller: &Viewer, name: &str) -> ProjectId {
    let mut tx = pool.begin().await.unwrap();
    let deadline = now(&mut tx).await.unwrap() + HOUR;
    let typed = ProjectInput {
        name,
        summary: "Lettering for a small bakery",
        description: "Two panes of glass.",
        category: "trades",
        skills: "",
        currency: "EUR",
        budget: "1000",
        deadline: Ok(deadline),
        fulfillment: project::FulfillmentInput::default(),
    };
    let details = Details::parse(&typed, Purpose::Publish).unwrap();
    let id = project::publish(&mut tx, seller, None, &details)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn texts(pool: &PgPool, viewer: &Viewer) -> Vec<String> {
    let all = notices(pool, viewer.account).await;
    all.iter().map(Notice::text).collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_project_that_fits_is_told_at_once_and_only_once(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    publish(&pool, &sam, "A window from before").await;
    for (viewer, looked_for) in [
        (&ann, "window"),
        (&bob, "\"shop window\" -oak"),
        (&sam, "window"),
    ] {
        save(&pool, viewer, &words(looked_for), Frequency::AtOnce)
            .await
            .unwrap();
    }
    // Two searches of one person that fit the same project.
    let trades = SavedFilter {
        category: Some(Category::Trades),
        ..SavedFilter::default()
    };
    save(&pool, &ann, &trades, Frequency::AtOnce).await.unwrap();
    let mut teller = Teller::new(&pool).await;
    let project = publish(&pool, &sam, "A shop window").await;
    publish(&pool, &sam, "An oak shop window").await;
    for _ in 0..2 {
        teller.tell().await;
        broadcast(&pool).await;
        // As if an operator had reset the consumer: the events come again.
        sqlx::query("insert into notice_broadcast (kind, project_id) select 'search.fit', id from project where state = 'open'")
            .execute(&pool)
            .await
            .unwrap();
        broadcast(&pool).await;
    }
    assert_eq!(told(&pool, &ann).await, [SearchFit, SearchFit]);
    let fits = "It fits your saved search “Shop signs”";
    let two = format!("{fits} and another one.");
    assert_eq!(texts(&pool, &ann).await, [two.clone(), two]);
    assert_eq!(texts(&pool, &bob).await, [format!("{fits}.")]);
    let first = notices(&pool, bob.account).await.remove(0);
    assert_eq!(first.path(), format!("/projects/{project}"));
    assert_eq!(
        told(&pool, &sam).await,
        [],
        "nobody is told of an own project"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_digest_names_some_counts_the_rest_and_links_to_what_is_new(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    save(&pool, &ann, &words("window"), Frequency::Daily)
        .await
        .unwrap();
    save(&pool, &bob, &words("oak"), Frequency::Weekly)
        .await
        .unwrap();
    let mut teller = Teller::new(&pool).await;
    let gone = publish(&pool, &sam, "A window that is gone by then").await;
    for n in 1..=7 {
        publish(&pool, &sam, &format!("Window {n}")).await;
    }
    teller.tell().await;
    broadcast(&pool).await;
    tell_due_digests(&pool).await;
    assert_eq!(told(&pool, &ann).await, [], "it is not due");
    let_deadline_come(&pool, gone).await;
    tell_digests(&pool).await;
    assert_eq!(told(&pool, &ann).await, [SearchDigest]);
    assert_eq!(told(&pool, &bob).await, [], "nothing fits");
    let digest = notices(&pool, ann.account).await.remove(0);
    assert_eq!(
        digest.text(),
        "7 new projects fit your saved search “Shop signs”."
    );
    let facts = digest.facts.search.clone().unwrap();
    let names: Vec<_> = facts
        .found
        .iter()
        .map(|found| found.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["Window 7", "Window 6", "Window 5", "Window 4", "Window 3"]
    );
    assert_eq!(facts.more(), "and 2 more");
    let path = digest.path();
    assert!(path.starts_with("/projects?q=window&since=20"), "{path}");
    // The next digest tells only what has come since, and nothing if nothing has.
    tell_digests(&pool).await;
    assert_eq!(told(&pool, &ann).await, [SearchDigest]);
    publish(&pool, &sam, "Window 8").await;
    teller.tell().await;
    broadcast(&pool).await;
    tell_digests(&pool).await;
    let last = texts(&pool, &ann).await.pop().unwrap();
    assert_eq!(last, "A new project fits your saved search “Shop signs”.");
    let due: Vec<bool> = sqlx::query_scalar("select next_digest_at > now() from saved_search")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(due, [true, true]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn another_frequency_tells_nothing_twice_and_loses_nothing(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann] = buyers(&pool, 1).await.try_into().unwrap();
    let search = save(&pool, &ann, &words("window"), Frequency::AtOnce)
        .await
        .unwrap();
    let mut teller = Teller::new(&pool).await;
    let mut new_project = async |name: &str| {
        publish(&pool, &sam, name).await;
        teller.tell().await;
        broadcast(&pool).await;
    };
    let choose = async |frequency: Frequency| {
        let choices = SearchChoices {
            name: "Windows".to_owned(),
            frequency,
        };
        let mut tx = pool.begin().await.unwrap();
        saved_search::change(&mut tx, &ann, search, &choices, &Zone::utc())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    };
    new_project("Window 1").await;
    choose(Frequency::Daily).await;
    tell_digests(&pool).await;
    assert_eq!(told(&pool, &ann).await, [SearchFit]);
    new_project("Window 2").await;
    choose(Frequency::AtOnce).await;
    tell_due_digests(&pool).await;
    assert_eq!(told(&pool, &ann).await, [SearchFit, SearchDigest]);
    new_project("Window 3").await;
    tell_due_digests(&pool).await;
    let told = told(&pool, &ann).await;
    assert_eq!(told, [SearchFit, SearchDigest, SearchFit]);
    let all = texts(&pool, &ann).await;
    assert_eq!(all[1], "A new project fits your saved search “Windows”.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_search_belongs_to_its_account(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    let search = save(&pool, &ann, &words("window"), Frequency::AtOnce)
        .await
        .unwrap();
    let choices = SearchChoices {
        name: "Mine".to_owned(),
        frequency: Frequency::Daily,
    };
    let mut tx: Tx<'_> = pool.begin().await.unwrap();
    let not_found = |result: Result<()>| matches!(result, Err(Error::NotFound));
    let found = saved_search::find(&mut tx, &bob, search).await;
    assert!(not_found(found.map(|_| ())));
    let changed = saved_search::change(&mut tx, &bob, search, &choices, &Zone::utc()).await;
    assert!(not_found(changed));
    assert!(not_found(saved_search::delete(&mut tx, &bob, search).await));
    let mine = saved_search::of_account(&mut tx, &ann).await.unwrap();
    assert_eq!((mine.len(), mine[0].name.as_str()), (1, "Shop signs"));
    saved_search::delete(&mut tx, &ann, search).await.unwrap();
    assert!(not_found(saved_search::delete(&mut tx, &ann, search).await));
    tx.commit().await.unwrap();
    let mut teller = Teller::new(&pool).await;
    publish(&pool, &sam, "A window").await;
    teller.tell().await;
    broadcast(&pool).await;
    assert_eq!(
        told(&pool, &ann).await,
        [],
        "a deleted search tells nothing"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_search_that_finds_everything_or_nothing_is_not_saved(pool: PgPool) {
    let [ann] = buyers(&pool, 1).await.try_into().unwrap();
    let refused = async |filter: SavedFilter| {
        let saved = save(&pool, &ann, &filter, Frequency::Daily).await;
        saved.unwrap_err().refused::<Refusal>().cloned()
    };
    let nothing = Some(Refusal::NothingToFind);
    assert_eq!(refused(SavedFilter::default()).await, nothing);
    for typed in ["the", "!?", "and the"] {
        let refusal = refused(words(typed)).await;
        assert_eq!(refusal, Some(Refusal::StopWordsOnly), "{typed}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn two_forms_at_once_do_not_exceed_the_limit(_: PgPoolOptions, options: PgConnectOptions) {
    let pool = pool(options, 10).await;
    let [ann] = buyers(&pool, 1).await.try_into().unwrap();
    for _ in 1..MAX_SAVED {
        save(&pool, &ann, &words("oak"), Frequency::Daily)
            .await
            .unwrap();
    }
    let forms: Vec<_> = (0..5)
        .map(|_| {
            let (pool, ann) = (pool.clone(), ann.clone());
            tokio::spawn(async move { save(&pool, &ann, &words("oak"), Frequency::Daily).await })
        })
        .collect();
    let mut saved = 0;
    for form in forms {
        match form.await.unwrap() {
            Ok(_) => saved += 1,
            Err(error) => {
                let limit = Refusal::TooManySearches { most: MAX_SAVED };
                assert_eq!(error.refused(), Some(&limit));
            }
        }
    }
    assert_eq!(saved, 1);
}

/// A number below `range` that differs from call to call but not from run to run.
fn chance(state: &mut u64, range: u64) -> u64 {
    *state = state
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    (*state >> 33) % range
}

fn any<T: Copy>(luck: &mut u64, values: &[T]) -> T {
    let place = chance(luck, u64::try_from(values.len()).unwrap());
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
    let mut tx = pool.begin().await.unwrap();
    let deadline = now(&mut tx).await.unwrap() + HOUR;
    let typed = ProjectInput {
        name: &name,
        summary: "By hand",
        description: "Soon.",
        category: any(luck, &["trades", "design"]),
        skills: "",
        currency: any(luck, &["EUR", "USD"]),
        budget: any(luck, &["100", "250.50", "1000"]),
        deadline: Ok(deadline),
        fulfillment: project::FulfillmentInput {
            work_place: place,
            site: if place == "on_site" { "Limoges" } else { "" },
            ..project::FulfillmentInput::default()
        },
    };
    let details = Details::parse(&typed, Purpose::Publish).unwrap();
    project::publish(&mut tx, seller, None, &details)
        .await
        .unwrap();
    tx.commit().await.unwrap();
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
    let mut teller = Teller::new(&pool).await;
    for _ in 0..19 {
        publish_any(&pool, &sam, &mut luck).await;
    }
    teller.tell().await;
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
    let mut teller = Teller::new(&pool).await;
    publish(&pool, &sam, "A shop window").await;
    teller.tell().await;
    let written: i64 = sqlx::query_scalar("select count(*) from notice")
        .fetch_one(&pool)
        .await
        .unwrap();
    assert_eq!(written, 0, "the consumer only queues");
    let worker = async |pool: PgPool, dies_every: usize| {
        let mut steps = 0;
        loop {
            steps += 1;
            let mut tx: Tx<'_> = pool.begin().await.unwrap();
            let has_more = notice::broadcast(&mut tx).await.unwrap();
            let told: i64 = sqlx::query_scalar(
                "select count(*) from notice where xmin::text::bigint = txid_current() % (2 ^ 32)::bigint",
            )
            .fetch_one(&mut *tx)
            .await
            .unwrap();
            assert!(told <= 500, "{told} in one step");
            // A worker that dies leaves nothing behind.
            if steps % dies_every == 0 {
                tx.rollback().await.unwrap();
            } else {
                tx.commit().await.unwrap();
            }
            if !has_more {
                return;
            }
        }
    };
    tokio::join!(
        worker(pool.clone(), 2),
        worker(pool.clone(), 3),
        worker(pool.clone(), 5)
    );
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
