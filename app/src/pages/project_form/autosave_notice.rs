//! Notices about autosaved project forms.

use crate::{
    components::{Callout, Moment, Tone, UserText},
    islands::Write,
};
use guildhall::{
    autosave::{Autosave, AutosaveId, UnfinishedForm},
    project::{DraftVersion, ProjectId},
};
use leptos::prelude::*;

/// The project's name as typed, or a placeholder if it has none.
pub fn name_of(typed: &str) -> String {
    match typed {
        "" => "Untitled project".to_owned(),
        name => name.to_owned(),
    }
}

/// The path of the form that continues this autosave.
pub fn path_to(autosave: &Autosave) -> String {
    path(autosave.form.draft, autosave.id)
}

fn path(draft: Option<ProjectId>, autosave: AutosaveId) -> String {
    let form = Write::Project(draft).path();
    format!("{form}?continue={}", autosave.0)
}

/// Says that the form shows an autosave.
pub(super) fn restored_notice(autosave: Autosave) -> impl IntoView {
    let before = if autosave.form.draft.is_some() {
        "This form shows what you had typed by "
    } else {
        "Your project as you left it on "
    };
    let after = if autosave.form.draft.is_some() {
        ". It is not saved in the draft yet. "
    } else {
        ", not published yet. "
    };
    view! {
        <Callout kind=Tone::Info>
            {before} <Moment at=autosave.saved_at/> {after}
            <a class="link" href=format!("/autosaves/{}/discard", autosave.id.0)>
                "Discard it"
            </a>
        </Callout>
    }
}

/// Offers to open the newer version of the draft, or to replace it with what is in this form.
pub(super) fn newer_version_notice(draft: ProjectId, newer: DraftVersion) -> impl IntoView {
    view! {
        <Callout kind=Tone::Warning>
            <p>
                "Compare both before you decide. If you save this form anyway, it replaces everything in the newer version."
            </p>
            <input type="hidden" name="replaces" value=newer.0.to_string()/>
            <div class="actions mt-3">
                <a class="btn btn-sm btn-outline" href=Write::Project(Some(draft)).path() target="_blank">
                    "Open the newer version in a new tab"
                </a>
                <button class="btn btn-sm btn-outline" type="submit" name="intent" value="draft-anyway">
                    "Save this form anyway"
                </button>
            </div>
        </Callout>
    }
}

/// Links to other autosaved forms: those of new projects, or those of the draft that is being edited.
pub fn unfinished_notice(projects: Vec<UnfinishedForm>) -> impl IntoView {
    let is_of_draft = projects.iter().any(|project| project.draft.is_some());
    let heading = if is_of_draft {
        "You typed this in other windows and have not saved it in the draft:"
    } else {
        "You have not finished:"
    };
    let links = projects
        .into_iter()
        .map(|project| {
            view! {
                <li>
                    <a class="link break-words" href=path(project.draft, project.id)>
                        <UserText text=name_of(&project.name)/>
                    </a> ", saved " <Moment at=project.saved_at/>
                </li>
            }
        })
        .collect_view();
    view! {
        <Callout kind=Tone::Info>
            <p>{heading}</p>
            <ul>{links}</ul>
        </Callout>
    }
}
