//! Mail that is held. Callers hold the lock of all writers (`store::lock`).

use super::{
    inbox::{kind, known_kinds},
    schedule::ScheduleRow,
};
use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    notice::{
        MailDelay, NoticeChannel, NoticeFacts, NoticeKind, held_mail::HeldMail,
        mail_hold::MailHold, schedule::MailSchedule, verbs::NewNotice,
    },
    project::ProjectId,
    store::Connection,
};
use time::OffsetDateTime;

/// How many held notices of an account one transaction takes; the next takes the rest.
const TAKEN_AT_ONCE: i64 = 1000;
/// How many due notices are scanned to choose the accounts.
const EXAMINED: i64 = 1000;

/// For each of these notices, whether its mail is held, and until when. The limits in the statement keep it from
/// reading the schedules and projects of everybody else.
pub(super) async fn holds(
    db: &mut Connection,
    kind: NoticeKind,
    told: &[&NewNotice],
) -> Result<Vec<Option<MailHold>>> {
    let mut holds = vec![None; told.len()];
    if kind.delay() == MailDelay::Nothing {
        return Ok(holds);
    }
    let accounts: Vec<i64> = told.iter().map(|notice| notice.account.0).collect();
    let projects: Vec<Option<i64>> = (told.iter())
        .map(|notice| notice.project.map(|project| project.0))
        .collect();
    let rows = sqlx::query!(
        r#"select told.place as "place!", p.deadline as "deadline?", (select clock_timestamp()) as "now!", waiting.due_at as "waiting_until?",
                  s.zone as "zone!", s.quiet_from as "quiet_from?", s.quiet_until as "quiet_until?", s.frequency as "frequency!",
                  s.digest_hour as "digest_hour!", s.digest_day as "digest_day!"
           from unnest($1::bigint[], $2::bigint[]) with ordinality as told (account, project, place)
           cross join lateral (select * from notice_mail_schedule where account_id = told.account limit 1) s
           left join lateral (select deadline from project where id = told.project limit 1) p on true
           left join lateral (select due_at from notice_held_mail h
                              where h.account_id = s.account_id and not h.is_for_digest order by due_at limit 1) waiting on true"#,
        &accounts,
        &projects as &[Option<i64>]
    )
    .fetch_all(db)
    .await?;
    for row in rows {
        let schedule = MailSchedule::from(ScheduleRow {
            zone: row.zone,
            quiet_from: row.quiet_from,
            quiet_until: row.quiet_until,
            frequency: row.frequency,
            digest_hour: row.digest_hour,
            digest_day: row.digest_day,
        });
        let place = usize::try_from(row.place - 1).map_err(Error::unexpected)?;
        if let Some(hold) = holds.get_mut(place) {
            *hold = schedule.hold_behind(row.waiting_until, kind, row.deadline, row.now);
        }
    }
    Ok(holds)
}

/// The held mail of up to `most` accounts that is due, each with its schedule, in the order of the numbers.
pub(in crate::news::notice) async fn due(
    db: &mut Connection,
    most: i64,
) -> Result<Vec<(AccountId, MailSchedule, Vec<HeldMail>)>> {
    let rows = sqlx::query!(
        r#"with first as (
               select account_id from (
                   select h.account_id, h.due_at from notice_held_mail h join notice n on n.account_id = h.account_id and n.number = h.notice_number
                   where h.due_at <= (select clock_timestamp()) and n.kind = any ($2) order by h.due_at limit $3) due
               group by account_id order by min(due_at) limit $1
           )
           select held.account_id as "account_id!", held.notice_number as "number!", held.is_for_digest as "is_for_digest!", n.kind, n.project_id,
                  n.facts, p.deadline as "deadline?", p.currency as "currency?", p.lowest_minor as "lowest_minor?",
                  coalesce(p.state = 'open' and p.deadline > (select clock_timestamp()), false) as "accepts_bids!", own.id = leader.id as "leads?",
                  a.email_confirmed_at is not null
                  and not exists (select from notice_off off where off.account_id = n.account_id and off.kind = n.kind and off.channel = $5) as "is_wanted!",
                  s.zone, s.quiet_from, s.quiet_until, s.frequency, s.digest_hour, s.digest_day
           from first join notice_mail_schedule s on s.account_id = first.account_id join account a on a.id = first.account_id
           cross join lateral (select account_id, notice_number, is_for_digest from notice_held_mail h
                               where h.account_id = first.account_id and h.due_at <= (select clock_timestamp())
                               order by notice_number limit $4) held
           join notice n on n.account_id = held.account_id and n.number = held.notice_number and n.kind = any ($2)
           left join project p on p.id = n.project_id
           left join bid own on own.project_id = p.id and own.buyer_id = held.account_id and own.state = 'live' and n.kind = any ($6)
           left join lateral (select b.id from bid b where b.project_id = own.project_id and b.state = 'live'
                              order by b.amount_minor, b.accepted_at, b.id limit 1) leader on true
           order by held.account_id, held.notice_number"#,
        most,
        &known_kinds(),
        EXAMINED,
        TAKEN_AT_ONCE,
        NoticeChannel::Email.name(),
        &[NoticeKind::Outbid, NoticeKind::LeadsAgain].map(|kind| kind.name().to_owned())
    )
    .fetch_all(db)
    .await?;
    let mut due: Vec<(AccountId, MailSchedule, Vec<HeldMail>)> = Vec::new();
    for row in rows {
        let account = AccountId(row.account_id);
        // Facts of a later version must not stop everybody's mail.
        let facts: NoticeFacts = serde_json::from_value(row.facts).unwrap_or_default();
        let currency: Option<Currency> = row.currency.and_then(|code| code.parse().ok());
        let mail = HeldMail {
            number: row.number,
            kind: kind(&row.kind)?,
            project: row.project_id.map(ProjectId),
            deadline: row.deadline,
            accepts_bids: row.accepts_bids,
            leads: row.leads,
            lowest: row
                .lowest_minor
                .zip(currency)
                .map(|(minor, currency)| Money::from_minor(minor, currency)),
            told_lowest: facts.lowest,
            is_wanted: row.is_wanted,
            is_for_digest: row.is_for_digest,
        };
        if let Some((_, _, held)) = due.last_mut().filter(|(last, ..)| *last == account) {
            held.push(mail);
            continue;
        }
        let schedule = MailSchedule::from(ScheduleRow {
            zone: row.zone,
            quiet_from: row.quiet_from,
            quiet_until: row.quiet_until,
            frequency: row.frequency,
            digest_hour: row.digest_hour,
            digest_day: row.digest_day,
        });
        due.push((account, schedule, vec![mail]));
    }
    Ok(due)
}

/// Forgets held mail that is queued, part of a digest, or of no use any more.
pub(in crate::news::notice) async fn forget(
    db: &mut Connection,
    done: &[(AccountId, i64)],
) -> Result<()> {
    let (accounts, numbers) = unzip(done);
    sqlx::query!(
        "delete from notice_held_mail held using unnest($1::bigint[], $2::bigint[]) as done (account, number)
         where held.account_id = done.account and held.notice_number = done.number",
        &accounts,
        &numbers
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Sets another time for mail that is already held.
pub(in crate::news::notice) async fn hold_longer(
    db: &mut Connection,
    held: &[(AccountId, i64, MailHold)],
) -> Result<()> {
    if held.is_empty() {
        return Ok(());
    }
    let accounts: Vec<i64> = held.iter().map(|(account, ..)| account.0).collect();
    let numbers: Vec<i64> = held.iter().map(|(_, number, _)| *number).collect();
    let times: Vec<OffsetDateTime> = held.iter().map(|(.., hold)| hold.due_at()).collect();
    let is_digest: Vec<bool> = held.iter().map(|(.., hold)| hold.is_digest()).collect();
    sqlx::query!(
        "update notice_held_mail held set due_at = longer.due_at, is_for_digest = longer.is_for_digest
         from unnest($1::bigint[], $2::bigint[], $3::timestamptz[], $4::boolean[]) as longer (account, number, due_at, is_for_digest)
         where held.account_id = longer.account and held.notice_number = longer.number",
        &accounts,
        &numbers,
        &times,
        &is_digest
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Queues these notices for mail, each account's in the order of their numbers.
pub(in crate::news::notice) async fn queue(
    db: &mut Connection,
    queued: &[(AccountId, i64)],
) -> Result<()> {
    if queued.is_empty() {
        return Ok(());
    }
    let (accounts, numbers) = unzip(queued);
    sqlx::query!(
        "with queued as (
             select account, number, row_number() over (partition by account order by number) as place,
                    count(*) over (partition by account) as count
             from unnest($1::bigint[], $2::bigint[]) as queued (account, number)
         ), numbered as (
             insert into notice_queue as queue (account_id, channel, last_number) select distinct account, $3, count from queued order by account
             on conflict (account_id, channel) do update set last_number = queue.last_number + excluded.last_number
             returning account_id, last_number
         )
         insert into notice_delivery (account_id, channel, number, notice_number)
         select queued.account, $3, numbered.last_number - queued.count + queued.place, queued.number
         from queued join numbered on numbered.account_id = queued.account",
        &accounts,
        &numbers,
        NoticeChannel::Email.name()
    )
    .execute(db)
    .await?;
    Ok(())
}

fn unzip(pairs: &[(AccountId, i64)]) -> (Vec<i64>, Vec<i64>) {
    pairs
        .iter()
        .map(|(account, number)| (account.0, *number))
        .unzip()
}
