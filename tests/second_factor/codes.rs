//! Codes from the app, and recovery codes.

use crate::{
    fixture::{BROWSER, Member, count, now, refusal, run},
    support::{self, pool},
};
use guildhall::{
    Error,
    account::Role,
    second_factor::{self, Refusal, Seed},
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::sync::Arc;
use tokio::task::JoinSet;
use totp_rs::Totp;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_many_that_enter_one_code_at_once_exactly_one_passes(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const TRIES: usize = 8;
    let pool = pool(options, TRIES as u32).await;
    let member = Arc::new(Member::new(&pool).await);
    member.let_time_pass().await;
    for code in [member.code().await, member.recovery_codes[3].clone()] {
        let mut racing = JoinSet::new();
        for _ in 0..TRIES {
            let (member, code) = (Arc::clone(&member), code.clone());
            racing.spawn(async move { member.check(&code).await });
        }
        let results = racing.join_all().await;
        let passed = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(passed, 1, "{results:?}");
    }
    let used = count(
        &pool,
        "select count(*) from recovery_code where used_at is not null",
    );
    assert_eq!(used.await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_code_works_once_and_so_does_none_that_the_app_showed_before(pool: PgPool) {
    let member = Member::new(&pool).await;
    let first = member.check(&member.first_code).await;
    assert_eq!(refusal(first), Some(Refusal::UsedCode));
    member.let_time_pass().await;
    let code = member.code().await;
    member.check(&code).await.unwrap();
    assert_eq!(refusal(member.check(&code).await), Some(Refusal::UsedCode));
    let wrong = member.wrong_code().await;
    assert_eq!(
        refusal(member.check(&wrong).await),
        Some(Refusal::WrongCode)
    );
    assert_eq!(refusal(member.check("").await), Some(Refusal::NotACode));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn wrong_codes_must_wait_and_a_recovery_code_need_not(pool: PgPool) {
    let member = Member::new(&pool).await;
    member.let_time_pass().await;
    let wrong = member.wrong_code().await;
    let mut tries = 0;
    loop {
        match member.check(&wrong).await {
            Err(Error::TooManyTries { .. }) => break,
            result => assert_eq!(refusal(result), Some(Refusal::WrongCode)),
        }
        tries += 1;
        assert!(tries < 20, "nobody is stopped");
    }
    // The right one must wait, too.
    let right = member.code().await;
    run(
        &pool,
        "update sign_in_failure set failures = 100, last_failed_at = clock_timestamp()",
    )
    .await;
    assert!(matches!(
        member.check(&right).await,
        Err(Error::TooManyTries { .. })
    ));
    member.check(&member.recovery_codes[0]).await.unwrap();
    let again = member.check(&member.recovery_codes[0]).await;
    assert_eq!(refusal(again), Some(Refusal::WrongRecoveryCode));
    // What was waited for is forgiven by the right code.
    run(
        &pool,
        "update sign_in_failure set last_failed_at = last_failed_at - interval '16 minutes'",
    )
    .await;
    member.check(&right).await.unwrap();
    assert_eq!(
        count(&pool, "select count(*) from sign_in_failure").await,
        0
    );
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_recovery_code_of_somebody_else_is_wrong(pool: PgPool) {
    let ann = Member::new(&pool).await;
    let bob = support::account(&pool, Role::Seller, "Bob").await;
    let seed = Seed::random().unwrap();
    let key = second_factor::setup_key(&pool, &ann.secrets, &bob, seed)
        .await
        .unwrap();
    let code = Totp::from_url(&key.url).unwrap();
    let code = code.generate(now(&pool).await).to_string();
    second_factor::turn_on(&pool, &ann.secrets, &bob, seed, &code, &BROWSER)
        .await
        .unwrap();
    let used = second_factor::check(
        &pool,
        &ann.secrets,
        bob.account,
        None,
        &ann.recovery_codes[0],
    )
    .await;
    assert_eq!(refusal(used), Some(Refusal::WrongRecoveryCode));
    ann.check(&ann.recovery_codes[0]).await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn no_row_of_the_account_holds_a_secret(pool: PgPool) {
    let member = Member::new(&pool).await;
    let rows: Vec<String> = sqlx::query_scalar(
        "select row_to_json(f)::text from second_factor f union all select row_to_json(r)::text from recovery_code r
         union all select row_to_json(o)::text from outbox o",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    // As people write them, and as a column of bytes would hold them.
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let secret = member.app.secret();
    let mut secrets = vec![secret.to_base32(), hex(secret.as_bytes())];
    for code in &member.recovery_codes {
        let bytes = hex(code.as_bytes());
        secrets.extend([code.clone(), code.replace('-', ""), bytes]);
    }
    for row in rows {
        assert!(!secrets.iter().any(|secret| row.contains(secret)), "{row}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn whoever_knows_the_password_holds_no_known_browser_up_and_the_owner_is_told(pool: PgPool) {
    let member = Member::new(&pool).await;
    member.let_time_pass().await;
    let known = member.trusted_device().await;
    let wrong = member.wrong_code().await;
    for _ in 0..9 {
        let refused = member.check(&wrong).await;
        assert_eq!(refusal(refused), Some(Refusal::WrongCode));
    }
    run(
        &pool,
        "update sign_in_failure set failures = 100, last_failed_at = clock_timestamp()",
    )
    .await;
    let right = member.code().await;
    let stranger = member.check(&right).await;
    assert!(matches!(stranger, Err(Error::TooManyTries { .. })));
    member.check_on(Some(known), &right).await.unwrap();
    let told = "select count(*) from outbox where kind = 'account.wrong_codes_entered'";
    assert_eq!(count(&pool, told).await, 1);
}
