//! What was typed and saved without a button.

use crate::components::{Moment, Notice, NoticeKind, UserText};
use guildhall::autosave::{Autosave, AutosaveId, Unfinished};
use leptos::prelude::*;

/// The project's name as typed, or words for a project without one.
pub fn name_of(typed: &str) -> String {
    match typed {
        "" => "Untitled project".to_owned(),
        name => name.to_owned(),
    }
}

/// The address of the form with this autosave.
pub fn path_to(autosave: &Autosave) -> String {
    match autosave.form.draft {
        Some(draft) => format!("/projects/{draft}/edit"),
        None => path_to_new(autosave.id),
    }
}

fn path_to_new(autosave: AutosaveId) -> String {
    format!("/projects/new?continue={}", autosave.0)
}

/// Says that the form shows an autosave.
pub(super) fn restored(autosave: Autosave) -> impl IntoView {
    let sentence = if autosave.form.draft.is_some() {
        "The form has what you typed until "
    } else {
        "Your project as you left it on "
    };
    let rest = if autosave.form.draft.is_some() {
        ", which is not saved in the draft yet. "
    } else {
        ", not published yet. "
    };
    view! {
        <Notice kind=NoticeKind::Info>
            {sentence} <Moment at=autosave.saved_at/> {rest}
            <a class="link" href=format!("/autosaves/{}/discard", autosave.id.0)>
                "Discard it"
            </a>
        </Notice>
    }
}

/// Links to the new projects that were not finished.
pub fn unfinished(projects: Vec<Unfinished>) -> impl IntoView {
    let links = projects
        .into_iter()
        .map(|project| {
            view! {
                <li>
                    <a class="link break-words" href=path_to_new(project.id)>
                        <UserText text=name_of(&project.name)/>
                    </a> ", saved " <Moment at=project.saved_at/>
                </li>
            }
        })
        .collect_view();
    view! {
        <Notice kind=NoticeKind::Info>
            <p>"You have not finished:"</p>
            <ul>{links}</ul>
        </Notice>
    }
}
