//! What each kind of visitor can do on a project's page, in each of its states.

use super::Visitor;
use crate::{
    components::{FormKey, Moment, Notice, NoticeKind, current_amount},
    form::Form,
    islands::{BidForm, WithdrawForm, behind, standing_title},
};
use guildhall::{
    bid::Own,
    money::Money,
    project::{Project, State},
};
use leptos::prelude::*;

/// While bids are taken; with the name by which an open page knows it.
pub(super) fn open(project: &Project, visitor: Visitor, form: &Form) -> (&'static str, AnyView) {
    match visitor {
        Visitor::Anonymous => ("", sign_in_call(project).into_any()),
        Visitor::Buyer(own) => ("", bidding(project, own, form).into_any()),
        Visitor::Owner if project.bid_count > 0 => ("bids", with_bids().into_any()),
        Visitor::Owner => ("no-bids", cancelling(project, form).into_any()),
        Visitor::OtherSeller => {
            let words = "You are signed in as a seller; sellers don’t bid.";
            ("", view! { <p>{words}</p> }.into_any())
        }
    }
}

/// Once no bid is taken any more; with the name by which an open page knows it.
pub(super) fn ended(project: &Project, state: State, visitor: &Visitor) -> (&'static str, AnyView) {
    match state {
        State::Draft | State::Open => ("closed", awaiting(project, visitor).into_any()),
        State::Awarded => ("awarded", awarded(project, visitor).into_any()),
        State::Unawarded => ("unawarded", unawarded(project).into_any()),
        State::Cancelled => ("cancelled", cancelled(project).into_any()),
    }
}

fn sign_in_call(project: &Project) -> impl IntoView + use<> {
    let sign_in = format!("/sign-in?next=/projects/{}", project.id);
    view! {
        <div class="stack">
            <p>
                <strong>"Want to bid?"</strong>
                " You need a free buyer account. The bids are public for everybody."
            </p>
            <div class="actions">
                <a class="btn btn-primary" href=sign_in>"Sign in to bid"</a>
                <a class="btn btn-outline" href="/sign-up">"Sign up"</a>
            </div>
        </div>
    }
}

fn bidding(project: &Project, own: Option<Own>, form: &Form) -> impl IntoView + use<> {
    let form_key = form.key();
    let withdraw = own.map(|_| withdraw_form(project, form).into_any());
    let standing = own.map(|own| view! { <Standing own lowest=project.lowest withdraw/> });
    view! {
        {standing}
        <BidForm
            project=project.id
            form_key=form_key.clone()
            value=form.value("amount")
            error=form.error("amount").map(|problem| problem.to_string())
            currency=project.budget.currency()
            budget_minor=project.budget.minor()
            own_minor=own.map(|own| own.amount.minor())
            lowest_minor=project.lowest.map(Money::minor)
            leads=own.is_some_and(|own| own.leads)
        >
            <FormKey key=form_key/>
        </BidForm>
    }
}

/// How the buyer's own bid stands, and the form to take it back while that can be done.
#[component]
fn Standing(own: Own, lowest: Option<Money>, withdraw: Option<AnyView>) -> impl IntoView {
    let class = if own.leads {
        "standing"
    } else {
        "standing standing-outbid"
    };
    // No status: the page says aloud who leads when that changes, and nothing else of what changes here.
    view! {
        <div class=class>
            <div>
                <strong data-live="standing-title">{standing_title(own.leads)}</strong>
                " "
                <span>
                    "Your bid " {current_amount("own", Some(own.amount), "money", ())}
                    <span data-live="behind">{behind(own.amount, lowest, own.leads)}</span>
                </span>
            </div>
            {withdraw}
        </div>
    }
}

fn withdraw_form(project: &Project, form: &Form) -> impl IntoView + use<> {
    let form_key = form.key();
    view! {
        <WithdrawForm project=project.id form_key=form_key.clone()>
            <FormKey key=form_key/>
        </WithdrawForm>
    }
}

fn with_bids() -> impl IntoView {
    let words =
        " There is a bid, so it can’t be cancelled any more; the lowest bid at the deadline wins.";
    view! { <p><strong>"This is your project."</strong>{words}</p> }
}

fn cancelling(project: &Project, form: &Form) -> impl IntoView + use<> {
    view! {
        <div class="stack">
            <p>
                <strong>"This is your project."</strong>
                " What is published stays as it is. While no bid stands, you can cancel it."
            </p>
            <form method="post" action=format!("/projects/{}/cancel", project.id)>
                <FormKey key=form.key()/>
                <button class="btn btn-danger btn-wide" type="submit">"Cancel project"</button>
            </form>
        </div>
    }
}

fn awaiting(project: &Project, visitor: &Visitor) -> impl IntoView + use<> {
    let own = match visitor {
        Visitor::Buyer(own) => *own,
        _ => None,
    };
    let standing = own.map(|own| view! { <Standing own lowest=project.lowest withdraw=None/> });
    view! {
        {standing}
        <p>
            "The deadline has passed. The result is being made. "
            <a class="link" href=format!("/projects/{}", project.id)>"Load this page again"</a>
        </p>
    }
}

fn awarded(project: &Project, visitor: &Visitor) -> impl IntoView + use<> {
    let words = match visitor {
        Visitor::Buyer(Some(own)) if own.leads => "You won this project with your bid of ",
        Visitor::Buyer(Some(_)) => "You did not win. The lowest bid won: ",
        Visitor::Owner => "Your project is awarded for ",
        _ => "The lowest bid won this project: ",
    };
    view! {
        <p>{words} {current_amount("lowest", project.lowest, "num", ())} "."</p>
        {result_link(project)}
    }
}

fn unawarded(project: &Project) -> impl IntoView + use<> {
    view! {
        <p>"No bid stood at the deadline, so nobody won this project."</p>
        {result_link(project)}
    }
}

fn result_link(project: &Project) -> impl IntoView + use<> {
    view! {
        <a class="btn btn-primary btn-wide" href=format!("/projects/{}/result", project.id)>
            "See the result"
        </a>
    }
}

fn cancelled(project: &Project) -> impl IntoView + use<> {
    let on = project
        .progress
        .ended_at()
        .map(|at| view! { " on " <Moment at/> });
    view! {
        <Notice kind=NoticeKind::Info>
            <strong>"This project is cancelled."</strong>
            " Its seller took it back" {on} ", while no bid stood."
        </Notice>
    }
}
