//! Who is told what.

use super::{
    Facts, NoticeKind, Timing,
    auction::{Auction, Step, steps},
    store::{self, auction, deadline, hold},
};
use crate::{
    Result,
    account::AccountId,
    event::{EventKind, consumer::Event},
    money::Money,
    project::ProjectId,
    store::Tx,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// A notice to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewNotice {
    pub account: AccountId,
    pub project: Option<ProjectId>,
    pub facts: Facts,
}

/// The events that notices are made of.
pub const EVENTS: &[EventKind] = &[
    EventKind::BidPlaced,
    EventKind::BidWithdrawn,
    EventKind::ProjectAwarded,
    EventKind::ProjectUnawarded,
    EventKind::ProjectCancelled,
    EventKind::BrowserAdded,
    EventKind::PasswordChanged,
    EventKind::EmailChanged,
    EventKind::IdentityLinked,
    EventKind::IdentityUnlinked,
    EventKind::GrantAllowed,
];

/// How many held notices are told in one transaction.
const RELEASED_AT_ONCE: i64 = 500;
/// About how many projects' deadlines are told in one transaction.
const DEADLINES_AT_ONCE: i64 = 20;
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Writes the notices of these events, which are in commit order, or holds them back.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn tell(tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
    store::lock(tx).await?;
    tell_bids(tx, events).await?;
    tell_results(tx, events).await?;
    tell_cancelled(tx, events).await?;
    tell_accounts(tx, events).await
}

/// Bids are told as the auction stands now, not one by one: several events may be waiting.
async fn tell_bids(tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
    let mut bidders: BTreeMap<ProjectId, BTreeSet<AccountId>> = BTreeMap::new();
    for event in events {
        let bidder = match event.kind {
            EventKind::BidPlaced => event.account,
            EventKind::BidWithdrawn => None,
            _ => continue,
        };
        if let Some(project) = event.project {
            bidders.entry(project).or_default().extend(bidder);
        }
    }
    if bidders.is_empty() {
        return Ok(());
    }
    let projects: Vec<ProjectId> = bidders.keys().copied().collect();
    let auctions = auction::open(tx, &projects).await?;
    let mut plan = Plan::default();
    for auction in &auctions {
        let placed = bidders.get(&auction.project).into_iter().flatten();
        plan.add(auction, &placed.copied().collect::<Vec<_>>());
    }
    plan.carry_out(tx).await
}

/// What is to be done for some auctions.
#[derive(Default)]
struct Plan<'a> {
    tell: Vec<(NoticeKind, NewNotice)>,
    tell_seller_at: Vec<(AccountId, ProjectId, time::OffsetDateTime)>,
    hold: Vec<(AccountId, ProjectId)>,
    drop: Vec<(AccountId, ProjectId)>,
    may_lead_again: Vec<(ProjectId, AccountId, Money)>,
    told: Vec<(&'a Auction, Option<time::OffsetDateTime>)>,
}

impl<'a> Plan<'a> {
    fn add(&mut self, auction: &'a Auction, bidders: &[AccountId]) {
        let mut told_at = auction.told.and_then(|told| told.seller_told_at);
        for step in steps(auction, bidders) {
            match step {
                Step::Tell(kind, notice) => {
                    told_at = Some(auction.now);
                    self.tell.push((kind, notice));
                }
                Step::TellSellerAt(at) => {
                    self.tell_seller_at
                        .push((auction.seller, auction.project, at));
                }
                Step::HoldOutbid(buyer) => self.hold.push((buyer, auction.project)),
                Step::DropOutbid(buyer) => self.drop.push((buyer, auction.project)),
                Step::MayLeadAgain(buyer, own) => {
                    self.may_lead_again.push((auction.project, buyer, own));
                }
            }
        }
        self.told.push((auction, told_at));
    }

    async fn carry_out(self, tx: &mut Tx<'_>) -> Result<()> {
        let outbid = NoticeKind::Outbid;
        if !self.drop.is_empty() {
            hold::drop_held(tx, outbid, &self.drop).await?;
        }
        if let Timing::Held { quiet, longest } = outbid.timing()
            && !self.hold.is_empty()
        {
            hold::until_quiet(tx, outbid, &self.hold, quiet, longest).await?;
        }
        if !self.tell_seller_at.is_empty() {
            hold::until(tx, NoticeKind::NewLowest, &self.tell_seller_at).await?;
        }
        auction::remember(tx, &self.told).await?;
        let mut tell = self.tell;
        if !self.may_lead_again.is_empty() {
            let leaders: Vec<_> = (self.may_lead_again.iter())
                .map(|(project, buyer, _)| (*project, *buyer))
                .collect();
            let were_outbid = auction::know_that_they_were_outbid(tx, &leaders).await?;
            let again = (self.may_lead_again.into_iter())
                .filter(|(project, buyer, _)| were_outbid.contains(&(*project, *buyer)));
            tell.extend(again.map(|(project, account, own)| {
                let facts = Facts {
                    own: Some(own),
                    ..Facts::default()
                };
                let notice = NewNotice {
                    account,
                    project: Some(project),
                    facts,
                };
                (NoticeKind::LeadsAgain, notice)
            }));
        }
        write(tx, tell).await
    }
}

async fn tell_results(tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
    let ended = projects_of(
        events,
        &[EventKind::ProjectAwarded, EventKind::ProjectUnawarded],
    );
    if ended.is_empty() {
        return Ok(());
    }
    let results = auction::results(tx, &ended).await?;
    write(tx, results).await
}

async fn tell_cancelled(tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
    let cancelled = projects_of(events, &[EventKind::ProjectCancelled]);
    if cancelled.is_empty() {
        return Ok(());
    }
    let bidders = auction::bidders(tx, &cancelled).await?;
    let notices = bidders
        .into_iter()
        .map(|notice| (NoticeKind::Cancelled, notice));
    write(tx, notices.collect()).await
}

async fn tell_accounts(tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
    let mut notices = Vec::new();
    for event in events {
        let kind = match event.kind {
            EventKind::BrowserAdded => NoticeKind::NewSignIn,
            EventKind::PasswordChanged => NoticeKind::PasswordChanged,
            EventKind::EmailChanged => NoticeKind::EmailChanged,
            EventKind::IdentityLinked => NoticeKind::IdentityLinked,
            EventKind::IdentityUnlinked => NoticeKind::IdentityUnlinked,
            // An app that was allowed before may get another grant without a question.
            EventKind::GrantAllowed if event.body["asked"] != false => NoticeKind::AppAllowed,
            _ => continue,
        };
        let Some(account) = event.account else {
            continue;
        };
        let app = match event.body["program"].as_i64() {
            Some(app) => auction::app_name(tx, app).await?,
            None => None,
        };
        let notice = NewNotice {
            account,
            project: None,
            facts: Facts {
                app,
                ..Facts::default()
            },
        };
        notices.push((kind, notice));
    }
    write(tx, notices).await
}

/// Tells up to 500 held notices that are due; returns how many were due.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn release(tx: &mut Tx<'_>) -> Result<usize> {
    store::lock(tx).await?;
    let due = hold::take_due(tx, RELEASED_AT_ONCE).await?;
    let sellers: Vec<ProjectId> = (due.iter())
        .filter(|held| held.kind == NoticeKind::NewLowest)
        .map(|held| held.project)
        .collect();
    auction::seller_told(tx, &sellers).await?;
    let notices = due
        .iter()
        .filter_map(|held| Some((held.kind, held.notice()?)));
    write(tx, notices.collect()).await?;
    Ok(due.len())
}

/// Tells the deadlines of about 20 projects that have come near; returns how many. Call it again until it returns 0.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn tell_deadlines(tx: &mut Tx<'_>) -> Result<usize> {
    store::lock(tx).await?;
    let mut told = 0;
    for (kind, ahead) in [
        (NoticeKind::DeadlineInAnHour, HOUR),
        (NoticeKind::DeadlineInADay, DAY),
    ] {
        let near = deadline::take_near(tx, kind, ahead, DEADLINES_AT_ONCE).await?;
        told += near.len();
        if !near.is_empty() {
            let notices = deadline::concerned(tx, &near).await?;
            write(
                tx,
                notices.into_iter().map(|notice| (kind, notice)).collect(),
            )
            .await?;
        }
    }
    Ok(told)
}

/// Writes these notices in order, in as few statements as possible: one statement takes each recipient once.
async fn write(tx: &mut Tx<'_>, notices: Vec<(NoticeKind, NewNotice)>) -> Result<()> {
    let mut rest: Vec<&(NoticeKind, NewNotice)> = notices.iter().collect();
    while let Some((kind, _)) = rest.first().copied() {
        let mut recipients = BTreeSet::new();
        let mut is_blocked = BTreeSet::new();
        let (now, later): (Vec<_>, Vec<_>) = rest.into_iter().partition(|(of, notice)| {
            let account = notice.account;
            let goes = of == kind && !is_blocked.contains(&account) && recipients.insert(account);
            if !goes {
                is_blocked.insert(account);
            }
            goes
        });
        let round: Vec<&NewNotice> = now.iter().map(|(_, notice)| notice).collect();
        store::write(tx, *kind, &round).await?;
        rest = later;
    }
    Ok(())
}

fn projects_of(events: &[Event], kinds: &[EventKind]) -> Vec<ProjectId> {
    let wanted = events.iter().filter(|event| kinds.contains(&event.kind));
    wanted.filter_map(|event| event.project).collect()
}
