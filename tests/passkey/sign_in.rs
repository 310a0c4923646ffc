//! Signing in with a passkey.

use crate::{
    device::{Device, without_verification},
    fixture::{BROWSER, Member, count, refusal, run},
    support::pool,
};
use guildhall::{
    passkey::{self, Prompt, Refusal},
    session::{self, SessionOwner},
    store::MIGRATIONS,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use std::sync::Arc;
use tokio::task::JoinSet;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_passkey_opens_its_own_account(pool: PgPool) {
    let (ada, bea) = (
        Member::new(&pool, "Ada").await,
        Member::new(&pool, "Bea").await,
    );
    let (mut of_ada, mut of_bea) = (ada.device().await, bea.device().await);
    for (device, viewer) in [(&mut of_ada, &ada.viewer), (&mut of_bea, &bea.viewer)] {
        let answer = device.get(&ada.begin_sign_in().await).await;
        let authenticated = ada.sign_in(&answer).await.unwrap();
        assert_eq!(authenticated.viewer.account, viewer.account);
    }
    assert!(ada.passkeys().await[0].last_used_at.is_some());
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn of_many_answers_to_a_challenge_exactly_one_signs_in(
    _: PgPoolOptions,
    options: PgConnectOptions,
) {
    const TRIES: usize = 8;
    let pool = pool(options, TRIES as u32).await;
    let ada = Arc::new(Member::new(&pool, "Ada").await);
    let answer = ada.device().await.get(&ada.begin_sign_in().await).await;
    let mut racing = JoinSet::new();
    for _ in 0..TRIES {
        let (ada, answer) = (Arc::clone(&ada), answer.clone());
        racing.spawn(async move { refusal(ada.sign_in(&answer).await) });
    }
    let mut results = racing.join_all().await;
    results.sort_by_key(Option::is_some);
    assert_eq!(results[0], None);
    let over = Some(Refusal::ChallengeOver);
    assert!(results[1..].iter().all(|r| *r == over), "{results:?}");
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_answer_is_for_the_session_that_asked(pool: PgPool) {
    let (ada, bea) = (
        Member::new(&pool, "Ada").await,
        Member::new(&pool, "Bea").await,
    );
    let mut device = ada.device().await;
    let answer = device.get(&ada.begin_sign_in().await).await;
    let over = Some(Refusal::ChallengeOver);
    assert_eq!(refusal(bea.sign_in(&answer).await), over);
    // That used nothing up.
    ada.sign_in(&answer).await.unwrap();
    let answer = device.get(&ada.begin_sign_in().await).await;
    run(
        &pool,
        "update passkey_challenge set expires_at = clock_timestamp()",
    )
    .await;
    assert_eq!(refusal(ada.sign_in(&answer).await), over);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_passkey_that_somebody_else_names_as_theirs_opens_nothing(pool: PgPool) {
    let (ada, bea) = (
        Member::new(&pool, "Ada").await,
        Member::new(&pool, "Bea").await,
    );
    let (mut of_ada, of_bea) = (ada.device().await, bea.device().await);
    // The device of Ada claims to have a passkey of Bea's account.
    let handle = of_bea.passkey.unwrap().user_handle;
    of_ada.passkey.as_mut().unwrap().user_handle = handle;
    let answer = of_ada.get(&ada.begin_sign_in().await).await;
    let unknown = Some(Refusal::PasskeyUnknown);
    assert_eq!(refusal(ada.sign_in(&answer).await), unknown);

    let mut gone = ada.device().await;
    run(&pool, "delete from passkey").await;
    let answer = gone.get(&ada.begin_sign_in().await).await;
    assert_eq!(refusal(ada.sign_in(&answer).await), unknown);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_key_that_does_not_belong_to_the_credential_is_refused(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    let (mut real, forged) = (ada.device().await, ada.device().await);
    real.passkey.as_mut().unwrap().key = forged.passkey.unwrap().key;
    let answer = real.get(&ada.begin_sign_in().await).await;
    let refused = refusal(ada.sign_in(&answer).await);
    assert_eq!(refused, Some(Refusal::AnswerNotVerified));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn another_site_and_an_unverified_user_sign_nobody_in(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    let mut device = ada.device().await;
    device.origin = "https://evil.guildhall.example";
    let answer = device.get(&ada.begin_sign_in().await).await;
    let refused = refusal(ada.sign_in(&answer).await);
    assert_eq!(refused, Some(Refusal::AnswerNotVerified));
    device.origin = Device::new().origin;
    let options = without_verification(&ada.begin_sign_in().await);
    let answer = device.get(&options).await;
    let refused = refusal(ada.sign_in(&answer).await);
    assert_eq!(refused, Some(Refusal::UserNotVerified));
    assert_eq!(ada.passkeys().await[0].last_used_at, None);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_counter_that_goes_back_is_refused_and_the_owner_is_told(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    let mut device = ada.device().await;
    let copied = "select count(*) from outbox where kind = 'account.passkey_copied'";
    // Afterwards, nobody knows which of the two is the owner's.
    for (counter, is_fine) in [(5, true), (7, true), (7, false), (2, false), (9, false)] {
        device.set_counter(counter);
        let answer = device.get(&ada.begin_sign_in().await).await;
        let refused = refusal(ada.sign_in(&answer).await);
        let expected = (!is_fine).then_some(Refusal::PasskeyCopied);
        assert_eq!(refused, expected, "{counter}");
    }
    assert_eq!(count(&pool, copied).await, 1);
    let listed = ada.passkeys().await;
    assert!(listed[0].refused_at.is_some());
    // Another passkey of the account still signs in.
    let mut other = ada.device().await;
    let answer = other.get(&ada.begin_sign_in().await).await;
    ada.sign_in(&answer).await.unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_offer_in_the_field_lasts_as_long_as_its_page(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    let mut device = ada.device().await;
    for (prompt, lasts) in [(Prompt::Button, false), (Prompt::Offer, true)] {
        let mut tx = pool.begin().await.unwrap();
        let options = passkey::begin_sign_in(&mut tx, &ada.party, &ada.token, prompt).await;
        tx.commit().await.unwrap();
        // Half an hour passes.
        run(
            &pool,
            "update passkey_challenge set expires_at = expires_at - interval '30 minutes'",
        )
        .await;
        let answer = device.get(&options.unwrap()).await;
        let refused = refusal(ada.sign_in(&answer).await);
        let expected = (!lasts).then_some(Refusal::ChallengeOver);
        assert_eq!(refused, expected, "{prompt:?}");
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_removed_passkey_signs_nobody_in(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    let mut device = ada.device().await;
    let answer = device.get(&ada.begin_sign_in().await).await;
    let mut tx = pool.begin().await.unwrap();
    let id = ada.passkeys().await[0].id;
    passkey::remove(&mut tx, &ada.viewer, &BROWSER, id)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let refused = refusal(ada.sign_in(&answer).await);
    assert_eq!(refused, Some(Refusal::PasskeyUnknown));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_passkey_left_by_an_erasure_signs_nobody_in(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    let mut device = ada.device().await;
    // As the version before does, which does not know passkeys.
    run(
        &pool,
        "insert into erasure (account_id, requested_at, due_at, erased_at) select id, now(), now(), now() from account",
    )
    .await;
    let answer = device.get(&ada.begin_sign_in().await).await;
    let refused = refusal(ada.sign_in(&answer).await);
    assert_eq!(refused, Some(Refusal::PasskeyUnknown));
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_sign_in_ends_with_all_sessions_of_its_account(pool: PgPool) {
    let ada = Member::new(&pool, "Ada").await;
    let mut device = ada.device().await;
    let answer = device.get(&ada.begin_sign_in().await).await;
    let signed_in = ada.sign_in(&answer).await.unwrap();
    for (ended, may_begin) in [(0, true), (1, false)] {
        sqlx::query("update account set session_epoch = session_epoch + $1")
            .bind(ended)
            .execute(&pool)
            .await
            .unwrap();
        let mut tx = pool.begin().await.unwrap();
        let owner = SessionOwner {
            account: signed_in.viewer.account,
            epoch: signed_in.session_epoch,
        };
        let may = session::may_begin(&mut tx, owner).await.unwrap();
        assert_eq!(may, may_begin, "{ended}");
    }
}
