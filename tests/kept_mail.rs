//! Kept mail on a real PostgreSQL: bounded in number and age, and each message once.
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

use guildhall::{
    Error,
    kept_mail::{self, MAX_KEPT, MAX_LISTED, NewMail},
    store::{Connection, MIGRATIONS},
};
use sqlx::PgPool;

async fn keep(db: &mut Connection, id: i64) {
    let mail = NewMail {
        message_id: &format!("<{id}@guildhall.example>"),
        address: "bea@example.com",
        subject: &id.to_string(),
        headers: "",
        html: "",
        text: "",
    };
    kept_mail::keep(db, &mail).await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn the_newest_2000_messages_are_kept_and_500_listed(pool: PgPool) {
    let db = &mut *pool.acquire().await.unwrap();
    for id in 1..=MAX_KEPT + 3 {
        keep(db, id).await;
    }
    let mails = kept_mail::list(db, "").await.unwrap();
    assert_eq!(mails.len(), usize::try_from(MAX_LISTED).unwrap());
    assert_eq!(
        (mails[0].subject.as_str(), mails[499].subject.as_str()),
        ("2003", "1504")
    );
    let kept: i64 = sqlx::query_scalar("select count(*) from kept_mail")
        .fetch_one(db)
        .await
        .unwrap();
    assert_eq!(kept, MAX_KEPT);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn messages_are_found_by_a_part_of_the_address(pool: PgPool) {
    let db = &mut *pool.acquire().await.unwrap();
    for id in 1..=3 {
        keep(db, id).await;
    }
    sqlx::query("update kept_mail set address = 'Ada_1@example.com' where message_id = (select min(message_id) from kept_mail)")
        .execute(&mut *db)
        .await
        .unwrap();
    for (to, found) in [
        ("", 3),
        ("ada_1@", 1),
        ("ada%", 0),
        ("ADA_1@EXAMPLE.COM", 1),
        ("eve", 0),
    ] {
        assert_eq!(kept_mail::list(db, to).await.unwrap().len(), found, "{to}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_message_that_is_sent_again_is_kept_once(pool: PgPool) {
    let db = &mut *pool.acquire().await.unwrap();
    for id in [1, 2, 1] {
        keep(db, id).await;
    }
    assert_eq!(kept_mail::list(db, "").await.unwrap().len(), 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_message_is_kept_for_seven_days(pool: PgPool) {
    let db = &mut *pool.acquire().await.unwrap();
    keep(db, 1).await;
    keep(db, 2).await;
    let mails = kept_mail::list(db, "").await.unwrap();
    sqlx::query("update kept_mail set kept_at = now() - interval '169 hours' where id = $1")
        .bind(mails[1].id)
        .execute(&mut *db)
        .await
        .unwrap();
    assert_eq!(kept_mail::list(db, "").await.unwrap().len(), 1);
    assert!(matches!(
        kept_mail::find(db, mails[1].id).await,
        Err(Error::NotFound)
    ));
    assert_eq!(kept_mail::forget_old(db).await.unwrap(), 1);
    assert_eq!(kept_mail::find(db, mails[0].id).await.unwrap().subject, "2");
}
