use crate::{account::AccountId, project::ProjectId};

/// The subject of a live stream. A new kind of stream gets a variant here, and `live::poll` maps its events to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// The state of an auction.
    Project(ProjectId),
    /// An account's own actions, which may change the lists on its pages.
    Account(AccountId),
}

impl Topic {
    /// The project, for a project topic.
    #[must_use]
    pub const fn project(self) -> Option<ProjectId> {
        match self {
            Self::Project(id) => Some(id),
            Self::Account(_) => None,
        }
    }
}
