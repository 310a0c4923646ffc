use super::{Page, project::Undo, project_form};
use crate::{
    components::{FormKey, Moment, MomentWithUtc, Question, UserText, plain_amount},
    form::Form,
    islands::{Write, WriteForm},
};
use guildhall::{
    autosave::Autosave,
    bid::{BidId, UndoableBid, ViewerBid},
    project::{Draft, Project},
};
use leptos::prelude::*;

/// An action that a page asks the user to confirm.
#[derive(Debug, Clone)]
pub enum ActionToConfirm {
    WithdrawBid {
        project: Project,
        bid: ViewerBid,
        /// Set if the bid can still be undone instead.
        undoable: Option<UndoableBid>,
    },
    CancelProject(Project),
    DiscardDraft(Draft),
    DiscardAutosave(Autosave),
    /// A form that was sent after the session had ended, or before the e-mail address was confirmed.
    DiscardSavedForm {
        /// The path of the form's page.
        page: String,
    },
}

impl ActionToConfirm {
    const fn question(&self) -> &'static str {
        match self {
            Self::WithdrawBid { .. } => "Withdraw your bid?",
            Self::CancelProject(_) => "Cancel this project?",
            Self::DiscardDraft(_) => "Discard this draft?",
            Self::DiscardAutosave(_) | Self::DiscardSavedForm { .. } => "Discard what you typed?",
        }
    }

    /// What the form's island calls; `None` if there is no island and the browser always posts the form.
    const fn write(&self) -> Option<Write> {
        match self {
            Self::WithdrawBid { project, .. } => Some(Write::WithdrawBid(project.id)),
            Self::CancelProject(project) => Some(Write::CancelProject(project.id)),
            Self::DiscardDraft(draft) => Some(Write::DiscardDraft(draft.id)),
            Self::DiscardAutosave(autosave) => Some(Write::DiscardAutosave(autosave.id.0)),
            Self::DiscardSavedForm { .. } => None,
        }
    }

    /// The label of the button that confirms.
    const fn label(&self) -> &'static str {
        match self {
            Self::WithdrawBid { .. } => "Withdraw my bid",
            Self::CancelProject(_) => "Cancel project",
            Self::DiscardDraft(_) => "Discard draft",
            Self::DiscardAutosave(_) | Self::DiscardSavedForm { .. } => "Discard it",
        }
    }

    /// The link that goes back without a change: its path and label.
    fn back_link(&self) -> (String, &'static str) {
        match self {
            Self::WithdrawBid { project, .. } => {
                (format!("/projects/{}", project.id), "Keep my bid")
            }
            Self::CancelProject(project) => {
                (format!("/projects/{}", project.id), "Keep the project")
            }
            Self::DiscardDraft(draft) => (format!("/projects/{}/edit", draft.id), "Keep the draft"),
            Self::DiscardAutosave(autosave) => (project_form::path_to(autosave), "Keep it"),
            Self::DiscardSavedForm { page } => (page.clone(), "Keep it"),
        }
    }

    /// The bid that the question is about.
    const fn bid(&self) -> Option<BidId> {
        match self {
            Self::WithdrawBid { bid, .. } => Some(bid.id),
            Self::CancelProject(_)
            | Self::DiscardDraft(_)
            | Self::DiscardAutosave(_)
            | Self::DiscardSavedForm { .. } => None,
        }
    }

    /// The button that undoes the bid instead of withdrawing it.
    fn undo(&self, form_key: String) -> Option<AnyView> {
        let Self::WithdrawBid {
            project, undoable, ..
        } = self
        else {
            return None;
        };
        let (project, undoable) = (project.id, (*undoable)?);
        let undo = view! {
            <div class="panel mt-6 stack stack-sm">
                <h2 class="panel-title">"Undo it instead?"</h2>
                <p>
                    "An undone bid no longer counts, as if you had not placed it: your next bid may be higher."
                </p>
                <Undo project undoable form_key/>
            </div>
        };
        Some(undo.into_any())
    }

    /// Says exactly what the action will do.
    fn consequences(self) -> AnyView {
        match self {
            Self::WithdrawBid { project, bid, .. } => withdrawal(project, bid).into_any(),
            Self::CancelProject(project) => cancellation(project).into_any(),
            Self::DiscardDraft(draft) => draft_deletion(draft).into_any(),
            Self::DiscardAutosave(autosave) => autosave_deletion(&autosave).into_any(),
            Self::DiscardSavedForm { .. } => view! {
                <p>
                    "The form that you sent did not take effect. It will be deleted, and you can't get it back."
                </p>
            }
            .into_any(),
        }
    }
}

/// Asks for confirmation before an action.
#[derive(Debug, Clone)]
pub struct Confirmation {
    pub action: ActionToConfirm,
    /// Has no fields; posted to the path of the page.
    pub form: Form,
}

impl Page for Confirmation {
    fn title(&self) -> String {
        self.action.question().to_owned()
    }

    fn description(&self) -> String {
        format!(
            "{} Check what will happen, or go back.",
            self.action.question()
        )
    }

    fn body(self) -> AnyView {
        let Self { action, form } = self;
        let (write, label) = (action.write(), action.label());
        let (back, keep) = action.back_link();
        let key = form.key();
        let undo = action.undo(form.key());
        let bid = action
            .bid()
            .map(|bid| view! { <input type="hidden" name="bid" value=bid.0.to_string()/> });
        let heading = action.question().into_any();
        let content = view! {
            <FormKey key/>
            {bid}
            <div class="stack">
                {action.consequences()}
                <div class="actions">
                    <button class="btn btn-danger" type="submit">
                        {label}
                    </button>
                    <a class="btn btn-ghost" href=back>
                        {keep}
                    </a>
                </div>
            </div>
        };
        let question_form = match write {
            Some(write) => {
                view! { <WriteForm write class="panel".to_owned()>{content}</WriteForm> }.into_any()
            }
            None => view! { <form class="panel" method="post">{content}</form> }.into_any(),
        };
        view! { <Question heading form>{question_form} {undo}</Question> }.into_any()
    }
}

fn withdrawal(project: Project, bid: ViewerBid) -> impl IntoView {
    let lead = bid.leads.then_some(" It is the lowest bid at the moment.");
    view! {
        <p>
            "Your bid of " {plain_amount(bid.amount)} " on "
            <strong class="break-words">
                <UserText text=project.name/>
            </strong> " will be withdrawn." {lead}
        </p>
        <p>
            "You can bid again until " <MomentWithUtc at=project.deadline/> ", but only below "
            {plain_amount(bid.amount)} ". The bid history will show that you withdrew."
        </p>
    }
}

fn cancellation(project: Project) -> impl IntoView {
    view! {
        <p>
            <strong class="break-words">
                <UserText text=project.name/>
            </strong> " will take no more bids, and nobody will win it."
        </p>
        <p>
            "You can't reopen it. Its page stays public and says that you cancelled it."
        </p>
    }
}

fn draft_deletion(draft: Draft) -> impl IntoView {
    view! {
        <p>
            "The draft "
            <strong class="break-words">
                <UserText text=draft.name/>
            </strong> " will be deleted with everything you wrote in it. You can't get it back."
        </p>
    }
}

fn autosave_deletion(autosave: &Autosave) -> impl IntoView {
    let draft = (autosave.form.draft)
        .map(|_| " The draft stays as it was when you last pressed “Save draft”.");
    view! {
        <p>
            "What you typed for "
            <strong class="break-words">
                <UserText text=project_form::name_of(autosave.name())/>
            </strong> " until " <Moment at=autosave.saved_at/> " will be deleted. You can't get it back." {draft}
        </p>
    }
}
