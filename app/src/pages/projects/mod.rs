//! The list of open projects, with search, filters, sorting and pages.

mod chips;
mod filters;
mod pagination;
mod query;
mod results;

pub use query::Query;

use super::{
    Page,
    search::{SearchBar, form_and_hidden_fields},
};
use crate::components::ErrorSummary;
use filters::Filters;
use guildhall::{field::FieldError, project::Listing};
use leptos::prelude::*;
use results::Results;
use time::OffsetDateTime;

#[derive(Debug, Clone)]
pub struct Projects {
    pub listing: Listing,
    pub query: Query,
    /// When the visit before this one ended, if there was one.
    pub last_visit: Option<OffsetDateTime>,
    /// Errors in the query; the filters concerned were not applied.
    pub errors: Vec<FieldError>,
}

impl Page for Projects {
    fn title(&self) -> String {
        let error = if self.errors.is_empty() {
            ""
        } else {
            "Error: "
        };
        match self.listing.page {
            1 => format!("{error}Open projects"),
            page => format!(
                "{error}Open projects, page {page} of {}",
                self.listing.pages
            ),
        }
    }

    fn description(&self) -> String {
        let search = self.listing.search.as_ref();
        let is_exact = search.is_none_or(|search| search.is_total_exact);
        self.query
            .description(self.listing.total, is_exact, self.listing.page)
    }

    fn is_indexed(&self) -> bool {
        self.query.q.is_empty() && self.query.since.is_empty()
    }

    fn canonical(&self) -> Option<String> {
        (self.errors.is_empty() && self.is_indexed())
            .then(|| self.query.canonical(self.listing.page))
    }

    fn feed(&self) -> Option<String> {
        self.errors.is_empty().then(|| self.query.feed())
    }

    fn body(self) -> AnyView {
        let Self {
            listing,
            query,
            last_visit,
            errors,
        } = self;
        let (form, hidden) = form_and_hidden_fields(query.pairs(), errors);
        view! {
            <div class="wrap page">
                <header class="page-head"><h1>"Open projects"</h1></header>
                <ErrorSummary form=form.clone()/>
                <SearchBar form=form.clone() action="/projects" label="Search projects" hidden/>
                <div class="split split-left mt-6">
                    <Filters form=form.clone() last_visit/>
                    <Results listing query form/>
                </div>
            </div>
        }
        .into_any()
    }
}
