//! A published project: what it is about on the left, its auction on the right.

mod auction;
mod history;
mod live;
mod visitor;

pub(super) use history::bidder;

use super::Page;
use crate::{
    components::{Icon, UserText},
    form::Form,
};
use guildhall::{
    bid::{BidId, Made, Own},
    project::{Project, State},
    text::isolated,
};
use leptos::prelude::*;

/// Who looks at the project.
#[derive(Debug, Clone)]
pub enum Visitor {
    Anonymous,
    /// With its live bid, if it has one.
    Buyer(Option<Own>),
    /// The project's own seller.
    Owner,
    OtherSeller,
}

/// A published project.
#[derive(Debug, Clone)]
pub struct ProjectPage {
    pub project: Project,
    /// Sanitised HTML.
    pub description: String,
    pub history: Vec<Made>,
    /// The bid that would win if the deadline were now, or has won; it may be earlier than those listed.
    pub leader: Option<BidId>,
    pub visitor: Visitor,
    /// The bid form: field `amount`, posted to /projects/ID/bids.
    pub form: Form,
}

impl Page for ProjectPage {
    fn title(&self) -> String {
        let prefix = if self.form.is_refused() {
            "Error: "
        } else {
            ""
        };
        format!("{prefix}{}", isolated(&self.project.name))
    }

    fn description(&self) -> String {
        self.project.summary.clone()
    }

    fn canonical(&self) -> Option<String> {
        Some(format!("/projects/{}", self.project.id))
    }

    fn body(self) -> AnyView {
        let Self {
            project,
            description,
            history,
            leader,
            visitor,
            form,
        } = self;
        let for_owner = matches!(visitor, Visitor::Owner);
        view! {
            <div class="wrap page">
                <p>
                    <a class="back-link" href="/projects">
                        <Icon name="back"/>
                        "All projects"
                    </a>
                </p>
                <div class="split mt-4">
                    {head(&project)} <auction::Auction project=project.clone() visitor form/>
                    <div class="split-main stack stack-lg">
                        <section aria-labelledby="description">
                            <h2 class="sr-only" id="description">"Description"</h2>
                            <div class="prose" dir="auto" inner_html=description></div>
                        </section>
                        {skills(project.skills.clone())} <history::History project history leader for_owner/>
                    </div>
                </div>
            </div>
        }
        .into_any()
    }
}

/// The badge of a project's state.
pub(super) fn state_badge(state: State) -> impl IntoView {
    let (class, words) = match state {
        State::Draft => ("badge state-draft", "Draft"),
        State::Open => ("badge state-open", "Open"),
        State::Awarded => ("badge state-awarded", "Awarded"),
        State::Unawarded => ("badge state-unawarded", "Not awarded"),
        State::Cancelled => ("badge state-cancelled", "Cancelled"),
    };
    view! { <span class=class>{words}</span> }
}

/// The badge of a project that waits for its result.
fn closed_badge() -> impl IntoView {
    view! { <span class="badge state-unawarded">"Closed"</span> }
}

fn head(project: &Project) -> impl IntoView + use<> {
    let awaits_result = project.state() == State::Open && !project.takes_bids();
    let badge = if awaits_result {
        closed_badge().into_any()
    } else {
        state_badge(project.state()).into_any()
    };
    let category = format!("/projects?category={}", project.category.slug());
    view! {
        <header class="page-head split-head mb-0">
            <div class="row">
                <span data-live="badge">{badge}</span>
                <a class="link small" href=category>{project.category.label()}</a>
            </div>
            <h1><UserText text=project.name.clone()/></h1>
            <p class="lead" dir="auto">{project.summary.clone()}</p>
            <p class="muted">"Posted by " <strong><UserText text=project.seller_name.clone()/></strong></p>
        </header>
    }
}

fn skills(skills: Vec<String>) -> Option<impl IntoView> {
    (!skills.is_empty()).then(|| {
        let tags = skills
            .into_iter()
            .map(|skill| view! { <li class="tag"><UserText text=skill/></li> })
            .collect_view();
        view! {
            <section aria-labelledby="skills">
                <h2 class="panel-title" id="skills">"Skills"</h2>
                <ul class="tags">{tags}</ul>
            </section>
        }
    })
}
