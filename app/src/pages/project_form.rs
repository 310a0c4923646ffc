use super::Page;
use crate::form::Form;
use guildhall::project::ProjectId;
use leptos::prelude::*;

/// Posting a project, or editing a draft.
#[derive(Debug, Clone)]
pub struct ProjectForm {
    /// The draft that is edited; a new project has none.
    pub draft: Option<ProjectId>,
    /// Fields `name`, `summary`, `description`, `category`, `skills`, `budget`, `currency`, `deadline`, `time_zone`, and
    /// the button `intent`: `publish`, `draft` or `preview`.
    pub form: Form,
    /// Sanitised HTML of the description, after `preview`.
    pub preview: Option<String>,
}

impl Page for ProjectForm {
    fn title(&self) -> String {
        "Post a project".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
