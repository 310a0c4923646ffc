//! An auction, and the worker that tells people of it.

use crate::support::{Client, letters, site};
use axum::Router;
use server::worker::{NoticeSender, Notices, Runner, TurnResult, tell_due};
use sqlx::PgPool;
use std::time::Duration;
use tokio::time::timeout;

/// A time limit that only a failing test reaches.
const BOUND: Duration = Duration::from_secs(60);

pub struct Scene {
    pub pool: PgPool,
    pub site: Router,
    pub seller: Client,
    pub buyer: Client,
    pub project: String,
}

/// A seller with an open project, and a buyer. Nothing was told yet.
pub async fn scene(pool: &PgPool) -> Scene {
    let site = site(pool, &[]);
    let mut seller = Client::member(&site, "seller", "sam@example.com").await;
    let buyer = Client::member(&site, "buyer", "bea@example.com").await;
    let project = seller.publish(pool, "A new shop window", 3600).await;
    let scene = Scene {
        pool: pool.clone(),
        site,
        seller,
        buyer,
        project,
    };
    scene.tell().await;
    scene
}

impl Scene {
    /// Lets the consumer handle everything that has happened so far, and tells what is due by the clock.
    pub async fn tell(&self) {
        let newest: i64 = sqlx::query_scalar("select coalesce(max(id), 0) from outbox")
            .fetch_one(&self.pool)
            .await
            .unwrap();
        let mut runner = Runner::new(&self.pool, &Notices);
        timeout(BOUND, async {
            // The first turn creates the checkpoint, before anything is told.
            runner.turn().await.unwrap();
            loop {
                // Other tests on the same PostgreSQL hold events back for a moment.
                let is_held_back: bool = sqlx::query_scalar(
                    "select exists (select from outbox where id <= $1 and transaction_id >= pg_snapshot_xmin(pg_current_snapshot()))",
                )
                .bind(newest)
                .fetch_one(&self.pool)
                .await
                .unwrap();
                while runner.turn().await.unwrap() != TurnResult::Idle {}
                if !is_held_back {
                    return;
                }
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect("the events are told");
        tell_due(&self.pool).await.unwrap();
    }

    /// Sends all mail that is due, keeping it in the database.
    pub async fn send(&self) -> usize {
        let sender = NoticeSender::new(self.pool.clone(), letters(&self.pool));
        let mut sent = 0;
        loop {
            match sender.pass().await.unwrap() {
                0 => return sent,
                more => sent += more,
            }
        }
    }

    /// The kept mail, the oldest first.
    pub async fn mail(&self) -> Vec<Mail> {
        sqlx::query_as("select address, subject, headers, html, text from kept_mail order by id")
            .fetch_all(&self.pool)
            .await
            .unwrap()
    }
}

/// A message that was kept instead of being sent.
#[derive(Debug, sqlx::FromRow)]
pub struct Mail {
    pub address: String,
    pub subject: String,
    pub headers: String,
    pub html: String,
    pub text: String,
}
