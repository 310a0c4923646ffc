//! What people follow: watched projects and saved searches, and what they are told of them.
//!
//! Measured last, because the events of notices that are rolled back stay in the outbox's indexes for a while.

use crate::{
    row_counts::{RUNS, Report, Watch},
    world::{PAGE, World},
};
use guildhall::{
    moment::Zone,
    notice::{self, MailSchedule, NoticeKind},
    saved_search, watch,
};
use sqlx::{Connection as _, PgConnection};

pub async fn following(report: &mut Report, db: &mut PgConnection, world: &World) {
    let db = &mut db.begin().await.unwrap();
    // Each watched project with its index entries.
    measure!(report, db, "the watched projects", 5 * PAGE, |tx| {
        watch::watched(&mut tx, &world.eager)
    });
    measure!(
        report,
        db,
        "a project begins to be watched",
        2 * PAGE,
        |tx| { watch::begin(&mut tx, &world.modest, world.hot) }
    );
    sqlx::query("insert into notice_broadcast (kind, project_id) values ('watch.cancelled', $1)")
        .bind(world.hot.0)
        .execute(&mut **db)
        .await
        .unwrap();
    hold_mail(db).await;
    // One batch of 500 recipients, each with their own rows, a schedule, a webhook and a browser, however many watch.
    measure!(report, db, "a batch of watchers is told", 60 * 500, |tx| {
        notice::broadcast(&mut tx)
    });
    measure!(report, db, "the saved searches", PAGE, |tx| {
        saved_search::of_account(&mut tx, &world.eager)
    });
    sqlx::query("update saved_search set created_at = created_at - interval '1 year'")
        .execute(&mut **db)
        .await
        .unwrap();
    sqlx::query("delete from notice_broadcast")
        .execute(&mut **db)
        .await
        .unwrap();
    sqlx::query("insert into notice_broadcast (kind, project_id) values ('search.fit', $1)")
        .bind(world.hot.0)
        .execute(&mut **db)
        .await
        .unwrap();
    // One batch of 500 searches, however many there are, and however much is held for their owners.
    measure!(
        report,
        db,
        "a project is compared with saved searches",
        50 * 500,
        |tx| { notice::broadcast(&mut tx) }
    );
    // Fifty digests, each of which counts 500 projects at most.
    measure!(report, db, "digests are told", 50 * 500 * 6, |tx| {
        notice::tell_digests(&mut tx)
    });
    measure!(
        report,
        db,
        "the schedule of an account's mail",
        PAGE,
        |tx| { notice::schedule(&mut tx, world.eager.account) }
    );
    let schedule = MailSchedule::at_once(Zone::utc());
    // What is held for the account is decided on again.
    let changed = 8 * HELD_EACH + PAGE;
    measure!(
        report,
        db,
        "the schedule of an account's mail changes",
        changed,
        |tx| { notice::set_schedule(&mut tx, world.eager.account, &schedule) }
    );
    // The mail of twenty accounts, however much is held: each notice with its project, the bids that decide whether it still
    // matters, and its own row, which is deleted.
    let released = 20 * (60 * HELD_EACH + PAGE) + 2 * 1000;
    measure!(report, db, "held mail is released", released, |tx| {
        notice::release_mail(&mut tx)
    });
}

/// How many notices are held for each of some accounts.
const HELD_EACH: i64 = 20;

/// Gives everybody a daily digest, and holds mail for everybody with a low number; that of the first 200 is due.
async fn hold_mail(db: &mut PgConnection) {
    for statement in [
        "insert into notice_mail_schedule (account_id, zone, frequency, digest_hour, digest_day) select id, 'UTC', 'daily', 7, 0 from account",
        "insert into notice_inbox (account_id, last_number) select id, 1000000 + $1 from account where id <= 1000
         on conflict (account_id) do update set last_number = excluded.last_number",
        "insert into notice (account_id, number, kind, project_id, facts, is_on_site)
         select a.id, 1000000 + n, $2, p.id, '{}', true from account a cross join generate_series(1, $1) n
         join lateral (select id from project where id > n order by id limit 1) p on true where a.id <= 1000",
        "insert into notice_held_mail (account_id, notice_number, due_at, is_for_digest)
         select account_id, number, clock_timestamp() + case when account_id <= 200 then interval '-1 hour' else interval '1 hour' end, number % 2 = 0
         from notice where number between 1000001 and 1000000 + $1",
    ] {
        let query = sqlx::query(statement);
        let query = if statement.contains("$1") { query.bind(HELD_EACH) } else { query };
        let kind = NoticeKind::Outbid.name();
        let query = if statement.contains("$2") { query.bind(kind) } else { query };
        query.execute(&mut *db).await.unwrap();
    }
    sqlx::query("analyze notice, notice_held_mail, notice_mail_schedule")
        .execute(db)
        .await
        .unwrap();
}
