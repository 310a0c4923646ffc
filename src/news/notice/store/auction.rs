//! What notices need to know of auctions.

use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    notice::{
        NoticeFacts, NoticeKind,
        auction::{Auction, LastReport, Lead},
        verbs::NewNotice,
    },
    project::ProjectId,
    store::Connection,
};
use time::OffsetDateTime;

/// The open ones among these projects, as they are now and as they were last told.
pub(in crate::news::notice) async fn open(
    db: &mut Connection,
    projects: &[ProjectId],
) -> Result<Vec<Auction>> {
    let rows = sqlx::query!(
        r#"select p.id, p.seller_id, p.currency, p.bid_count, p.bidder_count, clock_timestamp() as "now!",
                  leader.buyer_id as "leader?", leader.amount_minor as "lowest?",
                  told.leader_id, told.lowest_minor, told.seller_told_at, told.changed_at as "changed_at?",
                  beaten.amount_minor as "beaten?"
           from project p
           left join lateral (select b.buyer_id, b.amount_minor from bid b where b.project_id = p.id and b.state = 'live'
                              order by b.amount_minor, b.accepted_at, b.id limit 1) leader on true
           left join notice_auction told on told.project_id = p.id
           left join bid beaten on beaten.project_id = p.id and beaten.buyer_id = told.leader_id and beaten.state = 'live'
           where p.id = any ($1) and p.state = 'open'
           order by p.id"#,
        &ids(projects)
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let lead = |leader: Option<i64>, minor: Option<i64>| {
                leader.zip(minor).map(|(leader, minor)| Lead {
                    buyer: AccountId(leader),
                    amount: Money::from_minor(minor, currency),
                })
            };
            Ok(Auction {
                project: ProjectId(row.id),
                seller: AccountId(row.seller_id),
                bids: row.bid_count,
                bidders: row.bidder_count,
                lead: lead(row.leader, row.lowest),
                reported: row.changed_at.map(|changed_at| LastReport {
                    lead: lead(row.leader_id, row.lowest_minor),
                    seller_told_at: row.seller_told_at,
                    changed_at,
                }),
                beaten_bid: row.beaten.map(|minor| Money::from_minor(minor, currency)),
                now: row.now,
            })
        })
        .collect()
}

/// Stores what has now been told of these auctions, and since when the seller knows.
pub(in crate::news::notice) async fn remember(
    db: &mut Connection,
    reported: &[(&Auction, Option<OffsetDateTime>)],
) -> Result<()> {
    let projects: Vec<i64> = reported
        .iter()
        .map(|(auction, _)| auction.project.0)
        .collect();
    let leaders: Vec<Option<i64>> = (reported.iter())
        .map(|(auction, _)| auction.lead.map(|lead| lead.buyer.0))
        .collect();
    let lowest: Vec<Option<i64>> = (reported.iter())
        .map(|(auction, _)| auction.lead.map(|lead| lead.amount.minor()))
        .collect();
    let told_at: Vec<Option<OffsetDateTime>> = reported.iter().map(|(_, at)| *at).collect();
    let changed_at: Vec<OffsetDateTime> = reported
        .iter()
        .map(|(auction, _)| auction.changed_at())
        .collect();
    sqlx::query!(
        "insert into notice_auction (project_id, leader_id, lowest_minor, seller_told_at, changed_at)
         select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::timestamptz[])
         on conflict (project_id) do update
         set leader_id = excluded.leader_id, lowest_minor = excluded.lowest_minor, seller_told_at = excluded.seller_told_at,
             changed_at = excluded.changed_at",
        &projects,
        &leaders as &[Option<i64>],
        &lowest as &[Option<i64>],
        &told_at as &[Option<OffsetDateTime>],
        &changed_at
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores that the sellers of these projects have been told of the lowest bid just now.
pub(in crate::news::notice) async fn seller_told(
    db: &mut Connection,
    projects: &[ProjectId],
) -> Result<()> {
    sqlx::query!(
        "update notice_auction set seller_told_at = clock_timestamp() where project_id = any ($1)",
        &ids(projects)
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Those of these buyers whose last notice about the project's bids says that they were outbid.
pub(in crate::news::notice) async fn know_that_they_were_outbid(
    db: &mut Connection,
    leaders: &[(ProjectId, AccountId)],
) -> Result<Vec<(ProjectId, AccountId)>> {
    let projects: Vec<i64> = leaders.iter().map(|(project, _)| project.0).collect();
    let buyers: Vec<i64> = leaders.iter().map(|(_, buyer)| buyer.0).collect();
    let rows = sqlx::query!(
        r#"select leads.project as "project!", leads.buyer as "buyer!"
           from unnest($1::bigint[], $2::bigint[]) as leads (project, buyer)
           cross join lateral (select kind from notice where account_id = leads.buyer and project_id = leads.project
                                 and kind in ($3, $4) order by number desc limit 1) latest
           where latest.kind = $3"#,
        &projects,
        &buyers,
        NoticeKind::Outbid.name(),
        NoticeKind::LeadsAgain.name()
    )
    .fetch_all(db)
    .await?;
    let pairs = rows
        .into_iter()
        .map(|row| (ProjectId(row.project), AccountId(row.buyer)));
    Ok(pairs.collect())
}

/// The results of these projects for everybody who took part: sellers, winners, and the other active bidders.
pub(in crate::news::notice) async fn results(
    db: &mut Connection,
    projects: &[ProjectId],
) -> Result<Vec<(NoticeKind, NewNotice)>> {
    let rows = sqlx::query!(
        r#"select p.id as "id!", p.seller_id as "account!", p.currency as "currency!", won.amount_minor as "lowest?", null::bigint as own, true as "is_seller!",
                  false as "has_won!"
           from project p left join award a on a.project_id = p.id left join bid won on won.project_id = a.project_id and won.id = a.bid_id
           where p.id = any ($1) and p.state in ('awarded', 'unawarded')
           union all
           select p.id, b.buyer_id, p.currency, won.amount_minor, b.amount_minor, false, b.id = a.bid_id
           from project p join award a on a.project_id = p.id join bid won on won.project_id = a.project_id and won.id = a.bid_id
           join bid b on b.project_id = p.id and b.state = 'live'
           where p.id = any ($1) and p.state = 'awarded'
           order by 1, 2"#,
        &ids(projects)
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let money = |minor: Option<i64>| minor.map(|minor| Money::from_minor(minor, currency));
            let kind = match (row.is_seller, row.has_won) {
                (true, _) if row.lowest.is_some() => NoticeKind::Awarded,
                (true, _) => NoticeKind::Unawarded,
                (false, true) => NoticeKind::Won,
                (false, false) => NoticeKind::Lost,
            };
            let notice = NewNotice {
                account: AccountId(row.account),
                project: Some(ProjectId(row.id)),
                facts: NoticeFacts {
                    lowest: money(row.lowest),
                    own: money(row.own),
                    ..NoticeFacts::default()
                },
            };
            Ok((kind, notice))
        })
        .collect()
}

/// The buyers who ever bid on these projects, of which none has an active bid.
pub(in crate::news::notice) async fn bidders(
    db: &mut Connection,
    projects: &[ProjectId],
) -> Result<Vec<NewNotice>> {
    let rows = sqlx::query!(
        "select distinct project_id, buyer_id from bid where project_id = any ($1) order by 1, 2",
        &ids(projects)
    )
    .fetch_all(db)
    .await?;
    let notices = rows.into_iter().map(|row| NewNotice {
        account: AccountId(row.buyer_id),
        project: Some(ProjectId(row.project_id)),
        facts: NoticeFacts::default(),
    });
    Ok(notices.collect())
}

/// The name of an app, by its id in the event.
pub(in crate::news::notice) async fn app_name(
    db: &mut Connection,
    app: i64,
) -> Result<Option<String>> {
    Ok(
        sqlx::query_scalar!("select name from oauth_client where id = $1", app)
            .fetch_optional(db)
            .await?,
    )
}

fn ids(projects: &[ProjectId]) -> Vec<i64> {
    projects.iter().map(|project| project.0).collect()
}
