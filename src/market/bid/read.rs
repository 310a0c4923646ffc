//! A buyer's own bids: which are live, which lead, and the outcome of each.
//!
//! The dashboard finds the latest bid on each project by jumping from project to project in an index, however many bids
//! there are on each. Lists of bids are merged from one index scan per state.

use super::{BidId, Note, Offer, Refusal, Standing, State, UndoRefusal, UndoableBid, store};
use crate::{
    Error, Result,
    account::{Contact, Role, Viewer},
    money::{Currency, Money},
    project::{self, Project, ProjectId},
    store::{Connection, now},
};
use time::OffsetDateTime;

/// A buyer's live bid on a project.
#[derive(Debug, Clone, Copy)]
pub struct ViewerBid {
    pub id: BidId,
    pub amount: Money,
    pub accepted_at: OffsetDateTime,
    pub bidder_number: i32,
    /// True if it would win if the deadline were now.
    pub leads: bool,
}

/// A buyer's bids on a project, as far as the project's page depends on them.
#[derive(Debug, Clone, Copy, Default)]
pub struct ViewerBids {
    pub live: Option<ViewerBid>,
    /// The last one that was not undone, even if it is withdrawn: the next bid must be lower.
    pub last: Option<Money>,
    /// The live one, if it can be undone.
    pub undoable: Option<UndoableBid>,
}

/// The viewer's live bid on the project, if there is one.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn own(
    db: &mut Connection,
    viewer: &Viewer,
    project: &Project,
) -> Result<Option<ViewerBid>> {
    // A live bid is the buyer's last one that was not undone, found as in `store::last_bid`.
    let row = sqlx::query!(
        r#"select b.id, b.amount_minor, b.accepted_at, b.bidder_number, not exists (
               select from bid o where o.project_id = b.project_id and o.state = 'live'
               and (o.amount_minor, o.accepted_at, o.id) < (b.amount_minor, b.accepted_at, b.id)) as "leads!"
           from (select * from bid where (buyer_id, project_id) <= ($2, $1) and undone_at is null
                 order by buyer_id desc, project_id desc, id desc limit 1) b
           where b.project_id = $1 and b.buyer_id = $2 and b.state = 'live'"#,
        project.id.0,
        viewer.account.0
    )
    .fetch_optional(db)
    .await?;
    Ok(row.map(|row| ViewerBid {
        id: BidId(row.id),
        accepted_at: row.accepted_at,
        amount: Money::from_minor(row.amount_minor, project.budget.currency()),
        bidder_number: row.bidder_number,
        leads: row.leads,
    }))
}

/// Succeeds if the viewer's live bid has exactly this amount, as for a repeated bid.
///
/// # Errors
/// `NotFound`; `Refused(NotLower)` if the viewer's last bid that was not undone is at or below this amount; otherwise
/// `Refused(Undone)`, because a bid that was accepted and no longer binds was undone; `Invalid` as for bids.
pub async fn must_be_live(
    db: &mut Connection,
    viewer: &Viewer,
    project: ProjectId,
    offer: &Offer,
) -> Result<()> {
    let project = project::find(db, project).await?;
    let amount = offer.amount(project.budget.currency())?;
    let own = own(db, viewer, &project).await?;
    if own.is_some_and(|own| own.amount == amount) {
        return Ok(());
    }
    // A bid that was accepted binds unless it was undone.
    let last = store::last_bid(db, project.id, viewer.account, None, None).await?;
    if last.is_some_and(|last| last.amount_minor <= amount.minor()) {
        Err(Refusal::NotLower { own: amount }.into())
    } else {
        Err(UndoRefusal::Undone.into())
    }
}

/// A project on a buyer's dashboard, with the buyer's latest bid.
#[derive(Debug, Clone)]
pub struct StandingBid {
    pub project: ProjectId,
    /// The project's state.
    pub state: project::State,
    pub name: String,
    pub amount: Money,
    /// The buyer's note to that bid.
    pub note: Option<Note>,
    pub lowest: Option<Money>,
    pub bid_count: i32,
    pub deadline: OffsetDateTime,
    pub standing: Standing,
    /// The seller's contact, shown only to the winner.
    pub seller: Option<Contact>,
}

impl StandingBid {
    /// True if it won a short time ago, so that seller and winner still have to get in touch.
    #[must_use]
    pub fn has_just_won(&self, now: OffsetDateTime) -> bool {
        self.standing == Standing::Won && now - self.deadline < project::NEW_RESULT
    }
}

/// The newest 500 projects that the viewer has bid on, each with the latest bid that was not undone, and the database's
/// clock.
///
/// # Errors
/// `NotAllowed` for sellers.
pub async fn of_buyer(
    db: &mut Connection,
    viewer: &Viewer,
) -> Result<(Vec<StandingBid>, OffsetDateTime)> {
    viewer.must_be(Role::Buyer)?;
    let rows = sqlx::query!(
        // Jumps from one project to the next in the index, however many bids the buyer made on each.
        r#"with recursive newest as (
               (select id, project_id, amount_minor, state, note from bid where buyer_id = $1 and undone_at is null
                order by project_id desc, id desc limit 1)
               union all
               select next.* from newest cross join lateral (
                   select id, project_id, amount_minor, state, note from bid
                   where buyer_id = $1 and project_id < newest.project_id and undone_at is null order by project_id desc, id desc limit 1) next
           )
           select p.id, p.name, p.currency, p.state as project_state, p.lowest_minor, p.bid_count, p.deadline as "deadline!",
                  b.amount_minor as "amount_minor!", b.state as "bid_state!", b.note as "note?", s.name as seller_name, s.email as seller_email,
                  coalesce(b.id = first.id, false) as "first!"
           from (select * from newest limit 500) b
           join project p on p.id = b.project_id
           join account s on s.id = p.seller_id
           left join lateral (select id from bid f where f.project_id = p.id and f.state = 'live'
                              order by f.amount_minor, f.accepted_at, f.id limit 1) first on true
           order by p.deadline desc, p.id desc"#,
        viewer.account.0
    )
    .fetch_all(&mut *db)
    .await?;
    let bids = rows
        .into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let state = row.project_state.parse().map_err(Error::unexpected)?;
            let bid_state = row.bid_state.parse().map_err(Error::unexpected)?;
            let standing = standing(state, bid_state, row.first);
            Ok(StandingBid {
                project: ProjectId(row.id),
                state,
                name: row.name,
                amount: Money::from_minor(row.amount_minor, currency),
                note: row.note.map(Note::stored),
                lowest: row
                    .lowest_minor
                    .map(|minor| Money::from_minor(minor, currency)),
                bid_count: row.bid_count,
                deadline: row.deadline,
                standing,
                seller: (standing == Standing::Won).then_some(Contact {
                    name: row.seller_name,
                    email: row.seller_email,
                }),
            })
        })
        .collect::<Result<_>>()?;
    Ok((bids, now(db).await?))
}

/// One of a buyer's bids, in any state.
#[derive(Debug, Clone)]
pub struct BuyersBid {
    pub id: BidId,
    pub project: ProjectId,
    pub project_name: String,
    pub project_state: project::State,
    pub deadline: OffsetDateTime,
    pub bidder_number: i32,
    pub amount: Money,
    pub note: Option<Note>,
    pub accepted_at: OffsetDateTime,
    pub state: State,
    /// Set for a live bid.
    pub standing: Option<Standing>,
}

/// Up to `most` of the viewer's bids older than `before`, in this state or in any, newest first.
///
/// # Errors
/// `NotAllowed` for sellers.
pub async fn buyers_bids_before(
    db: &mut Connection,
    viewer: &Viewer,
    state: Option<State>,
    before: Option<BidId>,
    most: i64,
) -> Result<Vec<BuyersBid>> {
    viewer.must_be(Role::Buyer)?;
    // Merges the newest bids of each state, because the index is ordered within a state.
    let rows = sqlx::query!(
        r#"select b.id, b.project_id, b.bidder_number, b.amount_minor, b.accepted_at, b.state, b.note, p.name, p.currency,
                  p.state as project_state, p.deadline as "deadline!",
                  (b.state = 'live' and not exists (
                      select from bid o where o.project_id = b.project_id and o.state = 'live'
                      and (o.amount_minor, o.accepted_at, o.id) < (b.amount_minor, b.accepted_at, b.id))) as "first!"
           from (select own.* from unnest(case when $2::text is null then array['live', 'replaced', 'withdrawn'] else array[$2] end) as asked (state)
                 cross join lateral (select * from bid where buyer_id = $1 and state = asked.state and id < $3
                                     order by id desc limit $4) own
                 order by own.id desc limit $4) b
           join project p on p.id = b.project_id
           order by b.id desc"#,
        viewer.account.0,
        state.map(State::name),
        before.map_or(i64::MAX, |id| id.0),
        most
    )
    .fetch_all(db)
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
            let project_state = row.project_state.parse().map_err(Error::unexpected)?;
            let state = row.state.parse().map_err(Error::unexpected)?;
            Ok(BuyersBid {
                id: BidId(row.id),
                project: ProjectId(row.project_id),
                project_name: row.name,
                project_state,
                deadline: row.deadline,
                bidder_number: row.bidder_number,
                amount: Money::from_minor(row.amount_minor, currency),
                note: row.note.map(Note::stored),
                accepted_at: row.accepted_at,
                state,
                standing: (state == State::Live).then(|| standing(project_state, state, row.first)),
            })
        })
        .collect()
}

/// The award goes to the first live bid, so the first bid of an awarded project has won.
pub(crate) fn standing(project: project::State, bid: State, first: bool) -> Standing {
    match (bid, project, first) {
        (State::Withdrawn | State::Replaced, _, _) => Standing::Withdrawn,
        (State::Live, project::State::Awarded, true) => Standing::Won,
        (State::Live, project::State::Awarded, false) => Standing::Lost,
        (State::Live, _, true) => Standing::Leading,
        (State::Live, _, false) => Standing::Outbid,
    }
}
