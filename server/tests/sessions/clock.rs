//! Sessions when the clocks of server and database differ widely: the database's clock counts.

use crate::support::{Client, PASSWORD, site};
use guildhall::store::MIGRATIONS;
use sqlx::{PgPool, postgres::PgPoolOptions};

/// The same database with a shifted clock. Statements resolve `clock_timestamp` to this function before PostgreSQL's
/// own, so the server's own clock appears to be off by the same amount.
async fn with_clock_ahead(pool: &PgPool, minutes: i32) -> PgPool {
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!(
        "create schema shifted;
         create function shifted.clock_timestamp() returns timestamptz language sql volatile
         as 'select pg_catalog.clock_timestamp() + interval ''{minutes} minutes''';"
    )))
    .execute(pool)
    .await
    .unwrap();
    let options = (*pool.connect_options()).clone();
    PgPoolOptions::new()
        .max_connections(5)
        .connect_with(options.options([("search_path", "shifted,pg_catalog,public")]))
        .await
        .unwrap()
}

/// The minutes until each session expires, longest first.
async fn minutes_left(pool: &PgPool) -> Vec<f64> {
    sqlx::query_scalar(
        "select extract(epoch from expires_at - clock_timestamp())::float8 / 60 from session order by 1 desc",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

async fn sessions_last(pool: &PgPool) {
    let site = site(pool, &[]);
    let mut client = Client::new(&site);
    client.sign_up("buyer", "ada@example.com").await.is(303);
    let anonymous = minutes_left(pool).await;
    assert!(
        matches!(anonymous[..], [minutes] if (58.0..=60.0).contains(&minutes)),
        "{anonymous:?}"
    );
    client
        .get("/confirm-email")
        .await
        .is(200)
        .says("ada@example.com");
    client.sign_in("ada@example.com", PASSWORD).await.is(303);
    client.get("/account").await.is(200);
    let days = minutes_left(pool).await[0] / 60.0 / 24.0;
    assert!((13.9..=14.0).contains(&days), "{days}");
    // Changing a signed-in session does not shorten it.
    client
        .post("/settings/time-zone", &[("time_zone", "UTC")])
        .await
        .is(303);
    let days = minutes_left(pool).await[0] / 60.0 / 24.0;
    assert!((13.9..=14.0).contains(&days), "{days}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_is_valid_if_the_servers_clock_is_behind(pool: PgPool) {
    sessions_last(&with_clock_ahead(&pool, 65).await).await;
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_lasts_no_longer_if_the_servers_clock_is_ahead(pool: PgPool) {
    sessions_last(&with_clock_ahead(&pool, -65).await).await;
}
