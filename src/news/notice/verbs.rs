//! Who is told what.

use super::{
    NoticeFacts, NoticeKind, Timing, account_events,
    auction::{Auction, NoticeStep, SellerTold, steps},
    store::{self, auction, broadcast, deadline, hold},
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
use time::OffsetDateTime;

/// A notice to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewNotice {
    pub account: AccountId,
    pub project: Option<ProjectId>,
    pub facts: NoticeFacts,
}

/// The events that notices are made of.
pub const EVENTS: &[EventKind] = &[
    EventKind::BidPlaced,
    EventKind::BidWithdrawn,
    EventKind::ProjectPublished,
    EventKind::ProjectAwarded,
    EventKind::ProjectUnawarded,
    EventKind::ProjectCancelled,
    EventKind::BrowserAdded,
    EventKind::PasswordChanged,
    EventKind::EmailChanged,
    EventKind::IdentityLinked,
    EventKind::IdentityUnlinked,
    EventKind::SecondFactorEnabled,
    EventKind::SecondFactorDisabled,
    EventKind::RecoveryCodesRenewed,
    EventKind::RecoveryCodeUsed,
    EventKind::WrongCodesEntered,
    EventKind::PasskeyAdded,
    EventKind::PasskeyRemoved,
    EventKind::PasskeyCopied,
    EventKind::GrantAllowed,
];

/// How many held notices are told in one transaction.
const RELEASED_AT_ONCE: i64 = 500;
/// How many projects' deadlines are told in one transaction.
const DEADLINES_AT_ONCE: i64 = 20;
/// A buyer is told of a lost lead at most this often for each project, however often others bid and withdraw.
const OUTBID_SPACING: Duration = Duration::from_secs(15 * 60);
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

/// Writes the notices of these events, which are in commit order, or holds them back.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn tell(tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
    store::lock(tx).await?;
    let mut notices = of_bids(tx, events).await?;
    notices.extend(of_results(tx, events).await?);
    notices.extend(of_cancellations(tx, events).await?);
    notices.extend(account_events::notices(tx, events).await?);
    broadcast::queue(tx, &broadcasts(events)).await?;
    queue_published(tx, events).await?;
    // Each recipient is told in the order of the events.
    notices.sort_by_key(|(place, ..)| *place);
    let notices = notices.into_iter();
    write(
        tx,
        notices.map(|(_, kind, notice)| (kind, notice)).collect(),
    )
    .await
}

/// The notices that watchers of these events' projects get, in the order of the events.
fn broadcasts(events: &[Event]) -> Vec<(NoticeKind, ProjectId)> {
    let broadcasts = events.iter().filter_map(|event| {
        let kind = match event.kind {
            EventKind::ProjectAwarded => NoticeKind::WatchedAwarded,
            EventKind::ProjectUnawarded => NoticeKind::WatchedUnawarded,
            EventKind::ProjectCancelled => NoticeKind::WatchedCancelled,
            _ => return None,
        };
        Some((kind, event.project?))
    });
    broadcasts.collect()
}

/// A notice with the place of its event in the batch.
pub(super) type Placed = (usize, NoticeKind, NewNotice);

/// The projects of events of these kinds, each with the place of its last one.
fn projects_of(events: &[Event], kinds: &[EventKind]) -> BTreeMap<ProjectId, usize> {
    let wanted = (events.iter().enumerate()).filter(|(_, event)| kinds.contains(&event.kind));
    wanted
        .filter_map(|(place, event)| Some((event.project?, place)))
        .collect()
}

/// The notices at the places of their projects' events.
fn placed(
    places: &BTreeMap<ProjectId, usize>,
    notices: impl IntoIterator<Item = (NoticeKind, NewNotice)>,
) -> Vec<Placed> {
    let place = |notice: &NewNotice| {
        notice
            .project
            .and_then(|project| places.get(&project).copied())
    };
    let notices = notices.into_iter();
    notices
        .filter_map(|(kind, notice)| Some((place(&notice)?, kind, notice)))
        .collect()
}

/// Notices about bids describe the auction as it stands now, not each bid: several events may be waiting.
async fn of_bids(tx: &mut Tx<'_>, events: &[Event]) -> Result<Vec<Placed>> {
    let places = projects_of(events, &[EventKind::BidPlaced, EventKind::BidWithdrawn]);
    if places.is_empty() {
        return Ok(Vec::new());
    }
    let projects: Vec<(ProjectId, i64)> = (places.keys())
        .map(|project| (*project, last_before(events, *project)))
        .collect();
    let auctions = auction::open(tx, &projects).await?;
    let mut plan = NoticePlan::default();
    for auction in &auctions {
        plan.add(auction);
    }
    Ok(placed(&places, plan.carry_out(tx).await?))
}

/// One less than the id of the project's first new bid in these events; the maximum if they have none.
fn last_before(events: &[Event], project: ProjectId) -> i64 {
    let placed = events.iter().filter(|event| {
        event.kind == EventKind::BidPlaced
            && event.project == Some(project)
            // But not a bid that counts again because a later one was undone.
            && event.body["restored"] != true
    });
    let ids = placed.filter_map(|event| event.body["bid"].as_i64());
    ids.min().map_or(i64::MAX, |first| first - 1)
}

/// What is to be done for some auctions.
#[derive(Default)]
struct NoticePlan<'a> {
    tell: Vec<(NoticeKind, NewNotice)>,
    tell_seller_at: Vec<(AccountId, ProjectId, OffsetDateTime)>,
    hold_outbid: Vec<(AccountId, ProjectId, OffsetDateTime)>,
    drop_outbid: Vec<(AccountId, ProjectId)>,
    /// Sellers who get a notice now; the notice that is held for them is dropped.
    drop_new_lowest: Vec<(AccountId, ProjectId)>,
    may_lead_again: Vec<(ProjectId, AccountId, Money)>,
    /// Each auction, and what its seller knows of its bids.
    reported: Vec<(&'a Auction, SellerTold)>,
}

impl<'a> NoticePlan<'a> {
    fn add(&mut self, auction: &'a Auction) {
        let mut seller_told = auction.seller_told;
        for step in steps(auction) {
            match step {
                NoticeStep::Tell(kind, notice) => {
                    seller_told = SellerTold {
                        at: Some(auction.now),
                        lowest: auction.lead.map(|lead| lead.amount),
                    };
                    self.drop_new_lowest.push((auction.seller, auction.project));
                    self.tell.push((kind, notice));
                }
                NoticeStep::TellSellerAt(at) => {
                    self.tell_seller_at
                        .push((auction.seller, auction.project, at));
                }
                NoticeStep::HoldOutbid(buyer, at) => {
                    self.hold_outbid.push((buyer, auction.project, at));
                }
                NoticeStep::DropOutbid(buyer) => self.drop_outbid.push((buyer, auction.project)),
                NoticeStep::MayLeadAgain(buyer, own) => {
                    self.may_lead_again.push((auction.project, buyer, own));
                }
            }
        }
        self.reported
            .push((auction, seller_told.beside(auction.lead)));
    }

    /// Holds and drops notices, and returns those to write now.
    async fn carry_out(self, tx: &mut Tx<'_>) -> Result<Vec<(NoticeKind, NewNotice)>> {
        let outbid = NoticeKind::Outbid;
        if !self.drop_outbid.is_empty() {
            hold::drop_held(tx, outbid, &self.drop_outbid).await?;
        }
        if !self.drop_new_lowest.is_empty() {
            hold::drop_held(tx, NoticeKind::NewLowest, &self.drop_new_lowest).await?;
        }
        if !self.hold_outbid.is_empty() {
            hold::until_spaced(tx, outbid, &self.hold_outbid, OUTBID_SPACING).await?;
        }
        if !self.tell_seller_at.is_empty() {
            // The time is spaced already.
            let at = &self.tell_seller_at;
            hold::until_spaced(tx, NoticeKind::NewLowest, at, Duration::ZERO).await?;
        }
        auction::remember(tx, &self.reported).await?;
        let mut tell = self.tell;
        if !self.may_lead_again.is_empty() {
            tell.extend(lead_again(tx, self.may_lead_again).await?);
        }
        Ok(tell)
    }
}

/// The notices for those of these leaders who were told that they had been outbid.
async fn lead_again(
    tx: &mut Tx<'_>,
    leaders: Vec<(ProjectId, AccountId, Money)>,
) -> Result<impl Iterator<Item = (NoticeKind, NewNotice)>> {
    let pairs: Vec<_> = (leaders.iter())
        .map(|(project, buyer, _)| (*project, *buyer))
        .collect();
    let were_outbid = auction::know_that_they_were_outbid(tx, &pairs).await?;
    let again = (leaders.into_iter())
        .filter(move |(project, buyer, _)| were_outbid.contains(&(*project, *buyer)));
    Ok(again.map(|(project, account, own)| {
        let facts = NoticeFacts {
            own: Some(own),
            ..NoticeFacts::default()
        };
        let notice = NewNotice {
            account,
            project: Some(project),
            facts,
        };
        (NoticeKind::LeadsAgain, notice)
    }))
}

async fn of_results(tx: &mut Tx<'_>, events: &[Event]) -> Result<Vec<Placed>> {
    let ended = projects_of(
        events,
        &[EventKind::ProjectAwarded, EventKind::ProjectUnawarded],
    );
    if ended.is_empty() {
        return Ok(Vec::new());
    }
    let projects: Vec<ProjectId> = ended.keys().copied().collect();
    Ok(placed(&ended, auction::results(tx, &projects).await?))
}

async fn of_cancellations(tx: &mut Tx<'_>, events: &[Event]) -> Result<Vec<Placed>> {
    let cancelled = projects_of(events, &[EventKind::ProjectCancelled]);
    if cancelled.is_empty() {
        return Ok(Vec::new());
    }
    let projects: Vec<ProjectId> = cancelled.keys().copied().collect();
    let bidders = auction::bidders(tx, &projects).await?.into_iter();
    Ok(placed(
        &cancelled,
        bidders.map(|notice| (NoticeKind::Cancelled, notice)),
    ))
}

/// New projects are compared with the saved searches later, in batches.
async fn queue_published(tx: &mut Tx<'_>, events: &[Event]) -> Result<()> {
    let published = projects_of(events, &[EventKind::ProjectPublished]);
    let projects: Vec<ProjectId> = published.into_keys().collect();
    broadcast::queue_for_searches(tx, &projects).await
}

/// Tells up to 500 held notices that are due, or holds them longer; returns how many were due.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn release(tx: &mut Tx<'_>) -> Result<usize> {
    store::lock(tx).await?;
    let outbid = NoticeKind::Outbid;
    let busy = match outbid.timing() {
        Timing::Held { quiet, longest } => {
            hold::wait_for_quiet(tx, outbid, quiet, longest, RELEASED_AT_ONCE).await?
        }
        Timing::AtOnce | Timing::Spaced(_) => 0,
    };
    let due = hold::take_due(tx, RELEASED_AT_ONCE - busy).await?;
    let notices: Vec<_> = (due.iter())
        .filter_map(|held| Some((held.kind, held.notice()?)))
        .collect();
    let sellers: Vec<(ProjectId, Money)> = (notices.iter())
        .filter(|(kind, _)| *kind == NoticeKind::NewLowest)
        .filter_map(|(_, notice)| notice.project.zip(notice.facts.lowest))
        .collect();
    auction::record_seller_told(tx, &sellers).await?;
    write(tx, notices).await?;
    Ok(due.len() + usize::try_from(busy).unwrap_or(0))
}

/// Writes the notices of approaching deadlines, for up to 20 projects of each kind. Returns how many projects it
/// examined, whether or not it announced them; call it again until it returns 0.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn tell_deadlines(tx: &mut Tx<'_>) -> Result<usize> {
    store::lock(tx).await?;
    let mut passed_total = 0;
    for (kind, to_watchers, ahead, least) in [
        (
            NoticeKind::DeadlineInAnHour,
            NoticeKind::WatchedInAnHour,
            HOUR,
            Duration::ZERO,
        ),
        // A deadline within the hour is left to the other kind.
        (
            NoticeKind::DeadlineInADay,
            NoticeKind::WatchedInADay,
            DAY,
            HOUR,
        ),
    ] {
        let (passed, near) = deadline::take_near(tx, kind, ahead, least, DEADLINES_AT_ONCE).await?;
        passed_total += passed;
        if !near.is_empty() {
            let notices = deadline::concerned(tx, &near).await?;
            write(
                tx,
                notices.into_iter().map(|notice| (kind, notice)).collect(),
            )
            .await?;
            let queued: Vec<_> = near.iter().map(|near| (to_watchers, *near)).collect();
            broadcast::queue(tx, &queued).await?;
        }
    }
    Ok(passed_total)
}

/// Writes these notices in order, in as few statements as possible: one statement takes each recipient once.
pub(super) async fn write(tx: &mut Tx<'_>, notices: Vec<(NoticeKind, NewNotice)>) -> Result<()> {
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
