//! Pages that stay current while they are open.
//!
//! What changes stands in the page already, marked by `data-live`: the server renders it, and every form that it may take
//! once the auction has ended waits in a `<template>`. So the words and looks are the server's own.

mod words;

#[cfg(feature = "hydrate")]
mod dashboard;
#[cfg(feature = "hydrate")]
mod project;
#[cfg(feature = "hydrate")]
mod show;
#[cfg(feature = "hydrate")]
mod source;

pub use words::to_lead;
#[cfg(feature = "ssr")]
pub use words::{behind, bids, label_of_end, label_of_lowest, standing_title};

use leptos::{html, prelude::*};

/// What a project's page has to know to stay current. Goes with `data-live` marks in the rest of the page.
#[cfg(feature = "ssr")]
#[component]
pub fn LiveProject(
    /// The project's path.
    path: String,
    /// The viewer's pseudonym, where a bid of its own stands.
    own_number: Option<i32>,
    /// In minor units (cents).
    own_minor: Option<i64>,
    leads: bool,
    /// The viewer posted it.
    owns: bool,
    /// In milliseconds since the epoch, as is `now_ms`.
    deadline_ms: f64,
    /// The server's clock when the page was made.
    now_ms: f64,
    /// Templates of what the page may come to say.
    children: Children,
) -> impl IntoView {
    view! {
        <LiveProjectIsland>
            <div
                data-source=format!("{path}/live")
                data-own-number=own_number.map(|number| number.to_string())
                data-own-minor=own_minor.map(|minor| minor.to_string())
                data-leads=leads.then_some("yes")
                data-owns=owns.then_some("yes")
                data-closes-ms=deadline_ms.to_string()
                data-now-ms=now_ms.to_string()
            >
                {children()}
            </div>
            <p class="sr-only" aria-live="polite" data-said></p>
        </LiveProjectIsland>
    }
}

/// What a dashboard has to know to stay current.
#[cfg(feature = "ssr")]
#[component]
pub fn LiveDashboard(
    /// Templates of every badge that a row may have.
    children: Children,
) -> impl IntoView {
    view! {
        <LiveDashboardIsland>
            <div data-source="/dashboard/live">{children()}</div>
            <p class="live-line">
                <LiveMark/>
                <a class="link" href="/dashboard" data-live="moved" hidden></a>
            </p>
            <p class="sr-only" aria-live="polite" data-said></p>
        </LiveDashboardIsland>
    }
}

/// Says that the page keeps itself current, once it does.
#[cfg(feature = "ssr")]
#[component]
pub fn LiveMark() -> impl IntoView {
    view! {
        <span class="live-mark" data-live="status" hidden></span>
        <template data-live="over">
            "Not live any more: "
            <a class="link" href="">
                "reload the page"
            </a>
        </template>
    }
}

#[island]
fn LiveProjectIsland(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, project::wake);
    view! { <div node_ref=root>{children()}</div> }
}

#[island]
fn LiveDashboardIsland(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, dashboard::wake);
    view! { <div node_ref=root>{children()}</div> }
}
