use crate::{
    Error, Result,
    oauth::ClientId,
    store::Connection,
    token::{Scopes, SecretHash},
};
use time::Duration;

pub(in crate::programs::oauth) struct NewDevice<'a> {
    pub hash: &'a SecretHash,
    pub user_code_hash: &'a SecretHash,
    pub client: ClientId,
    pub scopes: Scopes,
    pub interval_secs: i32,
    pub life: Duration,
}

/// The state of a device; once allowed, it has a grant id.
#[derive(Debug, Clone, Copy)]
pub(in crate::programs::oauth) enum State {
    Waiting,
    Allowed(i64),
    Denied,
    Used(i64),
}

/// A device whose row lock is held.
pub(in crate::programs::oauth) struct Device {
    pub client: ClientId,
    pub state: State,
    pub is_expired: bool,
    /// True if it polled before its interval had passed.
    pub is_too_soon: bool,
}

/// Returns false if another pending device has the same user code.
pub(in crate::programs::oauth) async fn insert(
    db: &mut Connection,
    new: &NewDevice<'_>,
) -> Result<bool> {
    let inserted = sqlx::query!(
        "insert into oauth_device (hash, user_code_hash, client_id, scopes, interval_secs, expires_at)
         values ($1, $2, $3, $4, $5, clock_timestamp() + make_interval(secs => $6))
         on conflict on constraint oauth_device_user_code_unique do nothing",
        new.hash.0,
        new.user_code_hash.0,
        new.client.0,
        &new.scopes.names(),
        new.interval_secs,
        new.life.as_seconds_f64()
    )
    .execute(db)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

pub(in crate::programs::oauth) async fn waiting(
    db: &mut Connection,
    user_code: &SecretHash,
) -> Result<Option<(ClientId, Scopes)>> {
    let row = sqlx::query!(
        "select client_id, scopes from oauth_device
         where user_code_hash = $1 and state = 'pending' and expires_at > clock_timestamp()",
        user_code.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| (ClientId(row.client_id), Scopes::from_stored(&row.scopes))))
}

pub(in crate::programs::oauth) async fn lock_waiting(
    db: &mut Connection,
    user_code: &SecretHash,
) -> Result<bool> {
    let row = sqlx::query!(
        "select hash from oauth_device
         where user_code_hash = $1 and state = 'pending' and expires_at > clock_timestamp() for no key update",
        user_code.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.is_some())
}

/// The caller holds the device's row lock.
pub(in crate::programs::oauth) async fn allow(
    db: &mut Connection,
    user_code: &SecretHash,
    grant: i64,
) -> Result<()> {
    sqlx::query!(
        "update oauth_device set state = 'allowed', grant_id = $2 where user_code_hash = $1 and state = 'pending'",
        user_code.0,
        grant
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(in crate::programs::oauth) async fn deny(
    db: &mut Connection,
    user_code: &SecretHash,
) -> Result<bool> {
    let denied = sqlx::query!(
        "update oauth_device set state = 'denied'
         where user_code_hash = $1 and state = 'pending' and expires_at > clock_timestamp()",
        user_code.0
    )
    .execute(db)
    .await?;
    Ok(denied.rows_affected() == 1)
}

pub(in crate::programs::oauth) async fn lock(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<Option<Device>> {
    let row = sqlx::query!(
        r#"select client_id, state, grant_id, expires_at <= clock_timestamp() as "is_expired!",
                  coalesce(clock_timestamp() < polled_at + make_interval(secs => interval_secs), false) as "is_too_soon!"
           from oauth_device where hash = $1 for no key update"#,
        hash.0
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let state = match (row.state.as_str(), row.grant_id) {
            ("pending", None) => State::Waiting,
            ("denied", None) => State::Denied,
            ("allowed", Some(grant)) => State::Allowed(grant),
            ("used", Some(grant)) => State::Used(grant),
            _ => return Err(Error::unexpected("a device is in an unknown state")),
        };
        Ok(Device {
            client: ClientId(row.client_id),
            state,
            is_expired: row.is_expired,
            is_too_soon: row.is_too_soon,
        })
    })
    .transpose()
}

/// Records a poll; a device that polls too soon must wait five seconds longer from now on (RFC 8628, section 3.5).
pub(in crate::programs::oauth) async fn note_poll(
    db: &mut Connection,
    hash: &SecretHash,
    is_too_soon: bool,
) -> Result<()> {
    sqlx::query!(
        "update oauth_device set polled_at = clock_timestamp(),
             interval_secs = case when $2 then least(interval_secs + 5, 600) else interval_secs end
         where hash = $1",
        hash.0,
        is_too_soon
    )
    .execute(db)
    .await?;
    Ok(())
}

pub(in crate::programs::oauth) async fn use_up(
    db: &mut Connection,
    hash: &SecretHash,
) -> Result<()> {
    let used = sqlx::query!(
        "update oauth_device set state = 'used' where hash = $1 and state = 'allowed'",
        hash.0
    )
    .execute(db)
    .await?;
    super::grant::expect_one_use(used.rows_affected())
}

/// Deletes devices an hour after they expire, so that a device that polls late learns that its code has expired.
pub(in crate::programs::oauth) async fn delete_expired(db: &mut Connection) -> Result<u64> {
    let deleted = sqlx::query!(
        "delete from oauth_device where hash = any (array(
             select hash from oauth_device where expires_at < (select clock_timestamp()) - interval '1 hour' order by expires_at limit 1000))"
    )
    .execute(db)
    .await?;
    Ok(deleted.rows_affected())
}
