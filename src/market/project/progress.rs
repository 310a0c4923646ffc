//! The states of projects, each with its data.

use super::{Project, State};
use crate::{Error, Result, account::Contact, bid::BidId, money::Money};
use time::OffsetDateTime;

/// The state of a published project, with its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Open for bids until the deadline. The worker awards it within moments after that.
    Open,
    /// Awarded to the lowest bid.
    Awarded {
        bid: BidId,
        ended_at: OffsetDateTime,
    },
    /// There was no live bid at the deadline.
    Unawarded { ended_at: OffsetDateTime },
    /// Cancelled by the seller while it had no live bid.
    Cancelled { ended_at: OffsetDateTime },
}

impl Progress {
    /// Parses the columns of a row. They are optional because each belongs to some states only.
    pub(super) fn parse(
        state: &str,
        winning_bid: Option<i64>,
        ended_at: Option<OffsetDateTime>,
    ) -> Result<Self> {
        let state = state.parse().map_err(Error::unexpected)?;
        match (state, winning_bid.map(BidId), ended_at) {
            (State::Open, None, None) => Ok(Self::Open),
            (State::Awarded, Some(bid), Some(ended_at)) => Ok(Self::Awarded { bid, ended_at }),
            (State::Unawarded, None, Some(ended_at)) => Ok(Self::Unawarded { ended_at }),
            (State::Cancelled, None, Some(ended_at)) => Ok(Self::Cancelled { ended_at }),
            (state, ..) => Err(mismatch(state)),
        }
    }

    /// The state without its data.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Open => State::Open,
            Self::Awarded { .. } => State::Awarded,
            Self::Unawarded { .. } => State::Unawarded,
            Self::Cancelled { .. } => State::Cancelled,
        }
    }

    /// When it ended, or `None` while it is open.
    #[must_use]
    pub const fn ended_at(self) -> Option<OffsetDateTime> {
        match self {
            Self::Open => None,
            Self::Awarded { ended_at, .. }
            | Self::Unawarded { ended_at }
            | Self::Cancelled { ended_at } => Some(ended_at),
        }
    }

    /// The winning bid, or `None` if there is none.
    #[must_use]
    pub const fn winning_bid(self) -> Option<BidId> {
        match self {
            Self::Awarded { bid, .. } => Some(bid),
            Self::Open | Self::Unawarded { .. } | Self::Cancelled { .. } => None,
        }
    }
}

/// The terms a seller published a project with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub budget: Money,
    pub deadline: OffsetDateTime,
}

/// The state of one of the seller's own projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnProgress {
    /// Not published yet; budget and deadline may be missing.
    Draft {
        budget: Option<Money>,
        deadline: Option<OffsetDateTime>,
    },
    Open(Terms),
    Awarded {
        terms: Terms,
        winner: Contact,
        ended_at: OffsetDateTime,
    },
    Unawarded {
        terms: Terms,
        ended_at: OffsetDateTime,
    },
    Cancelled {
        terms: Terms,
        ended_at: OffsetDateTime,
    },
}

impl OwnProgress {
    /// Parses the columns of a row, like [`Progress::parse`].
    pub(super) fn parse(
        state: &str,
        budget: Option<Money>,
        deadline: Option<OffsetDateTime>,
        winner: Option<Contact>,
        ended_at: Option<OffsetDateTime>,
    ) -> Result<Self> {
        let state = state.parse().map_err(Error::unexpected)?;
        if state == State::Draft {
            return Ok(Self::Draft { budget, deadline });
        }
        let (Some(budget), Some(deadline)) = (budget, deadline) else {
            return Err(mismatch(state));
        };
        let terms = Terms { budget, deadline };
        match (state, winner, ended_at) {
            (State::Open, None, None) => Ok(Self::Open(terms)),
            (State::Awarded, Some(winner), Some(ended_at)) => Ok(Self::Awarded {
                terms,
                winner,
                ended_at,
            }),
            (State::Unawarded, None, Some(ended_at)) => Ok(Self::Unawarded { terms, ended_at }),
            (State::Cancelled, None, Some(ended_at)) => Ok(Self::Cancelled { terms, ended_at }),
            (state, ..) => Err(mismatch(state)),
        }
    }

    /// The state without its data.
    #[must_use]
    pub const fn state(&self) -> State {
        match self {
            Self::Draft { .. } => State::Draft,
            Self::Open(_) => State::Open,
            Self::Awarded { .. } => State::Awarded,
            Self::Unawarded { .. } => State::Unawarded,
            Self::Cancelled { .. } => State::Cancelled,
        }
    }

    /// The published terms, or `None` for a draft.
    #[must_use]
    pub const fn terms(&self) -> Option<Terms> {
        match self {
            Self::Draft { .. } => None,
            Self::Open(terms)
            | Self::Awarded { terms, .. }
            | Self::Unawarded { terms, .. }
            | Self::Cancelled { terms, .. } => Some(*terms),
        }
    }

    /// The most the seller pays; a draft may lack it.
    #[must_use]
    pub const fn budget(&self) -> Option<Money> {
        match self {
            Self::Draft { budget, .. } => *budget,
            Self::Open(terms)
            | Self::Awarded { terms, .. }
            | Self::Unawarded { terms, .. }
            | Self::Cancelled { terms, .. } => Some(terms.budget),
        }
    }

    /// The deadline; a draft may lack it.
    #[must_use]
    pub const fn deadline(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Draft { deadline, .. } => *deadline,
            Self::Open(terms)
            | Self::Awarded { terms, .. }
            | Self::Unawarded { terms, .. }
            | Self::Cancelled { terms, .. } => Some(terms.deadline),
        }
    }

    /// When it ended, or `None` if it has not.
    #[must_use]
    pub const fn ended_at(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Draft { .. } | Self::Open(_) => None,
            Self::Awarded { ended_at, .. }
            | Self::Unawarded { ended_at, .. }
            | Self::Cancelled { ended_at, .. } => Some(*ended_at),
        }
    }

    /// The winner, or `None` if there is none.
    #[must_use]
    pub const fn winner(&self) -> Option<&Contact> {
        match self {
            Self::Awarded { winner, .. } => Some(winner),
            Self::Draft { .. }
            | Self::Open(_)
            | Self::Unawarded { .. }
            | Self::Cancelled { .. } => None,
        }
    }
}

/// What decides whether a seller may change a project. It is read under the row lock; a page that only asks whether the
/// change is possible reads it without the lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChangeState {
    Draft,
    Open {
        bid_count: i32,
        deadline: OffsetDateTime,
    },
    Ended,
}

impl ChangeState {
    /// Parses the columns of a row, like [`Progress::parse`].
    pub(super) fn parse(
        state: &str,
        bid_count: i32,
        deadline: Option<OffsetDateTime>,
    ) -> Result<Self> {
        let state = state.parse().map_err(Error::unexpected)?;
        match (state, deadline) {
            (State::Draft, _) => Ok(Self::Draft),
            (State::Open, Some(deadline)) => Ok(Self::Open {
                bid_count,
                deadline,
            }),
            (State::Open, None) => Err(mismatch(state)),
            (State::Awarded | State::Unawarded | State::Cancelled, _) => Ok(Self::Ended),
        }
    }
}

impl Project {
    /// What decides whether its seller may change it.
    pub(super) const fn before_change(&self) -> ChangeState {
        match self.progress {
            Progress::Open => ChangeState::Open {
                bid_count: self.bid_count,
                deadline: self.deadline,
            },
            Progress::Awarded { .. } | Progress::Unawarded { .. } | Progress::Cancelled { .. } => {
                ChangeState::Ended
            }
        }
    }
}

/// The error for a row that can't exist: the database's constraints exclude it, and the award is stored in the same
/// transaction as the state.
fn mismatch(state: State) -> Error {
    Error::unexpected(format!(
        "a project's row has columns that do not match its state {}",
        state.name()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn a_row_is_parsed_only_if_its_columns_match_its_state() {
        let bid = BidId(7);
        for (state, winning_bid, ended_at, expected) in [
            ("open", None, None, Progress::Open),
            (
                "awarded",
                Some(7),
                Some(AT),
                Progress::Awarded { bid, ended_at: AT },
            ),
            (
                "unawarded",
                None,
                Some(AT),
                Progress::Unawarded { ended_at: AT },
            ),
            (
                "cancelled",
                None,
                Some(AT),
                Progress::Cancelled { ended_at: AT },
            ),
        ] {
            let read = Progress::parse(state, winning_bid, ended_at).unwrap();
            assert_eq!(read, expected);
            assert_eq!(read.state().name(), state);
            assert_eq!(read.winning_bid().map(|bid| bid.0), winning_bid);
            assert_eq!(read.ended_at(), ended_at);
        }
        for (state, winning_bid, ended_at) in [
            ("draft", None, None),
            ("open", None, Some(AT)),
            ("awarded", None, Some(AT)),
            ("awarded", Some(7), None),
            ("unawarded", Some(7), Some(AT)),
            ("cancelled", None, None),
        ] {
            assert!(
                Progress::parse(state, winning_bid, ended_at).is_err(),
                "{state}"
            );
        }
    }

    #[test]
    fn only_a_locked_open_project_has_a_bid_count_and_a_deadline() {
        let (bid_count, deadline) = (2, AT);
        for (state, expected) in [
            ("draft", ChangeState::Draft),
            (
                "open",
                ChangeState::Open {
                    bid_count,
                    deadline,
                },
            ),
            ("awarded", ChangeState::Ended),
            ("unawarded", ChangeState::Ended),
            ("cancelled", ChangeState::Ended),
        ] {
            let read = ChangeState::parse(state, bid_count, Some(deadline)).unwrap();
            assert_eq!(read, expected, "{state}");
        }
        assert!(ChangeState::parse("open", 0, None).is_err());
    }
}
