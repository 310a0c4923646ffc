//! The search box, the filters and the notes that lists of projects share.

mod chips;
mod controls;
mod notes;

pub(super) use chips::{Chip, chip_list};
pub(super) use controls::{Choice, RangeFields, SearchBar};
pub(super) use notes::{NoMatchReason, count, missing, notes};

use crate::form::Form;
use form_urlencoded::Serializer;
use guildhall::field::FieldError;

/// A list's URL with these parameters.
pub(super) fn url<'a>(path: &str, pairs: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{query}")
    }
}

/// The form of a list's filters with what the URL says, and the parameters that the search box keeps.
pub(super) fn form_and_hidden_fields(
    pairs: Vec<(&'static str, &str)>,
    errors: Vec<FieldError>,
) -> (Form, Vec<(&'static str, String)>) {
    let owned = |(name, value): &(&'static str, &str)| ((*name).to_owned(), (*value).to_owned());
    let form = Form::new(pairs.iter().map(owned).collect(), String::new()).refused(errors, None);
    let hidden = pairs.into_iter().filter(|(name, _)| *name != "q");
    let hidden = hidden
        .map(|(name, value)| (name, value.to_owned()))
        .collect();
    (form, hidden)
}
