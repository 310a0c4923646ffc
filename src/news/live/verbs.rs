use super::{Figures, Poll, Snapshot, store};
use crate::{
    Result,
    account::{Role, Viewer},
    bid::{self, Standing},
    project::ProjectId,
    store::Connection,
};

/// Maximum number of changes that a poll takes; beyond that it reports that anything may have changed.
const MAX_CHANGES: i64 = 50_000;
/// The number of projects that a dashboard shows.
const MAX_OWN: i64 = 500;

/// Polls which topics have changed since an earlier poll. The first poll only returns the snapshot from which the next
/// one continues.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn poll(db: &mut Connection, since: Option<&Snapshot>) -> Result<Poll> {
    match since {
        Some(since) => store::poll(db, since, MAX_CHANGES).await,
        None => {
            let (snapshot, now) = store::snapshot(db).await?;
            Ok(Poll {
                snapshot,
                now,
                topics: Vec::new(),
                has_new_name: false,
                all: true,
            })
        }
    }
}

/// The figures of the published ones among these projects.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn figures(db: &mut Connection, projects: &[ProjectId]) -> Result<Vec<Figures>> {
    let ids: Vec<i64> = projects.iter().map(|id| id.0).collect();
    store::figures(db, &ids).await
}

/// A project on a viewer's dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DashboardProject {
    pub project: ProjectId,
    /// Set for a buyer.
    pub bid: Option<LatestBid>,
}

/// A buyer's latest bid on a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatestBid {
    pub bidder_number: i32,
    pub minor: i64,
    pub state: bid::State,
}

impl LatestBid {
    /// The bid's standing, given the auction's figures.
    #[must_use]
    pub fn standing(&self, figures: &Figures) -> Standing {
        let leads = figures.leader == Some(self.bidder_number);
        bid::standing(figures.state, self.state, leads)
    }
}

/// The newest 500 projects on the viewer's dashboard: a seller's own, or those that a buyer has bid on.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn own(db: &mut Connection, viewer: &Viewer) -> Result<Vec<DashboardProject>> {
    match viewer.role {
        Role::Seller => {
            let posted = store::posted(db, viewer.account, MAX_OWN).await?;
            let own = |project| DashboardProject { project, bid: None };
            Ok(posted.into_iter().map(own).collect())
        }
        Role::Buyer => {
            let bids = store::latest_bids(db, viewer.account, MAX_OWN).await?;
            let own = |(project, bidder_number, minor, state)| DashboardProject {
                project,
                bid: Some(LatestBid {
                    bidder_number,
                    minor,
                    state,
                }),
            };
            Ok(bids.into_iter().map(own).collect())
        }
    }
}
