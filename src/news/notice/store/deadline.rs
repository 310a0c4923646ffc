//! Deadlines that come near.

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

/// Until when deadlines of this kind were told; those of the next `ahead` from now on, if none ever was.
async fn told_until(
    db: &mut Connection,
    kind: NoticeKind,
    ahead: Duration,
) -> Result<OffsetDateTime> {
    sqlx::query!(
        "insert into notice_deadline (kind, told_until) values ($1, clock_timestamp() + make_interval(secs => $2)) on conflict do nothing",
        kind.name(),
        ahead.as_secs_f64()
    )
    .execute(&mut *db)
    .await?;
    Ok(sqlx::query_scalar!(
        "select told_until from notice_deadline where kind = $1",
        kind.name()
    )
    .fetch_one(db)
    .await?)
}

/// The next projects, about `most`, whose deadline has come as near as `ahead`, and moves on behind them. Without those that
/// were published only shortly before: everybody who takes part has just seen when they close.
pub(in crate::news::notice) async fn take_near(
    db: &mut Connection,
    kind: NoticeKind,
    ahead: Duration,
    most: i64,
) -> Result<Vec<ProjectId>> {
    let told_until = told_until(db, kind, ahead).await?;
    let rows = sqlx::query!(
        r#"select id, deadline as "deadline!", deadline > (select clock_timestamp()) and published_at < deadline - 1.25 * make_interval(secs => $2) as "is_told!" from project
           where state = 'open' and deadline > $1 and deadline <= (select clock_timestamp()) + make_interval(secs => $2)
           order by deadline fetch first ($3::bigint) rows with ties"#,
        told_until,
        ahead.as_secs_f64(),
        most
    )
    .fetch_all(&mut *db)
    .await?;
    if let Some(last) = rows.last() {
        sqlx::query!(
            "update notice_deadline set told_until = $2 where kind = $1",
            kind.name(),
            last.deadline
        )
        .execute(db)
        .await?;
    }
    let near = rows.into_iter().filter(|row| row.is_told);
    Ok(near.map(|row| ProjectId(row.id)).collect())
}

/// A notice for the seller and for each active bidder of these projects.
pub(in crate::news::notice) async fn concerned(
    db: &mut Connection,
    projects: &[ProjectId],
) -> Result<Vec<NewNotice>> {
    let ids: Vec<i64> = projects.iter().map(|project| project.0).collect();
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
                    app: None,
                },
            })
        })
        .collect()
}
