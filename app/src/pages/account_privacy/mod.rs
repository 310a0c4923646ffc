//! The viewer's data: what there is of it, and the ways to get it and to erase it.

mod erasure;
mod export;
mod keep;

pub use erasure::RequestErasure;
pub use export::{ExportReady, RequestExport};
pub use keep::{AccountIsKept, KeepAccount};

use super::Page;
use crate::components::{Callout, Moment, Tone};
use guildhall::erasure::ScheduledErasure;
use leptos::prelude::*;
use time::OffsetDateTime;

/// An overview of the viewer's data.
#[derive(Debug, Clone)]
pub struct AccountPrivacy {
    /// When the last export was requested, if that is still known.
    pub exported_at: Option<OffsetDateTime>,
    pub erasure: Option<ScheduledErasure>,
}

impl Page for AccountPrivacy {
    fn title(&self) -> String {
        "Your data".to_owned()
    }

    fn description(&self) -> String {
        "Get everything that Guildhall has about you, or have your account erased.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            exported_at,
            erasure,
        } = self;
        let exported = exported_at.map(|at| {
            view! { <p class="hint mt-4">"You last asked for an export on " <Moment at/> "."</p> }
        });
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <h1>"Your data"</h1>
                        <p class="muted">
                            <a class="link" href="/privacy">"What we keep, why, and how long"</a>
                        </p>
                    </header>
                    {erasure.map(|scheduled| view! { <ErasureNotice scheduled/> })}
                    <section class="panel" aria-labelledby="export-title">
                        <h2 class="panel-title" id="export-title">"Export"</h2>
                        <p>"Everything in your account, to read or to take elsewhere: as a page or as JSON."</p>
                        {exported}
                        <p class="mt-4"><a class="btn btn-sm btn-outline" href="/account/export">"Export your data"</a></p>
                    </section>
                    {erasure.is_none().then(|| view! { <ErasureLink/> })}
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn ErasureLink() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="erasure-title">
            <h2 class="panel-title" id="erasure-title">"Erase your account"</h2>
            <p>"Your name, your address and what only you see are deleted. Projects, bids and results stay without your name."</p>
            <p class="mt-4"><a class="btn btn-sm btn-danger" href="/account/erasure">"Erase your account"</a></p>
        </section>
    }
}

/// Says when the account will be erased, with a button to keep it.
#[component]
pub fn ErasureNotice(scheduled: ScheduledErasure) -> impl IntoView {
    let waits = scheduled.obligation.map(|obligation| {
        view! { " If the account is not free then, the erasure waits " {obligation.wait_text()} "." }
    });
    view! {
        <Callout kind=Tone::Warning>
            <p>
                "Your account will be erased on " <Moment at=scheduled.due_at/> "." {waits}
                " Until then it can neither publish projects nor bid."
            </p>
            <form class="mt-4" method="post" action="/account/erasure/stop">
                <button class="btn btn-sm btn-primary" type="submit">"Keep my account"</button>
            </form>
        </Callout>
    }
}
