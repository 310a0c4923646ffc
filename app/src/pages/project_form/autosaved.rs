//! What was typed and saved without a button.

use crate::components::{Moment, Notice, NoticeKind, UserText};
use guildhall::autosave::Autosave;
use leptos::prelude::*;

/// The project's name as typed, or words for a project without one.
pub fn name_of(autosave: &Autosave) -> String {
    match autosave.name() {
        "" => "Untitled project".to_owned(),
        name => name.to_owned(),
    }
}

/// The address of the form with this autosave.
pub fn path_to(autosave: &Autosave) -> String {
    match autosave.form.draft {
        Some(draft) => format!("/projects/{draft}/edit"),
        None => format!("/projects/new?continue={}", autosave.id.0),
    }
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
pub fn unfinished(autosaves: Vec<Autosave>) -> impl IntoView {
    let links = autosaves
        .into_iter()
        .map(|autosave| {
            view! {
                <li>
                    <a class="link break-words" href=path_to(&autosave)>
                        <UserText text=name_of(&autosave)/>
                    </a> ", saved " <Moment at=autosave.saved_at/>
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
