//! Drafts that are saved from several windows at once.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    project::{self, DraftForm, DraftVersion, ProjectId, Refusal},
    store::{self, MIGRATIONS},
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::time::Duration;
use support::{details, details_with_budget, pool, seller};
use tokio::task::JoinSet;
use uuid::Uuid;

const WINDOWS: u32 = 8;

async fn version(pool: &PgPool, id: ProjectId) -> DraftVersion {
    let version = sqlx::query_scalar("select draft_version from project where id = $1");
    DraftVersion(version.bind(id.0).fetch_one(pool).await.unwrap())
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_windows_that_save_the_same_version_at_once_one_succeeds(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, WINDOWS + 2).await;
    let seller = seller(&pool).await;
    let mut tx = pool.begin().await.unwrap();
    let deadline = store::now(&mut tx).await.unwrap() + Duration::from_secs(3600);
    let id = project::save_draft(&mut tx, &seller, &details(deadline))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let first = version(&pool, id).await;

    let mut saving = JoinSet::new();
    for n in 0..WINDOWS {
        let (pool, seller) = (pool.clone(), seller.clone());
        saving.spawn(async move {
            let form = DraftForm {
                version: Some(first),
                window: Some(Uuid::new_v4()),
            };
            let typed = details_with_budget(deadline, &format!("{}", 500 + n));
            let mut tx = pool.begin().await.unwrap();
            let saved = project::edit_draft(&mut tx, &seller, id, &typed, form).await;
            match saved {
                Ok(()) => {
                    tx.commit().await.unwrap();
                    true
                }
                Err(error) => {
                    let refusal = error.refused::<Refusal>().cloned();
                    assert!(
                        matches!(refusal, Some(Refusal::ChangedElsewhere { version }) if version > first),
                        "{error:?}"
                    );
                    false
                }
            }
        });
    }
    let saved = saving.join_all().await.into_iter().filter(|saved| *saved);
    assert_eq!(saved.count(), 1);
    assert_eq!(version(&pool, id).await, DraftVersion(first.0 + 1));
}
