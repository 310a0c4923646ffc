//! What each kind of visitor can do on a project's page, and the auction's outcome.

use super::{Visitor, undo::Undo};
use crate::{
    chrome::use_chrome,
    components::{
        FormKey, Icon, Moment, MomentWithUtc, control_attributes, field_error, textarea_html,
    },
    form::Form,
    islands::{BidForm, Follow, Part},
    links::with_next,
};
use guildhall::{
    bid::{LONGEST_NOTE_CHARS, Note, ViewerBids},
    project::{Progress, Project},
};
use leptos::prelude::*;

/// What the visitor can do while the project takes bids, and the standing of the visitor's own bid.
pub(super) fn forms(
    project: &Project,
    visitor: Visitor,
    own_note: Option<Note>,
    form: &Form,
) -> Option<AnyView> {
    if project.state().is_final() {
        return None;
    }
    let id = project.id;
    let standing = match visitor {
        Visitor::Buyer(own) if own.live.is_some() => Some(standing(project, own, form)),
        _ => None,
    };
    let forms = match visitor {
        _ if !project.accepts_bids() => ().into_any(),
        Visitor::Anonymous => sign_in_call(project).into_any(),
        Visitor::Buyer(own) => bid_form(project, own, own_note, form).into_any(),
        Visitor::Owner => owner(project).into_any(),
        Visitor::OtherSeller => {
            view! { <p>"You are signed in as a seller; sellers don’t bid."</p> }.into_any()
        }
    };
    Some(view! { {standing} <Follow part=Part::Forms project=id>{forms}</Follow> }.into_any())
}

fn sign_in_call(project: &Project) -> impl IntoView + use<> {
    let path = format!("/projects/{}", project.id);
    let (sign_in, sign_up) = (with_next("/sign-in", &path), with_next("/sign-up", &path));
    view! {
        <div class="stack">
            <p>
                <strong>"Want to bid?"</strong>
                " You need a free buyer account. Everybody can see the bids."
            </p>
            <div class="actions">
                <a class="btn btn-primary" href=sign_in>"Sign in to bid"</a>
                <a class="btn btn-outline" href=sign_up>"Sign up"</a>
            </div>
        </div>
    }
}

fn bid_form(
    project: &Project,
    own: ViewerBids,
    own_note: Option<Note>,
    form: &Form,
) -> impl IntoView + use<> {
    let (form_key, deadline) = (form.key(), project.deadline);
    let note = note_field(form, own_note);
    let calculator = format!("/calculator?currency={}", project.budget.currency());
    view! {
        <BidForm
            project=project.id
            form_key=form_key.clone()
            value=form.value("amount")
            error=form.error("amount")
            currency=project.budget.currency()
            budget_minor=project.budget.minor()
            last_minor=own.last.map(|last| last.minor())
            is_withdrawn=own.live.is_none()
        >
            " for the whole project; the lowest bid wins at " <MomentWithUtc at=deadline/>
            ". You can undo a bid for 60 seconds, once a minute, but not in the last five minutes."
            {note}
            <a class="link calculator-link" href=calculator target="_blank">
                "What remains after fee and tax" <span class="sr-only">" (opens in a new tab)"</span>
            </a>
            <FormKey key=form_key/>
        </BidForm>
    }
}

/// The note to the seller, collapsed while it is empty. It begins with the note to the bid that will be replaced.
fn note_field(form: &Form, own_note: Option<Note>) -> impl IntoView + use<> {
    let is_typed = form.values().iter().any(|(name, _)| name == "note");
    let text = match own_note {
        Some(own_note) if !is_typed => own_note.into_text(),
        _ => form.value("note"),
    };
    let (described, invalid) = control_attributes("note", true, form);
    let error = field_error("note", form);
    let class = if invalid.is_some() {
        "field field-invalid"
    } else {
        "field"
    };
    let is_open = !text.is_empty() || invalid.is_some();
    view! {
        <details class="bid-note" open=is_open>
            <summary>"Add a note to the seller"</summary>
            <div class=class>
                <label class="sr-only" for="note">"Note to the seller"</label>
                <p class="field-help" id="note-help">
                    {format!("Only the seller can read it. Optional, up to {LONGEST_NOTE_CHARS} characters.")}
                </p>
                {error}
                <textarea
                    class="textarea"
                    id="note"
                    name="note"
                    rows="3"
                    maxlength=LONGEST_NOTE_CHARS.to_string()
                    dir="auto"
                    aria-describedby=described
                    aria-invalid=invalid
                    inner_html=textarea_html(&text)
                ></textarea>
            </div>
        </details>
    }
}

/// The standing of the buyer's own bid, and the controls that undo or withdraw it while that is possible. Not a
/// `status` element: the page announces changes of the lead, and nothing else that changes here.
fn standing(project: &Project, own: ViewerBids, form: &Form) -> impl IntoView + use<> {
    let id = project.id;
    // If the page shows the message that the bid was placed, the button is in that message instead.
    let undo = own
        .undoable
        .filter(|_| use_chrome().flash.is_none())
        .map(|undoable| view! { <Undo project=id undoable form_key=form.key()/> });
    let withdraw = project.accepts_bids().then(|| {
        let href = format!("/projects/{id}/withdraw");
        view! {
            <Follow part=Part::WhileOpen project=id>
                <div class="actions">
                    {undo} <a class="btn btn-sm btn-danger" href=href>"Withdraw my bid"</a>
                </div>
            </Follow>
        }
    });
    view! {
        <Follow part=Part::StandingBox project=id>
            <div>
                <strong>
                    <Follow part=Part::StandingTitle project=id/>
                </strong>
                " "
                <span>
                    "Your bid " <Follow part=Part::OwnAmount project=id/>
                    <Follow part=Part::Behind project=id/>
                </span>
            </div>
            {withdraw}
        </Follow>
    }
}

fn owner(project: &Project) -> impl IntoView + use<> {
    let id = project.id;
    let href = format!("/projects/{id}/cancel");
    view! {
        <div class="stack">
            <p>
                <strong>"This is your project."</strong>
                <Follow part=Part::OwnerNote project=id/>
            </p>
            <Follow part=Part::CancelLink project=id>
                <a class="btn btn-danger btn-wide" href=href>"Cancel project"</a>
            </Follow>
        </div>
    }
}

/// The auction's outcome, empty while the project takes bids.
pub(super) fn outcome(project: &Project) -> impl IntoView + use<> {
    let id = project.id;
    let cancelled_on = match project.progress {
        Progress::Cancelled { ended_at } => Some(view! { " on " <Moment at=ended_at/> }),
        _ => None,
    };
    view! {
        <Follow part=Part::OutcomeBox project=id>
            <p>
                <Follow part=Part::OutcomeText project=id/>
                <Follow part=Part::OutcomeAmount project=id/>
                <Follow part=Part::OutcomeEnd project=id/>
                <Follow part=Part::ReloadLink project=id/>
            </p>
            <Follow part=Part::ResultLink project=id/>
        </Follow>
        <Follow part=Part::CancelledBox project=id>
            <Icon name="info"/>
            <div>
                <strong>
                    <Follow part=Part::CancelledTitle project=id/>
                </strong>
                <Follow part=Part::CancelledStart project=id/>
                {cancelled_on}
                <Follow part=Part::CancelledEnd project=id/>
            </div>
        </Follow>
    }
}
