//! Whose webhooks they are, and what their owner learns.

use crate::{
    fixture::{add, claim, find, test},
    support::{account, pool as pool_of},
};
use guildhall::{
    Error,
    account::{Role, Viewer},
    audit,
    event::EventKind,
    notice::{self, NoticeFilter, NoticeKind},
    store::MIGRATIONS,
    webhook::{self, MAX_WEBHOOKS, Refusal, WebhookId, WebhookSecrets},
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_has_five_webhooks_at_most_however_many_it_adds_at_once(
    _options: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let pool = pool_of(connect, 8).await;
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let added = tokio::join!(
        add(&pool, &ann, "1", "standard"),
        add(&pool, &ann, "2", "slack"),
        add(&pool, &ann, "3", "discord"),
        add(&pool, &ann, "4", "standard"),
        add(&pool, &ann, "5", "standard"),
        add(&pool, &ann, "6", "standard"),
        add(&pool, &ann, "7", "standard")
    );
    let added = [
        added.0, added.1, added.2, added.3, added.4, added.5, added.6,
    ];
    let refused: Vec<Error> = added.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 2);
    let full = Refusal::TooManyWebhooks { most: MAX_WEBHOOKS };
    assert!(refused.iter().all(|error| error.refused() == Some(&full)));
    let mut tx = pool.begin().await.unwrap();
    let all = webhook::of_account(&mut tx, &ann).await.unwrap();
    assert_eq!(all.len(), 5);
    webhook::remove(&mut tx, &ann, all[0].id).await.unwrap();
    tx.commit().await.unwrap();
    add(&pool, &ann, "8", "standard").await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_changes_where_messages_go_is_an_event_for_the_record(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    webhook::rotate_secret(&mut tx, &ann, id).await.unwrap();
    webhook::remove(&mut tx, &ann, id).await.unwrap();
    tx.commit().await.unwrap();
    let recorded: Vec<String> = sqlx::query_scalar(
        "select kind from outbox where account_id = $1 and body = jsonb_build_object('webhook', $2::bigint) order by id",
    )
    .bind(ann.account.0)
    .bind(id.0)
    .fetch_all(&pool)
    .await
    .unwrap();
    let kinds = [
        EventKind::WebhookAdded,
        EventKind::WebhookSecretRenewed,
        EventKind::WebhookRemoved,
    ];
    assert_eq!(recorded, kinds.map(EventKind::name));
    assert!(kinds.iter().all(|kind| audit::EVENTS.contains(kind)));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_new_webhook_is_told_to_its_owner_on_the_site_and_by_mail_only(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    add(&pool, &ann, "First", "standard").await.unwrap();
    add(&pool, &ann, "Second", "slack").await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    let list = notice::list(db, ann.account, NoticeFilter::default(), None)
        .await
        .unwrap();
    assert_eq!(list.notices.len(), 2);
    assert!(
        list.notices
            .iter()
            .all(|notice| notice.kind == NoticeKind::WebhookAdded)
    );
    assert!(list.notices[0].text().contains("“Second”"));
    assert_eq!(notice::claim(db, 9).await.unwrap().len(), 1);
    assert!(claim(&pool, 9).await.is_empty());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_test_message_is_no_notice_on_the_site_and_leaves_no_gap(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    test(&pool, &ann, id).await.unwrap();
    add(&pool, &ann, "Other", "standard").await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    let list = notice::list(db, ann.account, NoticeFilter::default(), None)
        .await
        .unwrap();
    let numbers: Vec<i64> = list.notices.iter().map(|notice| notice.number).collect();
    assert_eq!(numbers, [3, 1]);
    let posted = claim(&pool, 9).await;
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].notice.kind, NoticeKind::WebhookTest);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn for_a_day_after_a_rotation_both_secrets_sign(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let bob = account(&pool, Role::Buyer, "Bob").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    let chat = add(&pool, &ann, "Team", "slack").await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    assert!(webhook::rotate_secret(&mut tx, &bob, id).await.is_err());
    assert!(webhook::rotate_secret(&mut tx, &ann, chat).await.is_err());
    assert_eq!(webhook::rotate_secret(&mut tx, &ann, id).await.unwrap(), 2);
    tx.commit().await.unwrap();
    assert!(find(&pool, &ann, id).await.previous_until.is_some());
    test(&pool, &ann, id).await.unwrap();
    assert_eq!(claim(&pool, 9).await[0].generations, [2, 1]);
    sqlx::query("update webhook set previous_until = previous_until - interval '1 day', claim = null, claimed_until = null")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(claim(&pool, 9).await[0].generations, [2]);
    assert!(find(&pool, &ann, id).await.previous_until.is_none());
    // All processes derive the same secrets.
    let secrets = [WebhookSecrets::default(), WebhookSecrets::default()];
    let first = secrets[0].of(&pool, id, 2).await.unwrap();
    assert_eq!(first, secrets[1].of(&pool, id, 2).await.unwrap());
    assert_ne!(first, secrets[1].of(&pool, id, 1).await.unwrap());
}

async fn rotate(pool: &PgPool, viewer: &Viewer, id: WebhookId) -> Result<i32, Error> {
    let mut tx = pool.begin().await?;
    let generation = webhook::rotate_secret(&mut tx, viewer, id).await?;
    tx.commit().await?;
    Ok(generation)
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_secret_is_not_replaced_while_the_one_before_still_signs(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    let both = tokio::join!(rotate(&pool, &ann, id), rotate(&pool, &ann, id));
    let refused = match both {
        (Ok(2), Err(refused)) | (Err(refused), Ok(2)) => refused,
        both => panic!("one of two is refused: {both:?}"),
    };
    let Some(Refusal::SecretIsNew { retry_after }) = refused.refused::<Refusal>() else {
        panic!("{refused}");
    };
    let hours = retry_after.as_secs_f64() / 3600.0;
    assert!(hours > 23.0 && hours <= 24.0, "{hours}");
    test(&pool, &ann, id).await.unwrap();
    assert_eq!(claim(&pool, 9).await[0].generations, [2, 1]);
    sqlx::query("update webhook set previous_until = previous_until - interval '1 day'")
        .execute(&pool)
        .await
        .unwrap();
    assert_eq!(rotate(&pool, &ann, id).await.unwrap(), 3);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_log_is_kept_for_thirty_days(pool: PgPool) {
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let id = add(&pool, &ann, "Ops", "standard").await.unwrap();
    for _ in 0..2 {
        test(&pool, &ann, id).await.unwrap();
        let next = claim(&pool, 9).await.remove(0);
        crate::fixture::record(&pool, &next, webhook::delivery::WebhookOutcome::Accepted).await;
    }
    sqlx::query("update webhook_attempt set tried_at = tried_at - interval '31 days' where id = (select min(id) from webhook_attempt)")
        .execute(&pool)
        .await
        .unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(webhook::forget_old(db).await.unwrap(), 1);
    assert_eq!(webhook::attempts(db, &ann, id).await.unwrap().len(), 1);
}
