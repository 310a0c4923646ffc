//! A consumer with an observable effect, and events for it.

use guildhall::{
    Error, Result,
    event::{EventKind, consumer::Event},
    store::Tx,
};
use server::worker::{Consumer, Runner, TurnResult};
use sqlx::PgPool;
use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use tokio::{sync::Notify, time::timeout};

/// A time limit that only a failing test reaches.
pub const BOUND: Duration = Duration::from_secs(60);

/// Records the number of every event in the order it handles them.
#[derive(Default)]
pub struct Diary {
    /// Fails on the event with this number; 0 means none.
    pub fails_on: AtomicI64,
    /// Panics instead of failing.
    pub panics: bool,
    /// Notified once the effect is written; the handler then never returns.
    pub hangs: Option<Notify>,
}

impl Consumer for Diary {
    fn name(&self) -> &'static str {
        "diary"
    }

    fn kinds(&self) -> &[EventKind] {
        &[EventKind::TokenCreated]
    }

    async fn handle(&self, tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
        for event in events {
            let number = event.body["n"].as_i64().unwrap();
            sqlx::query("insert into diary (n, event) values ($1, $2)")
                .bind(number)
                .bind(event.at.event)
                .execute(&mut **tx)
                .await?;
            if self.fails_on.load(Ordering::SeqCst) == number {
                assert!(!self.panics, "the handler panics as requested");
                return Err(Error::unexpected(format!("number {number} is unlucky")));
            }
        }
        if let Some(written) = &self.hangs {
            written.notify_one();
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

/// Creates the table of effects and the checkpoint, so that events from now on are handled.
pub async fn create_diary(pool: &PgPool) {
    sqlx::raw_sql("create table diary (place bigint generated always as identity, n bigint not null, event bigint not null)")
        .execute(pool)
        .await
        .unwrap();
    let first = Runner::new(pool, &Diary::default()).turn().await.unwrap();
    assert_eq!(first, TurnResult::Idle);
}

pub async fn record(db: impl sqlx::PgExecutor<'_>, number: i64) {
    sqlx::query("insert into outbox (kind, body) values ('token.created', jsonb_build_object('n', $1::bigint))")
        .bind(number)
        .execute(db)
        .await
        .unwrap();
}

/// Waits until no transaction holds events back any more; other tests on the same PostgreSQL have transactions, too.
pub async fn wait_until_nothing_is_held_back(pool: &PgPool) {
    timeout(BOUND, async {
        while sqlx::query_scalar::<_, bool>(
            "select exists (select from outbox where transaction_id >= pg_snapshot_xmin(pg_current_snapshot()))",
        )
        .fetch_one(pool)
        .await
        .unwrap()
        {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("the other transactions end");
}

/// The numbers handled so far, in order.
pub async fn handled_numbers(pool: &PgPool) -> Vec<i64> {
    sqlx::query_scalar("select n from diary order by place")
        .fetch_all(pool)
        .await
        .unwrap()
}

/// Runs turns until one is not idle: other tests' transactions on the same PostgreSQL hold events back for a moment.
pub async fn next<C: Consumer>(runner: &mut Runner<'_, C>) -> TurnResult {
    timeout(BOUND, async {
        loop {
            match runner.turn().await.unwrap() {
                TurnResult::Idle => tokio::task::yield_now().await,
                turn => return turn,
            }
        }
    })
    .await
    .expect("a turn that is not idle")
}

/// Runs turns until `how_many` events have been handled in total.
pub async fn handle<C: Consumer>(runner: &mut Runner<'_, C>, pool: &PgPool, how_many: usize) {
    timeout(BOUND, async {
        while handled_numbers(pool).await.len() < how_many {
            runner.turn().await.unwrap();
        }
    })
    .await
    .expect("the events are handled");
}
