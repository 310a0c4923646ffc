//! Deadlines that are near.

use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    notice::{NoticeFacts, NoticeKind, verbs::NewNotice},
    project::ProjectId,
    store::Connection,
};
use std::time::Duration;
use time::OffsetDateTime;

/// The latest deadline that this kind has announced, and its project; if there is none yet, the moment `ahead` from
/// now.
async fn last_told(
    db: &mut Connection,
    kind: NoticeKind,
    ahead: Duration,
) -> Result<(OffsetDateTime, i64)> {
    sqlx::query!(
        "insert into notice_deadline (kind, told_until) values ($1, clock_timestamp() + make_interval(secs => $2)) on conflict do nothing",
        kind.name(),
        ahead.as_secs_f64()
    )
    .execute(&mut *db)
    .await?;
    let last = sqlx::query!(
        "select told_until, told_project from notice_deadline where kind = $1",
        kind.name()
    );
    let last = last.fetch_one(db).await?;
    Ok((last.told_until, last.told_project))
}

/// Advances past the next projects, up to `most`, whose deadline is at most `ahead` away. Returns how many there were,
/// and which of them to announce: those that close in more than `least`. Projects published shortly before this moment
/// are left out, because everybody who takes part has just seen when they close.
pub(in crate::news::notice) async fn take_near(
    db: &mut Connection,
    kind: NoticeKind,
    ahead: Duration,
    least: Duration,
    most: i64,
) -> Result<(usize, Vec<ProjectId>)> {
    let (told_until, told_project) = last_told(db, kind, ahead).await?;
    let rows = sqlx::query!(
        r#"select id, deadline as "deadline!", deadline > (select clock_timestamp()) + make_interval(secs => $5) and published_at < deadline - 1.25 * make_interval(secs => $2) as "is_told!" from project
           where state = 'open' and (deadline, id) > ($1, $4) and deadline <= (select clock_timestamp()) + make_interval(secs => $2)
           order by deadline, id limit $3"#,
        told_until,
        ahead.as_secs_f64(),
        most,
        told_project,
        least.as_secs_f64()
    )
    .fetch_all(&mut *db)
    .await?;
    if let Some(last) = rows.last() {
        sqlx::query!(
            "update notice_deadline set told_until = $2, told_project = $3 where kind = $1",
            kind.name(),
            last.deadline,
            last.id
        )
        .execute(db)
        .await?;
    }
    let passed = rows.len();
    let near = rows.into_iter().filter(|row| row.is_told);
    Ok((passed, near.map(|row| ProjectId(row.id)).collect()))
}

/// A notice for the seller and for each active bidder of these projects.
pub(in crate::news::notice) async fn concerned(
    db: &mut Connection,
    projects: &[ProjectId],
) -> Result<Vec<NewNotice>> {
    let ids = super::ids(projects);
    let rows = sqlx::query!(
        r#"select p.id as "id!", p.seller_id as "account!", p.currency as "currency!", p.lowest_minor, p.bid_count, null::bigint as own
           from project p where p.id = any ($1)
           union all
           select p.id, b.buyer_id, p.currency, p.lowest_minor, p.bid_count, b.amount_minor
           from project p join bid b on b.project_id = p.id and b.state = 'live' where p.id = any ($1)
           order by 1, 2"#,
        &ids
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let money = |minor: Option<i64>| minor.map(|minor| Money::from_minor(minor, currency));
            Ok(NewNotice {
                account: AccountId(row.account),
                project: Some(ProjectId(row.id)),
                facts: NoticeFacts {
                    lowest: money(row.lowest_minor),
                    own: money(row.own),
                    bids: row.bid_count,
                    ..NoticeFacts::default()
                },
            })
        })
        .collect()
}
