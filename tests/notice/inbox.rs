//! A recipient's notices: their numbers and order, and which are wanted and read.

use crate::{
    fixture::{Auction, HOUR, Notifier, auction, award_due, notice_kinds},
    support::{account, buyers, let_deadline_come, open_project, place, seller},
};
use guildhall::{
    account::Role,
    notice::{self, NoticeChannel, NoticeFilter, NoticeKind, Preferences},
    store::MIGRATIONS,
};
use sqlx::{PgPool, Row as _};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn numbers_have_no_gap_and_are_unique_under_concurrent_writers(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    let mut projects = Vec::new();
    for _ in 0..12 {
        projects.push(open_project(&pool, &sam, HOUR * 2).await);
    }
    let mut notifier = Notifier::new(&pool).await;
    for project in &projects {
        place(&pool, &ann, *project, 90_000).await.unwrap();
        notifier.notify().await;
        place(&pool, &bob, *project, 80_000).await.unwrap();
    }
    notifier.notify().await;
    sqlx::query("update notice_hold set due_at = clock_timestamp()")
        .execute(&pool)
        .await
        .unwrap();
    let release = async || {
        let mut tx = pool.begin().await.unwrap();
        notice::release(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
    };
    for project in &projects {
        let_deadline_come(&pool, *project).await;
    }
    let end = async {
        award_due(&pool).await;
        notifier.notify().await;
    };
    tokio::join!(release(), end, release(), release());
    for account in [sam.account, ann.account, bob.account] {
        for table in ["notice", "notice_delivery"] {
            let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
                "select number from {table} where account_id = $1 order by number"
            )))
            .bind(account.0)
            .fetch_all(&pool)
            .await
            .unwrap();
            let numbers: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
            let expected: Vec<i64> = (1..=i64::try_from(numbers.len()).unwrap()).collect();
            assert!(numbers.len() >= 12, "{table}: {numbers:?}");
            assert_eq!(numbers, expected, "{table}");
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_turned_off_is_not_told_and_what_is_required_is(pool: PgPool) {
    let sam = seller(&pool).await;
    let ann = account(&pool, Role::Buyer, "Ann").await;
    let project = open_project(&pool, &sam, HOUR * 2).await;
    let everything = NoticeKind::ALL
        .iter()
        .flat_map(|kind| NoticeChannel::ALL.map(|channel| (*kind, channel)));
    let mut tx = pool.begin().await.unwrap();
    notice::set_preferences(&mut tx, sam.account, &Preferences::without(everything))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut notifier = Notifier::new(&pool).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    sqlx::query(
        "insert into outbox (kind, account_id, body) values ('account.password_changed', $1, '{}')",
    )
    .bind(sam.account.0)
    .execute(&pool)
    .await
    .unwrap();
    notifier.notify().await;
    assert_eq!(
        notice_kinds(&pool, &sam).await,
        [NoticeKind::PasswordChanged]
    );
    let queued: i64 =
        sqlx::query_scalar("select count(*) from notice_delivery where account_id = $1")
            .bind(sam.account.0)
            .fetch_one(&pool)
            .await
            .unwrap();
    assert_eq!(queued, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_what_was_shown_is_marked_as_read_and_only_by_its_recipient(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    let mut notifier = Notifier::new(&pool).await;
    for minor in [90_000, 80_000] {
        let project = open_project(&pool, &sam, HOUR).await;
        notifier.bid(&ann, project, minor).await;
    }
    let mut tx = pool.begin().await.unwrap();
    notice::mark_all_read(&mut tx, sam.account, 1)
        .await
        .unwrap();
    assert_eq!(notice::unread(&mut tx, sam.account).await.unwrap(), 1);
    assert!(notice::mark_read(&mut tx, bob.account, 2).await.is_err());
    notice::mark_read(&mut tx, sam.account, 2).await.unwrap();
    assert_eq!(notice::unread(&mut tx, sam.account).await.unwrap(), 0);
    let unread = NoticeFilter {
        unread_only: true,
        subject: None,
    };
    assert!(
        notice::list(&mut tx, sam.account, unread, None)
            .await
            .unwrap()
            .notices
            .is_empty()
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_recipient_is_told_in_the_order_of_the_events(pool: PgPool) {
    let Auction {
        sam,
        ann,
        project,
        mut notifier,
        ..
    } = auction(&pool).await;
    let other = open_project(&pool, &sam, HOUR).await;
    let changed =
        "insert into outbox (kind, account_id, body) values ('account.email_changed', $1, '{}')";
    let change = async || {
        sqlx::query(changed)
            .bind(sam.account.0)
            .execute(&pool)
            .await
            .unwrap();
    };
    change().await;
    let_deadline_come(&pool, other).await;
    award_due(&pool).await;
    change().await;
    notifier.bid(&ann, project, 90_000).await;
    let expected = [
        NoticeKind::EmailChanged,
        NoticeKind::Unawarded,
        NoticeKind::EmailChanged,
        NoticeKind::FirstBid,
    ];
    assert_eq!(notice_kinds(&pool, &sam).await, expected);
}
