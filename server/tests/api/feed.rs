//! The change feed: every change once, in an order that never changes, from any position.

use crate::{
    client::{Program, award, let_deadline_pass},
    support::site,
};
use guildhall::store::MIGRATIONS;
use serde_json::json;
use sqlx::PgPool;

async fn read_changes(
    program: &mut Program,
    cursor: &mut Option<String>,
    per_page: usize,
) -> Vec<(String, i64)> {
    let mut changes = Vec::new();
    loop {
        let from = cursor
            .as_ref()
            .map(|cursor| format!("&cursor={cursor}"))
            .unwrap_or_default();
        let page = program
            .get(&format!("/changes?per_page={per_page}{from}"))
            .await
            .is(200)
            .json;
        for change in page["changes"].as_array().unwrap() {
            changes.push((
                change["type"].as_str().unwrap().to_owned(),
                change["project_id"].as_i64().unwrap(),
            ));
        }
        *cursor = Some(page["next_cursor"].as_str().unwrap().to_owned());
        if page["more"] == json!(false) {
            return changes;
        }
    }
}

/// Reads until this many changes have arrived; some may still be held back by other transactions on the same
/// PostgreSQL.
async fn read_changes_until(
    program: &mut Program,
    cursor: &mut Option<String>,
    per_page: usize,
    how_many: usize,
) -> Vec<(String, i64)> {
    let mut received = Vec::new();
    while received.len() < how_many {
        received.extend(read_changes(program, cursor, per_page).await);
        tokio::task::yield_now().await;
    }
    received
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn every_change_appears_once_and_in_order(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut buyer = Program::buyer(&site, &pool, "bea").await;
    let mut nobody = Program::anonymous(&site);
    let mut cursor = None;
    assert_eq!(read_changes(&mut nobody, &mut cursor, 2).await, []);
    let (one, two) = (seller.publish(3600).await, seller.publish(3600).await);
    buyer.bid(one, json!(900.5)).await.is(201);
    let owned = |changes: &[(&str, i64)]| {
        changes
            .iter()
            .map(|(kind, id)| ((*kind).to_owned(), *id))
            .collect::<Vec<_>>()
    };
    let expected = owned(&[
        ("project.published", one),
        ("project.published", two),
        ("bid.placed", one),
    ]);
    assert_eq!(
        read_changes_until(&mut nobody, &mut cursor, 2, 3).await,
        expected
    );
    assert_eq!(read_changes(&mut nobody, &mut cursor, 2).await, []);
    buyer.delete(&format!("/projects/{one}/bid")).await.is(200);
    seller
        .post(&format!("/projects/{two}/cancel"), json!({}))
        .await
        .is(200);
    let_deadline_pass(&pool, one).await;
    award(&pool).await;
    let rest = owned(&[
        ("bid.withdrawn", one),
        ("project.cancelled", two),
        ("project.unawarded", one),
    ]);
    assert_eq!(
        read_changes_until(&mut nobody, &mut cursor, 1, 3).await,
        rest
    );
    let all = read_changes(&mut nobody, &mut None, 400).await;
    assert_eq!(all, [expected, rest].concat());
    let page = nobody.get("/changes").await.is(200);
    assert!(
        !page.text.contains("example.com") && !page.text.contains("account"),
        "{}",
        page.text
    );
    let bid = &page.json["changes"][2];
    assert_eq!(
        (&bid["bidder"], &bid["amount"], &bid["currency"]),
        (&json!("Bidder 1"), &json!(900.5), &json!("EUR"))
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_change_that_commits_late_is_not_skipped(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    let mut cursor = None;
    read_changes(&mut seller, &mut cursor, 30).await;
    let id = seller.publish(3600).await;
    read_changes_until(&mut seller, &mut cursor, 30, 1).await;
    // This transaction has its id and its event but has not committed.
    let mut late = pool.begin().await.unwrap();
    sqlx::query(
        "insert into outbox (kind, project_id, body) values ('project.cancelled', $1, '{}')",
    )
    .bind(id)
    .execute(&mut *late)
    .await
    .unwrap();
    let later = seller.publish(3600).await;
    assert_eq!(
        read_changes(&mut seller, &mut cursor, 30).await,
        [],
        "later changes wait for earlier ones"
    );
    late.commit().await.unwrap();
    let received = read_changes_until(&mut seller, &mut cursor, 30, 2).await;
    assert_eq!(
        received,
        [
            ("project.cancelled".to_owned(), id),
            ("project.published".to_owned(), later)
        ]
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_feed_may_start_at_its_end_and_refuses_invalid_positions(pool: PgPool) {
    let site = site(&pool, &[]);
    let mut seller = Program::seller(&site, &pool).await;
    seller.publish(3600).await;
    read_changes_until(&mut seller, &mut None, 30, 1).await;
    let now = seller.get("/changes?from=now").await.is(200).json;
    assert_eq!(now["changes"], json!([]));
    let id = seller.publish(3600).await;
    let cursor = now["next_cursor"].as_str().unwrap().to_owned();
    assert_eq!(
        read_changes_until(&mut seller, &mut Some(cursor), 30, 1).await,
        [("project.published".to_owned(), id)]
    );
    let project_cursor = seller.get("/projects?per_page=1").await.json["next_cursor"]
        .as_str()
        .unwrap()
        .to_owned();
    seller
        .get(&format!("/changes?cursor={project_cursor}"))
        .await
        .refused_as(400, "invalid-query");
    seller
        .get("/changes?from=yesterday")
        .await
        .refused_as(400, "invalid-query");
}
