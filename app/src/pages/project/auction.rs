//! The auction's figures, and below them what the visitor can do now.

use super::{
    Visitor,
    visitor::{forms, outcome},
};
use crate::{
    chrome::use_chrome,
    components::{ErrorSummary, Icon, MomentWithUtc, amount, millis},
    form::Form,
    islands::{Countdown, Follow, FollowPage, Part},
};
use guildhall::{bid::Note, project::Project};
use leptos::{either::Either, prelude::*};

#[component]
pub(super) fn Auction(
    project: Project,
    visitor: Visitor,
    own_note: Option<Note>,
    is_watched: Option<bool>,
    form: Form,
) -> impl IntoView {
    let id = project.id;
    let outcome = outcome(&project);
    let again = post_again(&project, &visitor);
    let forms = forms(&project, visitor, own_note, &form);
    view! {
        <aside class="split-aside" aria-label="Auction">
            <div class="gable">
                <div class="gable-head stack">{price(&project)} {time_left(&project)}</div>
                <div class="gable-body">
                    <ErrorSummary form/>
                    <Follow part=Part::Action project=id>
                        {forms}
                        {outcome}
                    </Follow>
                    {again}
                    {facts(&project)}
                    {is_watched.map(|is_watched| watching(&project, is_watched))}
                </div>
            </div>
        </aside>
    }
}

/// Links the seller of an ended project to a form that is filled in from it.
fn post_again(project: &Project, visitor: &Visitor) -> Option<impl IntoView + use<>> {
    let href = format!("/projects/new?from={}", project.id);
    let id = project.id;
    matches!(visitor, Visitor::Owner).then(|| {
        view! {
            <Follow part=Part::AfterEnd project=id>
                <a class="btn btn-outline btn-wide" href=href>"Post again"</a>
            </Follow>
        }
    })
}

fn price(project: &Project) -> impl IntoView + use<> {
    let id = project.id;
    let connection =
        (!project.state().is_final()).then(|| view! { <FollowPage part=Part::Connection/> });
    view! {
        <div>
            <p class="gable-label row">
                <Follow part=Part::LowestLabel project=id/>
                {connection}
            </p>
            <p>
                <Follow part=Part::HeadAmount project=id>
                    <strong>
                        <Follow part=Part::NoBid project=id/>
                    </strong>
                </Follow>
            </p>
        </div>
    }
}

/// The countdown. A project that was cancelled or has its result has none.
fn time_left(project: &Project) -> Option<impl IntoView + use<>> {
    let (deadline_ms, now_ms) = (millis(project.deadline), millis(use_chrome().now));
    let id = project.id;
    (!project.state().is_final()).then(|| {
        view! {
            <Follow part=Part::TimeLeft project=id>
                <div data-live="time-left">
                    <p class="gable-label">"Time left"</p>
                    <Countdown deadline_ms now_ms large=false is_said_elsewhere=true/>
                </div>
            </Follow>
        }
    })
}

/// The deadline for the visitor's calendar, while it lies ahead.
fn calendar_link(project: &Project) -> Option<impl IntoView + use<>> {
    let href = format!("/projects/{}/deadline.ics", project.id);
    let id = project.id;
    project.accepts_bids().then(|| {
        view! {
            <Follow part=Part::WhileOpen project=id>
                <a class="link calendar-link" href=href>"Add to calendar"</a>
            </Follow>
        }
    })
}

/// The button that begins or ends watching the project, while it takes bids.
fn watching(project: &Project, is_watched: bool) -> impl IntoView + use<> {
    let id = project.id;
    let (action, label) = if is_watched {
        ("stop-watching", "Stop watching")
    } else {
        ("watch", "Watch")
    };
    let action = format!("/projects/{id}/{action}");
    let text = if is_watched {
        Either::Left(view! {
            "You’re watching this project. " <a class="link" href="/account/watching">"Watched projects"</a>
        })
    } else {
        Either::Right("We’ll notify you before it closes, and when it ends.")
    };
    view! {
        <Follow part=Part::WhileOpen project=id>
            <form class="watch" method="post" action=action>
                <button class="btn btn-outline btn-wide" type="submit">
                    <Icon name="bell"/>
                    {label}
                </button>
                <p class="small muted">{text}</p>
            </form>
        </Follow>
    }
}

fn facts(project: &Project) -> impl IntoView + use<> {
    let id = project.id;
    view! {
        <dl class="facts-list">
            <div>
                <dt>"Maximum budget"</dt>
                <dd>{amount(project.budget, "money")}</dd>
            </div>
            <div>
                <dt>"Active bids"</dt>
                <dd>
                    <Follow part=Part::Bids project=id/>
                </dd>
            </div>
            <div>
                <dt>
                    <Follow part=Part::EndsLabel project=id/>
                </dt>
                <dd>
                    <MomentWithUtc at=project.deadline/>
                    {calendar_link(project)}
                </dd>
            </div>
        </dl>
    }
}
