//! The form for a bid: it names what is wrong while it is typed, and keeps what was typed whatever the answer is.

mod terms;

use super::{form_submission::FormSubmission, live::to_lead, ready::ready};
use crate::{
    icon::Icon,
    writes::{PlaceBid, WithdrawBid},
};
use guildhall::{
    money::{Currency, Money},
    project::ProjectId,
};
use leptos::{html, prelude::*};
use terms::Terms;

/// The whole form. It posts without JavaScript too, and then comes back with `value` and `error`. `children` are what every form of
/// a page has: its key, and whose it is.
#[island(lazy)]
pub fn BidForm(
    project: ProjectId,
    /// Makes the form the same form when it is sent twice.
    form_key: String,
    /// What was typed before.
    value: String,
    /// What is wrong with it.
    error: Option<String>,
    currency: Currency,
    /// In minor units (cents), as is `own_minor`.
    budget_minor: i64,
    /// The buyer's own bid that stands.
    own_minor: Option<i64>,
    /// The lowest that stands, and whether it is the buyer's own.
    lowest_minor: Option<i64>,
    leads: bool,
    children: Children,
) -> impl IntoView {
    let terms = Terms {
        currency,
        budget_minor,
        own_minor,
    };
    let (form, input) = (NodeRef::<html::Form>::new(), NodeRef::<html::Input>::new());
    let submission = FormSubmission::<PlaceBid>::new(form);
    // What the field shows, which may have been typed before the island was there.
    let amount = move || {
        input
            .get_untracked()
            .map_or_else(String::new, |input| input.value())
    };
    // Typing is not checked before the first amount is finished, for half an amount is no mistake.
    let is_checked = RwSignal::new(error.is_some());
    let problem = RwSignal::new(error);
    let check = move || {
        is_checked.set(true);
        problem.set(terms.problem_with(&amount()));
        problem.with_untracked(Option::is_none)
    };
    Effect::new(move |_| {
        let refused = submission.refused();
        if let Some(message) = refused.as_ref().and_then(|refused| refused.field("amount")) {
            problem.set(Some(message.to_owned()));
            focus(input);
        }
    });
    // What is wrong with anything else.
    let notice = move || {
        submission
            .refused()
            .filter(|refused| refused.field("amount").is_none())
            .map(|refused| refused.message)
    };
    // As signals of few types: each type of a view is code that a browser loads.
    let is_wrong = Signal::derive(move || problem.with(Option::is_some));
    let either = move |wrong: &'static str, right: &'static str| {
        Signal::derive(move || if is_wrong.get() { wrong } else { right })
    };
    let notice = Signal::derive(notice);
    let lowest = lowest_minor.map(|minor| Money::from_minor(minor, currency));
    let is_pending = Signal::derive(move || submission.is_pending());
    view! {
        <div data-ready=ready()>
            <form
                node_ref=form
                class="stack"
                aria-label="Place a bid"
                method="post"
                action=format!("/projects/{project}/bids")
                novalidate
                on:submit=move |event| {
                    let arguments = || {
                        if check() {
                            let amount = amount();
                            return Some(PlaceBid { project, amount, form_key: form_key.clone() });
                        }
                        focus(input);
                        None
                    };
                    submission.submit(&event, arguments);
                }
            >
                {children()}
                <div class=either("field field-invalid", "field")>
                    <label class="field-label" for="amount">{terms.label()}</label>
                    <p class="field-help" id="amount-help">
                        {terms.help()} " " <span class="num">{terms.most().to_string()}</span> ". "
                        <span data-live="to-lead">{to_lead(lowest, leads)}</span>
                    </p>
                    <p class="field-error" id="amount-error" hidden=Signal::derive(move || !is_wrong.get())>
                        <Icon name="alert"/>
                        <span>
                            <span class="sr-only">"Error: "</span>
                            <span>{Signal::derive(move || problem.get())}</span>
                        </span>
                    </p>
                    <div class="affix">
                        <span class="affix-text" aria-hidden="true">{currency.symbol().trim_end()}</span>
                        <input
                            node_ref=input
                            class="input input-money"
                            id="amount"
                            name="amount"
                            inputmode="decimal"
                            autocomplete="off"
                            value=value
                            aria-describedby=either("amount-help amount-error", "amount-help")
                            aria-invalid=flag(is_wrong)
                            on:input=move |_| {
                                if is_checked.get_untracked() {
                                    check();
                                }
                            }
                            // Leaving the field a second time says nothing new, and must not take away what the server said.
                            on:focusout=move |_| {
                                if !is_checked.get_untracked() && !amount().trim().is_empty() {
                                    check();
                                }
                            }
                        />
                    </div>
                </div>
                <div class="notice notice-error" role="alert" hidden=Signal::derive(move || notice.with(Option::is_none))>
                    <Icon name="alert"/>
                    <div>{notice}</div>
                </div>
                // The button keeps the focus, which a disabled one would lose.
                <button class="btn btn-primary btn-wide" type="submit" aria-disabled=flag(is_pending)>
                    {Signal::derive(move || if is_pending.get() { "Placing bid …" } else { "Place bid" })}
                </button>
            </form>
        </div>
    }
}

/// The button that withdraws the buyer's bid.
#[island(lazy)]
pub fn WithdrawForm(project: ProjectId, form_key: String, children: Children) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let submission = FormSubmission::<WithdrawBid>::new(form);
    let notice = Signal::derive(move || submission.refused().map(|refused| refused.message));
    view! {
        <div data-ready=ready()>
            <form
                node_ref=form
                method="post"
                action=format!("/projects/{project}/withdraw")
                on:submit=move |event| {
                    submission.submit(&event, || Some(WithdrawBid { project, form_key: form_key.clone() }));
                }
            >
                {children()}
                <p class="field-error" role="alert" hidden=Signal::derive(move || notice.with(Option::is_none))>
                    {notice}
                </p>
                <button
                    class="btn btn-sm btn-danger"
                    type="submit"
                    aria-disabled=flag(Signal::derive(move || submission.is_pending()))
                >
                    "Withdraw my bid"
                </button>
            </form>
        </div>
    }
}

/// An attribute that is "true" or not there.
fn flag(is_set: Signal<bool>) -> Signal<Option<&'static str>> {
    Signal::derive(move || is_set.get().then_some("true"))
}

fn focus(input: NodeRef<html::Input>) {
    if let Some(input) = input.get_untracked() {
        let _ = input.focus();
    }
}
