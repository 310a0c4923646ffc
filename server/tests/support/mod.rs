//! The site of a test, its visitors, and what it keeps in its database.
#![allow(dead_code, reason = "no test program uses all of it")]
#![allow(unused_imports, reason = "no test program uses all of it")]

mod answer;
pub mod audit;
pub mod authenticator;
mod client;
mod letter;
pub mod passkeys;

pub use answer::{Answer, text_of};
pub use client::Client;
pub use letter::{
    BASE_URL, confirm_address, letters, link_in_letter, secret_in, send_letters, subjects,
};

use axum::{
    Router,
    body::Body,
    extract::State,
    http::{Method, Request, Response, StatusCode},
    middleware::{Next, from_fn_with_state},
};
use clap::Parser;
use guildhall::account::HashCost;
use server::{
    App,
    config::{Cli, Command},
    router,
};
use sqlx::PgPool;
use std::time::Duration;
use tokio::task::JoinHandle;

pub const PASSWORD: &str = "stepped gable lantern";

/// The lowest cost of a hash. Most tests are not about hashing.
pub const CHEAP: HashCost = HashCost {
    memory_kib: 8,
    iterations: 1,
};

/// The site as configured by an operator with these flags. It confirms the address of every new account at once, so that
/// tests of anything else need no letter.
pub fn site(pool: &PgPool, flags: &[&str]) -> Router {
    site_of(pool, flags).1
}

/// Like [`site`], but also returns the state of its handlers.
pub fn site_of(pool: &PgPool, flags: &[&str]) -> (App, Router) {
    let app = app(pool, flags);
    let site = forgiving_router(&app, pool);
    (app, site)
}

fn app(pool: &PgPool, flags: &[&str]) -> App {
    let arguments = ["guildhall", "serve"].iter().chain(flags);
    let Command::Serve(mut config) = Cli::parse_from(arguments).command else {
        panic!("expected the serve command")
    };
    config.hash_cost = CHEAP;
    App::new(pool.clone(), &config).unwrap()
}

/// The routes of a site that confirms the address of every new account at once.
pub fn forgiving_router(app: &App, pool: &PgPool) -> Router {
    router(app).layer(from_fn_with_state(pool.clone(), confirm_after_sign_up))
}

/// A site on which new accounts have to confirm their addresses, as on the real one.
pub fn strict_site(pool: &PgPool) -> Router {
    router(&app(pool, &[]))
}

async fn confirm_after_sign_up(
    State(pool): State<PgPool>,
    request: Request<Body>,
    next: Next,
) -> Response<Body> {
    let is_sign_up = request.method() == Method::POST && request.uri().path() == "/sign-up";
    let response = next.run(request).await;
    if is_sign_up && response.status() == StatusCode::SEE_OTHER {
        sqlx::query("update account a set email_confirmed_at = clock_timestamp() where email_confirmed_at is null and id = (select max(id) from account)
                     and not exists (select from address_in_use where address = a.email)")
            .execute(&pool)
            .await
            .unwrap();
    }
    response
}

/// The time `seconds` from now by the database's clock, as a date-time field's value.
pub async fn deadline(pool: &PgPool, seconds: i64) -> String {
    sqlx::query_scalar("select to_char((clock_timestamp() + make_interval(secs => $1)) at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')")
        .bind(seconds as f64)
        .fetch_one(pool)
        .await
        .unwrap()
}

/// The number of rows in a table.
pub async fn count(pool: &PgPool, table: &'static str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
        .fetch_one(pool)
        .await
        .unwrap()
}

/// Waits until a statement waits for the lock of this table; `request` must be answered by reading it.
pub async fn until_waiting<T>(pool: &PgPool, table: &str, request: &JoinHandle<T>) {
    // All test databases are copies of one template, so a table has the same OID in each of them.
    let is_waiting =
        "select exists (select from pg_locks where not granted and relation = to_regclass($1)
             and database = (select oid from pg_database where datname = current_database()))";
    while !sqlx::query_scalar::<_, bool>(is_waiting)
        .bind(table)
        .fetch_one(pool)
        .await
        .unwrap()
    {
        assert!(!request.is_finished(), "an answer without reading {table}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Makes the waits after failed attempts longer than a test takes.
pub async fn lengthen_waits(pool: &PgPool) {
    let more =
        "update sign_in_failure set failures = failures + 6, last_failed_at = clock_timestamp()";
    sqlx::query(more).execute(pool).await.unwrap();
}

/// Lets a transaction stay idle while it locks a project, as if it were still working.
pub async fn allow_idle_transaction(tx: &mut guildhall::store::Tx<'_>) {
    sqlx::raw_sql("set local idle_in_transaction_session_timeout = 0")
        .execute(&mut **tx)
        .await
        .unwrap();
}

/// Removes the schema that bin/test puts into the template of every test's database.
pub async fn remove_schema(pool: &PgPool) {
    let reset = "drop schema public cascade; create schema public";
    sqlx::raw_sql(reset).execute(pool).await.unwrap();
}

/// The day this many days from today in UTC, by the database's clock, as a date field's value.
pub async fn day(pool: &PgPool, ahead: i32) -> String {
    sqlx::query_scalar("select ((clock_timestamp() at time zone 'UTC')::date + $1)::text")
        .bind(ahead)
        .fetch_one(pool)
        .await
        .unwrap()
}
