//! The bid form. It shows errors while the amount is typed, and keeps the amount whatever the server answers.

mod limits;

use super::{
    amount_echo::offer,
    form_submission::{FieldErrors, FormSubmission},
    live::{Live, now},
    ready::ready,
    signals::{self, Reactive},
};
use crate::{
    icon::Icon,
    writes::{PlaceBid, ServerCall},
};
use guildhall::{live::Lot, money::Currency, project::ProjectId};
use leptos::{html, prelude::*};
use limits::BidLimits;

/// The whole form. Without JavaScript the browser posts it, and a refused form is shown again with `value` and `error`.
/// `children` complete the sentence about the amount offered; they also contain the field for a note and the hidden
/// fields that every form has, such as its key and its account.
#[island(lazy)]
pub fn BidForm(
    project: ProjectId,
    /// Identifies the form, so that sending it twice has one effect.
    form_key: String,
    /// What was typed before.
    value: String,
    /// The error in `value`.
    error: Option<String>,
    currency: Currency,
    /// In minor units (cents), as is `last_minor`.
    budget_minor: i64,
    /// The buyer's own last bid.
    last_minor: Option<i64>,
    /// True if that bid is not live any more.
    is_withdrawn: bool,
    children: Children,
) -> impl IntoView {
    let page_limits = BidLimits {
        currency,
        budget_minor,
        last_minor,
        is_withdrawn,
    };
    let (form, input) = (NodeRef::<html::Form>::new(), NodeRef::<html::Input>::new());
    let submission = FormSubmission::new(form, FieldErrors::ByIsland);
    // Read from the field, because it may have been typed before hydration.
    let amount = move || {
        input
            .get_untracked()
            .map_or_else(String::new, |input| input.value())
    };
    // Do not check until the first amount is finished: half an amount is not a mistake.
    let is_checked = RwSignal::new(error.is_some());
    let problem = RwSignal::new(error);
    let offered = RwSignal::new(offer(&value, currency));
    let show = move || offered.set(offer(&amount(), currency));
    let lot = expect_context::<Live<Lot>>().of(project);
    let limits = move || page_limits.at(&lot.get_untracked());
    let check = move || {
        is_checked.set(true);
        problem.set(limits().problem_with(&amount()));
        problem.with_untracked(Option::is_none)
    };
    #[cfg(feature = "hydrate")]
    signals::effect(show);
    signals::effect(move || {
        let refused = submission.refused();
        if let Some(message) = refused.as_ref().and_then(|refused| refused.field("amount")) {
            problem.set(Some(message.to_owned()));
            focus(input);
        }
    });
    // A refusal that is not about the amount.
    let notice = move || {
        submission
            .refused()
            .filter(|refused| refused.field("amount").is_none())
            .map(|refused| {
                refused
                    .field("note")
                    .map_or_else(|| refused.message.clone(), str::to_owned)
            })
    };
    let is_wrong = move || problem.with(Option::is_some);
    let either = move |wrong: &'static str, right: &'static str| {
        signals::one_of(move || if is_wrong() { wrong } else { right })
    };
    let to_lead = signals::text(move || page_limits.at(&now(lot)).lead_text(&now(lot)));
    let limit = signals::text(move || page_limits.at(&now(lot)).limit().to_string());
    let label = signals::text(move || page_limits.at(&now(lot)).label().to_owned());
    let help = signals::text(move || page_limits.at(&now(lot)).help().to_owned());
    view! {
        <div data-ready=ready()>
            <form
                node_ref=form
                class="stack"
                aria-label="Place a bid"
                method="post"
                action=signals::fixed(|| format!("/projects/{project}/bids"))
                novalidate
                on:submit=move |event| {
                    let call = || {
                        if check() {
                            let amount = amount();
                            let note = submission.text("note");
                            let bid = PlaceBid { project, amount, note, form_key: form_key.clone(), confirmed: None };
                            return Some(ServerCall::new(&bid).of(&submission.text("form_of").unwrap_or_default()));
                        }
                        focus(input);
                        None
                    };
                    submission.submit(&event, call);
                }
            >
                <div class=either("field field-invalid", "field")>
                    <label class="field-label" for="amount">{label}</label>
                    <p class="field-help" id="amount-help">
                        {help} " " <span class="num">{limit}</span> ". "
                        <span>{to_lead}</span>
                    </p>
                    <p class="field-error" id="amount-error" hidden=signals::flag(move || !is_wrong())>
                        <Icon name="alert"/>
                        <span>
                            <span class="sr-only">"Error: "</span>
                            <span>{signals::text(move || problem.get().unwrap_or_default())}</span>
                        </span>
                    </p>
                    <div class="affix">
                        <span class="affix-text" aria-hidden="true">{currency.symbol().trim_end()}</span>
                        <input
                            node_ref=input
                            class="input input-money"
                            type="text"
                            id="amount"
                            name="amount"
                            inputmode="decimal"
                            autocomplete="transaction-amount"
                            value=value
                            aria-describedby=either("amount-help amount-error", "amount-help")
                            aria-invalid=true_attribute(is_wrong)
                            on:input=move |_| {
                                show();
                                if is_checked.get_untracked() {
                                    check();
                                }
                            }
                            // Only the first time: a second check would find nothing new, and would hide the server's error.
                            on:focusout=move |_| {
                                if !is_checked.get_untracked() && !amount().trim().is_empty() {
                                    check();
                                }
                            }
                        />
                    </div>
                    <div class="field-offer">
                        <output for="amount">{signals::text(move || offered.get())}</output>
                        {children()}
                    </div>
                </div>
                <div class="notice notice-error" role="alert" hidden=signals::flag(move || notice().is_none())>
                    <Icon name="alert"/>
                    <div>{signals::text(move || notice().unwrap_or_default())}</div>
                </div>
                // `aria-disabled` and not `disabled`, so that the button keeps the focus.
                <button class="btn btn-primary btn-wide" type="submit" aria-disabled=true_attribute(move || submission.is_pending())>
                    {signals::text(move || if submission.is_pending() { "Placing bid …" } else { "Place bid" }.to_owned())}
                </button>
            </form>
        </div>
    }
}

/// An attribute that is "true" or absent.
fn true_attribute(
    is_set: impl Fn() -> bool + Send + Sync + 'static,
) -> Reactive<Option<&'static str>> {
    Box::new(move || is_set().then_some("true"))
}

fn focus(input: NodeRef<html::Input>) {
    if let Some(input) = input.get_untracked() {
        let _ = input.focus();
    }
}
