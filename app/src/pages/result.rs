use super::Page;
use guildhall::{award::Outcome, project::Project};
use leptos::prelude::*;

/// What came of a project.
#[derive(Debug, Clone)]
pub struct ResultPage {
    pub project: Project,
    pub outcome: Outcome,
}

impl Page for ResultPage {
    fn title(&self) -> String {
        format!("Result: {}", self.project.name)
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
