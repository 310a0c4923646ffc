//! The search box, the filters and the notes that lists of projects share.

mod chips;
mod controls;
mod notes;

pub(super) use chips::{Chip, chip_list};
pub(super) use controls::{Choice, RangeFields, SearchBar};
pub(super) use notes::{Missing, count, missing, notes};

use form_urlencoded::Serializer;

/// A list's URL with these parameters.
pub(super) fn url<'a>(path: &str, pairs: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}
