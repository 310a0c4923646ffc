//! What ends a second factor and the trust in a browser.

use crate::{
    fixture::{BROWSER, Member, count, now, refusal, run},
    support::{self, letter_secret},
};
use guildhall::{
    Error,
    account::{self, Browser, Hasher, LinkOpener, NewEmail, ProgramAccess, Role},
    account_mail::MailKind,
    device,
    fairness::Submitter,
    second_factor::{self, Refusal, Seed, TotpSecrets},
    session::SessionId,
    store::MIGRATIONS,
};
use sqlx::PgPool;
use totp_rs::Totp;

#[sqlx::test(migrator = "MIGRATIONS")]
async fn new_recovery_codes_replace_the_present_ones(pool: PgPool) {
    let member = Member::new(&pool).await;
    let mut tx = pool.begin().await.unwrap();
    let new = second_factor::renew_recovery_codes(&mut tx, member.account(), &BROWSER)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let old = member.check(&member.recovery_codes[0]).await;
    assert_eq!(refusal(old), Some(Refusal::WrongRecoveryCode));
    member.check(&new[0].reveal()).await.unwrap();
    let db = &mut *pool.acquire().await.unwrap();
    let state = second_factor::state(db, member.account())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(state.recovery_codes_left, 9);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_trusted_browser_is_not_asked_until_the_trust_ends(pool: PgPool) {
    let member = Member::new(&pool).await;
    assert!(member.asks(None).await);
    let device = member.trusted_device().await;
    assert!(!member.asks(Some(device)).await);
    for ends in [
        "update device set trusted_until = clock_timestamp() - interval '1 second'",
        // Whoever has stolen its cookie may guess the password ten times.
        "update device set failures = 10",
        "update device set expires_at = clock_timestamp()",
    ] {
        let mut tx = pool.begin().await.unwrap();
        sqlx::query(ends).execute(&mut *tx).await.unwrap();
        let asks = second_factor::asks_for_code(&mut tx, member.account(), Some(device)).await;
        assert!(asks.unwrap(), "{ends}");
        tx.rollback().await.unwrap();
    }
    // Trust in a browser is for one account.
    let other = support::account(&pool, Role::Buyer, "Bob").await;
    let mut tx = pool.begin().await.unwrap();
    sqlx::query(
        "insert into second_factor (account_id, seed, used_step) values ($1, gen_random_uuid(), 0)",
    )
    .bind(other.account.0)
    .execute(&mut *tx)
    .await
    .unwrap();
    let renamed = device::remember(&mut tx, Some(device), other.account)
        .await
        .unwrap();
    assert!(
        second_factor::asks_for_code(&mut tx, other.account, Some(renamed.id))
            .await
            .unwrap()
    );
    assert!(
        !second_factor::asks_for_code(&mut tx, member.account(), Some(renamed.id))
            .await
            .unwrap()
    );
    tx.rollback().await.unwrap();

    let mut tx = pool.begin().await.unwrap();
    account::end_others(&mut tx, member.account(), None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    assert!(member.asks(Some(device)).await);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn turning_it_off_ends_codes_and_trust(pool: PgPool) {
    let member = Member::new(&pool).await;
    let device = member.trusted_device().await;
    let mut tx = pool.begin().await.unwrap();
    second_factor::turn_off(&mut tx, member.account(), None)
        .await
        .unwrap();
    let again = second_factor::turn_off(&mut tx, member.account(), None).await;
    assert_eq!(refusal(again), Some(Refusal::IsOff));
    tx.commit().await.unwrap();
    assert!(!member.asks(None).await);
    assert_eq!(count(&pool, "select count(*) from recovery_code").await, 0);
    // Turned on again, it asks the browser that was trusted before.
    run(&pool, "insert into second_factor (account_id, seed, used_step) select id, gen_random_uuid(), 0 from account").await;
    assert!(member.asks(Some(device)).await);
}

/// Resets the password by the link in a letter.
async fn reset(member: &Member) {
    let pool = &member.pool;
    let mut tx = pool.begin().await.unwrap();
    account::request_reset(&mut tx, "ann@example.com", None)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let hasher = Hasher::new(1, support::CHEAP).unwrap();
    let (client, stay) = (Submitter::operator(), ProgramAccess::Stay);
    let (secret, new) = (letter_secret(pool).await, "harbour lamp in the fog");
    account::reset_password(pool, &hasher, &client, &secret, new, stay)
        .await
        .unwrap();
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_reset_keeps_what_has_been_on_for_a_week_and_ends_what_a_thief_may_have_turned_on(
    pool: PgPool,
) {
    let member = Member::new(&pool).await;
    run(
        &pool,
        "update second_factor set enabled_at = enabled_at - interval '7 days'",
    )
    .await;
    reset(&member).await;
    assert!(member.is_on().await);
    run(
        &pool,
        "update second_factor set enabled_at = enabled_at + interval '1 hour'",
    )
    .await;
    reset(&member).await;
    assert!(!member.is_on().await);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_reset_that_confirms_the_address_ends_any_second_factor(pool: PgPool) {
    let member = Member::new(&pool).await;
    run(
        &pool,
        "update second_factor set enabled_at = enabled_at - interval '1 year'",
    )
    .await;
    run(&pool, "update account set email_confirmed_at = null").await;
    reset(&member).await;
    assert!(!member.is_on().await);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn turning_it_on_signs_out_everywhere_and_is_told_and_recorded(pool: PgPool) {
    let member = Member::new(&pool).await;
    let epochs = count(&pool, "select session_epoch from account");
    assert_eq!(epochs.await, 1);
    let events =
        "select count(*) from outbox where kind = 'account.second_factor_enabled' and body = '{}'";
    assert_eq!(count(&pool, events).await, 1);
    let seed = Seed::random().unwrap();
    let key = second_factor::setup_key(&pool, &member.secrets, &member.viewer, seed)
        .await
        .unwrap();
    let code = Totp::from_url(&key.url).unwrap();
    let code = code.generate(now(&pool).await).to_string();
    let (secrets, viewer) = (&member.secrets, &member.viewer);
    let twice = second_factor::turn_on(&pool, secrets, viewer, seed, &code, &BROWSER).await;
    assert_eq!(refusal(twice.map(drop)), Some(Refusal::IsOn));
    // Nothing of the second attempt stays.
    member.check(&member.recovery_codes[9]).await.unwrap();
    assert_eq!(count(&pool, events).await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn an_undo_ends_what_was_turned_on_in_the_week_before_the_change_however_late_it_is(
    pool: PgPool,
) {
    let member = Member::new(&pool).await;
    let ago = "update second_factor set enabled_at = clock_timestamp() - interval '8 days'";
    for (changed, is_on) in [("9 days", false), ("1 hour", true)] {
        run(&pool, ago).await;
        let mut tx = pool.begin().await.unwrap();
        let new = NewEmail::parse(&format!("new{is_on}@example.com")).unwrap();
        account::change_email(&mut tx, &member.viewer, &new, &BROWSER)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let mut tx = pool.begin().await.unwrap();
        let confirmed = letter_secret(&pool).await;
        let opener = LinkOpener {
            viewer: None,
            device: None,
        };
        account::confirm_email(&mut tx, &confirmed, &opener)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let undo = letter_secret(&pool).await;
        sqlx::query("update account_mail set created_at = clock_timestamp() - $1::text::interval where kind = $2")
            .bind(changed)
            .bind(MailKind::EmailChanged.name())
            .execute(&pool)
            .await
            .unwrap();
        let hasher = Hasher::new(1, support::CHEAP).unwrap();
        let (client, password) = (Submitter::operator(), "harbour lamp in the fog");
        account::undo_email_change(&pool, &hasher, &client, &undo, password)
            .await
            .unwrap();
        assert_eq!(member.is_on().await, is_on, "{changed}");
        if !is_on {
            run(&pool, "insert into second_factor (account_id, seed, used_step) select id, gen_random_uuid(), 0 from account").await;
        }
    }
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_form_that_comes_twice_shows_codes_that_work_both_times(pool: PgPool) {
    let ann = support::account(&pool, Role::Buyer, "Ann").await;
    let (secrets, seed) = (TotpSecrets::default(), Seed::random().unwrap());
    let key = second_factor::setup_key(&pool, &secrets, &ann, seed).await;
    let app = Totp::from_url(key.unwrap().url).unwrap();
    let code = app.generate(now(&pool).await).to_string();
    for _ in 0..2 {
        let codes = second_factor::turn_on(&pool, &secrets, &ann, seed, &code, &BROWSER);
        let codes = codes.await.unwrap();
        let first = codes[0].reveal();
        second_factor::check(&pool, &secrets, ann.account, None, &first)
            .await
            .unwrap();
    }
    let events = "select count(*) from outbox where kind = 'account.second_factor_enabled'";
    assert_eq!(count(&pool, events).await, 1);
}

#[sqlx::test(migrator = "MIGRATIONS")]
async fn a_session_that_has_been_ended_meanwhile_changes_nothing(pool: PgPool) {
    let member = Member::new(&pool).await;
    let ended = Browser {
        session: Some(SessionId(1)),
        ..BROWSER
    };
    let mut tx = pool.begin().await.unwrap();
    let off = second_factor::turn_off(&mut tx, member.account(), Some(&ended)).await;
    assert!(matches!(off, Err(Error::SignInRequired)));
    let codes = second_factor::renew_recovery_codes(&mut tx, member.account(), &ended).await;
    assert!(matches!(codes, Err(Error::SignInRequired)));
}
