//! Notices that wait for a quiet moment.

use super::inbox::{kind, known_kinds};
use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    notice::{NoticeKind, auction::HeldNotice},
    project::ProjectId,
    store::Connection,
};
use std::time::Duration;
use time::OffsetDateTime;

/// A buyer whose page was open this recently knows how things stand. Open pages say so every 15 s.
const SEEN_SECONDS: f64 = 40.0;
/// The page of a computer that has gone to sleep seems open until its connection is closed, within 45 s, because the
/// computer acknowledges nothing.
const ALIVE_SECONDS: f64 = 45.0;

/// Drops what is held for these recipients.
pub(in crate::news::notice) async fn drop_held(
    db: &mut Connection,
    kind: NoticeKind,
    held: &[(AccountId, ProjectId)],
) -> Result<()> {
    let (accounts, projects) = unzip(held);
    sqlx::query!(
        "delete from notice_hold hold using unnest($2::bigint[], $3::bigint[]) as dropped (account, project)
         where hold.account_id = dropped.account and hold.project_id = dropped.project and hold.kind = $1",
        kind.name(),
        &accounts,
        &projects
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Holds a notice until this time, but at least for `spacing` after the recipient was last told the same of the project,
/// unless it is held already.
pub(in crate::news::notice) async fn until_spaced(
    db: &mut Connection,
    kind: NoticeKind,
    held: &[(AccountId, ProjectId, OffsetDateTime)],
    spacing: Duration,
) -> Result<()> {
    let accounts: Vec<i64> = held.iter().map(|(account, ..)| account.0).collect();
    let projects: Vec<i64> = held.iter().map(|(_, project, _)| project.0).collect();
    let times: Vec<OffsetDateTime> = held.iter().map(|(.., at)| *at).collect();
    sqlx::query!(
        "insert into notice_hold (account_id, project_id, kind, due_at)
         select account, project, $1, greatest(at, told.created_at + make_interval(secs => $5))
         from unnest($2::bigint[], $3::bigint[], $4::timestamptz[]) as held (account, project, at)
         left join lateral (select created_at from notice where account_id = account and project_id = project and kind = $1
                            order by number desc limit 1) told on true
         on conflict (account_id, project_id, kind) do nothing",
        kind.name(),
        &accounts,
        &projects,
        &times,
        spacing.as_secs_f64()
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Holds due notices of this kind longer if the lead changed less than `quiet` ago, but none for longer than `longest`.
/// Looks at the first `most` that are due, and returns how many of them are held longer.
pub(in crate::news::notice) async fn wait_for_quiet(
    db: &mut Connection,
    kind: NoticeKind,
    quiet: Duration,
    longest: Duration,
    most: i64,
) -> Result<i64> {
    let longer = sqlx::query!(
        "update notice_hold hold set due_at = least(busy.quiet_at, hold.since + make_interval(secs => $3))
         from (select due.account_id, due.project_id, auction.changed_at + make_interval(secs => $2) as quiet_at
               from (select account_id, project_id, kind, since from notice_hold
                     where due_at <= (select clock_timestamp()) and kind = any ($5) order by due_at limit $4) due
               join notice_auction auction on auction.project_id = due.project_id
               where due.kind = $1 and due.since + make_interval(secs => $3) > (select clock_timestamp())
                 and auction.changed_at + make_interval(secs => $2) > (select clock_timestamp())) busy
         where hold.account_id = busy.account_id and hold.project_id = busy.project_id and hold.kind = $1",
        kind.name(),
        quiet.as_secs_f64(),
        longest.as_secs_f64(),
        most,
        &known_kinds()
    )
    .execute(db)
    .await?;
    Ok(i64::try_from(longer.rows_affected()).unwrap_or(most))
}

/// Takes up to `most` held notices that are due, the oldest first, with their auctions as they stand now. Those of ended
/// projects are dropped, because the result is told instead.
pub(in crate::news::notice) async fn take_due(
    db: &mut Connection,
    most: i64,
) -> Result<Vec<HeldNotice>> {
    let rows = sqlx::query!(
        r#"with due as (
               delete from notice_hold where (account_id, project_id, kind) in (
                   select account_id, project_id, kind from notice_hold
                   where due_at <= (select clock_timestamp()) and kind = any ($4) order by due_at limit $1)
               returning account_id, project_id, kind,
                   coalesce(seen_at > greatest(clock_timestamp() - make_interval(secs => $2), since + make_interval(secs => $3)), false) as has_seen
           )
           select due.account_id, due.project_id, due.kind, due.has_seen as "has_seen!", p.currency, p.bid_count, p.state = 'open' as "is_open!",
                  leader.buyer_id as "leader?", leader.amount_minor as "lowest?", own.amount_minor as "own?", told.seller_minor as "seller_minor?"
           from due join project p on p.id = due.project_id
           left join notice_auction told on told.project_id = p.id
           left join lateral (select b.buyer_id, b.amount_minor from bid b where b.project_id = p.id and b.state = 'live'
                              order by b.amount_minor, b.accepted_at, b.id limit 1) leader on true
           left join bid own on own.project_id = p.id and own.buyer_id = due.account_id and own.state = 'live'
           order by due.account_id, due.project_id"#,
        most,
        SEEN_SECONDS,
        ALIVE_SECONDS,
        &known_kinds()
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let money = |minor: Option<i64>| minor.map(|minor| Money::from_minor(minor, currency));
            Ok(HeldNotice {
                account: AccountId(row.account_id),
                project: ProjectId(row.project_id),
                kind: kind(&row.kind)?,
                is_open: row.is_open,
                has_seen: row.has_seen,
                leads: row.leader == Some(row.account_id),
                lowest: money(row.lowest),
                own: money(row.own),
                seller_knows: money(row.seller_minor),
                bids: row.bid_count,
            })
        })
        .collect()
}

/// Records that these accounts have these projects' pages open. Skips rows that another transaction has locked to write
/// or drop a notice: live pages must not stall, and the next report follows soon.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn mark_seen(db: &mut Connection, open: &[(AccountId, ProjectId)]) -> Result<()> {
    let (accounts, projects) = unzip(open);
    sqlx::query!(
        "update notice_hold hold set seen_at = clock_timestamp()
         from (select account_id, project_id, kind from notice_hold h join unnest($1::bigint[], $2::bigint[]) as open (account, project)
               on h.account_id = open.account and h.project_id = open.project
               order by account_id, project_id, kind for update of h skip locked) seen
         where hold.account_id = seen.account_id and hold.project_id = seen.project_id and hold.kind = seen.kind",
        &accounts,
        &projects
    )
    .execute(db)
    .await?;
    Ok(())
}

fn unzip(pairs: &[(AccountId, ProjectId)]) -> (Vec<i64>, Vec<i64>) {
    pairs
        .iter()
        .map(|(account, project)| (account.0, project.0))
        .unzip()
}
