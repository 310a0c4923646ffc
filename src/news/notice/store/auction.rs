//! What notices need to know of auctions.

use crate::{
    Error, Result,
    account::AccountId,
    money::{Currency, Money},
    notice::{
        NoticeFacts, NoticeKind,
        auction::{Auction, Lead, NewBid, SellerTold},
        verbs::NewNotice,
    },
    project::ProjectId,
    store::Connection,
};
use std::collections::{BTreeMap, BTreeSet};
use time::OffsetDateTime;

/// The open ones among these projects, as they are now and as they were when last checked. If a project was never
/// checked, its bids after the given id are new.
pub(in crate::news::notice) async fn open(
    db: &mut Connection,
    projects: &[(ProjectId, i64)],
) -> Result<Vec<Auction>> {
    let (ids, after): (Vec<i64>, Vec<i64>) = projects
        .iter()
        .map(|(project, after)| (project.0, *after))
        .unzip();
    let rows = sqlx::query!(
        r#"select p.id, p.seller_id, p.currency, p.bid_count, p.bidder_count, clock_timestamp() as "now!",
                  leader.buyer_id as "leader?", leader.amount_minor as "lowest?",
                  coalesce(told.leader_id, earlier.buyer_id) as before_id, coalesce(told.lowest_minor, earlier.amount_minor) as before_minor,
                  told.seller_told_at as "seller_told_at?", told.seller_minor, told.changed_at as "changed_at?",
                  coalesce(told.seen_bid, of_batch.after) as "after!",
                  coalesce((select max(id) from bid where project_id = p.id), 0) as "newest!",
                  exists (select from bid b where b.project_id = p.id and b.state = 'live'
                          and b.buyer_id = coalesce(told.leader_id, earlier.buyer_id)) as "before_is_active!"
           from unnest($1::bigint[], $2::bigint[]) as of_batch (project, after)
           join project p on p.id = of_batch.project and p.state = 'open'
           left join lateral (select b.buyer_id, b.amount_minor from bid b where b.project_id = p.id and b.state = 'live'
                              order by b.amount_minor, b.accepted_at, b.id limit 1) leader on true
           left join notice_auction told on told.project_id = p.id
           left join lateral (select b.buyer_id, b.amount_minor from bid b
                              where told.project_id is null and b.project_id = p.id and b.id <= of_batch.after and b.state <> 'withdrawn'
                              order by b.amount_minor, b.accepted_at, b.id limit 1) earlier on true
           order by p.id"#,
        &ids,
        &after
    )
    .fetch_all(&mut *db)
    .await?;
    let ranges: Vec<_> = (rows.iter())
        .map(|row| (row.id, row.after, row.newest))
        .collect();
    let mut new = new_bids(db, &ranges).await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let money = |minor| Money::from_minor(minor, currency);
            let lead = |leader: Option<i64>, minor: Option<i64>| {
                leader.zip(minor).map(|(leader, minor)| Lead {
                    buyer: AccountId(leader),
                    amount: money(minor),
                })
            };
            let bids = new.remove(&row.id).unwrap_or_default();
            let bidders: BTreeSet<i64> = bids.iter().map(|bid| bid.buyer).collect();
            let lasting = bids.into_iter().filter(|bid| !bid.is_withdrawn);
            Ok(Auction {
                project: ProjectId(row.id),
                seller: AccountId(row.seller_id),
                bids: row.bid_count,
                bidders: row.bidder_count,
                lead: lead(row.leader, row.lowest),
                before: lead(row.before_id, row.before_minor),
                before_is_active: row.before_is_active,
                changed_before: row.changed_at,
                seller_told: SellerTold {
                    at: row.seller_told_at,
                    lowest: row.seller_minor.map(money),
                },
                new_bids: lasting
                    .map(|bid| NewBid {
                        buyer: AccountId(bid.buyer),
                        amount: money(bid.minor),
                        is_active: bid.is_active,
                    })
                    .collect(),
                new_bidders: bidders.len(),
                newest_bid: row.newest,
                now: row.now,
            })
        })
        .collect()
}

struct BidRow {
    buyer: i64,
    minor: i64,
    is_active: bool,
    is_withdrawn: bool,
}

/// The bids of each project after one and up to another, in the order in which they were placed.
async fn new_bids(
    db: &mut Connection,
    ranges: &[(i64, i64, i64)],
) -> Result<BTreeMap<i64, Vec<BidRow>>> {
    let projects: Vec<i64> = ranges.iter().map(|(project, ..)| *project).collect();
    let after: Vec<i64> = ranges.iter().map(|(_, after, _)| *after).collect();
    let newest: Vec<i64> = ranges.iter().map(|(.., newest)| *newest).collect();
    let rows = sqlx::query!(
        r#"select b.project_id, b.buyer_id, b.amount_minor, b.state = 'live' as "is_active!", b.state = 'withdrawn' as "is_withdrawn!"
           from unnest($1::bigint[], $2::bigint[], $3::bigint[]) as new (project, after, newest)
           join bid b on b.project_id = new.project and b.id > new.after and b.id <= new.newest
           order by b.project_id, b.id"#,
        &projects,
        &after,
        &newest
    )
    .fetch_all(db)
    .await?;
    let mut bids: BTreeMap<i64, Vec<BidRow>> = BTreeMap::new();
    for row in rows {
        bids.entry(row.project_id).or_default().push(BidRow {
            buyer: row.buyer_id,
            minor: row.amount_minor,
            is_active: row.is_active,
            is_withdrawn: row.is_withdrawn,
        });
    }
    Ok(bids)
}

/// Stores the state in which these auctions were checked, and what their sellers now know.
pub(in crate::news::notice) async fn remember(
    db: &mut Connection,
    reported: &[(&Auction, SellerTold)],
) -> Result<()> {
    if reported.is_empty() {
        return Ok(());
    }
    let auctions = || reported.iter().map(|(auction, _)| auction);
    let projects: Vec<i64> = auctions().map(|auction| auction.project.0).collect();
    let leaders: Vec<Option<i64>> = auctions()
        .map(|auction| auction.lead.map(|lead| lead.buyer.0))
        .collect();
    let lowest: Vec<Option<i64>> = auctions()
        .map(|auction| auction.lead.map(|lead| lead.amount.minor()))
        .collect();
    let changed_at: Vec<OffsetDateTime> = auctions().map(|auction| auction.changed_at()).collect();
    let newest: Vec<i64> = auctions().map(|auction| auction.newest_bid).collect();
    let told_at: Vec<Option<OffsetDateTime>> = (reported.iter()).map(|(_, told)| told.at).collect();
    let told: Vec<Option<i64>> = (reported.iter())
        .map(|(_, told)| told.lowest.map(|lowest| lowest.minor()))
        .collect();
    sqlx::query!(
        "insert into notice_auction (project_id, leader_id, lowest_minor, seller_told_at, seller_minor, changed_at, seen_bid)
         select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::timestamptz[], $5::bigint[], $6::timestamptz[], $7::bigint[])
         on conflict (project_id) do update
         set leader_id = excluded.leader_id, lowest_minor = excluded.lowest_minor, seller_told_at = excluded.seller_told_at,
             seller_minor = excluded.seller_minor, changed_at = excluded.changed_at, seen_bid = excluded.seen_bid",
        &projects,
        &leaders as &[Option<i64>],
        &lowest as &[Option<i64>],
        &told_at as &[Option<OffsetDateTime>],
        &told as &[Option<i64>],
        &changed_at,
        &newest
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Stores that the sellers of these projects have just been told of these lowest bids.
pub(in crate::news::notice) async fn record_seller_told(
    db: &mut Connection,
    told: &[(ProjectId, Money)],
) -> Result<()> {
    if told.is_empty() {
        return Ok(());
    }
    let (projects, lowest): (Vec<i64>, Vec<i64>) = told
        .iter()
        .map(|(project, lowest)| (project.0, lowest.minor()))
        .unzip();
    sqlx::query!(
        "update notice_auction set seller_told_at = clock_timestamp(), seller_minor = told.lowest
         from unnest($1::bigint[], $2::bigint[]) as told (project, lowest) where project_id = told.project",
        &projects,
        &lowest
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Those of these leaders whose latest notice about the project's bids says that they were outbid and was written after
/// their present bid.
pub(in crate::news::notice) async fn know_that_they_were_outbid(
    db: &mut Connection,
    leaders: &[(ProjectId, AccountId)],
) -> Result<Vec<(ProjectId, AccountId)>> {
    let projects: Vec<i64> = leaders.iter().map(|(project, _)| project.0).collect();
    let buyers: Vec<i64> = leaders.iter().map(|(_, buyer)| buyer.0).collect();
    let rows = sqlx::query!(
        r#"select leads.project as "project!", leads.buyer as "buyer!"
           from unnest($1::bigint[], $2::bigint[]) as leads (project, buyer)
           join bid own on own.project_id = leads.project and own.buyer_id = leads.buyer and own.state = 'live'
           cross join lateral (select kind, created_at from notice where account_id = leads.buyer and project_id = leads.project
                                 and kind in ($3, $4) order by number desc limit 1) latest
           where latest.kind = $3 and latest.created_at > own.accepted_at"#,
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
        &super::ids(projects)
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

/// A notice for everybody who ever bid on these projects, none of which has an active bid. Undone bids do not count.
pub(in crate::news::notice) async fn bidders(
    db: &mut Connection,
    projects: &[ProjectId],
) -> Result<Vec<NewNotice>> {
    let rows = sqlx::query!(
        "select distinct project_id, buyer_id from bid where project_id = any ($1) and undone_at is null order by 1, 2",
        &super::ids(projects)
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
