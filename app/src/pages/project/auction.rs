//! The auction's figures, and below them what the visitor can do now.

use super::{
    Visitor,
    live::live,
    visitor::{ended, open},
};
use crate::{
    chrome::use_chrome,
    components::{ErrorSummary, Moment, amount, bids, current_amount, millis},
    form::Form,
    islands::{Countdown, LiveMark, label_of_end, label_of_lowest},
};
use guildhall::project::{Project, State};
use leptos::prelude::*;

#[component]
pub(super) fn Auction(project: Project, visitor: Visitor, form: Form) -> impl IntoView {
    let live = (project.state() == State::Open).then(|| live(&project, &visitor, &form));
    let (key, action) = if project.takes_bids() {
        open(&project, visitor, &form)
    } else {
        ended(&project, project.state(), &visitor)
    };
    view! {
        <aside class="split-aside" aria-label="Auction">
            <div class="gable">
                <div class="gable-head stack">{price(&project)} {time_left(&project)}</div>
                <div class="gable-body">
                    <ErrorSummary form/>
                    <div class="gable-action" data-live="action" data-action=key tabindex="-1">
                        {action}
                    </div>
                    {facts(&project)}
                </div>
            </div>
            {live}
        </aside>
    }
}

fn price(project: &Project) -> impl IntoView + use<> {
    let class = if project.state() == State::Awarded {
        "money money-xl money-final"
    } else {
        "money money-xl"
    };
    let none = if project.state() == State::Open {
        "No bid yet"
    } else {
        "No bid"
    };
    view! {
        <div>
            <p class="gable-label row">
                <span data-live="lowest-label">{label_of_lowest(project.state())}</span>
                <LiveMark/>
            </p>
            <p>{current_amount("lowest", project.lowest, class, view! { <strong>{none}</strong> })}</p>
        </div>
    }
}

/// What has ended before its deadline, or has its result, counts down to nothing any more.
fn time_left(project: &Project) -> Option<impl IntoView + use<>> {
    let (deadline_ms, now_ms) = (millis(project.deadline), millis(use_chrome().now));
    (project.state() == State::Open).then(|| {
        view! {
            <div data-live="time-left">
                <p class="gable-label">"Time left"</p>
                <Countdown deadline_ms now_ms large=false is_said_elsewhere=true/>
            </div>
        }
    })
}

fn facts(project: &Project) -> impl IntoView + use<> {
    let ends = label_of_end(project.takes_bids());
    view! {
        <dl class="facts-list">
            <div>
                <dt>"Budget, at most"</dt>
                <dd>{amount(project.budget, "money")}</dd>
            </div>
            <div>
                <dt>"Bids that stand"</dt>
                <dd data-live="bids">{bids(project.bid_count)}</dd>
            </div>
            <div>
                <dt data-live="ends-label">{ends}</dt>
                <dd>
                    <Moment at=project.deadline/>
                </dd>
            </div>
        </dl>
    }
}
