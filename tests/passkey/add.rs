//! Adding, renaming and removing passkeys.

use crate::{
    device::{Device, without_verification},
    fixture::{BROWSER, Member, count, refusal, run},
    support::pool,
};
use guildhall::{
    Error,
    account::Browser,
    passkey::{self, MAX_PASSKEYS, Refusal},
    session::SessionId,
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::sync::Arc;
use tokio::task::JoinSet;

const ADDED: &str = "select count(*) from outbox where kind = 'account.passkey_added'";

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_passkey_is_listed_and_its_device_knows_no_number_of_the_account(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    let device = ada.device().await;
    let listed = ada.passkeys().await;
    assert_eq!(listed.len(), 1);
    assert_eq!(listed[0].name, "My phone");
    assert_eq!(listed[0].last_used_at, None);
    assert_eq!(count(&pool, ADDED).await, 1);
    let handle = device.passkey.unwrap().user_handle.unwrap();
    assert_eq!(handle.len(), 16);
    let known: i64 = sqlx::query_scalar(
        "select count(*) from passkey_user where uuid_send(handle) = $1 and account_id = $2",
    )
    .bind(handle.to_vec())
    .bind(ada.viewer.account.0)
    .fetch_one(&pool)
    .await
    .unwrap();
    assert_eq!(known, 1);
    // All devices of an account know it by the same number.
    let other = ada.device().await.passkey.unwrap();
    assert_eq!(other.user_handle.unwrap(), handle);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_answer_adds_one_passkey_however_often_it_is_sent(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const TRIES: usize = 8;
    let pool = pool(options, TRIES as u32).await;
    let ada = Arc::new(Member::new(&pool, "Ada").await);
    let answer = Device::new().create(&ada.begin().await.unwrap()).await;
    let mut racing = JoinSet::new();
    for _ in 0..TRIES {
        let (ada, answer) = (Arc::clone(&ada), answer.clone());
        racing.spawn(async move { refusal(ada.add(&answer).await) });
    }
    let results = racing.join_all().await;
    let over = Some(Refusal::ChallengeOver);
    let refused = results.iter().filter(|result| **result == over).count();
    assert_eq!(refused, TRIES - 1, "{results:?}");
    assert_eq!(ada.passkeys().await.len(), 1);
    assert_eq!(count(&pool, ADDED).await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_two_that_are_added_at_once_the_eleventh_is_refused(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    let pool = pool(options, 4).await;
    let ada = Arc::new(Member::new(&pool, "Ada").await);
    for _ in 1..MAX_PASSKEYS {
        ada.device().await;
    }
    // Both begin before one of them is added.
    let mut answers = Vec::new();
    for _ in 0..2 {
        answers.push(Device::new().create(&ada.begin().await.unwrap()).await);
    }
    let mut racing = JoinSet::new();
    for answer in answers {
        let ada = Arc::clone(&ada);
        racing.spawn(async move { refusal(ada.add(&answer).await) });
    }
    let mut results = racing.join_all().await;
    results.sort_by_key(Option::is_some);
    let full = Refusal::TooManyPasskeys { most: MAX_PASSKEYS };
    assert_eq!(results, [None, Some(full.clone())]);
    assert_eq!(ada.passkeys().await.len(), 10);
    assert_eq!(refusal(ada.begin().await), Some(full));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_challenge_is_for_its_session_its_account_and_five_minutes(pool: PgPool) {
    let (ada, bea) = (
        Member::new(&pool, "Ada").await,
        Member::new(&pool, "Bea").await,
    );
    let over = Some(Refusal::ChallengeOver);
    let answer = Device::new().create(&ada.begin().await.unwrap()).await;
    assert_eq!(refusal(bea.add(&answer).await), over);
    let elsewhere = Member {
        token: bea.token.clone(),
        viewer: ada.viewer.clone(),
        party: ada.party.clone(),
        pool: pool.clone(),
    };
    assert_eq!(refusal(elsewhere.add(&answer).await), over);
    run(
        &pool,
        "update passkey_challenge set expires_at = clock_timestamp()",
    )
    .await;
    assert_eq!(refusal(ada.add(&answer).await), over);
    // A challenge for a sign-in adds nothing.
    let answer = Device::new().create(&ada.begin().await.unwrap()).await;
    run(&pool, "update passkey_challenge set account_id = null").await;
    assert_eq!(refusal(ada.add(&answer).await), over);
    // None is stored for a session that has ended, and five at most for another.
    for _ in 0..7 {
        ada.begin().await.unwrap();
    }
    let stored = "select count(*) from passkey_challenge";
    assert_eq!(count(&pool, stored).await, passkey::MAX_CHALLENGES);
    run(&pool, "delete from session").await;
    assert_eq!(count(&pool, stored).await, 0);
    assert!(matches!(ada.begin().await, Err(Error::Refused(_))));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn expired_challenges_are_swept(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    ada.begin_sign_in().await;
    run(
        &pool,
        "update passkey_challenge set expires_at = clock_timestamp()",
    )
    .await;
    ada.begin_sign_in().await;
    let db = &mut *pool.acquire().await.unwrap();
    assert_eq!(passkey::end_expired_challenges(db).await.unwrap(), 1);
    assert_eq!(passkey::end_expired_challenges(db).await.unwrap(), 0);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn what_another_site_or_an_unverified_user_made_is_refused(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    let mut phished = Device::new();
    phished.origin = "https://evil.guildhall.example";
    let answer = phished.create(&ada.begin().await.unwrap()).await;
    let refused = refusal(ada.add(&answer).await);
    assert_eq!(refused, Some(Refusal::AnswerNotVerified));

    let options = without_verification(&ada.begin().await.unwrap());
    let answer = Device::new().create(&options).await;
    let refused = refusal(ada.add(&answer).await);
    assert_eq!(refused, Some(Refusal::UserNotVerified));
    for nonsense in ["", "{}", "[1]", "null"] {
        let refused = refusal(ada.add(nonsense).await);
        assert_eq!(refused, Some(Refusal::AnswerNotVerified), "{nonsense}");
    }
    assert_eq!(ada.passkeys().await, []);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn only_its_owner_renames_and_removes_a_passkey(pool: PgPool) {
    let (ada, bea) = (
        Member::new(&pool, "Ada").await,
        Member::new(&pool, "Bea").await,
    );
    ada.device().await;
    let id = ada.passkeys().await[0].id;
    let mut tx = pool.begin().await.unwrap();
    for (viewer, name, is_done) in [
        (&bea.viewer, "Hers", false),
        (&ada.viewer, "", false),
        (&ada.viewer, "Key ring", true),
    ] {
        let renamed = passkey::rename(&mut tx, viewer, id, name).await;
        assert_eq!(renamed.is_ok(), is_done, "{name}");
    }
    let refused = passkey::remove(&mut tx, &bea.viewer, &BROWSER, id).await;
    assert!(matches!(refused, Err(Error::NotFound)));
    tx.commit().await.unwrap();
    assert_eq!(ada.passkeys().await[0].name, "Key ring");

    let mut tx = pool.begin().await.unwrap();
    passkey::remove(&mut tx, &ada.viewer, &BROWSER, id)
        .await
        .unwrap();
    let again = passkey::remove(&mut tx, &ada.viewer, &BROWSER, id).await;
    assert!(matches!(again, Err(Error::NotFound)));
    tx.commit().await.unwrap();
    assert_eq!(ada.passkeys().await, []);
    let removed = "select count(*) from outbox where kind = 'account.passkey_removed'";
    assert_eq!(count(&pool, removed).await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_that_has_ended_meanwhile_changes_nothing(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    ada.device().await;
    let answer = Device::new().create(&ada.begin().await.unwrap()).await;
    let new = passkey::verify(&pool, &ada.party, &ada.viewer, &ada.token, &answer)
        .await
        .unwrap();
    let ended = Browser {
        session: Some(SessionId(-1)),
        ..BROWSER
    };
    let mut tx = pool.begin().await.unwrap();
    let refused = passkey::add(&mut tx, &ended, &new, "Hers").await;
    assert!(matches!(refused, Err(Error::SignInRequired)), "{refused:?}");
    let id = ada.passkeys().await[0].id;
    let refused = passkey::remove(&mut tx, &ada.viewer, &ended, id).await;
    assert!(matches!(refused, Err(Error::SignInRequired)), "{refused:?}");
    tx.commit().await.unwrap();
    assert_eq!(ada.passkeys().await.len(), 1);
}
