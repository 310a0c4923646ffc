use super::Page;
use guildhall::{field::FieldError, project::Listing};
use leptos::prelude::*;

/// What the list was asked for, as it stands in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub q: String,
    /// A slug, or empty.
    pub category: String,
    /// A code, or empty.
    pub currency: String,
    pub budget_from: String,
    pub budget_to: String,
    /// A name of `Sort`, or empty for the default.
    pub sort: String,
}

/// The list of open projects.
#[derive(Debug, Clone)]
pub struct Projects {
    pub listing: Listing,
    pub query: Query,
    /// What is wrong with the query; such a filter was not applied.
    pub errors: Vec<FieldError>,
}

impl Page for Projects {
    fn title(&self) -> String {
        "Open projects".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
