use super::Page;
use crate::form::Form;
use guildhall::{
    bid::{Made, Own},
    project::Project,
};
use leptos::prelude::*;

/// Who looks at the project.
#[derive(Debug, Clone)]
pub enum Visitor {
    Anonymous,
    /// With its live bid, if it has one.
    Buyer(Option<Own>),
    /// The project's own seller.
    Owner,
    OtherSeller,
}

/// A published project.
#[derive(Debug, Clone)]
pub struct ProjectPage {
    pub project: Project,
    /// Sanitised HTML.
    pub description: String,
    pub history: Vec<Made>,
    pub visitor: Visitor,
    /// The bid form: field `amount`, posted to /projects/ID/bids.
    pub form: Form,
}

impl Page for ProjectPage {
    fn title(&self) -> String {
        self.project.name.clone()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
