//! What is told of new projects that fit, at once and in digests.

use super::{publish, save, texts, words};
use crate::{
    fixture::{Notifier, broadcast, notice_kinds, notices, tell_digests, tell_due_digests},
    support::{buyers, let_deadline_come, seller},
};
use guildhall::{
    moment::Zone,
    notice::{
        self,
        NoticeKind::{SearchDigest, SearchFit, WatchedCancelled},
    },
    project::{self, Category},
    saved_search::{self, Frequency, SavedFilter, SearchChoices},
    store::MIGRATIONS,
    watch,
};
use sqlx::PgPool;

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
    let mut notifier = Notifier::new(&pool).await;
    let project = publish(&pool, &sam, "A shop window").await;
    publish(&pool, &sam, "An oak shop window").await;
    for _ in 0..2 {
        notifier.notify().await;
        broadcast(&pool).await;
        // As if an operator had reset the consumer: the events come again.
        sqlx::query("insert into notice_broadcast (kind, project_id) select 'search.fit', id from project where state = 'open'")
            .execute(&pool)
            .await
            .unwrap();
        broadcast(&pool).await;
    }
    assert_eq!(notice_kinds(&pool, &ann).await, [SearchFit, SearchFit]);
    let fits = "It fits your saved search “Shop signs”";
    let two = format!("{fits} and another one.");
    assert_eq!(texts(&pool, &ann).await, [two.clone(), two]);
    assert_eq!(texts(&pool, &bob).await, [format!("{fits}.")]);
    let first = notices(&pool, bob.account).await.remove(0);
    assert_eq!(first.path(), format!("/projects/{project}"));
    assert_eq!(
        notice_kinds(&pool, &sam).await,
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
    let mut notifier = Notifier::new(&pool).await;
    let gone = publish(&pool, &sam, "A window that is gone by then").await;
    for n in 1..=7 {
        publish(&pool, &sam, &format!("Window {n}")).await;
    }
    notifier.notify().await;
    broadcast(&pool).await;
    tell_due_digests(&pool).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [], "it is not due");
    let_deadline_come(&pool, gone).await;
    tell_digests(&pool).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [SearchDigest]);
    assert_eq!(notice_kinds(&pool, &bob).await, [], "nothing fits");
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
    assert_eq!(notice_kinds(&pool, &ann).await, [SearchDigest]);
    publish(&pool, &sam, "Window 8").await;
    notifier.notify().await;
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
    let mut notifier = Notifier::new(&pool).await;
    let mut new_project = async |name: &str| {
        publish(&pool, &sam, name).await;
        notifier.notify().await;
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
    assert_eq!(notice_kinds(&pool, &ann).await, [SearchFit]);
    new_project("Window 2").await;
    choose(Frequency::AtOnce).await;
    tell_due_digests(&pool).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [SearchFit, SearchDigest]);
    new_project("Window 3").await;
    tell_due_digests(&pool).await;
    let kinds = notice_kinds(&pool, &ann).await;
    assert_eq!(kinds, [SearchFit, SearchDigest, SearchFit]);
    let all = texts(&pool, &ann).await;
    assert_eq!(all[1], "A new project fits your saved search “Windows”.");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn watchers_do_not_wait_for_the_comparison_with_saved_searches(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    save(&pool, &ann, &words("window"), Frequency::AtOnce)
        .await
        .unwrap();
    let mut notifier = Notifier::new(&pool).await;
    let project = publish(&pool, &sam, "A window").await;
    let mut tx = pool.begin().await.unwrap();
    watch::begin(&mut tx, &bob, project).await.unwrap();
    project::cancel(&mut tx, &sam, project).await.unwrap();
    tx.commit().await.unwrap();
    notifier.notify().await;
    let mut tx = pool.begin().await.unwrap();
    assert!(notice::broadcast(&mut tx).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(notice_kinds(&pool, &bob).await, [WatchedCancelled]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_found_while_the_frequency_changes_is_told(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann] = buyers(&pool, 1).await.try_into().unwrap();
    let search = save(&pool, &ann, &words("window"), Frequency::Daily)
        .await
        .unwrap();
    let mut notifier = Notifier::new(&pool).await;
    publish(&pool, &sam, "A window").await;
    notifier.notify().await;
    let mut comparing = pool.begin().await.unwrap();
    assert!(notice::broadcast(&mut comparing).await.unwrap());
    let choices = SearchChoices {
        name: "Windows".to_owned(),
        frequency: Frequency::AtOnce,
    };
    let mut tx = pool.begin().await.unwrap();
    saved_search::change(&mut tx, &ann, search, &choices, &Zone::utc())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    comparing.commit().await.unwrap();
    broadcast(&pool).await;
    tell_due_digests(&pool).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [SearchDigest]);
}
