//! Watched projects: what somebody wants to hear of without bidding on it.
//!
//! Invariant: an account watches [`MAX_WATCHED`] projects at most, and never its own. Watching begins while the project
//! takes bids. What watchers are told is decided in `notice`.

mod refusal;
mod store;
mod verbs;

pub use refusal::Refusal;
pub use store::{forget_old, is_watching};
pub use verbs::{begin, end, watched};

use crate::{
    account::Viewer,
    money::Money,
    project::{Project, ProjectId, State},
};
use time::OffsetDateTime;

/// How many projects an account may watch. Ended ones count until they are forgotten.
pub const MAX_WATCHED: i64 = 200;
/// How long a project stays among the watched ones after its deadline, in days.
pub const KEPT_DAYS: i32 = 90;

/// True if the viewer may begin to watch the project: it is somebody else's and accepts bids.
#[must_use]
pub fn may_watch(viewer: &Viewer, project: &Project) -> bool {
    viewer.account != project.seller && project.accepts_bids()
}

/// A project that somebody watches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchedProject {
    pub id: ProjectId,
    pub name: String,
    pub state: State,
    pub deadline: OffsetDateTime,
    pub budget: Money,
    pub lowest: Option<Money>,
    pub bid_count: i32,
}

impl WatchedProject {
    /// True if it takes bids at this time.
    #[must_use]
    pub fn accepts_bids(&self, now: OffsetDateTime) -> bool {
        self.state == State::Open && now < self.deadline
    }
}
