use super::{
    RECOVERY_CODES, RecoveryCode, Refusal, Seed, SetupKey, TOLD_AFTER, TotpSecrets,
    code::TypedCode, secret::TotpSecret, store,
};
use crate::{
    Error, Result,
    account::{self, AccountId, Browser, Viewer},
    device::{self, DeviceId},
    event::{self, EventKind},
    store as database,
    store::{Connection, Tx},
};
use serde_json::json;
use sqlx::PgPool;
use time::OffsetDateTime;

/// True if a sign-in to the account with this browser needs a code.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn asks_for_code(
    db: &mut Connection,
    account: AccountId,
    device: Option<DeviceId>,
) -> Result<bool> {
    if !store::is_on(db, account).await? {
        return Ok(false);
    }
    Ok(match device {
        Some(device) => !device::is_trusted(db, device, account).await?,
        None => true,
    })
}

/// What an app needs to show the codes that are valid once the viewer turns two-factor authentication on with this
/// seed.
///
/// # Errors
/// `NotFound` if the account no longer exists.
pub async fn setup_key(
    pool: &PgPool,
    secrets: &TotpSecrets,
    viewer: &Viewer,
    seed: Seed,
) -> Result<SetupKey> {
    let contact = account::find(&mut *pool.acquire().await?, viewer.account).await?;
    let secret = secrets.of(pool, viewer.account, seed).await?;
    secret.setup_key(&contact.email)
}

/// Turns two-factor authentication on with the first code from the app, and signs the viewer out everywhere except in
/// this browser: others may have signed in with one factor. Returns the recovery codes, which can't be read again; a
/// repeated call with the same seed makes new ones. The caller must have confirmed that the owner is present.
///
/// # Errors
/// `Refused(NotACode | WrongCode | IsOn)`, `TooManyTries`; `SignInRequired` if the session has ended meanwhile.
pub async fn turn_on(
    pool: &PgPool,
    secrets: &TotpSecrets,
    viewer: &Viewer,
    seed: Seed,
    typed: &str,
    browser: &Browser,
) -> Result<Vec<RecoveryCode>> {
    let account = viewer.account;
    let TypedCode::App(code) = TypedCode::parse(typed)? else {
        return Err(Refusal::NotACode.into());
    };
    let secret = secrets.of(pool, account, seed).await?;
    let counted = account::count_a_code(pool, account, browser.device).await?;
    let step = step_of(pool, &secret, &code).await?;
    let codes = random_codes()?;
    let mut tx: Tx<'_> = pool.begin().await?;
    account::must_be_signed_in(&mut tx, account, browser).await?;
    if store::insert(&mut tx, account, seed, step).await? {
        account::end_others(&mut tx, account, Some(browser)).await?;
        record(&mut tx, EventKind::SecondFactorEnabled, account).await?;
    } else if store::seed(&mut tx, account).await? != Some(seed) {
        return Err(Refusal::IsOn.into());
    }
    // A form that is sent twice gets new codes too, because the browser shows only the answer to its last request.
    store::set_recovery_codes(&mut tx, account, &codes).await?;
    tx.commit().await?;
    counted.forgive(pool).await?;
    Ok(codes)
}

/// Turns two-factor authentication off, and with it the trust in browsers. The caller must have confirmed that the owner is
/// present, in this browser or, for an operator, elsewhere.
///
/// # Errors
/// `Refused(IsOff)`; `SignInRequired` if the session has ended meanwhile.
pub async fn turn_off(
    tx: &mut Tx<'_>,
    account: AccountId,
    browser: Option<&Browser>,
) -> Result<()> {
    if let Some(browser) = browser {
        account::must_be_signed_in(tx, account, browser).await?;
    }
    if turn_off_since(tx, account, None).await? {
        Ok(())
    } else {
        Err(Refusal::IsOff.into())
    }
}

/// Turns off a second factor that was turned on after `since`, or at any time: it may be somebody else's. False if there is none.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub(crate) async fn turn_off_since(
    tx: &mut Tx<'_>,
    account: AccountId,
    since: Option<OffsetDateTime>,
) -> Result<bool> {
    account::lock(tx, account).await?;
    let is_deleted = store::delete_since(tx, account, since).await?;
    if is_deleted {
        device::end_trust(tx, account).await?;
        record(tx, EventKind::SecondFactorDisabled, account).await?;
    }
    Ok(is_deleted)
}

/// Replaces the recovery codes and returns the new ones. The caller must have confirmed that the owner is present.
///
/// # Errors
/// `Refused(IsOff)`; `SignInRequired` if the session has ended meanwhile.
pub async fn renew_recovery_codes(
    tx: &mut Tx<'_>,
    account: AccountId,
    browser: &Browser,
) -> Result<Vec<RecoveryCode>> {
    account::must_be_signed_in(tx, account, browser).await?;
    if !store::is_on(tx, account).await? {
        return Err(Refusal::IsOff.into());
    }
    let codes = random_codes()?;
    store::set_recovery_codes(tx, account, &codes).await?;
    record(tx, EventKind::RecoveryCodesRenewed, account).await?;
    Ok(codes)
}

/// Checks a code from the app or a recovery code, and uses it up. A code from the app is counted before it is checked,
/// and five wrong ones in a row are reported to the owner. If the account no longer has a second factor, any
/// well-formed code is accepted.
///
/// # Errors
/// `Refused(NotACode | WrongCode | UsedCode | WrongRecoveryCode)`, `TooManyTries` after too many wrong codes from the app.
pub async fn check(
    pool: &PgPool,
    secrets: &TotpSecrets,
    account: AccountId,
    device: Option<DeviceId>,
    typed: &str,
) -> Result<()> {
    let code = TypedCode::parse(typed)?;
    let Some(seed) = store::seed(&mut *pool.acquire().await?, account).await? else {
        return Ok(());
    };
    match code {
        TypedCode::App(code) => {
            let counted = account::count_a_code(pool, account, device).await?;
            let secret = secrets.of(pool, account, seed).await?;
            match step_of(pool, &secret, &code).await {
                Ok(step) => use_step(pool, account, seed, step).await?,
                Err(error) => {
                    let is_wrong = error.refused() == Some(&Refusal::WrongCode);
                    if is_wrong && counted.failures() == TOLD_AFTER {
                        let db = &mut *pool.acquire().await?;
                        record(db, EventKind::WrongCodesEntered, account).await?;
                    }
                    return Err(error);
                }
            }
            counted.forgive(pool).await
        }
        TypedCode::Recovery(code) => {
            let mut tx: Tx<'_> = pool.begin().await?;
            if !store::use_recovery_code(&mut tx, account, &code).await? {
                return Err(Refusal::WrongRecoveryCode.into());
            }
            record(&mut tx, EventKind::RecoveryCodeUsed, account).await?;
            tx.commit().await?;
            Ok(())
        }
    }
}

async fn use_step(pool: &PgPool, account: AccountId, seed: Seed, step: i64) -> Result<()> {
    let db = &mut *pool.acquire().await?;
    match store::use_step(db, account, seed, step).await? {
        true => Ok(()),
        false => Err(Refusal::UsedCode.into()),
    }
}

/// The time step of a code that is right now, by the database's clock.
async fn step_of(pool: &PgPool, secret: &TotpSecret, code: &str) -> Result<i64> {
    let now = database::now(&mut *pool.acquire().await?).await?;
    let now = u64::try_from(now.unix_timestamp()).map_err(Error::unexpected)?;
    let step = secret.step_of(code, now)?.ok_or(Refusal::WrongCode)?;
    i64::try_from(step).map_err(Error::unexpected)
}

fn random_codes() -> Result<Vec<RecoveryCode>> {
    (0..RECOVERY_CODES)
        .map(|_| RecoveryCode::random())
        .collect()
}

async fn record(db: &mut Connection, kind: EventKind, account: AccountId) -> Result<()> {
    event::record(db, kind, None, Some(account), json!({})).await
}
