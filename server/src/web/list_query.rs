//! Reads the query of a list: invalid filters are reported and not applied.

use axum::extract::{Query, rejection::QueryRejection};
use guildhall::{
    Error,
    field::{self, Check, FieldError, ValueError},
    project::{LONGEST_SEARCH, SearchWords, budget_bound},
};
use std::collections::HashMap;

/// The parameters of a URL, if they can be decoded.
pub(super) type Parameters = Result<Query<HashMap<String, String>>, QueryRejection>;

/// Looks parameters up, without the spaces around them; missing ones are empty.
///
/// # Errors
/// `NotFound` if they can't be decoded.
pub(super) fn parameters(raw: Parameters) -> Result<impl Fn(&str) -> String, Error> {
    let Query(raw) = raw.map_err(|_| Error::NotFound)?;
    Ok(move |name: &str| {
        raw.get(name)
            .map(|value| value.trim().to_owned())
            .unwrap_or_default()
    })
}

/// The filters read so far, and what is wrong with them.
#[derive(Default)]
pub(super) struct Filters(Check);

impl Filters {
    /// A filter; `None` if it is empty or invalid.
    pub fn take<T>(
        &mut self,
        name: &str,
        text: &str,
        read: impl FnOnce(&str) -> Result<T, ValueError>,
    ) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        self.0.take(name, read(text))
    }

    /// The words to search for.
    pub fn words(&mut self, text: &str) -> Option<SearchWords> {
        self.take("q", text, |text| {
            field::line(text, 1, LONGEST_SEARCH).map(|text| SearchWords::parse(&text))
        })
    }

    /// An amount in minor units. All currencies have two decimals. A currency written next to the amount must be the
    /// chosen one, if any is chosen.
    pub fn minor(&mut self, name: &str, text: &str, chosen: &str) -> Option<i64> {
        self.take(name, text, |text| budget_bound(text, chosen))
    }

    /// The problems of all filters.
    pub fn errors(self) -> Vec<FieldError> {
        self.0.into_errors()
    }
}
