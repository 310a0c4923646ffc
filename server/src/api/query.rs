//! Query parameters: unknown ones are refused, and every problem names its parameter.

use super::{
    body,
    cursor::Cursor,
    problem::{Problem, ProblemKind},
    state::Api,
};
use axum::{
    extract::{FromRequestParts, Query as AxumQuery},
    http::request::Parts,
};
use guildhall::{
    bid,
    money::{Currency, Money},
    project::{Category, LONGEST_SEARCH, Order, SearchWords, State, WorkPlaceKind},
};
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use time::OffsetDateTime;

/// The validated query of a call.
pub(super) struct ValidQuery<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Api> for ValidQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Api) -> Result<Self, Problem> {
        AxumQuery::<T>::from_request_parts(parts, app)
            .await
            .map(|AxumQuery(query)| Self(query))
            .map_err(|rejection| parameter_problem(&rejection.body_text()))
    }
}

/// The problem with the parameter that the text names before its first colon.
fn parameter_problem(text: &str) -> Problem {
    let text = text
        .strip_prefix("Failed to deserialize query string: ")
        .unwrap_or(text);
    let problem = Problem::new(ProblemKind::InvalidQuery);
    match text.split_once(": ") {
        Some((field, message)) if field.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') => {
            problem.with_detail(message).at(field, message)
        }
        _ => problem.with_detail(text),
    }
}

/// A parameter that parses itself, or describes what it expects.
pub(super) trait Parameter: Sized {
    fn read(text: &str) -> Result<Self, String>;
}

/// Deserializes an optional parameter.
pub(super) fn read<'de, D: Deserializer<'de>, T: Parameter>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::read(&text).map(Some).map_err(D::Error::custom)
}

/// A page number, from 1.
#[derive(Debug, Clone, Copy)]
pub(super) struct PageNumber(pub i64);

impl Parameter for PageNumber {
    fn read(text: &str) -> Result<Self, String> {
        whole_number(text, 1, i64::from(u32::MAX))
            .map(Self)
            .ok_or_else(|| "Send a page number of at least 1.".to_owned())
    }
}

/// Items per page.
#[derive(Debug, Clone, Copy)]
pub(super) struct PerPage(pub i64);

/// Maximum number of items per page.
pub(super) const MAX_PER_PAGE: i64 = 400;
/// The default number of items per page.
pub(super) const PER_PAGE: i64 = 30;

impl Parameter for PerPage {
    fn read(text: &str) -> Result<Self, String> {
        whole_number(text, 1, MAX_PER_PAGE)
            .map(Self)
            .ok_or_else(|| format!("Send a number from 1 to {MAX_PER_PAGE}."))
    }
}

impl PerPage {
    pub fn or_default(per_page: Option<Self>) -> i64 {
        per_page.map_or(PER_PAGE, |per_page| per_page.0)
    }
}

/// Parses digits only: no sign, no space.
fn whole_number(text: &str, least: i64, most: i64) -> Option<i64> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|n| (least..=most).contains(n))
}

/// The order of the list and its direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sort {
    pub order: Order,
    pub descending: bool,
}

impl Sort {
    const NAMES: [(&'static str, Order); 4] = [
        ("id", Order::Id),
        ("deadline", Order::Deadline),
        ("budget", Order::Budget),
        ("lowest_bid", Order::LowestBid),
    ];

    pub const DEFAULT: Self = Self {
        order: Order::Id,
        descending: false,
    };

    /// The name in the query and in cursors.
    pub fn name(self) -> String {
        let name = Self::NAMES
            .into_iter()
            .find(|(_, order)| *order == self.order)
            .map_or("id", |(name, _)| name);
        if self.descending {
            format!("-{name}")
        } else {
            name.to_owned()
        }
    }
}

impl Parameter for Sort {
    fn read(text: &str) -> Result<Self, String> {
        let (descending, name) = match text.strip_prefix('-') {
            Some(name) => (true, name),
            None => (false, text),
        };
        Self::NAMES
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, order)| Self { order, descending })
            .ok_or_else(|| {
                "Send id, deadline, budget or lowest_bid, or one of them with a - before it."
                    .to_owned()
            })
    }
}

impl Parameter for Cursor {
    fn read(text: &str) -> Result<Self, String> {
        Self::parse(text).ok_or_else(|| {
            "Send a cursor from an earlier answer, or none to start at the beginning.".to_owned()
        })
    }
}

/// The search words; `None` if the text is blank, as from a form with an empty search box.
#[derive(Debug, Clone)]
pub(super) struct SearchText(pub Option<SearchWords>);

impl Parameter for SearchText {
    fn read(text: &str) -> Result<Self, String> {
        if !(1..=LONGEST_SEARCH).contains(&text.chars().count()) {
            return Err(format!("Send 1 to {LONGEST_SEARCH} characters."));
        }
        // Invisible characters are not refused, because they merely separate words.
        let is_blank = text.chars().all(|c| c.is_control() || c.is_whitespace());
        Ok(Self((!is_blank).then(|| SearchWords::parse(text))))
    }
}

/// A public state of a project.
#[derive(Debug, Clone, Copy)]
pub(super) struct PublicState(pub State);

impl Parameter for PublicState {
    fn read(text: &str) -> Result<Self, String> {
        match text.parse() {
            Ok(State::Draft) | Err(_) => {
                Err("Send open, awarded, unawarded or cancelled.".to_owned())
            }
            Ok(state) => Ok(Self(state)),
        }
    }
}

impl Parameter for State {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "Send draft, open, awarded, unawarded or cancelled.".to_owned())
    }
}

impl Parameter for bid::State {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "Send live, replaced or withdrawn.".to_owned())
    }
}

impl Parameter for Category {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            let known: Vec<_> = Self::ALL.into_iter().map(Self::slug).collect();
            format!("Send one of {}.", known.join(", "))
        })
    }
}

impl Parameter for WorkPlaceKind {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map_err(|_| "Send remote or on_site.".to_owned())
    }
}

/// True or false.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flag(pub bool);

impl Parameter for Flag {
    fn read(text: &str) -> Result<Self, String> {
        text.parse()
            .map(Self)
            .map_err(|_| "Send true or false.".to_owned())
    }
}

impl Parameter for Currency {
    fn read(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| {
            let known: Vec<_> = Self::ALL.into_iter().map(Self::code).collect();
            format!("Send one of {}.", known.join(", "))
        })
    }
}

/// An amount in minor units; every currency has two decimals.
#[derive(Debug, Clone, Copy)]
pub(super) struct MinorUnits(pub i64);

impl Parameter for MinorUnits {
    fn read(text: &str) -> Result<Self, String> {
        Money::from_json(text, Currency::default())
            .map(|money| Self(money.minor()))
            .map_err(|problem| problem.to_string())
    }
}

/// A time: RFC 3339 or Unix seconds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment(pub OffsetDateTime);

impl Parameter for Moment {
    fn read(text: &str) -> Result<Self, String> {
        // In a query, + stands for a space, so the offset of a time such as +01:00 often arrives with a space.
        body::moment_in(&text.replace(' ', "+"))
            .map(Self)
            .map_err(|problem| problem.to_string())
    }
}
