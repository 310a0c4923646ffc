//! Forms whose fields are rendered by the server and submitted by an island.

use super::{
    form_submission::{Fields, FormSubmission},
    ready::ready,
    signals,
};
use guildhall::project::ProjectId;
use leptos::{html, prelude::*};
use serde::{Deserialize, Serialize};

/// What a form does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Write {
    /// Saves or publishes a new project or this draft, depending on the pressed button. Every other button asks for a page: the browser
    /// sends the form.
    Project(Option<ProjectId>),
    DiscardDraft(ProjectId),
    CancelProject(ProjectId),
    WithdrawBid(ProjectId),
    ChooseTimeZone,
    EndSession(i64),
    EndOtherSessions,
    RevokeToken(i64),
}

impl Write {
    /// The path to which the browser posts the form.
    #[must_use]
    pub fn path(self) -> String {
        match self {
            Self::Project(None) => "/projects/new".to_owned(),
            Self::Project(Some(draft)) => format!("/projects/{draft}/edit"),
            Self::DiscardDraft(draft) => format!("/projects/{draft}/discard"),
            Self::CancelProject(project) => format!("/projects/{project}/cancel"),
            Self::WithdrawBid(project) => format!("/projects/{project}/withdraw"),
            Self::ChooseTimeZone => "/settings/time-zone".to_owned(),
            Self::EndSession(session) => format!("/account/sessions/{session}/end"),
            Self::EndOtherSessions => "/account/sessions/end-others".to_owned(),
            Self::RevokeToken(token) => format!("/account/tokens/{token}/revoke"),
        }
    }
}

/// A form with the fields and buttons in `children`. The island calls the server function. If fields have to be
/// corrected, it lets the browser send the form: the server's page shows each error at its field, and a summary.
#[island(lazy)]
pub fn WriteForm(
    write: Write,
    #[prop(optional)] class: Option<String>,
    children: Children,
) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let submission = FormSubmission::new(form, Fields::ByServer);
    let notice = move || submission.refused().map(|refused| refused.message);
    view! {
        <form
            node_ref=form
            class=class
            method="post"
            action=write.path()
            novalidate
            data-ready=ready()
            aria-busy=signals::one_of(move || if submission.is_pending() { "true" } else { "false" })
            on:submit=move |event| {
                #[cfg(feature = "hydrate")]
                if call::is_write(write, &event) {
                    submission.submit(&event, || call::of(write, &event));
                }
                #[cfg(not(feature = "hydrate"))]
                drop(event);
            }
        >
            {children()}
            <p class="field-error" role="alert" hidden=signals::flag(move || notice().is_none())>
                {signals::text(move || notice().unwrap_or_default())}
            </p>
        </form>
    }
}

#[cfg(feature = "hydrate")]
mod call {
    use super::Write;
    use crate::writes::{
        CancelProject, ChooseTimeZone, DiscardDraft, EndOtherSessions, EndSession, ProjectFields,
        PublishProject, RevokeToken, SaveDraft, ServerCall, WithdrawBid,
    };
    use leptos::ev::SubmitEvent;
    use wasm_bindgen::JsCast;
    use web_sys::{FormData, HtmlButtonElement};

    /// True if the form is sent to write something, and not for another page.
    pub fn is_write(write: Write, event: &SubmitEvent) -> bool {
        !matches!(write, Write::Project(_)) || matches!(&*intent(event), "draft" | "publish")
    }

    /// The value of the pressed button.
    fn intent(event: &SubmitEvent) -> String {
        let button = event.submitter().map(JsCast::unchecked_into);
        button.map_or_else(String::new, |button: HtmlButtonElement| button.value())
    }

    /// The call to the form's server function, with the values of the fields.
    pub fn of(write: Write, event: &SubmitEvent) -> Option<ServerCall> {
        let fields = FormData::new_with_form(event.target()?.unchecked_ref()).ok()?;
        let text = |name| fields.get(name).as_string().unwrap_or_default();
        let form_key = text("form_key");
        Some(match write {
            Write::Project(draft) => {
                let fields = ProjectFields {
                    name: text("name"),
                    summary: text("summary"),
                    description: text("description"),
                    category: text("category"),
                    skills: text("skills"),
                    budget: text("budget"),
                    currency: text("currency"),
                    deadline: text("deadline"),
                    deadline_hour: text("deadline_hour"),
                    deadline_shown: text("deadline_shown"),
                    time_zone: text("time_zone"),
                };
                if intent(event) == "draft" {
                    ServerCall::new(&SaveDraft {
                        draft,
                        fields,
                        form_key,
                    })
                } else {
                    ServerCall::new(&PublishProject {
                        draft,
                        fields,
                        form_key,
                    })
                }
            }
            Write::DiscardDraft(draft) => ServerCall::new(&DiscardDraft { draft, form_key }),
            Write::CancelProject(project) => ServerCall::new(&CancelProject { project, form_key }),
            Write::WithdrawBid(project) => ServerCall::new(&WithdrawBid { project, form_key }),
            Write::ChooseTimeZone => ServerCall::new(&ChooseTimeZone {
                time_zone: text("time_zone"),
            }),
            Write::EndSession(session) => ServerCall::new(&EndSession { session }),
            Write::EndOtherSessions => ServerCall::new(&EndOtherSessions {}),
            Write::RevokeToken(token) => ServerCall::new(&RevokeToken { token }),
        })
    }
}
