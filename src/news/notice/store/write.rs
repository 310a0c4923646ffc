//! The statement that writes notices, with everything that follows from one.

use super::held_mail;
use crate::{
    Error, Result,
    event::EventKind,
    notice::{Audience, NoticeChannel, NoticeKind, mail_hold::MailHold, verbs::NewNotice},
    store::Connection,
    webhook::{MAX_BROWSERS, MAX_WEBHOOKS, WebhookFormat},
};
use serde_json::Value;
use time::OffsetDateTime;

/// The key of the advisory lock that every writer of notices holds until its transaction ends.
const WRITERS: i64 = 0x6e6f_7469_6365;

/// Waits until no other transaction writes notices.
pub(crate) async fn lock(db: &mut Connection) -> Result<()> {
    sqlx::query!("select pg_advisory_xact_lock($1)", WRITERS)
        .execute(db)
        .await?;
    Ok(())
}

/// Writes one notice of this kind to each of these recipients, who must be distinct. Queues it for the channels that
/// they have not turned off, or holds its mail as they have chosen, and wakes their open pages. Nothing is mailed to an
/// unconfirmed address: it may be a stranger's, who must not be flooded. Required kinds are posted to browsers, but not
/// to webhooks and chats: they concern the security of the account, and a team may read those. A digest is only mailed.
pub(in crate::news::notice) async fn write(
    db: &mut Connection,
    kind: NoticeKind,
    told: &[&NewNotice],
) -> Result<()> {
    let accounts: Vec<i64> = told.iter().map(|notice| notice.account.0).collect();
    let projects: Vec<Option<i64>> = (told.iter())
        .map(|notice| notice.project.map(|project| project.0))
        .collect();
    let facts: Vec<Value> = told
        .iter()
        .map(|notice| serde_json::to_value(&notice.facts).map_err(Error::unexpected))
        .collect::<Result<_>>()?;
    let holds = held_mail::holds(db, kind, told).await?;
    let held_until: Vec<Option<OffsetDateTime>> = (holds.iter())
        .map(|hold| hold.map(MailHold::due_at))
        .collect();
    let for_digest: Vec<bool> = (holds.iter())
        .map(|hold| hold.is_some_and(MailHold::is_digest))
        .collect();
    let is_digest = kind.audience() == Audience::Digest;
    sqlx::query!(
        "with told as (
             select account, project, facts, held_until, is_for_digest
             from unnest($2::bigint[], $3::bigint[], $4::jsonb[], $12::timestamptz[], $13::boolean[])
                 as told (account, project, facts, held_until, is_for_digest)
         ), numbered as (
             insert into notice_inbox as inbox (account_id, last_number) select account, 1 from told
             on conflict (account_id) do update set last_number = inbox.last_number + 1
             returning account_id, last_number
         ), written as (
             insert into notice (account_id, number, kind, project_id, facts, is_on_site)
             select told.account, numbered.last_number, $1, told.project, told.facts,
                    not $14 and not exists (select from notice_off where account_id = told.account and kind = $1 and channel = $5)
             from told join numbered on numbered.account_id = told.account
             returning account_id, number
         ), mailed as (
             select written.account_id, written.number, told.held_until, told.is_for_digest
             from written join told on told.account = written.account_id
             -- With a limit, so that the accounts of all others are not read.
             cross join lateral (select from account a where a.id = written.account_id and a.email_confirmed_at is not null limit 1) confirmed
             where not exists (select from notice_off off where off.account_id = written.account_id and off.kind = $1 and off.channel = $6)
         ), held as (
             insert into notice_held_mail (account_id, notice_number, due_at, is_for_digest)
             select account_id, number, held_until, is_for_digest from mailed where held_until is not null
         ), queued as (
             insert into notice_queue as queue (account_id, channel, last_number)
             select account_id, $6, 1 from mailed where held_until is null
             on conflict (account_id, channel) do update set last_number = queue.last_number + 1
             returning account_id, channel, last_number
         ), to_deliver as (
             insert into notice_delivery (account_id, channel, number, notice_number)
             select queued.account_id, queued.channel, queued.last_number, written.number
             from queued join written on written.account_id = queued.account_id
         ), posted as (
             -- By an array, so that the webhooks of all others are not read, however many recipients there are.
             update webhook w set last_number = w.last_number + 1
             where w.state = 'on' and w.id = any (array(
                 select own.id from written
                 cross join lateral (select id, format from webhook where account_id = written.account_id and state = 'on'
                                     order by format = $15, id desc limit $11) own
                 where not $14 and (not $8 or own.format = $15)
                   and not exists (select from notice_off off where off.account_id = written.account_id and off.kind = $1
                                   and off.channel = case own.format when 'standard' then $9 when $15 then $16 else $10 end)))
             returning w.id, w.account_id, w.last_number
         ), to_post as (
             insert into webhook_message (webhook_id, number, account_id, notice_number)
             select posted.id, posted.last_number, posted.account_id, written.number
             from posted join written on written.account_id = posted.account_id
         )
         insert into outbox (kind, account_id, body) select $7, account_id, '{}'::jsonb from written where not $14",
        kind.name(),
        &accounts,
        &projects as &[Option<i64>],
        &facts,
        NoticeChannel::Site.name(),
        NoticeChannel::Email.name(),
        EventKind::NoticesChanged.name(),
        kind.required().is_some(),
        NoticeChannel::Webhook.name(),
        NoticeChannel::Chat.name(),
        MAX_WEBHOOKS + MAX_BROWSERS,
        &held_until as &[Option<OffsetDateTime>],
        &for_digest,
        is_digest,
        WebhookFormat::Push.name(),
        NoticeChannel::Push.name()
    )
    .execute(db)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::WRITERS;

    #[test]
    fn the_lock_has_a_key_that_reads_as_its_name() {
        assert_eq!(&WRITERS.to_be_bytes()[2..], b"notice");
    }
}
