//! Figures as text: a flat JSON object of numbers and names that need no escaping.
//!
//! The browser parses it by hand. A JSON library would be a good part of all the WASM, and JavaScript's numbers are
//! floats.

use super::Figures;
use crate::{bid::BidId, project::ProjectId};
use std::str::FromStr;

impl Figures {
    /// Serializes the figures as one JSON object.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self {
            project,
            state,
            bid_count,
            made,
            ..
        } = self;
        let state = state.name();
        let lowest = or_null(self.lowest_minor);
        let currency = self.currency.code();
        let leader = or_null(self.leader);
        let winner = or_null(self.winner);
        let newest = or_null(self.newest.map(|id| id.0));
        format!(
            r#"{{"id":{project},"state":"{state}","bid_count":{bid_count},"lowest_minor":{lowest},"currency":"{currency}","leader":{leader},"winner":{winner},"bids_made":{made},"newest_bid":{newest}}}"#
        )
    }

    /// Parses the output of [`to_json`](Self::to_json); unknown members are ignored.
    #[must_use]
    pub fn from_json(object: &str) -> Option<Self> {
        Some(Self {
            project: ProjectId(read(object, "id")?),
            state: read(object, "state")?,
            bid_count: read(object, "bid_count")?,
            lowest_minor: read(object, "lowest_minor"),
            currency: read(object, "currency")?,
            leader: read(object, "leader"),
            winner: read(object, "winner"),
            made: read(object, "bids_made")?,
            newest: read(object, "newest_bid").map(BidId),
        })
    }
}

/// The text of a member, without quotes, of a flat object that this site wrote.
#[must_use]
pub fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    object.trim_matches(['{', '}']).split(',').find_map(|pair| {
        let (key, value) = pair.split_once(':')?;
        (key.trim_matches('"') == name).then(|| value.trim_matches('"'))
    })
}

/// The flat objects of an array, or a single object.
pub fn objects(text: &str) -> impl Iterator<Item = &str> {
    text.split('{')
        .filter_map(|part| part.split_once('}').map(|(object, _)| object))
}

fn read<T: FromStr>(object: &str, name: &str) -> Option<T> {
    member(object, name)?.parse().ok()
}

fn or_null<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{money::Currency, project::State};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn figures_survive_a_round_trip(
            id in 1_i64.., state in 1_usize..5, bids in 0_i32.., minor in proptest::option::of(1_i64..),
            leader in proptest::option::of(1_i32..), winner in proptest::option::of(1_i32..),
            made in 0_i64..=200, newest in proptest::option::of(1_i64..),
        ) {
            let figures = Figures {
                project: ProjectId(id),
                state: State::ALL[state],
                bid_count: bids,
                lowest_minor: minor,
                currency: Currency::Chf,
                leader,
                winner,
                made,
                newest: newest.map(BidId),
            };
            let json = figures.to_json();
            prop_assert_eq!(Figures::from_json(&json), Some(figures));
            let listed = format!(r#"{{"projects":[{json},{json}]}}"#);
            let read: Vec<_> = objects(&listed).filter_map(Figures::from_json).collect();
            prop_assert_eq!(read, vec![figures; 2]);
        }

        #[test]
        fn malformed_text_is_ignored(text in ".*") {
            let _ = Figures::from_json(&text);
            prop_assert!(objects(&text).count() <= text.len());
        }
    }

    #[test]
    fn members_are_matched_by_their_full_name() {
        let object = r#"{"id":7,"own_minor":900,"standing":"outbid","lowest_minor":null}"#;
        assert_eq!(member(object, "standing"), Some("outbid"));
        assert_eq!(member(object, "own_minor"), Some("900"));
        assert_eq!(member(object, "minor"), None);
        assert_eq!(read::<i64>(object, "lowest_minor"), None);
    }
}
