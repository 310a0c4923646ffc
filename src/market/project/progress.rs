//! How far projects have come, each state with what is known in it.

use super::State;
use crate::{Error, Result, account::Contact, bid::BidId, money::Money};
use time::OffsetDateTime;

/// How far a published project has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// It takes bids until its deadline; a moment later it gets its result.
    Open,
    /// The lowest bid won.
    Awarded {
        bid: BidId,
        ended_at: OffsetDateTime,
    },
    /// The deadline came and there was no bid.
    Unawarded { ended_at: OffsetDateTime },
    /// The seller took it back while there was no bid.
    Cancelled { ended_at: OffsetDateTime },
}

impl Progress {
    /// From a row. The columns are optional because each belongs to some states only.
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
            (state, ..) => Err(does_not_fit(state)),
        }
    }

    /// The state alone.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Open => State::Open,
            Self::Awarded { .. } => State::Awarded,
            Self::Unawarded { .. } => State::Unawarded,
            Self::Cancelled { .. } => State::Cancelled,
        }
    }

    /// When it ended, if it has.
    #[must_use]
    pub const fn ended_at(self) -> Option<OffsetDateTime> {
        match self {
            Self::Open => None,
            Self::Awarded { ended_at, .. }
            | Self::Unawarded { ended_at }
            | Self::Cancelled { ended_at } => Some(ended_at),
        }
    }

    /// The bid that won, if one has.
    #[must_use]
    pub const fn winning_bid(self) -> Option<BidId> {
        match self {
            Self::Awarded { bid, .. } => Some(bid),
            Self::Open | Self::Unawarded { .. } | Self::Cancelled { .. } => None,
        }
    }
}

/// What a seller offered when it published a project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub budget: Money,
    pub deadline: OffsetDateTime,
}

/// How far one of the seller's own projects has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwnProgress {
    /// The seller may not have decided yet on either.
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
    /// From a row, as [`Progress::parse`].
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
            return Err(does_not_fit(state));
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
            (state, ..) => Err(does_not_fit(state)),
        }
    }

    /// The state alone.
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

    /// What was offered, once it is published.
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

    /// The most that the seller pays; a draft may lack it.
    #[must_use]
    pub fn budget(&self) -> Option<Money> {
        match self {
            Self::Draft { budget, .. } => *budget,
            _ => self.terms().map(|terms| terms.budget),
        }
    }

    /// The deadline; a draft may lack it.
    #[must_use]
    pub fn deadline(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Draft { deadline, .. } => *deadline,
            _ => self.terms().map(|terms| terms.deadline),
        }
    }

    /// When it ended, if it has.
    #[must_use]
    pub const fn ended_at(&self) -> Option<OffsetDateTime> {
        match self {
            Self::Draft { .. } | Self::Open(_) => None,
            Self::Awarded { ended_at, .. }
            | Self::Unawarded { ended_at, .. }
            | Self::Cancelled { ended_at, .. } => Some(*ended_at),
        }
    }

    /// Who won, if somebody has.
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

/// The database's constraints, and the award's being stored with the state, exclude it.
fn does_not_fit(state: State) -> Error {
    Error::unexpected(format!(
        "a project's row has other columns than the state {} goes with",
        state.name()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn a_row_is_read_only_if_it_has_what_its_state_goes_with() {
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
}
