use crate::{account::AccountId, project::ProjectId};

/// What a live stream can be about. A new kind of stream gets a variant here, and its events name it in `live::look`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// How an auction stands.
    Project(ProjectId),
    /// What an account did itself, which may change what its own pages list.
    Account(AccountId),
}

impl Topic {
    /// The project, if it is about one.
    #[must_use]
    pub const fn project(self) -> Option<ProjectId> {
        match self {
            Self::Project(id) => Some(id),
            Self::Account(_) => None,
        }
    }
}
