//! The standing of a buyer's bid.

use serde::{Deserialize, Serialize};

/// The standing of a buyer's latest bid on a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It would win if the deadline were now.
    Leading,
    /// Another buyer's bid would win.
    Outbid,
    Won,
    Lost,
    Withdrawn,
}

impl Standing {
    /// Every standing, in the order in which the dashboard shows them.
    pub const ALL: [Self; 5] = [
        Self::Leading,
        Self::Outbid,
        Self::Won,
        Self::Lost,
        Self::Withdrawn,
    ];

    /// The name in URLs and on pages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Leading => "leading",
            Self::Outbid => "outbid",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Withdrawn => "withdrawn",
        }
    }
}

impl std::str::FromStr for Standing {
    type Err = crate::field::ValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.name() == text)
            .ok_or(crate::field::ValueError::NotAChoice)
    }
}
