//! Who is told what, once, and in which order.
#![cfg(feature = "postgres")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use guildhall::{
    account::{AccountId, Role, Viewer},
    event::{Position, consumer},
    notice::{self, Channel, Filter, Notice, NoticeKind, Preferences},
    project::ProjectId,
    store::{MIGRATIONS, Tx},
};
use sqlx::{PgPool, Row as _};
use std::time::Duration;
use support::{account, buyers, let_deadline_come, open_project, place, seller, withdraw};

const HOUR: Duration = Duration::from_secs(3600);

/// Tells what has happened since the last call, as the consumer does.
struct Teller<'a> {
    pool: &'a PgPool,
    at: Position,
}

impl<'a> Teller<'a> {
    async fn new(pool: &'a PgPool) -> Self {
        let mut teller = Self {
            pool,
            at: Position::default(),
        };
        teller.catch_up(false).await;
        teller
    }

    async fn tell(&mut self) {
        self.catch_up(true).await;
    }

    /// Other tests on the same PostgreSQL hold events back for a moment.
    async fn catch_up(&mut self, tells: bool) {
        let db = &mut *self.pool.acquire().await.unwrap();
        let newest: i64 = sqlx::query_scalar("select coalesce(max(id), 0) from outbox")
            .fetch_one(&mut *db)
            .await
            .unwrap();
        while self.at.event < newest {
            let batch = consumer::next(db, self.at, notice::EVENTS, 200)
                .await
                .unwrap();
            let Some(batch) = batch else { continue };
            self.at = batch.end;
            if tells {
                let mut tx: Tx<'_> = self.pool.begin().await.unwrap();
                notice::tell(&mut tx, &batch.events).await.unwrap();
                tx.commit().await.unwrap();
            }
        }
    }
}

async fn notices(pool: &PgPool, account: AccountId) -> Vec<Notice> {
    let db = &mut *pool.acquire().await.unwrap();
    let list = notice::list(db, account, Filter::default(), None)
        .await
        .unwrap();
    list.notices.into_iter().rev().collect()
}

/// The kinds of somebody's notices, the oldest first.
async fn told(pool: &PgPool, viewer: &Viewer) -> Vec<NoticeKind> {
    notices(pool, viewer.account)
        .await
        .iter()
        .map(|notice| notice.kind)
        .collect()
}

/// Moves what is held, and since when the seller knows, back in time.
async fn wait(pool: &PgPool, seconds: i32) {
    for statement in [
        "update notice_hold set due_at = due_at - make_interval(secs => $1), since = since - make_interval(secs => $1)",
        "update notice_auction set seller_told_at = seller_told_at - make_interval(secs => $1)",
    ] {
        sqlx::query(statement)
            .bind(f64::from(seconds))
            .execute(pool)
            .await
            .unwrap();
    }
    let mut tx = pool.begin().await.unwrap();
    notice::release(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
}

async fn tell_deadlines(pool: &PgPool) -> usize {
    let mut all = 0;
    loop {
        let mut tx = pool.begin().await.unwrap();
        let told = notice::tell_deadlines(&mut tx).await.unwrap();
        tx.commit().await.unwrap();
        all += told;
        if told == 0 {
            return all;
        }
    }
}

use NoticeKind::{
    Awarded, Cancelled, DeadlineInADay, DeadlineInAnHour, FirstBid, LeadsAgain, Lost, NewLowest,
    Outbid, Unawarded, Won,
};

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_auction_is_told_from_the_first_bid_to_the_result(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob, cyd] = buyers(&pool, 3).await.try_into().unwrap();
    let project = open_project(&pool, &sam, HOUR * 2).await;
    let mut teller = Teller::new(&pool).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    teller.tell().await;
    assert_eq!(told(&pool, &sam).await, [FirstBid]);
    place(&pool, &bob, project, 80_000).await.unwrap();
    // Not the lowest: nobody needs to know.
    place(&pool, &cyd, project, 85_000).await.unwrap();
    teller.tell().await;
    assert_eq!(told(&pool, &ann).await, []);
    wait(&pool, 61).await;
    assert_eq!(told(&pool, &ann).await, [Outbid]);
    assert_eq!(told(&pool, &sam).await, [FirstBid]);
    wait(&pool, 15 * 60).await;
    assert_eq!(told(&pool, &sam).await, [FirstBid, NewLowest]);
    let_deadline_come(&pool, project).await;
    let mut tx = pool.begin().await.unwrap();
    guildhall::award::close_due(&mut tx, 10).await.unwrap();
    tx.commit().await.unwrap();
    teller.tell().await;
    assert_eq!(told(&pool, &sam).await, [FirstBid, NewLowest, Awarded]);
    assert_eq!(told(&pool, &bob).await, [Won]);
    assert_eq!(told(&pool, &ann).await, [Outbid, Lost]);
    assert_eq!(told(&pool, &cyd).await, [Lost]);
    let lost = notices(&pool, cyd.account).await.remove(0);
    assert_eq!(
        lost.text(),
        "The lowest bid, €800.00, won; yours was €850.00."
    );
    assert_eq!(lost.path(), format!("/projects/{project}/result"));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_bidding_war_is_a_handful_of_notices(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    let project = open_project(&pool, &sam, HOUR * 2).await;
    let mut teller = Teller::new(&pool).await;
    // Half an hour of war: a bid every 30 s, so there is no quiet minute.
    for round in 0..60_i64 {
        let bidder = if round % 2 == 0 { &ann } else { &bob };
        place(&pool, bidder, project, 90_000 - round).await.unwrap();
        teller.tell().await;
        wait(&pool, 30).await;
    }
    let of_sam = told(&pool, &sam).await;
    assert!((2..=4).contains(&of_sam.len()), "{of_sam:?}");
    for buyer in [&ann, &bob] {
        let told = told(&pool, buyer).await;
        assert!(told.len() <= 2, "{told:?}");
    }
    // The last bid was Bob's: Ann hears of it after a quiet minute, as things stand.
    wait(&pool, 61).await;
    let last = notices(&pool, ann.account).await.pop().unwrap();
    assert_eq!(last.kind, Outbid);
    assert_eq!(
        last.facts.lowest.map(|money| money.minor()),
        Some(90_000 - 59)
    );
    let of_bob = notices(&pool, bob.account).await.pop();
    assert!(of_bob.is_none_or(|notice| notice.facts.lowest != last.facts.lowest));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_leads_again_or_watches_is_not_told_of_having_been_outbid(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    let project = open_project(&pool, &sam, HOUR * 2).await;
    let mut teller = Teller::new(&pool).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    teller.tell().await;
    place(&pool, &bob, project, 80_000).await.unwrap();
    teller.tell().await;
    place(&pool, &ann, project, 70_000).await.unwrap();
    teller.tell().await;
    let db = &mut *pool.acquire().await.unwrap();
    notice::mark_seen(db, &[(bob.account, project)])
        .await
        .unwrap();
    wait(&pool, 61).await;
    assert_eq!(told(&pool, &ann).await, []);
    assert_eq!(told(&pool, &bob).await, []);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_buyer_who_was_outbid_is_told_of_leading_again(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    let project = open_project(&pool, &sam, HOUR * 2).await;
    let mut teller = Teller::new(&pool).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    teller.tell().await;
    place(&pool, &bob, project, 80_000).await.unwrap();
    teller.tell().await;
    wait(&pool, 61).await;
    withdraw(&pool, &bob, project).await.unwrap();
    teller.tell().await;
    assert_eq!(told(&pool, &ann).await, [Outbid, LeadsAgain]);
    assert_eq!(told(&pool, &bob).await, []);
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(notice::unread(db, ann.account).await.unwrap(), 2);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_end_without_bids_and_a_cancellation_are_told(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann] = buyers(&pool, 1).await.try_into().unwrap();
    let ended = open_project(&pool, &sam, HOUR).await;
    let cancelled = open_project(&pool, &sam, HOUR).await;
    let mut teller = Teller::new(&pool).await;
    place(&pool, &ann, cancelled, 90_000).await.unwrap();
    withdraw(&pool, &ann, cancelled).await.unwrap();
    let mut tx = pool.begin().await.unwrap();
    guildhall::project::cancel(&mut tx, &sam, cancelled)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let_deadline_come(&pool, ended).await;
    let mut tx = pool.begin().await.unwrap();
    guildhall::award::close_due(&mut tx, 10).await.unwrap();
    tx.commit().await.unwrap();
    teller.tell().await;
    assert_eq!(told(&pool, &ann).await, [Cancelled]);
    assert_eq!(told(&pool, &sam).await, [Unawarded]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn deadlines_are_told_once_to_the_seller_and_the_bidders(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    tell_deadlines(&pool).await;
    let project = open_project(&pool, &sam, HOUR * 30).await;
    // Published so late that everybody has just seen when it closes.
    open_project(&pool, &sam, HOUR * 2).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    place(&pool, &bob, project, 80_000).await.unwrap();
    assert_eq!(tell_deadlines(&pool).await, 0);
    let come_nearer = async |project: ProjectId, hours: f64| {
        sqlx::query("update project set deadline = clock_timestamp() + make_interval(secs => $2), published_at = clock_timestamp() - interval '2 days' where id = $1")
            .bind(project.0)
            .bind(hours * 3600.0)
            .execute(&pool)
            .await
            .unwrap();
        sqlx::query("update notice_deadline set told_until = told_until - interval '1 day'")
            .execute(&pool)
            .await
            .unwrap();
        tell_deadlines(&pool).await
    };
    assert_eq!(come_nearer(project, 23.9).await, 1);
    assert_eq!(tell_deadlines(&pool).await, 0);
    assert_eq!(told(&pool, &ann).await, [DeadlineInADay]);
    let texts: Vec<_> = notices(&pool, ann.account)
        .await
        .iter()
        .map(Notice::text)
        .collect();
    assert_eq!(texts, ["The lowest bid is €800.00; yours is €900.00."]);
    let texts: Vec<_> = notices(&pool, bob.account)
        .await
        .iter()
        .map(Notice::text)
        .collect();
    assert_eq!(texts, ["Your bid of €800.00 is the lowest."]);
    assert_eq!(told(&pool, &sam).await, [DeadlineInADay]);
    come_nearer(project, 0.9).await;
    assert!(told(&pool, &ann).await.contains(&DeadlineInAnHour));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn numbers_have_no_gap_and_are_unique_under_concurrent_writers(pool: PgPool) {
    let sam = seller(&pool).await;
    let [ann, bob] = buyers(&pool, 2).await.try_into().unwrap();
    let mut projects = Vec::new();
    for _ in 0..12 {
        projects.push(open_project(&pool, &sam, HOUR * 2).await);
    }
    let mut teller = Teller::new(&pool).await;
    for project in &projects {
        place(&pool, &ann, *project, 90_000).await.unwrap();
        teller.tell().await;
        place(&pool, &bob, *project, 80_000).await.unwrap();
    }
    teller.tell().await;
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
        let mut tx = pool.begin().await.unwrap();
        guildhall::award::close_due(&mut tx, 100).await.unwrap();
        tx.commit().await.unwrap();
        teller.tell().await;
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
        .flat_map(|kind| Channel::ALL.map(|channel| (*kind, channel)));
    let mut tx = pool.begin().await.unwrap();
    notice::set_preferences(&mut tx, sam.account, &Preferences::without(everything))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut teller = Teller::new(&pool).await;
    place(&pool, &ann, project, 90_000).await.unwrap();
    sqlx::query(
        "insert into outbox (kind, account_id, body) values ('account.password_changed', $1, '{}')",
    )
    .bind(sam.account.0)
    .execute(&pool)
    .await
    .unwrap();
    teller.tell().await;
    assert_eq!(told(&pool, &sam).await, [NoticeKind::PasswordChanged]);
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
    let mut teller = Teller::new(&pool).await;
    for minor in [90_000, 80_000] {
        let project = open_project(&pool, &sam, HOUR).await;
        place(&pool, &ann, project, minor).await.unwrap();
        teller.tell().await;
    }
    let mut tx = pool.begin().await.unwrap();
    notice::mark_all_read(&mut tx, sam.account, 1)
        .await
        .unwrap();
    assert_eq!(notice::unread(&mut tx, sam.account).await.unwrap(), 1);
    assert!(notice::mark_read(&mut tx, bob.account, 2).await.is_err());
    notice::mark_read(&mut tx, sam.account, 2).await.unwrap();
    assert_eq!(notice::unread(&mut tx, sam.account).await.unwrap(), 0);
    let unread = Filter {
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
