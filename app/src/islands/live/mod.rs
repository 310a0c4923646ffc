//! Pages that stay current while they are open.
//!
//! A page's handler reads [`Lot`]s, and `LivePage` turns them into the signals of [`Live`], on the server and in the
//! browser. Where the page's markup follows a project, it contains a [`Part`]. The server renders a part's view once;
//! in the browser the same view follows the signal. All parts are one island, because each island adds its own code.
//!
//! - Figures change in place, and new bids glide into the history. Until the history has loaded them, a link says that
//!   they are missing, so that no two figures of a page contradict each other. Nothing else moves under the reader:
//!   rows of a dashboard keep their places until the visitor asks for the new order. The bid form and what was typed
//!   stay until the deadline.
//! - One polite live region announces ten minutes left, one minute left, the deadline, the result, changes of the lead,
//!   a new state of a project on a dashboard, a failed load that the visitor requested, and the end of live updates.

mod bid_table;
mod history;
mod page;
mod part;
mod state;
mod texts;

#[cfg(feature = "hydrate")]
mod source;

#[cfg(feature = "hydrate")]
use super::clock;
pub use page::LiveTerms;
pub use part::{Part, now};
#[cfg(feature = "hydrate")]
pub use source::Source;
pub use state::Live;
#[cfg(feature = "ssr")]
pub use {
    bid_table::{BidTable, HistoryRow, HistoryState, bidder},
    texts::{bids, digits, state_badge},
};

use guildhall::{live::Lot, project::ProjectId};
use leptos::{either::Either, prelude::*};

#[island(lazy)]
fn LivePart(
    part: Part,
    /// For a part about the whole page.
    page: Option<LiveTerms>,
    /// For a part that follows one project.
    project: Option<ProjectId>,
    /// The project's name, if the part announces it; or the dashboard tab that is shown.
    name: String,
    children: Children,
) -> impl IntoView {
    match (project, page) {
        (Some(project), _) => {
            let live = expect_context::<Live<Lot>>();
            Either::Left(part::view_of(part, &live, project, name, children))
        }
        (None, page) => {
            let live = match &page {
                Some(terms) => Live::new(&terms.lots),
                None => expect_context(),
            };
            Either::Right(part::whole(part, live, page, name, children))
        }
    }
}

/// A page that stays current. It shows its projects through [`Follow`].
#[cfg(feature = "ssr")]
#[component]
pub fn LivePage(terms: LiveTerms, children: Children) -> impl IntoView {
    if terms.is_about_one && terms.lots.iter().all(Lot::is_final) {
        provide_context(Live::new(&terms.lots));
        return children();
    }
    view! { <LivePart part=Part::Page page=Some(terms) project=None name=String::new()>{children()}</LivePart> }
        .into_any()
}

/// A part of a page that follows a project while the project can change.
#[cfg(feature = "ssr")]
#[component]
pub fn Follow(
    part: Part,
    project: ProjectId,
    /// The project's name, if the part announces it.
    #[prop(optional)]
    name: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let children = children.unwrap_or_else(no_children);
    let live = expect_context::<Live<Lot>>();
    if live.of(project).with_untracked(Lot::is_final) {
        part::view_of(part, &live, project, name, children).into_any()
    } else {
        view! { <LivePart part page=None project=Some(project) name children/> }.into_any()
    }
}

/// A part about the whole page.
#[cfg(feature = "ssr")]
#[component]
pub fn FollowPage(
    part: Part,
    /// The dashboard tab that is shown.
    #[prop(optional)]
    shown: String,
) -> impl IntoView {
    view! { <LivePart part page=None project=None name=shown children=no_children()/> }
}

#[cfg(feature = "ssr")]
fn no_children() -> Children {
    Box::new(|| ().into_any())
}
