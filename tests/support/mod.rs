//! A small marketplace to test the use cases on: accounts, projects with a future deadline, and queries for the stored
//! results.
#![allow(dead_code, reason = "no test program uses all of it")]

use guildhall::{
    Result,
    account::{self, AccountId, HashCost, Hasher, NewAccount, PasswordHash, Role, Viewer},
    account_mail::{self, LetterOutcome},
    bid::{self, Bid, Combiner, Outcome},
    fairness::Submitter,
    money::{Currency, Money},
    project::{self, Details, FulfillmentInput, ProjectId, ProjectInput, Purpose},
    store::{self, Tx},
};
use sqlx::{PgPool, postgres::PgConnectOptions};
use std::time::Duration;
use time::OffsetDateTime;
use tokio::sync::OnceCell;

pub const PASSWORD: &str = "stepped gable lantern";

/// The lowest cost of a hash. Most tests are not about hashing.
pub const CHEAP: HashCost = HashCost {
    memory_kib: 8,
    iterations: 1,
};

/// One hash for all accounts: these tests are not about hashing.
async fn hash() -> PasswordHash {
    static HASH: OnceCell<PasswordHash> = OnceCell::const_new();
    HASH.get_or_init(|| async {
        Hasher::new(1, CHEAP)
            .unwrap()
            .hash(&Submitter::operator(), PASSWORD)
            .await
            .unwrap()
    })
    .await
    .clone()
}

/// A pool like the server's, with its timeouts, on the test's own database.
pub async fn pool(options: PgConnectOptions, connections: u32) -> PgPool {
    store::connect(options, connections).await.unwrap()
}

pub async fn account(pool: &PgPool, role: Role, name: &str) -> Viewer {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let new = NewAccount::parse(role.name(), name, &email, PASSWORD).unwrap();
    // The transaction begins after hashing, because it would be terminated while waiting for a hash.
    let hash = hash().await;
    let mut tx = pool.begin().await.unwrap();
    let id = account::sign_up(&mut tx, &new, &hash)
        .await
        .unwrap()
        .account;
    account::vouch_for_email(&mut tx, id, &email).await.unwrap();
    tx.commit().await.unwrap();
    Viewer {
        account: id,
        role,
        name: name.to_owned(),
        has_confirmed_email: true,
    }
}

pub async fn seller(pool: &PgPool) -> Viewer {
    account(pool, Role::Seller, "Sam Seller").await
}

pub async fn buyers(pool: &PgPool, how_many: usize) -> Vec<Viewer> {
    let mut buyers = Vec::new();
    for n in 0..how_many {
        buyers.push(account(pool, Role::Buyer, &format!("Buyer {n}")).await);
    }
    buyers
}

pub fn eur(minor: i64) -> Money {
    Money::from_minor(minor, Currency::Eur)
}

pub fn details(deadline: OffsetDateTime) -> Details {
    details_with_budget(deadline, "1000")
}

pub fn details_with_budget(deadline: OffsetDateTime, budget: &str) -> Details {
    let typed = ProjectInput {
        name: "A new shop window",
        summary: "Letters and a sign for a small bakery",
        description: "Two panes of glass, lettered by hand.",
        category: "trades",
        skills: "sign writing",
        currency: "EUR",
        budget,
        deadline: Ok(deadline),
        fulfillment: FulfillmentInput::default(),
    };
    Details::parse(&typed, Purpose::Publish).unwrap()
}

/// An open project with a budget of 1000.00 that closes after `ahead`.
pub async fn open_project(pool: &PgPool, seller: &Viewer, ahead: Duration) -> ProjectId {
    let mut tx = pool.begin().await.unwrap();
    let deadline = store::now(&mut tx).await.unwrap() + ahead;
    let id = project::publish(&mut tx, seller, None, &details(deadline))
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

/// Bids through a new combiner, so that the bid shares no transaction with others.
pub async fn place(pool: &PgPool, buyer: &Viewer, project: ProjectId, minor: i64) -> Result<Bid> {
    let server = Combiner::new(pool.clone());
    match bid::place(&server, buyer, project, eur(minor), None).await? {
        Outcome::Placed(bid) => Ok(bid),
        other => panic!("{other:?}"),
    }
}

pub async fn withdraw(pool: &PgPool, buyer: &Viewer, project: ProjectId) -> Result<()> {
    let mut tx = pool.begin().await?;
    bid::withdraw(&mut tx, buyer, project, None).await?;
    tx.commit().await?;
    Ok(())
}

/// Sets the project's deadline to now. Publishing it with a near deadline instead would be fragile, because the steps
/// before the deadline might take longer.
pub async fn let_deadline_come(pool: &PgPool, project: ProjectId) {
    sqlx::query("update project set deadline = clock_timestamp() where id = $1")
        .bind(project.0)
        .execute(pool)
        .await
        .unwrap();
}

/// Waits until the database's clock has reached the project's deadline.
pub async fn deadline_reached(pool: &PgPool, project: ProjectId) {
    loop {
        let (passed,): (bool,) =
            sqlx::query_as("select clock_timestamp() >= deadline from project where id = $1")
                .bind(project.0)
                .fetch_one(pool)
                .await
                .unwrap();
        if passed {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The project's state, lowest amount and bid count, as stored in its row.
pub async fn stored_totals(pool: &PgPool, project: ProjectId) -> (String, Option<i64>, i32) {
    sqlx::query_as("select state, lowest_minor, bid_count from project where id = $1")
        .bind(project.0)
        .fetch_one(pool)
        .await
        .unwrap()
}

/// The winner and the winning amount.
pub async fn winner(pool: &PgPool, project: ProjectId) -> Option<(AccountId, i64)> {
    let row: Option<(i64, i64)> = sqlx::query_as("select b.buyer_id, b.amount_minor from award a join bid b on b.id = a.bid_id where a.project_id = $1")
        .bind(project.0)
        .fetch_optional(pool)
        .await
        .unwrap();
    row.map(|(buyer, minor)| (AccountId(buyer), minor))
}

/// The kinds of the events about the project, in order.
pub async fn events(pool: &PgPool, project: ProjectId) -> Vec<String> {
    sqlx::query_scalar("select kind from outbox where project_id = $1 order by id")
        .bind(project.0)
        .fetch_all(pool)
        .await
        .unwrap()
}

/// Ends due projects, like one pass of the scheduler; returns how many ended.
pub async fn close_due(pool: &PgPool) -> usize {
    let mut tx: Tx<'_> = pool.begin().await.unwrap();
    let ended = guildhall::award::close_due(&mut tx, 100).await.unwrap();
    tx.commit().await.unwrap();
    ended.len()
}

/// Removes the schema that bin/test puts into the template of every test's database.
pub async fn remove_schema(pool: &PgPool) {
    sqlx::raw_sql("drop schema public cascade; create schema public")
        .execute(pool)
        .await
        .unwrap();
}

/// A transaction that holds the lock on the project's row until it ends.
pub async fn hold(pool: &PgPool, project: ProjectId) -> Tx<'static> {
    let mut holder = pool.begin().await.unwrap();
    sqlx::query("select from project where id = $1 for update")
        .bind(project.0)
        .execute(&mut *holder)
        .await
        .unwrap();
    holder
}

/// Waits until this many connections wait for locks.
pub async fn lock_waiters(pool: &PgPool, count: i64) {
    let wait_for_locks = async {
        loop {
            let waiting: i64 = sqlx::query_scalar("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
                .fetch_one(pool)
                .await
                .unwrap();
            if waiting >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait_for_locks)
        .await
        .expect("enough connections wait for locks");
}

/// Writes the letter that is queued, and returns the secret of its link.
pub async fn letter_secret(pool: &PgPool) -> String {
    let mut tx = pool.begin().await.unwrap();
    let mail = account_mail::claim(&mut tx, 1)
        .await
        .unwrap()
        .pop()
        .unwrap();
    let written = account_mail::prepare(&mut tx, &mail)
        .await
        .unwrap()
        .unwrap();
    account_mail::record(&mut tx, &mail.claim, &LetterOutcome::Sent)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    written.secret.unwrap().reveal().to_owned()
}
