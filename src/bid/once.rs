//! Bids that may be sent again: one that was carried out before is recognised, in the transaction that decides it.

use super::{Bid, Offer};
use crate::{
    Error, Result,
    account::AccountId,
    idempotency::{self, Answer, Kept},
    store::Connection,
    submission,
};
use std::fmt;

/// How an API request's answer is made of what was decided. What is not to be kept, since the next time it may come out
/// otherwise, is an error.
pub type LayOut = Box<dyn Fn(Result<Bid>) -> Result<Answer> + Send + Sync>;

/// What makes a bid that is sent again the same bid.
pub enum Once {
    /// Nothing: each is another one.
    Never,
    /// A form, and where its sender is led.
    Form {
        mark: submission::Mark,
        location: String,
    },
    /// A request with a key, and how it is answered.
    Keyed {
        mark: idempotency::Mark,
        lay_out: LayOut,
    },
}

impl Once {
    /// Whether it takes a lock of its own.
    pub(super) const fn is_keyed(&self) -> bool {
        matches!(self, Self::Keyed { .. })
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Never => "Never",
            Self::Form { .. } => "Form",
            Self::Keyed { .. } => "Keyed",
        })
    }
}

/// A bid that somebody asks for.
#[derive(Debug)]
pub(super) struct Asked {
    pub buyer: AccountId,
    pub offer: Offer,
    pub once: Once,
}

/// What came of a bid that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Placed(Bid),
    /// The form had its effect before; its sender was led here.
    Repeated {
        location: String,
    },
    /// The answer that is kept under the key, and whether it was given before.
    Answered {
        answer: Answer,
        again: bool,
    },
    /// The key was used for another request.
    OtherRequest,
    /// A request with this key is being carried out at this moment.
    StillRunning,
}

/// Whether a bid is still to be decided.
pub(super) enum Turn {
    Open,
    /// The same as an earlier one of this transaction.
    SameAs(usize),
    Known(Outcome),
}

/// What is known of each of these bids. Whoever holds their projects' rows sees all that was decided about them before.
pub(super) async fn turns(db: &mut Connection, asked: &[&Asked]) -> Result<Vec<Turn>> {
    let mut turns: Vec<Turn> = (0..asked.len()).map(|place| turn(asked, place)).collect();
    // A key that came twice for different requests was perhaps answered before for the second of them.
    let unknown = |place: &usize| !matches!(turns[*place], Turn::SameAs(_));
    let (mut forms, mut keyed) = (Vec::new(), Vec::new());
    for place in (0..asked.len()).filter(unknown) {
        match &asked[place].once {
            Once::Never => {}
            Once::Form { mark, .. } => forms.push((place, (asked[place].buyer, mark))),
            Once::Keyed { mark, .. } => keyed.push((place, mark)),
        }
    }
    if !forms.is_empty() {
        let (places, marks): (Vec<_>, Vec<_>) = forms.into_iter().unzip();
        for (place, location) in places
            .into_iter()
            .zip(submission::settled(db, &marks).await?)
        {
            if let Some(location) = location {
                turns[place] = Turn::Known(Outcome::Repeated { location });
            }
        }
    }
    if !keyed.is_empty() {
        let (places, marks): (Vec<_>, Vec<_>) = keyed.into_iter().unzip();
        for (place, kept) in places.into_iter().zip(idempotency::kept(db, &marks).await?) {
            match kept {
                Some(Kept::Answered(answer)) => {
                    let again = true;
                    turns[place] = Turn::Known(Outcome::Answered { answer, again });
                }
                Some(Kept::OtherRequest) => turns[place] = Turn::Known(Outcome::OtherRequest),
                Some(Kept::Running) => turns[place] = Turn::Known(Outcome::StillRunning),
                None => {}
            }
        }
    }
    // Whoever sent the same as one that is known is known too.
    for place in 0..turns.len() {
        if let Turn::SameAs(first) = turns[place]
            && let Turn::Known(outcome) = &turns[first]
        {
            turns[place] = Turn::Known(match outcome.clone() {
                Outcome::Answered { answer, .. } => Outcome::Answered {
                    answer,
                    again: true,
                },
                other => other,
            });
        }
    }
    Ok(turns)
}

/// Compares a bid with those before it in the same transaction.
fn turn(asked: &[&Asked], place: usize) -> Turn {
    let (before, this) = (&asked[..place], asked[place]);
    match &this.once {
        Once::Never => Turn::Open,
        Once::Form { mark, .. } => {
            let is_same = |other: &&Asked| matches!(&other.once, Once::Form { mark: first, .. } if first == mark && other.buyer == this.buyer);
            before
                .iter()
                .position(is_same)
                .map_or(Turn::Open, Turn::SameAs)
        }
        Once::Keyed { mark, .. } => {
            let first = before
                .iter()
                .enumerate()
                .find_map(|(at, other)| match &other.once {
                    Once::Keyed { mark: first, .. } if first.has_key_of(mark) => Some((at, first)),
                    _ => None,
                });
            match first {
                None => Turn::Open,
                Some((at, first)) if first.asks_for(mark) => Turn::SameAs(at),
                Some(_) => Turn::Known(Outcome::OtherRequest),
            }
        }
    }
}

/// Says what came of each bid and keeps, in the transaction of their effects, what recognises them when they come again.
/// `decided` has nothing for those that were known.
pub(super) async fn conclude(
    db: &mut Connection,
    asked: &[&Asked],
    turns: Vec<Turn>,
    decided: Vec<Option<Result<Bid>>>,
) -> Result<Vec<Result<Outcome>>> {
    let (mut forms, mut locations, mut keyed) = (Vec::new(), Vec::new(), Vec::new());
    let mut outcomes: Vec<Result<Outcome>> = Vec::with_capacity(asked.len());
    for ((asked, turn), decided) in asked.iter().zip(turns).zip(decided) {
        let outcome = match (decided, turn, &asked.once) {
            (Some(bid), _, Once::Never) => bid.map(Outcome::Placed),
            (Some(bid), _, Once::Form { mark, location }) => bid.map(|bid| {
                forms.push((asked.buyer, mark));
                locations.push(location.clone());
                Outcome::Placed(bid)
            }),
            (Some(bid), _, Once::Keyed { mark, lay_out }) => lay_out(bid).map(|answer| {
                keyed.push((mark, answer.clone()));
                let again = false;
                Outcome::Answered { answer, again }
            }),
            (None, Turn::Known(outcome), _) => Ok(outcome),
            (None, Turn::SameAs(first), once) => again(&outcomes[first], once),
            (None, Turn::Open, _) => Err(Error::unexpected("a bid was not decided")),
        };
        outcomes.push(outcome);
    }
    if !forms.is_empty() {
        submission::settle_all(db, &forms, &locations).await?;
    }
    if !keyed.is_empty() {
        let answered: Vec<_> = keyed.iter().map(|(mark, answer)| (*mark, answer)).collect();
        idempotency::keep_all(db, &answered).await?;
    }
    Ok(outcomes)
}

/// What somebody is told who sent the same as an earlier one of this transaction.
fn again(first: &Result<Outcome>, once: &Once) -> Result<Outcome> {
    match (first, once) {
        (Ok(Outcome::Placed(_)), Once::Form { location, .. }) => Ok(Outcome::Repeated {
            location: location.clone(),
        }),
        (Ok(Outcome::Answered { answer, .. }), _) => Ok(Outcome::Answered {
            answer: answer.clone(),
            again: true,
        }),
        _ => Err(super::combiner::busy()),
    }
}
