//! Every SQL statement about devices.

use super::{DeviceId, LONGEST_AGENT, REMEMBERED_DAYS, TRIES, TRUSTED_DAYS, TrustedDevice};
use crate::{Result, account::AccountId, store::Connection, text};

/// Counts a password attempt against a device known to the account that has confirmed this e-mail, and returns the account.
/// `None` if the device is not known to that account or has failed too often.
pub(crate) async fn count_a_try(
    db: &mut Connection,
    device: DeviceId,
    email: &str,
) -> Result<Option<AccountId>> {
    let account = sqlx::query_scalar!(
        "update device set failures = failures + 1 from account
         where device.id = $1 and account.id = device.account_id and account.email = $2 and account.email_confirmed_at is not null
           and device.expires_at > clock_timestamp() and device.failures < $3
         returning account.id",
        device.0,
        email,
        TRIES
    )
    .fetch_optional(db)
    .await?;
    Ok(account.map(AccountId))
}

/// The account with this e-mail, not confirmed, that the device is known to; the newest if there are several.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn unconfirmed_account(
    db: &mut Connection,
    device: DeviceId,
    email: &str,
) -> Result<Option<AccountId>> {
    known_account(db, device, email, false).await
}

/// The account with this e-mail that the device is known to: the confirmed one, or else the newest.
pub(crate) async fn account_with(
    db: &mut Connection,
    device: DeviceId,
    email: &str,
) -> Result<Option<AccountId>> {
    known_account(db, device, email, true).await
}

async fn known_account(
    db: &mut Connection,
    device: DeviceId,
    email: &str,
    may_be_confirmed: bool,
) -> Result<Option<AccountId>> {
    let account = sqlx::query_scalar!(
        "select account.id from device join account on account.id = device.account_id
         where device.id = $1 and device.expires_at > clock_timestamp() and device.failures < $3
           and account.email = any ($2::text[]) and (account.email_confirmed_at is null or $4)
         order by account.email_confirmed_at is null, account.id desc limit 1",
        device.0,
        &text::email_spellings(email),
        TRIES,
        may_be_confirmed
    )
    .fetch_optional(db)
    .await?;
    Ok(account.map(AccountId))
}

/// Takes back one attempt because the password could not be checked.
pub(crate) async fn take_back_a_try(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
) -> Result<()> {
    sqlx::query!(
        "update device set failures = greatest(failures - 1, 0) where id = $1 and account_id = $2",
        device.0,
        account.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Clears the device's failures because the password was right.
pub(crate) async fn forgive(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
) -> Result<()> {
    sqlx::query!(
        "update device set failures = 0 where id = $1 and account_id = $2",
        device.0,
        account.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Extends the device's life; `false` if the device is not known to the account or has failed too often.
pub(super) async fn renew(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
) -> Result<bool> {
    let renewed = sqlx::query!(
        "update device set failures = 0, used_at = clock_timestamp(), expires_at = clock_timestamp() + make_interval(days => $4)
         where id = $1 and account_id = $2 and expires_at > clock_timestamp() and failures < $3",
        device.0,
        account.0,
        TRIES,
        REMEMBERED_DAYS
    )
    .execute(db)
    .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Gives the device a new number in every account that it still vouches for.
pub(super) async fn rename(db: &mut Connection, from: DeviceId, to: DeviceId) -> Result<()> {
    sqlx::query!(
        "update device set id = $2 where id = $1 and failures < $3",
        from.0,
        to.0,
        TRIES
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn insert(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
) -> Result<()> {
    sqlx::query!(
        "insert into device (id, account_id, expires_at) values ($1, $2, clock_timestamp() + make_interval(days => $3))
         on conflict (account_id, id) do update set failures = 0, used_at = excluded.used_at, expires_at = excluded.expires_at",
        device.0,
        account.0,
        REMEMBERED_DAYS
    )
    .execute(db)
    .await?;
    Ok(())
}

/// True if a sign-in from a new browser may surprise the account's owner: if the account knows a browser already, or is more than a day old.
pub(super) async fn is_surprising(db: &mut Connection, account: AccountId) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (select from device where account_id = $1)
               or exists (select from account where id = $1 and created_at < clock_timestamp() - interval '1 day') as "is_surprising!""#,
        account.0
    )
    .fetch_one(db)
    .await?)
}

/// Deletes the account's least recently used devices beyond `most`.
pub(super) async fn drop_beyond(db: &mut Connection, account: AccountId, most: i64) -> Result<()> {
    sqlx::query!(
        "delete from device where account_id = $1 and id in (
             select id from device where account_id = $1 order by used_at desc, id offset $2)",
        account.0,
        most
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(super) async fn delete_others(
    db: &mut Connection,
    account: AccountId,
    except: Option<DeviceId>,
) -> Result<()> {
    sqlx::query!(
        "delete from device where account_id = $1 and id is distinct from $2",
        account.0,
        except.map(|device| device.0)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// True if the device has signed in to the account before, and has not failed too often.
pub(crate) async fn is_known(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from device where id = $1 and account_id = $2 and expires_at > clock_timestamp() and failures < $3) as "is!""#,
        device.0,
        account.0,
        TRIES
    )
    .fetch_one(db)
    .await?)
}

/// Trusts the device for some days: it is not asked for a code of the second factor.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn trust(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
    user_agent: &str,
) -> Result<()> {
    let user_agent: String = user_agent.chars().take(LONGEST_AGENT).collect();
    sqlx::query!(
        "update device set trusted_until = clock_timestamp() + make_interval(days => $3), trusted_agent = $4
         where id = $1 and account_id = $2",
        device.0,
        account.0,
        TRUSTED_DAYS,
        user_agent
    )
    .execute(db)
    .await?;
    Ok(())
}

/// True if the device is trusted, and has not failed too often.
pub(crate) async fn is_trusted(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
) -> Result<bool> {
    Ok(sqlx::query_scalar!(
        r#"select exists (
               select from device where id = $1 and account_id = $2
               and trusted_until > clock_timestamp() and expires_at > clock_timestamp() and failures < $3) as "is!""#,
        device.0,
        account.0,
        TRIES
    )
    .fetch_one(db)
    .await?)
}

/// The account's trusted devices, the one trusted last first, at most 20.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn trusted(db: &mut Connection, account: AccountId) -> Result<Vec<TrustedDevice>> {
    Ok(sqlx::query_as!(
        TrustedDevice,
        r#"select coalesce(trusted_agent, '') as "user_agent!", trusted_until as "trusted_until!" from device
           where account_id = $1 and trusted_until > clock_timestamp() and expires_at > clock_timestamp()
           order by trusted_until desc limit 20"#,
        account.0
    )
    .fetch_all(db)
    .await?)
}

/// Ends the trust in every device of the account.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_trust(db: &mut Connection, account: AccountId) -> Result<()> {
    sqlx::query!(
        "update device set trusted_until = null, trusted_agent = null where account_id = $1 and trusted_until is not null",
        account.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The number of the webhook with which the device shows the account's notices, if it shows them. The outer `Option` is
/// `None` if the device has not signed in to the account, or has failed too often.
pub(crate) async fn push_of(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
) -> Result<Option<Option<i64>>> {
    Ok(sqlx::query_scalar!(
        "select webhook_id from device where id = $1 and account_id = $2 and expires_at > clock_timestamp() and failures < $3",
        device.0,
        account.0,
        TRIES
    )
    .fetch_optional(db)
    .await?)
}

/// Has the device show the account's notices with this webhook; false if the account no longer has this device.
pub(crate) async fn set_push(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
    webhook: i64,
) -> Result<bool> {
    let set = sqlx::query!(
        "update device set webhook_id = $3 where id = $1 and account_id = $2",
        device.0,
        account.0,
        webhook
    )
    .execute(db)
    .await?;
    Ok(set.rows_affected() == 1)
}

/// Stops the device from showing notices, except those of this account.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_push(
    db: &mut Connection,
    device: DeviceId,
    except: Option<AccountId>,
) -> Result<()> {
    sqlx::query!(
        "update device set webhook_id = null
         where id = $1 and webhook_id is not null and ($2::bigint is null or account_id <> $2)",
        device.0,
        except.map(|account| account.0)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stops the device from showing this account's notices.
pub(crate) async fn end_push_of(
    db: &mut Connection,
    device: DeviceId,
    account: AccountId,
) -> Result<()> {
    sqlx::query!(
        "update device set webhook_id = null where id = $1 and account_id = $2 and webhook_id is not null",
        device.0,
        account.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Deletes up to a thousand expired devices and returns how many.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn end_expired(db: &mut Connection) -> Result<u64> {
    let gone = sqlx::query!(
        "delete from device where ctid = any (array(
             select ctid from device where expires_at <= (select clock_timestamp()) order by expires_at limit 1000))
         and expires_at <= (select clock_timestamp())"
    )
    .execute(db)
    .await?;
    Ok(gone.rows_affected())
}
