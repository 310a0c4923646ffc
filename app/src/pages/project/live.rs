//! Templates of everything that an open project's page may come to show while it is open.
//!
//! The components that would render it then render it now.

use super::{Visitor, closed_badge, state_badge, visitor};
use crate::{chrome::use_chrome, components::millis, form::Form, islands::LiveProject};
use guildhall::{
    bid::Own,
    project::{Project, State},
};
use leptos::prelude::*;

pub(super) fn live(project: &Project, visitor: &Visitor, form: &Form) -> impl IntoView + use<> {
    let own = match visitor {
        Visitor::Buyer(own) => *own,
        _ => None,
    };
    let owns = matches!(visitor, Visitor::Owner);
    let actions = actions(project, visitor, form, own)
        .into_iter()
        .map(|(key, action)| view! { <template data-action=key>{action}</template> })
        .collect_view();
    let badges = [
        State::Open,
        State::Awarded,
        State::Unawarded,
        State::Cancelled,
    ]
    .map(|state| view! { <template data-badge=state.name()>{state_badge(state)}</template> })
    .collect_view();
    view! {
        <LiveProject
            path=format!("/projects/{}", project.id)
            own_number=own.map(|own| own.bidder_number)
            own_minor=own.map(|own| own.amount.minor())
            leads=own.is_some_and(|own| own.leads)
            owns
            deadline_ms=millis(project.deadline)
            now_ms=millis(use_chrome().now)
        >
            {actions}
            {badges}
            <template data-badge="closed">{closed_badge()}</template>
        </LiveProject>
    }
}

/// Every form of the part below the figures, each with its name.
fn actions(
    project: &Project,
    visitor: &Visitor,
    form: &Form,
    own: Option<Own>,
) -> Vec<(&'static str, AnyView)> {
    let ended = |state| {
        let project = Project {
            lowest: project.lowest.or(Some(project.budget)),
            ..project.clone()
        };
        move |own: Option<Own>| {
            let visitor = match visitor {
                Visitor::Buyer(_) => Visitor::Buyer(own),
                other => other.clone(),
            };
            visitor::ended(&project, state, &visitor).1
        }
    };
    let mut actions = vec![
        ("closed", ended(State::Open)(own)),
        ("unawarded", ended(State::Unawarded)(own)),
        ("cancelled", ended(State::Cancelled)(own)),
    ];
    match own {
        None => actions.push(("awarded", ended(State::Awarded)(None))),
        Some(own) => {
            for (key, leads) in [("won", true), ("lost", false)] {
                actions.push((key, ended(State::Awarded)(Some(Own { leads, ..own }))));
            }
        }
    }
    if matches!(visitor, Visitor::Owner) {
        for bid_count in [0, 1] {
            let project = Project {
                bid_count,
                ..project.clone()
            };
            let (key, action) = visitor::open(&project, Visitor::Owner, form);
            actions.push((key, action));
        }
    }
    actions
}
