//! When people's mail goes out.

use crate::{
    Result,
    account::AccountId,
    moment::{DailyInterval, TimeOfDay, Zone},
    notice::schedule::{DAYS, MailSchedule},
    saved_search::{DigestTime, Frequency},
    store::{Connection, Tx},
};

/// A schedule as stored.
pub(super) struct ScheduleRow {
    pub zone: String,
    pub quiet_from: Option<i16>,
    pub quiet_until: Option<i16>,
    pub frequency: String,
    pub digest_hour: i16,
    pub digest_day: i16,
}

/// What a later version may have stored, and this one does not know, becomes the default: it must not stop anybody's mail.
impl From<ScheduleRow> for MailSchedule {
    fn from(row: ScheduleRow) -> Self {
        let time = |minutes: Option<i16>| minutes.and_then(TimeOfDay::from_minutes);
        let quiet = time(row.quiet_from).zip(time(row.quiet_until));
        let day = usize::try_from(row.digest_day)
            .ok()
            .and_then(|day| DAYS.get(day));
        Self {
            zone: Zone::by_name(&row.zone).unwrap_or_default(),
            quiet: quiet.and_then(|(from, until)| DailyInterval::new(from, until)),
            frequency: row.frequency.parse().unwrap_or(Frequency::AtOnce),
            digest: DigestTime {
                hour: i8::try_from(row.digest_hour).unwrap_or(DigestTime::MORNING.hour),
                day: day.copied().unwrap_or(DigestTime::MORNING.day),
            },
        }
    }
}

/// The account's schedule; `None` if it never chose one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn schedule(db: &mut Connection, account: AccountId) -> Result<Option<MailSchedule>> {
    let row = sqlx::query_as!(
        ScheduleRow,
        "select zone, quiet_from, quiet_until, frequency, digest_hour, digest_day from notice_mail_schedule where account_id = $1",
        account.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(MailSchedule::from))
}

/// Stores the schedule that an account has chosen, unless it changes nothing.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn choose_schedule(
    tx: &mut Tx<'_>,
    account: AccountId,
    chosen: &MailSchedule,
) -> Result<()> {
    let before = schedule(tx, account).await?;
    let before = before.unwrap_or_else(|| MailSchedule::at_once(chosen.zone.clone()));
    if before == *chosen {
        return Ok(());
    }
    set_schedule(tx, account, chosen).await
}

/// Stores the account's schedule, and makes the worker decide again about the mail held for the account. A digest that
/// is due is still sent. Only an erasure deletes a schedule, together with the held mail that depends on it.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn set_schedule(
    tx: &mut Tx<'_>,
    account: AccountId,
    chosen: &MailSchedule,
) -> Result<()> {
    // Writers of notices must not see the schedule change in the middle of their transaction.
    super::lock(tx).await?;
    sqlx::query!(
        "insert into notice_mail_schedule (account_id, zone, quiet_from, quiet_until, frequency, digest_hour, digest_day)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (account_id) do update set zone = excluded.zone, quiet_from = excluded.quiet_from, quiet_until = excluded.quiet_until,
             frequency = excluded.frequency, digest_hour = excluded.digest_hour, digest_day = excluded.digest_day",
        account.0,
        chosen.zone.name(),
        chosen.quiet.map(|quiet| quiet.from().minutes()),
        chosen.quiet.map(|quiet| quiet.until().minutes()),
        chosen.frequency.name(),
        i16::from(chosen.digest.hour),
        i16::from(chosen.digest.day.number_days_from_monday())
    )
    .execute(&mut **tx)
    .await?;
    sqlx::query!(
        "update notice_held_mail set due_at = clock_timestamp(), is_for_digest = false
         where account_id = $1 and not (is_for_digest and due_at <= clock_timestamp())",
        account.0
    )
    .execute(&mut **tx)
    .await?;
    Ok(())
}
