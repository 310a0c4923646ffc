//! Notices to everybody who follows a project.

use super::inbox::{kind, known_kinds};
use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    notice::{
        NoticeFacts, NoticeKind,
        broadcast::{Broadcast, Watcher, told_to_bidders},
        verbs::NewNotice,
    },
    project::ProjectId,
    store::Connection,
};

/// Queues these notices, each to everybody who watches its project, in this order.
pub(in crate::news::notice) async fn queue(
    db: &mut Connection,
    queued: &[(NoticeKind, ProjectId)],
) -> Result<()> {
    if queued.is_empty() {
        return Ok(());
    }
    let kinds: Vec<String> = (queued.iter().map(|(kind, _)| kind.name().to_owned())).collect();
    let projects: Vec<i64> = queued.iter().map(|(_, project)| project.0).collect();
    sqlx::query!(
        "insert into notice_broadcast (kind, project_id)
         select queued.kind, queued.project
         from unnest($1::text[], $2::bigint[]) with ordinality as queued (kind, project, place)
         where exists (select from watch where project_id = queued.project)
         order by queued.place on conflict do nothing",
        &kinds,
        &projects
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Queues the comparison of these new projects with the saved searches.
pub(in crate::news::notice) async fn queue_for_searches(
    db: &mut Connection,
    projects: &[ProjectId],
) -> Result<()> {
    if projects.is_empty() {
        return Ok(());
    }
    let ids = super::ids(projects);
    sqlx::query!(
        "insert into notice_broadcast (kind, project_id)
         select $1, id from unnest($2::bigint[]) as published (id)
         where exists (select from saved_search) on conflict do nothing",
        NoticeKind::SearchFit.name(),
        &ids
    )
    .execute(db)
    .await?;
    Ok(())
}

/// The next broadcast, and whether its project takes bids. Broadcasts to watchers, who wait for a deadline or a result,
/// come before comparisons with saved searches; within each group, the oldest comes first. Kinds that only a later
/// version knows are left to that version.
pub(in crate::news::notice) async fn next(
    db: &mut Connection,
) -> Result<Option<(Broadcast, bool)>> {
    let row = sqlx::query!(
        r#"select b.kind, b.project_id, b.after_account,
                  p.state = 'open' and p.deadline > (select clock_timestamp()) as "accepts_bids!"
           from notice_broadcast b join project p on p.id = b.project_id
           where b.kind = any ($1)
           order by b.kind = $2, b.id limit 1"#,
        &known_kinds(),
        NoticeKind::SearchFit.name()
    )
    .fetch_optional(db)
    .await?;
    row.map(|row| {
        let broadcast = Broadcast {
            kind: kind(&row.kind)?,
            project: ProjectId(row.project_id),
            after: AccountId(row.after_account),
        };
        Ok((broadcast, row.accepts_bids))
    })
    .transpose()
}

/// The project's next watchers, each with the notice to write.
pub(in crate::news::notice) async fn watchers(
    db: &mut Connection,
    broadcast: &Broadcast,
    most: i64,
) -> Result<Vec<Watcher>> {
    // Includes the kind for watchers itself, because an operator may have the events handled again.
    let known: Vec<String> = (told_to_bidders(broadcast.kind).iter())
        .chain([&broadcast.kind])
        .map(|kind| kind.name().to_owned())
        .collect();
    let rows = sqlx::query!(
        r#"select w.account_id, p.currency, p.lowest_minor, p.bid_count,
                  exists (select from notice n where n.account_id = w.account_id and n.project_id = w.project_id and n.kind = any ($3)) as "knows!"
           from watch w join project p on p.id = w.project_id
           where w.project_id = $1 and w.account_id > $2 order by w.account_id limit $4"#,
        broadcast.project.0,
        broadcast.after.0,
        &known,
        most
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let facts = NoticeFacts {
                lowest: (row.lowest_minor).map(|minor| Money::from_minor(minor, currency)),
                bids: Some(row.bid_count),
                ..NoticeFacts::default()
            };
            let notice = NewNotice {
                account: AccountId(row.account_id),
                project: Some(broadcast.project),
                facts,
            };
            Ok(Watcher {
                notice,
                knows: row.knows,
            })
        })
        .collect()
}

/// Moves the broadcast past this recipient.
pub(in crate::news::notice) async fn advance(
    db: &mut Connection,
    broadcast: &Broadcast,
    last: AccountId,
) -> Result<()> {
    sqlx::query!(
        "update notice_broadcast set after_account = $3 where project_id = $1 and kind = $2",
        broadcast.project.0,
        broadcast.kind.name(),
        last.0
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Everybody has been told.
pub(in crate::news::notice) async fn end(db: &mut Connection, broadcast: &Broadcast) -> Result<()> {
    sqlx::query!(
        "delete from notice_broadcast where project_id = $1 and kind = $2",
        broadcast.project.0,
        broadcast.kind.name()
    )
    .execute(db)
    .await?;
    Ok(())
}
