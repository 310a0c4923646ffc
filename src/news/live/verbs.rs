use super::{Figures, Look, Snapshot, store};
use crate::{
    Result,
    account::{Role, Viewer},
    bid::{self, Standing},
    project::ProjectId,
    store::Connection,
};

/// How many changes a look takes; past that it says that anything may have changed.
const MOST_CHANGES: i64 = 50_000;
/// As many projects as a dashboard shows.
const MOST_OWN: i64 = 500;

/// Which projects changed since an earlier look, and who changed them. The first look sees nothing but the moment, from which
/// the next goes on.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn look(db: &mut Connection, since: Option<&Snapshot>) -> Result<Look> {
    match since {
        Some(since) => store::look(db, since, MOST_CHANGES).await,
        None => Ok(Look {
            snapshot: store::snapshot(db).await?,
            topics: Vec::new(),
            all: true,
        }),
    }
}

/// How those of these projects stand that are published.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn figures(db: &mut Connection, projects: &[ProjectId]) -> Result<Vec<Figures>> {
    let ids: Vec<i64> = projects.iter().map(|id| id.0).collect();
    store::figures(db, &ids).await
}

/// A project on somebody's dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Own {
    pub project: ProjectId,
    /// Of a buyer.
    pub bid: Option<OwnBid>,
}

/// A buyer's latest bid on a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnBid {
    pub bidder_number: i32,
    pub minor: i64,
    pub state: bid::State,
}

impl OwnBid {
    /// How the bid stands, given how the auction does.
    #[must_use]
    pub fn standing(&self, figures: &Figures) -> Standing {
        let leads = figures.leader == Some(self.bidder_number);
        bid::standing(figures.state, self.state, leads)
    }
}

/// The projects on the viewer's dashboard, the newest 500: a seller's own, or those a buyer bid on.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn own(db: &mut Connection, viewer: &Viewer) -> Result<Vec<Own>> {
    match viewer.role {
        Role::Seller => {
            let posted = store::posted(db, viewer.account, MOST_OWN).await?;
            let own = |project| Own { project, bid: None };
            Ok(posted.into_iter().map(own).collect())
        }
        Role::Buyer => {
            let bids = store::latest_bids(db, viewer.account, MOST_OWN).await?;
            let own = |(project, bidder_number, minor, state)| Own {
                project,
                bid: Some(OwnBid {
                    bidder_number,
                    minor,
                    state,
                }),
            };
            Ok(bids.into_iter().map(own).collect())
        }
    }
}
