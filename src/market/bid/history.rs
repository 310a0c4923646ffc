//! A project's bids. Everybody sees them under pseudonyms, a buyer's own bids are marked, and the seller sees names.
//!
//! A history is read once for all viewers, in the same transaction as its project. Who made each bid stays inside
//! `History`: it marks a viewer's own bids, and only the seller's page reads names. A history has no notes, only which
//! bids have one.

use super::{BidId, Note, State, ViewerBid, ViewerBids, may_read, store, undo};
use crate::{
    Error, Result,
    account::{AccountId, Viewer},
    money::{Currency, Money},
    project::{Project, ProjectId},
    store::Connection,
};
use std::collections::HashMap;
use time::OffsetDateTime;

/// How many bids of a project's history are shown, latest first.
pub const HISTORY_LIMIT: i64 = 200;

/// A bid in a project's history.
#[derive(Debug, Clone)]
pub struct HistoryBid {
    pub id: BidId,
    /// The bidder's pseudonym: Bidder 1, Bidder 2 …
    pub bidder_number: i32,
    /// Set only for the project's seller.
    pub bidder_name: Option<String>,
    /// True if it is the viewer's own bid.
    pub is_own: bool,
    pub amount: Money,
    /// Set only for the project's seller and the bidder, by [`history_before`] or from [`super::notes`].
    pub note: Option<Note>,
    pub accepted_at: OffsetDateTime,
    pub state: State,
    /// Set if the bidder undid it; its state is then `Withdrawn`.
    pub undone_at: Option<OffsetDateTime>,
}

/// The latest bids of a project at one moment, read once for all viewers. The buyers' identities stay private: callers
/// get [`HistoryBid`]s, with the viewer's own bids marked, and with names only for the project's seller.
pub struct History {
    /// The project's seller, the only one who may see names.
    seller: AccountId,
    /// Latest first, each with its buyer.
    bids: Vec<(AccountId, HistoryBid)>,
    /// The bids that have a note, each with its buyer.
    with_note: Vec<(AccountId, BidId)>,
    leader: Option<BidId>,
}

impl History {
    /// The number of bids in the history, at most [`HISTORY_LIMIT`].
    #[must_use]
    pub fn len(&self) -> usize {
        self.bids.len()
    }

    /// True if nobody has ever bid on the project.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bids.is_empty()
    }

    /// The bid that won, or that would have won at that moment; it may be older than every bid in this history.
    #[must_use]
    pub const fn leader(&self) -> Option<BidId> {
        self.leader
    }

    /// The bids under pseudonyms, with the viewer's own marked.
    #[must_use]
    pub fn for_viewer(&self, viewer: Option<&Viewer>) -> Vec<HistoryBid> {
        self.bids
            .iter()
            .map(|(buyer, bid)| HistoryBid {
                is_own: viewer.is_some_and(|viewer| viewer.account == *buyer),
                ..bid.clone()
            })
            .collect()
    }

    /// The bids with a note that the viewer may read.
    #[must_use]
    pub fn with_note_for(&self, viewer: Option<&Viewer>) -> Vec<BidId> {
        let with_note = self.with_note.iter();
        with_note
            .filter(|(buyer, _)| may_read(viewer, self.seller, *buyer))
            .map(|(_, bid)| *bid)
            .collect()
    }

    /// True if the viewer's live bid, if there is one, is sure to be in this history. If false, it may be older than
    /// every bid here.
    #[must_use]
    pub fn includes_bid_of(&self, viewer: &Viewer) -> bool {
        let is_complete = i64::try_from(self.bids.len()).is_ok_and(|listed| listed < HISTORY_LIMIT);
        // When a bid was undone, an earlier one may have become live again.
        let is_latest = |(buyer, bid): &(AccountId, HistoryBid)| {
            *buyer == viewer.account && bid.undone_at.is_none()
        };
        is_complete || self.bids.iter().any(is_latest)
    }

    /// The viewer's bids, as far as this history includes them. It must be the history of `project`.
    #[must_use]
    pub fn bids_of(&self, viewer: &Viewer, project: &Project) -> ViewerBids {
        let own = self
            .bids
            .iter()
            .filter(|(buyer, _)| *buyer == viewer.account)
            .map(|(_, bid)| bid);
        let live = |bid: &HistoryBid| ViewerBid {
            id: bid.id,
            amount: bid.amount,
            accepted_at: bid.accepted_at,
            bidder_number: bid.bidder_number,
            leads: self.leader == Some(bid.id),
        };
        let last_undone_at = own.clone().filter_map(|bid| bid.undone_at).max();
        let live = own.clone().find(|bid| bid.state == State::Live).map(live);
        let last = own
            .clone()
            .find(|bid| bid.undone_at.is_none())
            .map(|bid| bid.amount);
        ViewerBids {
            last,
            live,
            undoable: live.and_then(|live| undo::undoable(&live, last_undone_at, project)),
        }
    }
}

/// The latest bids of a project, at most [`HISTORY_LIMIT`], and the leading one among all its bids.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn history(db: &mut Connection, project: &Project) -> Result<History> {
    let rows = sqlx::query!(
        r#"select id, buyer_id, bidder_number, amount_minor, accepted_at, state, undone_at, note is not null as "has_note!",
                  (select f.id from bid f where f.project_id = $1 and f.state = 'live'
                   order by f.amount_minor, f.accepted_at, f.id limit 1) as leader
           from bid where project_id = $1 order by id desc limit $2"#,
        project.id.0,
        HISTORY_LIMIT
    )
    .fetch_all(db)
    .await?;
    Ok(History {
        seller: project.seller,
        leader: rows.first().and_then(|row| row.leader).map(BidId),
        with_note: rows
            .iter()
            .filter(|row| row.has_note)
            .map(|row| (AccountId(row.buyer_id), BidId(row.id)))
            .collect(),
        bids: rows
            .into_iter()
            .map(|row| {
                let bid = HistoryBid {
                    id: BidId(row.id),
                    bidder_number: row.bidder_number,
                    bidder_name: None,
                    is_own: false,
                    amount: Money::from_minor(row.amount_minor, project.budget.currency()),
                    note: None,
                    accepted_at: row.accepted_at,
                    state: row.state.parse().map_err(Error::unexpected)?,
                    undone_at: row.undone_at,
                };
                Ok((AccountId(row.buyer_id), bid))
            })
            .collect::<Result<_>>()?,
    })
}

/// The bids of a history with the bidders' names, for the project's seller.
///
/// # Errors
/// `NotAllowed` for anyone else.
pub async fn history_with_names(
    db: &mut Connection,
    viewer: &Viewer,
    history: &History,
) -> Result<Vec<HistoryBid>> {
    if viewer.account != history.seller {
        return Err(Error::NotAllowed);
    }
    let buyers: Vec<i64> = history.bids.iter().map(|(buyer, _)| buyer.0).collect();
    let names: HashMap<i64, String> =
        sqlx::query!("select id, name from account where id = any ($1)", &buyers)
            .fetch_all(db)
            .await?
            .into_iter()
            .map(|row| (row.id, row.name))
            .collect();
    Ok(history
        .bids
        .iter()
        .map(|(buyer, bid)| HistoryBid {
            bidder_name: names.get(&buyer.0).cloned(),
            ..bid.clone()
        })
        .collect())
}

/// The viewer's bids at the moment when the project and its history were read. The viewer's later changes are left out,
/// because they would contradict both.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn own_bids_at_snapshot(
    db: &mut Connection,
    viewer: &Viewer,
    project: &Project,
    history: &History,
) -> Result<ViewerBids> {
    if history.includes_bid_of(viewer) {
        return Ok(history.bids_of(viewer, project));
    }
    let earliest = history.bids.last().map(|(_, bid)| bid.id);
    let last = store::last_bid(db, project.id, viewer.account, earliest, Some(project.now)).await?;
    let was_live = |last: &store::LastBid| match last.state {
        // The bid that replaced it is not in the history, so it was placed later or has been undone.
        State::Live | State::Replaced => true,
        State::Withdrawn => last.ended_at.is_some_and(|ended| ended > project.now),
    };
    let amount =
        |last: &store::LastBid| Money::from_minor(last.amount_minor, project.budget.currency());
    let last_amount = last.as_ref().map(amount);
    let live = last.filter(was_live).map(|last| ViewerBid {
        id: last.id,
        amount: amount(&last),
        accepted_at: last.accepted_at,
        bidder_number: last.bidder_number,
        leads: history.leader == Some(last.id),
    });
    let undoable = match &live {
        Some(live) if undo::undoable(live, None, project).is_some() => {
            let at = undo::store::last_undone_at(db, project.id, viewer.account).await?;
            undo::undoable(live, at, project)
        }
        _ => None,
    };
    Ok(ViewerBids {
        last: last_amount,
        live,
        undoable,
    })
}

/// Up to `most` bids of a project older than `before`, latest first. Bids are accepted one after the other under the
/// project's row lock, so their ids follow the same order.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn history_before(
    db: &mut Connection,
    viewer: Option<&Viewer>,
    project: &Project,
    before: Option<BidId>,
    most: i64,
) -> Result<Vec<HistoryBid>> {
    let for_seller = viewer.is_some_and(|viewer| viewer.account == project.seller);
    let rows = sqlx::query!(
        r#"select b.id, b.bidder_number, b.buyer_id, b.amount_minor, b.accepted_at, b.state, b.undone_at, b.note,
                  case when $2 then a.name end as bidder_name
           from bid b join account a on a.id = b.buyer_id
           where b.project_id = $1 and b.id < $4 order by b.id desc limit $3"#,
        project.id.0,
        for_seller,
        most,
        before.map_or(i64::MAX, |id| id.0)
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let may_read = may_read(viewer, project.seller, AccountId(row.buyer_id));
            Ok(HistoryBid {
                id: BidId(row.id),
                note: row.note.filter(|_| may_read).map(Note::stored),
                bidder_number: row.bidder_number,
                bidder_name: row.bidder_name,
                is_own: viewer.is_some_and(|viewer| viewer.account.0 == row.buyer_id),
                amount: Money::from_minor(row.amount_minor, project.budget.currency()),
                accepted_at: row.accepted_at,
                state: row.state.parse().map_err(Error::unexpected)?,
                undone_at: row.undone_at,
            })
        })
        .collect()
}

/// The four latest live bids of an open project, for the front page. Only the latest [`HISTORY_LIMIT`] bids are
/// considered, so this may return fewer than four although more bids are live.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn latest(
    db: &mut Connection,
    project: ProjectId,
    currency: Currency,
) -> Result<Vec<HistoryBid>> {
    let rows = sqlx::query!(
        "select id, bidder_number, amount_minor, accepted_at
         from (select id, bidder_number, amount_minor, accepted_at, state from bid where project_id = $1 order by id desc limit $2) latest
         where state = 'live' order by id desc limit 4",
        project.0,
        HISTORY_LIMIT
    )
    .fetch_all(db)
    .await?;
    let bid = |id, bidder_number, minor, accepted_at| HistoryBid {
        id: BidId(id),
        bidder_number,
        bidder_name: None,
        is_own: false,
        amount: Money::from_minor(minor, currency),
        note: None,
        accepted_at,
        state: State::Live,
        undone_at: None,
    };
    Ok(rows
        .into_iter()
        .map(|row| bid(row.id, row.bidder_number, row.amount_minor, row.accepted_at))
        .collect())
}
