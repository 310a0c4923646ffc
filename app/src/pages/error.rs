use super::Page;
use leptos::prelude::*;

/// What is shown instead of a page: what happened and what to do next.
#[derive(Debug, Clone)]
pub struct ErrorPage {
    /// The HTTP status.
    pub status: u16,
    /// One sentence from the marketplace, for refusals.
    pub words: Option<String>,
    /// By which the operator finds what was logged; for status 500.
    pub request_id: Option<String>,
}

impl Page for ErrorPage {
    fn title(&self) -> String {
        "Error".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
