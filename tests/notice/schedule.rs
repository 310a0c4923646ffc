//! Mail in quiet hours and in digests: what is held, and what comes of it.
use crate::{
    delivery::{claim, pass_time, record},
    fixture::{
        Auction, auction, award_due, backdate, bring_deadline_near, notice_kinds, tell_deadlines,
        undo,
    },
    support::place,
};
use guildhall::{
    account::Viewer,
    moment::{DailyInterval, TimeOfDay, Zone},
    notice::{
        self, MailSchedule, Notice, NoticeChannel, NoticeKind, Preferences,
        delivery::{Delivery, DeliveryOutcome},
    },
    saved_search::Frequency,
    store::{self, MIGRATIONS},
};
use sqlx::PgPool;

pub const MINUTES: i16 = 24 * 60;

/// Quiet hours from this many minutes from now to that many.
pub async fn quiet(pool: &PgPool, from: i16, until: i16) -> MailSchedule {
    let db = &mut *pool.acquire().await.unwrap();
    let now = Zone::utc().time_of_day(store::now(db).await.unwrap());
    let time =
        |minutes: i16| TimeOfDay::from_minutes((now.minutes() + minutes).rem_euclid(MINUTES));
    MailSchedule {
        quiet: DailyInterval::new(time(from).unwrap(), time(until).unwrap()),
        ..MailSchedule::at_once(Zone::utc())
    }
}

/// Quiet for at least another hour.
pub async fn quiet_now(pool: &PgPool) -> MailSchedule {
    quiet(pool, -60, 120).await
}

pub fn at_once() -> MailSchedule {
    MailSchedule::at_once(Zone::utc())
}

fn daily() -> MailSchedule {
    MailSchedule {
        frequency: Frequency::Daily,
        ..at_once()
    }
}

pub async fn choose(pool: &PgPool, viewer: &Viewer, schedule: &MailSchedule) {
    let mut tx = pool.begin().await.unwrap();
    notice::set_schedule(&mut tx, viewer.account, schedule)
        .await
        .unwrap();
    tx.commit().await.unwrap();
}

/// Queues or writes what is due of the mail that is held.
async fn release(pool: &PgPool) {
    loop {
        let mut tx = pool.begin().await.unwrap();
        let released = notice::release_mail(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        if released == 0 {
            return;
        }
    }
}

/// Lets the quiet hours end, or the time of the digest come.
async fn make_due(pool: &PgPool) {
    sqlx::query("update notice_held_mail set due_at = clock_timestamp()")
        .execute(pool)
        .await
        .unwrap();
}

async fn held(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from notice_held_mail")
        .fetch_one(pool)
        .await
        .unwrap()
}

async fn messages(pool: &PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from webhook_message")
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Sends everything that is queued, and returns it in order.
async fn send(pool: &PgPool) -> Vec<Delivery> {
    let mut sent = Vec::new();
    loop {
        let claimed = claim(pool, 9).await;
        if claimed.is_empty() {
            return sent;
        }
        for delivery in claimed {
            assert!(record(pool, &delivery, DeliveryOutcome::Sent).await);
            sent.push(delivery);
        }
    }
}

fn kinds(sent: &[Delivery]) -> Vec<NoticeKind> {
    sent.iter().map(|delivery| delivery.notice.kind).collect()
}

/// The notices of a digest.
async fn contents(pool: &PgPool, digest: &Delivery) -> Vec<Notice> {
    assert_eq!(digest.notice.kind, NoticeKind::MailDigest);
    let db = &mut *pool.acquire().await.unwrap();
    let facts = digest.notice.facts.digest.as_ref().unwrap();
    notice::of_digest(db, digest.claim.account, facts)
        .await
        .unwrap()
}

/// Somebody signs in from an unknown browser.
async fn sign_in(scene: &mut Auction<'_>, pool: &PgPool) {
    sqlx::query(
        "insert into outbox (kind, account_id, body) values ('account.browser_added', $1, '{}')",
    )
    .bind(scene.sam.account.0)
    .execute(pool)
    .await
    .unwrap();
    scene.notifier.notify().await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn quiet_hours_hold_mail_but_neither_the_site_nor_what_concerns_security(pool: PgPool) {
    let mut scene = auction(&pool).await;
    choose(&pool, &scene.sam, &quiet_now(&pool).await).await;
    scene.notifier.bid(&scene.ann, scene.project, 900).await;
    sign_in(&mut scene, &pool).await;
    release(&pool).await;
    assert_eq!(kinds(&send(&pool).await), [NoticeKind::NewSignIn]);
    let listed = notice_kinds(&pool, &scene.sam).await;
    assert_eq!(listed, [NoticeKind::FirstBid, NoticeKind::NewSignIn]);
    // Still quiet, as when clocks were changed: it is held longer.
    make_due(&pool).await;
    release(&pool).await;
    assert_eq!(send(&pool).await.len(), 0);
    assert_eq!(held(&pool).await, 1);
    choose(&pool, &scene.sam, &quiet(&pool, 120, 240).await).await;
    release(&pool).await;
    assert_eq!(kinds(&send(&pool).await), [NoticeKind::FirstBid]);
    assert_eq!(held(&pool).await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn quiet_hours_hold_nothing_back_from_a_webhook(pool: PgPool) {
    let mut scene = auction(&pool).await;
    choose(&pool, &scene.sam, &quiet_now(&pool).await).await;
    sqlx::query("insert into webhook (account_id, name, format, url) values ($1, 'Ops', 'standard', 'https://example.com')")
        .bind(scene.sam.account.0)
        .execute(&pool)
        .await
        .unwrap();
    scene.notifier.bid(&scene.ann, scene.project, 900).await;
    assert_eq!(held(&pool).await, 1);
    assert_eq!(messages(&pool).await, 1);
    // A digest is mail only.
    choose(&pool, &scene.sam, &daily()).await;
    release(&pool).await;
    make_due(&pool).await;
    release(&pool).await;
    assert_eq!(kinds(&send(&pool).await), [NoticeKind::MailDigest]);
    assert_eq!(messages(&pool).await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn held_mail_is_not_sent_to_an_address_that_is_no_longer_confirmed(pool: PgPool) {
    let mut scene = auction(&pool).await;
    choose(&pool, &scene.sam, &quiet_now(&pool).await).await;
    scene.notifier.bid(&scene.ann, scene.project, 900).await;
    sqlx::query("update account set email_confirmed_at = null where id = $1")
        .bind(scene.sam.account.0)
        .execute(&pool)
        .await
        .unwrap();
    choose(&pool, &scene.sam, &at_once()).await;
    release(&pool).await;
    assert_eq!((send(&pool).await.len(), held(&pool).await), (0, 0));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_comes_when_quiet_hours_have_just_ended_does_not_pass_what_is_held(pool: PgPool) {
    let mut scene = auction(&pool).await;
    choose(&pool, &scene.sam, &quiet_now(&pool).await).await;
    scene.notifier.bid(&scene.ann, scene.project, 900).await;
    // They end, and no worker has released anything yet.
    sqlx::query("update notice_mail_schedule set quiet_from = null, quiet_until = null")
        .execute(&pool)
        .await
        .unwrap();
    make_due(&pool).await;
    sqlx::query("update project set deadline = clock_timestamp() where id = $1")
        .bind(scene.project.0)
        .execute(&pool)
        .await
        .unwrap();
    award_due(&pool).await;
    scene.notifier.notify().await;
    assert_eq!(kinds(&send(&pool).await), [NoticeKind::Won]);
    release(&pool).await;
    // The first bid is no news any more.
    assert_eq!(kinds(&send(&pool).await), [NoticeKind::Awarded]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_reminder_that_quiet_hours_would_make_too_late_is_sent_at_once(pool: PgPool) {
    let scene = auction(&pool).await;
    tell_deadlines(&pool).await;
    place(&pool, &scene.ann, scene.project, 900).await.unwrap();
    choose(&pool, &scene.ann, &quiet(&pool, -60, 15 * 60).await).await;
    choose(&pool, &scene.sam, &quiet(&pool, -60, 15 * 60).await).await;
    bring_deadline_near(&pool, scene.project, 20.0).await;
    assert_eq!(send(&pool).await.len(), 0);
    assert_eq!(held(&pool).await, 2);
    bring_deadline_near(&pool, scene.project, 0.9).await;
    let urgent = [NoticeKind::DeadlineInAnHour; 2];
    assert_eq!(kinds(&send(&pool).await), urgent);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_turned_off_while_it_is_held_is_not_sent(pool: PgPool) {
    let mut scene = auction(&pool).await;
    choose(&pool, &scene.sam, &quiet_now(&pool).await).await;
    scene.notifier.bid(&scene.ann, scene.project, 900).await;
    let off = Preferences::without([(NoticeKind::FirstBid, NoticeChannel::Email)]);
    let mut tx = pool.begin().await.unwrap();
    notice::set_preferences(&mut tx, scene.sam.account, &off)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    choose(&pool, &scene.sam, &at_once()).await;
    release(&pool).await;
    assert_eq!(send(&pool).await.len(), 0);
    assert_eq!(held(&pool).await, 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_digest_is_one_letter_with_how_things_stand(pool: PgPool) {
    let mut scene = auction(&pool).await;
    choose(&pool, &scene.sam, &daily()).await;
    scene.notifier.bid(&scene.ann, scene.project, 900).await;
    backdate(&pool, 1000).await;
    scene.notifier.bid(&scene.bob, scene.project, 800).await;
    backdate(&pool, 1000).await;
    let undone = scene.notifier.bid(&scene.ann, scene.project, 700).await;
    sqlx::query("update bid set accepted_at = clock_timestamp() where id = $1")
        .bind(undone.id.0)
        .execute(&pool)
        .await
        .unwrap();
    undo(&pool, &scene.ann, scene.project, undone.id).await;
    scene.notifier.notify().await;
    release(&pool).await;
    assert_eq!(send(&pool).await.len(), 0);
    assert_eq!(held(&pool).await, 3);
    make_due(&pool).await;
    release(&pool).await;
    let sent = send(&pool).await;
    assert_eq!(kinds(&sent), [NoticeKind::MailDigest]);
    let contents = contents(&pool, &sent[0]).await;
    assert_eq!(contents.len(), 1);
    assert_eq!(
        contents[0].text(),
        "The lowest bid is now €8.00. There are 2 active bids."
    );
    assert_eq!(held(&pool).await, 0);
    // A digest is mail and nothing else.
    let listed = notice_kinds(&pool, &scene.sam).await;
    assert!(!listed.contains(&NoticeKind::MailDigest), "{listed:?}");
    // Nothing happened since.
    make_due(&pool).await;
    release(&pool).await;
    assert_eq!(send(&pool).await.len(), 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_digest_leaves_out_what_cannot_wait(pool: PgPool) {
    let mut scene = auction(&pool).await;
    tell_deadlines(&pool).await;
    for viewer in [&scene.ann, &scene.bob] {
        choose(&pool, viewer, &daily()).await;
    }
    scene.notifier.bid(&scene.ann, scene.project, 900).await;
    scene.notifier.bid(&scene.bob, scene.project, 800).await;
    send(&pool).await;
    bring_deadline_near(&pool, scene.project, 0.9).await;
    let urgent = kinds(&send(&pool).await);
    assert_eq!(urgent, [NoticeKind::DeadlineInAnHour; 3]);
    sqlx::query("update project set deadline = clock_timestamp() where id = $1")
        .bind(scene.project.0)
        .execute(&pool)
        .await
        .unwrap();
    award_due(&pool).await;
    scene.notifier.notify().await;
    let mut results = kinds(&send(&pool).await);
    results.sort_by_key(|kind| kind.name());
    assert_eq!(results, [NoticeKind::Awarded, NoticeKind::Won]);
    make_due(&pool).await;
    release(&pool).await;
    let sent = send(&pool).await;
    assert_eq!(sent[0].claim.account, scene.ann.account);
    let digest: Vec<_> = contents(&pool, &sent[0])
        .await
        .iter()
        .map(|notice| notice.kind)
        .collect();
    assert_eq!((sent.len(), digest), (1, vec![NoticeKind::Lost]));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_crash_loses_no_digest_and_sends_it_with_the_same_id(pool: PgPool) {
    let mut scene = auction(&pool).await;
    choose(&pool, &scene.sam, &daily()).await;
    scene.notifier.bid(&scene.ann, scene.project, 900).await;
    make_due(&pool).await;
    // A worker dies while it writes the digest.
    let mut tx = pool.begin().await.unwrap();
    assert_eq!(notice::release_mail(&mut tx).await.unwrap(), 1);
    tx.rollback().await.unwrap();
    assert_eq!(send(&pool).await.len(), 0);
    release(&pool).await;
    // One dies after it has sent it.
    let first = claim(&pool, 9).await.remove(0);
    pass_time(&pool).await;
    let second = send(&pool).await;
    assert_eq!(second.len(), 1);
    assert_eq!((second[0].id, &second[0].notice), (first.id, &first.notice));
    assert_eq!(contents(&pool, &second[0]).await.len(), 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_is_held_when_the_schedule_changes_goes_out_by_the_new_one(pool: PgPool) {
    let mut scene = auction(&pool).await;
    choose(&pool, &scene.sam, &daily()).await;
    scene.notifier.bid(&scene.ann, scene.project, 900).await;
    // From a digest to single letters, in quiet hours.
    choose(&pool, &scene.sam, &quiet_now(&pool).await).await;
    release(&pool).await;
    assert_eq!((send(&pool).await.len(), held(&pool).await), (0, 1));
    // Back to a digest.
    choose(&pool, &scene.sam, &daily()).await;
    release(&pool).await;
    assert_eq!((send(&pool).await.len(), held(&pool).await), (0, 1));
    // A digest that is due is not put off by another choice.
    make_due(&pool).await;
    choose(&pool, &scene.sam, &daily()).await;
    release(&pool).await;
    assert_eq!(kinds(&send(&pool).await), [NoticeKind::MailDigest]);
    backdate(&pool, 1000).await;
    scene.notifier.bid(&scene.bob, scene.project, 800).await;
    choose(&pool, &scene.sam, &at_once()).await;
    release(&pool).await;
    assert_eq!(kinds(&send(&pool).await), [NoticeKind::NewLowest]);
}
