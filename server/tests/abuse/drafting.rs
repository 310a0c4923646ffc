//! Many large texts that are to be stored at the same time.

use crate::{
    given::{ADA, HOME, behind_proxy, project_form, publish, seller, send},
    support::{count, text_of},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;
use tokio::task::JoinSet;

/// How many of one address have a turn or wait for one, and one more.
const ONE_TOO_MANY: usize = 3 + 16 + 1;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn projects_that_wait_to_be_stored_leave_connections_to_everything_else(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = seller(&site, ADA, HOME).await;
    publish(&mut ada, &pool).await.is(303);
    let mut forms = Vec::new();
    for _ in 0..ONE_TOO_MANY {
        forms.push(project_form(&mut ada, &pool, "publish").await);
    }
    // Nobody gets past the quota until this transaction ends.
    let mut lock = pool.begin().await.unwrap();
    sqlx::query("select from quota for update")
        .execute(&mut *lock)
        .await
        .unwrap();
    let mut sent = JoinSet::new();
    for form in forms {
        let mut browser = ada.clone();
        sent.spawn(async move { send(&mut browser, "/projects/new", &form).await });
    }
    let refused = sent.join_next().await.unwrap().unwrap().is(503);
    assert!(
        refused
            .body
            .contains("Two panes of glass, lettered by hand."),
        "what was typed is lost: {}",
        text_of(&refused.body)
    );
    ada.get("/dashboard").await.is(200);
    lock.rollback().await.unwrap();
    let mut published = 1;
    while let Some(answer) = sent.join_next().await {
        match answer.unwrap().status.as_u16() {
            303 => published += 1,
            other => assert_eq!(other, 503),
        }
    }
    assert_eq!(count(&pool, "project").await, published);
}
