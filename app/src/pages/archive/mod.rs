//! The archive of auctions that have ended, and their prices by category.

mod filters;
mod query;
mod results;
mod statistics;

pub use query::ArchiveQuery;
pub use statistics::ArchiveStatistics;

use super::{
    Page,
    search::{SearchBar, form_and_hidden_fields},
};
use crate::components::ErrorSummary;
use filters::Filters;
use guildhall::{archive::ArchivePage, field::FieldError};
use leptos::prelude::*;
use results::Results;

/// The list, with search, filters and pages.
#[derive(Debug, Clone)]
pub struct ArchiveList {
    pub page: ArchivePage,
    pub query: ArchiveQuery,
    /// Errors in the query; the filters concerned were not applied.
    pub errors: Vec<FieldError>,
}

impl Page for ArchiveList {
    fn title(&self) -> String {
        let error = if self.errors.is_empty() {
            ""
        } else {
            "Error: "
        };
        format!("{error}Archive of finished auctions")
    }

    fn description(&self) -> String {
        self.query.description(&self.page.search)
    }

    fn is_indexed(&self) -> bool {
        self.query.q.is_empty() && self.query.after.is_empty()
    }

    fn canonical(&self) -> Option<String> {
        (self.errors.is_empty() && self.is_indexed()).then(|| self.query.canonical())
    }

    fn body(self) -> AnyView {
        let Self {
            page,
            query,
            errors,
        } = self;
        let (form, hidden) = form_and_hidden_fields(query.pairs(), errors);
        view! {
            <div class="wrap page">
                <header class="page-head">
                    <h1>"Finished auctions"</h1>
                    <p class="lead">
                        "Every auction that has ended, and what it ended at. Each leads to its result, which anybody can check. "
                        <a class="link" href="/archive/statistics">"Prices by category"</a>
                    </p>
                </header>
                <ErrorSummary form=form.clone()/>
                <SearchBar form=form.clone() action="/archive" label="Search finished auctions" hidden/>
                <div class="split split-left mt-6">
                    <Filters form=form.clone()/>
                    <Results page query form/>
                </div>
            </div>
        }
        .into_any()
    }
}
