//! Who owns a saved search, and which searches can be saved.

use super::{publish, save, words};
use crate::{
    fixture::{Notifier, broadcast, notice_kinds},
    support::{buyers, pool, seller},
};
use guildhall::{
    Error, Result,
    moment::Zone,
    saved_search::{self, Frequency, MAX_SAVED, Refusal, SavedFilter, SearchChoices},
    store::{MIGRATIONS, Tx},
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

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
    let owned = saved_search::of_account(&mut tx, &ann).await.unwrap();
    assert_eq!((owned.len(), owned[0].name.as_str()), (1, "Shop signs"));
    saved_search::delete(&mut tx, &ann, search).await.unwrap();
    assert!(not_found(saved_search::delete(&mut tx, &ann, search).await));
    tx.commit().await.unwrap();
    let mut notifier = Notifier::new(&pool).await;
    publish(&pool, &sam, "A window").await;
    notifier.notify().await;
    broadcast(&pool).await;
    assert_eq!(
        notice_kinds(&pool, &ann).await,
        [],
        "a deleted search sends no notice"
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_search_that_finds_everything_or_nothing_is_not_saved(pool: PgPool) {
    let [ann] = buyers(&pool, 1).await.try_into().unwrap();
    let refusal_of = async |filter: SavedFilter| {
        let saved = save(&pool, &ann, &filter, Frequency::Daily).await;
        saved.unwrap_err().refused::<Refusal>().cloned()
    };
    assert_eq!(
        refusal_of(SavedFilter::default()).await,
        Some(Refusal::NothingToFind)
    );
    for typed in ["the", "!?", "and the"] {
        let refusal = refusal_of(words(typed)).await;
        assert_eq!(refusal, Some(Refusal::StopWordsOnly), "{typed}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn forms_sent_at_once_do_not_exceed_the_limit(_: PgPoolOptions, options: PgConnectOptions) {
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
