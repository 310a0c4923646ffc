//! The auction's figures, and below them what the visitor can do now.

use super::{
    Visitor,
    visitor::{ended, open},
};
use crate::{
    components::{ErrorSummary, Moment, amount, bids, millis},
    form::Form,
    islands::Countdown,
};
use guildhall::project::{Project, State};
use leptos::prelude::*;

#[component]
pub(super) fn Auction(project: Project, visitor: Visitor, form: Form) -> impl IntoView {
    let action = if project.takes_bids() {
        open(&project, visitor, &form)
    } else {
        ended(&project, &visitor)
    };
    view! {
        <aside class="split-aside" aria-label="Auction">
            <div class="gable">
                <div class="gable-head stack">{price(&project)} {time_left(&project)}</div>
                <div class="gable-body">
                    <ErrorSummary form/>
                    {action}
                    {facts(&project)}
                </div>
            </div>
        </aside>
    }
}

fn price(project: &Project) -> impl IntoView + use<> {
    let (label, money) = match (project.state, project.lowest) {
        (State::Awarded, Some(lowest)) => (
            "Winning bid",
            amount(lowest, "money money-xl money-final").into_any(),
        ),
        (_, Some(lowest)) => ("Lowest bid", amount(lowest, "money money-xl").into_any()),
        (State::Open, None) => (
            "Lowest bid",
            view! { <strong>"No bid yet"</strong> }.into_any(),
        ),
        (_, None) => ("Lowest bid", view! { <strong>"No bid"</strong> }.into_any()),
    };
    view! {
        <div>
            <p class="gable-label">{label}</p>
            <p>{money}</p>
        </div>
    }
}

/// What has ended before its deadline, or has its result, counts down to nothing any more.
fn time_left(project: &Project) -> Option<impl IntoView + use<>> {
    let (deadline_ms, now_ms) = (millis(project.deadline), millis(project.now));
    (project.state == State::Open).then(|| {
        view! {
            <div>
                <p class="gable-label">"Time left"</p>
                <Countdown deadline_ms now_ms large=false reload=true/>
            </div>
        }
    })
}

fn facts(project: &Project) -> impl IntoView + use<> {
    let ends = if project.takes_bids() {
        "Bidding ends"
    } else {
        "Deadline"
    };
    view! {
        <dl class="facts-list">
            <div>
                <dt>"Budget, at most"</dt>
                <dd>{amount(project.budget, "money")}</dd>
            </div>
            <div>
                <dt>"Bids that stand"</dt>
                <dd>{bids(project.bid_count)}</dd>
            </div>
            <div>
                <dt>{ends}</dt>
                <dd>
                    <Moment at=project.deadline/>
                </dd>
            </div>
        </dl>
    }
}
