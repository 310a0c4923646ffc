//! Forms whose fields are rendered by the server and submitted by an island.

use super::{
    form_submission::{FieldErrors, FormSubmission, server_action},
    ready::ready,
    signals,
};
#[cfg(feature = "hydrate")]
use crate::writes::{RefusalKind, ServerCall};
use crate::writes::{Refused, read};
use guildhall::project::ProjectId;
use leptos::{html, prelude::*};
use serde::{Deserialize, Serialize};

/// How long after a change the form is autosaved.
#[cfg(feature = "hydrate")]
const AUTOSAVE_AFTER: std::time::Duration = std::time::Duration::from_secs(2);

/// How long after an autosave without a response the next is tried.
#[cfg(feature = "hydrate")]
const RETRY_AFTER: std::time::Duration = std::time::Duration::from_secs(10);

/// What a form does.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Write {
    /// Saves or publishes a new project or this draft, depending on the pressed button. Any other button leads to another
    /// page: the island autosaves the form, and then the browser sends it.
    Project(Option<ProjectId>),
    DiscardDraft(ProjectId),
    CancelProject(ProjectId),
    WithdrawBid(ProjectId),
    ChooseTimeZone,
    RevokeToken(i64),
    DiscardAutosave(i64),
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
            Self::RevokeToken(token) => format!("/account/tokens/{token}/revoke"),
            Self::DiscardAutosave(autosave) => format!("/autosaves/{autosave}/discard"),
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
    let submission = FormSubmission::new(form, FieldErrors::ByServer);
    let autosave = server_action();
    let notice = move || {
        let refused = submission.refused().map(|refused| refused.message);
        refused.or_else(|| autosave.value().with(autosave_error_text))
    };
    #[cfg(feature = "hydrate")]
    let save_soon = set_up_autosave(autosave, write, form, submission);
    let autosaved = matches!(write, Write::Project(_)).then(|| {
        view! { <p class="hint">{signals::text(move || autosave.value().with(saved_text))}</p> }
    });
    // A long form keeps it in view.
    let error_class = match write {
        Write::Project(_) => "field-error autosave-error",
        _ => "field-error",
    };
    view! {
        <form
            node_ref=form
            class=class
            method="post"
            action=signals::fixed(|| write.path())
            novalidate
            data-ready=ready()
            aria-busy=signals::one_of(move || if submission.is_pending() { "true" } else { "false" })
            on:submit=move |event| {
                #[cfg(feature = "hydrate")]
                submission.submit(&event, || call::from_form(write, &event));
                #[cfg(not(feature = "hydrate"))]
                drop(event);
            }
            on:input=move |_| {
                #[cfg(feature = "hydrate")]
                save_soon();
            }
        >
            {children()}
            {autosaved}
            <p class=error_class role="alert" hidden=signals::flag(move || notice().is_none())>
                {signals::text(move || notice().unwrap_or_default())}
            </p>
        </form>
    }
}

/// Says when the form was last autosaved.
fn saved_text(result: &Option<Result<String, Refused>>) -> String {
    match result {
        Some(Ok(saved)) => read(saved).unwrap_or_default(),
        None | Some(Err(_)) => String::new(),
    }
}

/// Says why the form is not being autosaved.
fn autosave_error_text(result: &Option<Result<String, Refused>>) -> Option<String> {
    let refused = result.as_ref()?.as_ref().err()?;
    Some(["What you type is not being saved. ", &refused.message].concat())
}

/// Autosaves a project's form: soon after each call of the returned function, and if a save is due when the page is
/// hidden or left. Without a response, it tries again.
#[cfg(feature = "hydrate")]
fn set_up_autosave(
    action: Action<ServerCall, Result<String, Refused>>,
    write: Write,
    form: NodeRef<html::Form>,
    submission: FormSubmission,
) -> impl Fn() + Copy {
    let autosave = Autosave {
        action,
        write,
        form,
        submission,
        is_due: StoredValue::new(false),
    };
    call::on_hidden(move || {
        if autosave.is_due.get_value() {
            autosave.save();
        }
    });
    signals::effect(move || {
        let has_no_response = action.value().with(|result| {
            matches!(result, Some(Err(refused)) if refused.kind == RefusalKind::Unavailable)
        });
        if has_no_response {
            autosave.save_after(RETRY_AFTER);
        }
    });
    move || autosave.save_after(AUTOSAVE_AFTER)
}

#[cfg(feature = "hydrate")]
#[derive(Clone, Copy)]
struct Autosave {
    action: Action<ServerCall, Result<String, Refused>>,
    write: Write,
    form: NodeRef<html::Form>,
    submission: FormSubmission,
    /// True while a timer runs.
    is_due: StoredValue<bool>,
}

#[cfg(feature = "hydrate")]
impl Autosave {
    fn save_after(self, pause: std::time::Duration) {
        if matches!(self.write, Write::Project(_)) && !self.is_due.get_value() {
            self.is_due.set_value(true);
            set_timeout(move || self.save(), pause);
        }
    }

    fn save(self) {
        self.is_due.set_value(false);
        if untrack(|| self.submission.is_pending()) {
            // What is typed meanwhile is saved if the form is refused.
            self.save_after(AUTOSAVE_AFTER);
        } else if let Write::Project(draft) = self.write
            && let Some(form) = self.form.get_untracked()
        {
            self.action.dispatch(call::autosave(draft, &form));
        }
    }
}

#[cfg(feature = "hydrate")]
mod call {
    use super::Write;
    use crate::writes::{
        AutosaveProject, CancelProject, ChooseTimeZone, DiscardAutosave, DiscardDraft,
        ProjectFields, PublishProject, RevokeToken, SaveDraft, ServerCall, WithdrawBid,
    };
    use guildhall::{bid::BidId, project::ProjectId};
    use leptos::{
        ev::SubmitEvent,
        prelude::{document, on_cleanup, window_event_listener_untyped},
    };
    use wasm_bindgen::JsCast;
    use web_sys::{FormData, HtmlButtonElement, HtmlFormElement};

    /// Calls the function whenever the page is left or hidden.
    pub fn on_hidden(callback: impl Fn() + 'static) {
        let listener = window_event_listener_untyped("visibilitychange", move |_| {
            if document().hidden() {
                callback();
            }
        });
        on_cleanup(move || listener.remove());
    }

    /// The value of the pressed button.
    fn intent(event: &SubmitEvent) -> String {
        let button = event.submitter().map(JsCast::unchecked_into);
        button.map_or_else(String::new, |button: HtmlButtonElement| button.value())
    }

    /// The call that autosaves the form.
    pub fn autosave(draft: Option<ProjectId>, form: &HtmlFormElement) -> ServerCall {
        let text = field_values(form);
        ServerCall::new(&AutosaveProject {
            draft,
            fields: ProjectFields::of(&text),
            form_key: text("form_key"),
            window: Some(text("window")),
        })
        .of(&text("form_of"))
    }

    /// The value of each field of the form, by its name.
    fn field_values(form: &HtmlFormElement) -> impl Fn(&'static str) -> String + use<> {
        let fields = FormData::new_with_form(form).ok();
        move |name| {
            fields
                .as_ref()
                .and_then(|f| f.get(name).as_string())
                .unwrap_or_default()
        }
    }

    /// The call to the form's server function, with the values of the fields. A button that leads to another page
    /// only autosaves: if that succeeds, the browser sends the form; otherwise the page stays.
    pub fn from_form(write: Write, event: &SubmitEvent) -> Option<ServerCall> {
        let form = event.target()?;
        let form = form.unchecked_ref();
        let text = field_values(form);
        let form_key = text("form_key");
        let call = match write {
            Write::Project(draft) => {
                let fields = ProjectFields::of(&text);
                match &*intent(event) {
                    "draft" => ServerCall::new(&SaveDraft {
                        draft,
                        fields,
                        form_key,
                        window: Some(text("window")),
                    }),
                    "publish" => ServerCall::new(&PublishProject {
                        draft,
                        fields,
                        form_key,
                        window: Some(text("window")),
                    }),
                    _ => return Some(autosave(draft, form)),
                }
            }
            Write::DiscardDraft(draft) => ServerCall::new(&DiscardDraft { draft, form_key }),
            Write::CancelProject(project) => ServerCall::new(&CancelProject { project, form_key }),
            Write::WithdrawBid(project) => ServerCall::new(&WithdrawBid {
                project,
                bid: text("bid").parse().ok().map(BidId),
                form_key,
            }),
            Write::ChooseTimeZone => ServerCall::new(&ChooseTimeZone {
                time_zone: text("time_zone"),
            }),
            Write::RevokeToken(token) => ServerCall::new(&RevokeToken { token }),
            Write::DiscardAutosave(autosave) => ServerCall::new(&DiscardAutosave { autosave }),
        };
        Some(call.of(&text("form_of")))
    }
}
