//! Watched projects: who may watch, and what watchers are told.

use crate::{
    fixture::{
        Auction, HOUR, Notifier, auction, award_due, bring_deadline_near, broadcast,
        broadcast_by_crashing_workers, notice_kinds, notices, tell_deadlines,
    },
    support::{
        account, buyers, details, let_deadline_come, open_project, place, pool, seller, withdraw,
    },
};
use guildhall::{
    Error, Result,
    account::{Role, Viewer},
    notice::{
        Notice,
        NoticeKind::{
            Cancelled, DeadlineInADay, Lost, WatchedAwarded, WatchedCancelled, WatchedInADay,
            WatchedInAnHour, WatchedUnawarded, Won,
        },
    },
    project::{self, ProjectId},
    store::{MIGRATIONS, now},
    watch,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::collections::BTreeMap;

async fn begin(pool: &PgPool, viewer: &Viewer, project: ProjectId) -> Result<()> {
    let mut tx = pool.begin().await.unwrap();
    watch::begin(&mut tx, viewer, project).await?;
    tx.commit().await.unwrap();
    Ok(())
}

async fn watched(pool: &PgPool, viewer: &Viewer) -> Vec<ProjectId> {
    let db = &mut *pool.acquire().await.unwrap();
    let (projects, _) = watch::watched(db, viewer).await.unwrap();
    projects.into_iter().map(|project| project.id).collect()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_watcher_is_told_of_the_deadline_and_the_result_once(pool: PgPool) {
    let Auction {
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    let olga = account(&pool, Role::Seller, "Olga").await;
    tell_deadlines(&pool).await;
    begin(&pool, &olga, project).await.unwrap();
    begin(&pool, &olga, project).await.unwrap();
    place(&pool, &ann, project, 90_000).await.unwrap();
    place(&pool, &bob, project, 80_000).await.unwrap();
    for hours in [23.9, 0.9] {
        bring_deadline_near(&pool, project, hours).await;
        broadcast(&pool).await;
    }
    let_deadline_come(&pool, project).await;
    award_due(&pool).await;
    notifier.notify().await;
    broadcast(&pool).await;
    let kinds = [WatchedInADay, WatchedInAnHour, WatchedAwarded];
    assert_eq!(notice_kinds(&pool, &olga).await, kinds);
    let all = notices(&pool, olga.account).await;
    let texts: Vec<_> = all.iter().map(Notice::text).collect();
    let near = "The lowest bid is €800.00. There are 2 active bids.";
    assert_eq!(texts, [near, near, "The lowest bid, €800.00, won."]);
    assert_eq!(all[0].path(), format!("/projects/{project}"));
    assert_eq!(all[2].path(), format!("/projects/{project}/result"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_bids_and_watches_is_told_once_as_a_bidder(pool: PgPool) {
    let Auction {
        ann,
        bob,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    tell_deadlines(&pool).await;
    for viewer in [&ann, &bob] {
        begin(&pool, viewer, project).await.unwrap();
    }
    place(&pool, &ann, project, 90_000).await.unwrap();
    place(&pool, &bob, project, 80_000).await.unwrap();
    bring_deadline_near(&pool, project, 23.9).await;
    broadcast(&pool).await;
    assert_eq!(notice_kinds(&pool, &ann).await, [DeadlineInADay]);
    // Who withdraws no longer takes part, but still watches.
    withdraw(&pool, &ann, project).await.unwrap();
    bring_deadline_near(&pool, project, 0.9).await;
    broadcast(&pool).await;
    assert_eq!(
        notice_kinds(&pool, &ann).await,
        [DeadlineInADay, WatchedInAnHour]
    );
    place(&pool, &ann, project, 85_000).await.unwrap();
    let_deadline_come(&pool, project).await;
    award_due(&pool).await;
    notifier.notify().await;
    broadcast(&pool).await;
    assert_eq!(notice_kinds(&pool, &ann).await.last(), Some(&Lost));
    assert_eq!(notice_kinds(&pool, &bob).await.last(), Some(&Won));
    for viewer in [&ann, &bob] {
        assert!(!notice_kinds(&pool, viewer).await.contains(&WatchedAwarded));
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_end_without_bids_and_a_cancellation_are_told_to_watchers(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    let ended = open_project(&pool, &sam, HOUR).await;
    let cancelled = open_project(&pool, &sam, HOUR).await;
    let mut notifier = Notifier::new(&pool).await;
    for project in [ended, cancelled] {
        begin(&pool, &ann, project).await.unwrap();
    }
    begin(&pool, &bob, cancelled).await.unwrap();
    place(&pool, &bob, cancelled, 90_000).await.unwrap();
    withdraw(&pool, &bob, cancelled).await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    project::cancel(&mut tx, &sam, cancelled).await.unwrap();
    tx.commit().await.unwrap();
    let_deadline_come(&pool, ended).await;
    award_due(&pool).await;
    notifier.notify().await;
    broadcast(&pool).await;
    assert_eq!(
        notice_kinds(&pool, &ann).await,
        [WatchedCancelled, WatchedUnawarded],
        "in the order of the events"
    );
    assert_eq!(notice_kinds(&pool, &bob).await, [Cancelled]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn nobody_watches_an_own_a_hidden_or_an_ended_project(pool: PgPool) {
    let Auction {
        sam, ann, project, ..
    } = auction(&pool).await;
    let refused = |result: Result<()>| result.unwrap_err();
    assert!(matches!(
        refused(begin(&pool, &sam, project).await),
        Error::NotAllowed
    ));
    let mut tx = pool.begin().await.unwrap();
    let deadline = now(&mut tx).await.unwrap() + HOUR;
    let draft = project::save_draft(&mut tx, &sam, &details(deadline))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    for hidden in [draft, ProjectId(404)] {
        let error = refused(begin(&pool, &ann, hidden).await);
        assert!(matches!(error, Error::NotFound), "{error:?}");
    }
    let_deadline_come(&pool, project).await;
    let error = refused(begin(&pool, &ann, project).await);
    assert_eq!(error.refused(), Some(&watch::Refusal::Ended));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn two_presses_at_once_do_not_exceed_the_limit(_: PgPoolOptions, options: PgConnectOptions) {
    let pool = pool(options, 10).await;
    let sam = seller(&pool).await;
    let [ann] = buyers(&pool, 1).await.try_into().unwrap();
    sqlx::query(
        "insert into watch (account_id, project_id, deadline) select $1, -n, now() + interval '1 hour' from generate_series(1, $2) n",
    )
    .bind(ann.account.0)
    .bind(watch::MAX_WATCHED - 1)
    .execute(&pool)
    .await
    .unwrap();
    let mut projects = Vec::new();
    for _ in 0..5 {
        projects.push(open_project(&pool, &sam, HOUR).await);
    }
    let presses = projects.iter().map(|project| {
        let (pool, ann, project) = (pool.clone(), ann.clone(), *project);
        tokio::spawn(async move { begin(&pool, &ann, project).await })
    });
    let mut begun = 0;
    for press in presses.collect::<Vec<_>>() {
        match press.await.unwrap() {
            Ok(()) => begun += 1,
            Err(error) => {
                let most = watch::MAX_WATCHED;
                let limit = watch::Refusal::TooManyWatched { most };
                assert_eq!(error.refused(), Some(&limit));
            }
        }
    }
    assert_eq!(begun, 1);
    assert_eq!(watched(&pool, &ann).await.len(), 1);
    let db = &mut *pool.acquire().await.unwrap();
    for project in projects {
        watch::end(db, &ann, project).await.unwrap();
        watch::end(db, &ann, project).await.unwrap();
    }
    assert_eq!(watched(&pool, &ann).await, []);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn dying_workers_tell_each_of_many_watchers_once(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const WATCHERS: i64 = 1_800;
    let pool = pool(options, 10).await;
    let sam = seller(&pool).await;
    let project = open_project(&pool, &sam, HOUR).await;
    let mut notifier = Notifier::new(&pool).await;
    sqlx::query(
        "with watchers as (
             insert into account (role, name, email, password_hash)
             select 'buyer', 'Watcher ' || n, 'watcher' || n || '@example.com', 'x' from generate_series(1, $2) n returning id)
         insert into watch (account_id, project_id, deadline) select id, $1, now() from watchers",
    )
    .bind(project.0)
    .bind(WATCHERS)
    .execute(&pool)
    .await
    .unwrap();
    let mut tx = pool.begin().await.unwrap();
    project::cancel(&mut tx, &sam, project).await.unwrap();
    tx.commit().await.unwrap();
    notifier.notify().await;
    broadcast_by_crashing_workers(&pool).await;
    let told: Vec<(i64, i64)> = sqlx::query_as(
        "select account_id, count(*) from notice where kind = 'watch.cancelled' group by account_id",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let told: BTreeMap<i64, i64> = told.into_iter().collect();
    assert_eq!(told.len(), usize::try_from(WATCHERS).unwrap());
    assert!(told.values().all(|count| *count == 1));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_project_is_forgotten_long_after_its_deadline(pool: PgPool) {
    let Auction {
        ann, sam, project, ..
    } = auction(&pool).await;
    let other = open_project(&pool, &sam, HOUR).await;
    for project in [project, other] {
        begin(&pool, &ann, project).await.unwrap();
    }
    sqlx::query("update watch set deadline = now() - interval '91 days' where project_id = $1")
        .bind(project.0)
        .execute(&pool)
        .await
        .unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(watch::forget_old(db).await.unwrap(), 1);
    assert_eq!(watched(&pool, &ann).await, [other]);
}
