//! How much an account, or all accounts at one address together, may store per day.

use crate::{
    fixture::{ADA, HOME, at, behind_proxy, project_form, publish, seller, send},
    support::{Client, PASSWORD, count, deadline},
};
use guildhall::store::MIGRATIONS;
use sqlx::PgPool;

/// The number of projects that one account, and one address, may publish per day.
const OF_ACCOUNT: f64 = 100.0;
const OF_ADDRESS: f64 = 500.0;

/// Sets the level of the buckets of this kind.
async fn fill(pool: &PgPool, kind: &str, used: f64) {
    sqlx::query("update quota set used = $2, at = clock_timestamp() where kind = $1")
        .bind(kind)
        .bind(used)
        .execute(pool)
        .await
        .unwrap();
}

/// The levels of the buckets of this kind, fullest first, rounded.
async fn levels(pool: &PgPool, kind: &str) -> Vec<i64> {
    sqlx::query_scalar("select round(used)::bigint from quota where kind = $1 order by used desc")
        .bind(kind)
        .fetch_all(pool)
        .await
        .unwrap()
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_account_has_a_daily_limit_of_projects_and_learns_when_to_retry(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = seller(&site, ADA, HOME).await;
    publish(&mut ada, &pool).await.is(303);
    fill(&pool, "project", OF_ACCOUNT - 1.0).await;
    publish(&mut ada, &pool).await.is(303);
    let refused = publish(&mut ada, &pool).await.is(429).says(
        "Your account may publish 100 projects a day and has reached that limit. Nothing was stored; try again in 15 minutes.",
    );
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((800..=864).contains(&seconds), "{seconds}");
    assert_eq!(count(&pool, "project").await, 2);
    // The form keeps what was typed, and drafts have a limit of their own.
    assert!(refused.body.contains("A new shop window"));
    let draft = project_form(&mut ada, &pool, "draft").await;
    send(&mut ada, "/projects/new", &draft).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn refused_and_repeated_requests_are_not_counted(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = seller(&site, ADA, HOME).await;
    let form = project_form(&mut ada, &pool, "publish").await;
    send(&mut ada, "/projects/new", &form).await.is(303);
    assert_eq!(levels(&pool, "project").await, [1, 1, 1]);
    send(&mut ada, "/projects/new", &form).await.is(303);
    let mut late = project_form(&mut ada, &pool, "publish").await;
    for (name, value) in &mut late {
        if *name == "deadline" {
            *value = deadline(&pool, -3600).await;
        }
    }
    send(&mut ada, "/projects/new", &late).await.is(422);
    fill(&pool, "project", OF_ACCOUNT).await;
    publish(&mut ada, &pool).await.is(429);
    assert_eq!(levels(&pool, "project").await, [100, 100, 100]);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn accounts_do_not_multiply_what_an_address_may_store(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = seller(&site, ADA, HOME).await;
    let mut bob = seller(&site, "bob@example.com", HOME).await;
    let mut eve = seller(&site, "eve@example.com", "198.51.100.1").await;
    publish(&mut ada, &pool).await.is(303);
    fill(&pool, "project", OF_ADDRESS).await;
    publish(&mut bob, &pool).await.is(429).says(
        "All accounts at your network address together may publish 500 projects a day and have reached that limit.",
    );
    publish(&mut eve, &pool).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn drafts_tokens_and_programs_have_limits_of_their_own(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = seller(&site, ADA, HOME).await;
    let token = async |ada: &mut Client| {
        let key = ada.get("/account/tokens").await.is(200).form_key();
        let form = [
            ("form_key", &*key),
            ("name", "Guide"),
            ("scopes", "bids:read"),
            ("days", "30"),
        ];
        ada.post("/account/tokens", &form).await
    };
    let program = async |ada: &mut Client| {
        let key = ada.get("/account/programs/new").await.is(200).form_key();
        let form = [
            ("form_key", &*key),
            ("name", "Ledger"),
            ("kind", "public"),
            ("redirect_uris", ""),
            ("scopes", "bids:read"),
        ];
        ada.post("/account/programs/new", &form).await
    };
    let draft = async |ada: &mut Client| {
        let form = project_form(ada, &pool, "draft").await;
        send(ada, "/projects/new", &form).await
    };
    let saved = draft(&mut ada).await.is(303).location().to_owned();
    token(&mut ada).await.is(200);
    program(&mut ada).await.is(303);
    for kind in ["draft", "token", "program"] {
        assert_eq!(levels(&pool, kind).await, [1, 1, 1], "{kind}");
        fill(&pool, kind, OF_ADDRESS).await;
    }
    draft(&mut ada)
        .await
        .is(429)
        .says("may save 100 drafts a day");
    token(&mut ada)
        .await
        .is(429)
        .says("may create 100 access tokens a day");
    program(&mut ada)
        .await
        .is(429)
        .says("may register 50 apps a day");
    // An existing draft may be changed and published, however many were saved.
    let again = project_form(&mut ada, &pool, "draft").await;
    send(&mut ada, &saved, &again).await.is(303);
    let publish = project_form(&mut ada, &pool, "publish").await;
    send(&mut ada, &saved, &publish).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_operator_may_disable_the_daily_limits(pool: PgPool) {
    let limited = behind_proxy(&pool, &[]);
    let mut ada = seller(&limited, ADA, HOME).await;
    publish(&mut ada, &pool).await.is(303);
    fill(&pool, "project", OF_ADDRESS).await;
    let site = behind_proxy(&pool, &["--no-daily-limits"]);
    let mut ada = at(&site, HOME);
    ada.sign_in(ADA, PASSWORD).await.is(303);
    publish(&mut ada, &pool).await.is(303);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn empty_buckets_are_swept(pool: PgPool) {
    let site = behind_proxy(&pool, &[]);
    let mut ada = seller(&site, ADA, HOME).await;
    publish(&mut ada, &pool).await.is(303);
    sqlx::query("update quota set at = at - interval '25 hours' where kind = 'project'")
        .execute(&pool)
        .await
        .unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(guildhall::quota::forget_old(db).await.unwrap(), 3);
    assert_eq!(count(&pool, "quota where kind = 'project'").await, 0);
    assert!(
        count(&pool, "quota").await > 0,
        "sign-ups are still counted"
    );
}
