//! A published project: what it is about on the left, its auction on the right.

mod auction;
mod history;
mod staircase;
mod undo;
mod visitor;

pub(super) use undo::Undo;

pub use history::{bids, history_update};
pub use staircase::staircase_svg;

use super::{Page, result::next_steps};
use crate::{
    chrome::use_chrome,
    components::{Flash, Icon, UserText, fulfillment_facts, millis},
    form::Form,
    islands::{self, Follow, HistoryRow, LivePage, LiveTerms, Part},
};
use guildhall::{
    award::Contacts,
    bid::{BidId, Note, UndoableBid, ViewerBids},
    live::Lot,
    project::{Fulfillment, Project, State},
    text::isolated,
};
use leptos::prelude::*;

/// Who views the project.
#[derive(Debug, Clone)]
pub enum Visitor {
    Anonymous,
    /// With the buyer's own bids on the project.
    Buyer(ViewerBids),
    /// The project's own seller.
    Owner,
    OtherSeller,
}

/// A published project.
#[derive(Debug, Clone)]
pub struct ProjectPage {
    pub project: Project,
    /// Sanitized HTML.
    pub description: String,
    /// Latest first.
    pub bids: Vec<HistoryRow>,
    pub visitor: Visitor,
    /// The note to the viewer's own live bid; the form for the next bid begins with it.
    pub own_note: Option<Note>,
    /// Whether the viewer watches the project; `None` if the viewer can't.
    pub is_watched: Option<bool>,
    /// What seller and winner see of each other once it is awarded.
    pub contacts: Contacts,
    /// The bid form: fields `amount` and `note`, posted to /projects/ID/bids.
    pub form: Form,
}

impl Page for ProjectPage {
    fn title(&self) -> String {
        let prefix = self.form.title_prefix();
        format!("{prefix}{}", isolated(&self.project.name))
    }

    fn description(&self) -> String {
        self.project.summary.clone()
    }

    fn canonical(&self) -> Option<String> {
        Some(format!("/projects/{}", self.project.id))
    }

    fn shows_flash(&self) -> bool {
        true
    }

    fn body(self) -> AnyView {
        let Self {
            project,
            description,
            bids,
            visitor,
            own_note,
            is_watched,
            contacts,
            form,
        } = self;
        let for_owner = matches!(visitor, Visitor::Owner);
        let terms = LiveTerms {
            source: format!("/projects/{}/live", project.id),
            now_ms: millis(use_chrome().now),
            is_about_one: true,
            lots: vec![lot(&project, &bids, &visitor)],
        };
        let undo = undoable(&visitor).map(|undoable| {
            view! { <Undo project=project.id undoable form_key=form.key()/> }
        });
        view! {
            <LivePage terms>
                {flash(&project, undo)}
                <div class="wrap page">
                    <p>
                        <a class="back-link" href="/projects">
                            <Icon name="back"/>
                            "All projects"
                        </a>
                    </p>
                    {steps(&project, &contacts)}
                    <div class="split mt-4">
                        {project_head(&project)} <auction::Auction project=project.clone() visitor own_note is_watched form/>
                        <div class="split-main stack stack-lg">
                            {facts(project.fulfillment.clone())} {description_section(description)}
                            {skills(project.skills.clone())} <history::History project=project.id currency=project.budget.currency() bids for_owner/>
                        </div>
                    </div>
                </div>
            </LivePage>
        }
        .into_any()
    }
}

/// What the seller and the winner do next. An open page gets it with the result.
fn steps(project: &Project, contacts: &Contacts) -> AnyView {
    if project.state().is_final() {
        return next_steps(project, contacts).into_any();
    }
    view! { <Follow part=Part::NextSteps project=project.id/> }.into_any()
}

/// The buyer's bid, if it can be undone.
const fn undoable(visitor: &Visitor) -> Option<UndoableBid> {
    match visitor {
        Visitor::Buyer(own) => own.undoable,
        _ => None,
    }
}

/// The message about what has just succeeded, with a button that undoes it if it was a bid. It disappears once the auction
/// has its result, which may contradict it.
fn flash(project: &Project, undo: Option<impl IntoView + 'static>) -> Option<AnyView> {
    let (id, is_final) = (project.id, project.state().is_final());
    use_chrome().flash.map(|_| {
        if is_final {
            view! { <Flash/> }.into_any()
        } else {
            let undo = undo.map(IntoAny::into_any);
            view! {
                <Follow part=Part::Flash project=id>
                    <Flash>{undo}</Flash>
                </Follow>
            }
            .into_any()
        }
    })
}

/// The state from which the page's live updates start.
fn lot(project: &Project, bids: &[HistoryRow], visitor: &Visitor) -> Lot {
    let own = match visitor {
        Visitor::Buyer(own) => own.live,
        _ => None,
    };
    let own_number = own.map(|own| own.bidder_number);
    // The page reveals only whether the viewer leads or has won, not which other bidder does.
    let first = own_number.filter(|_| own.is_some_and(|own| own.leads));
    Lot {
        id: project.id,
        state: project.state(),
        bid_count: project.bid_count,
        lowest_minor: project.lowest.map(|lowest| lowest.minor()),
        currency: project.budget.currency(),
        leader: first,
        winner: first,
        bids_made: i64::try_from(bids.len()).unwrap_or(i64::MAX),
        newest_bid: bids.first().map(|bid| BidId(bid.id)),
        own_minor: own.map(|own| own.amount.minor()),
        standing: None,
        own_number,
        is_owner: matches!(visitor, Visitor::Owner),
        deadline_ms: Some(millis(project.deadline)),
        is_closed: !project.accepts_bids(),
    }
}

/// The badge of a project's state.
pub(super) fn state_badge(state: State) -> impl IntoView {
    let (class, label) = islands::state_badge(state);
    view! { <span class=class>{label}</span> }
}

fn project_head(project: &Project) -> impl IntoView + use<> {
    let category = format!("/projects?category={}", project.category.slug());
    let above = view! {
        <Follow part=Part::Badge project=project.id/>
        <a class="link small" href=category>{project.category.label()}</a>
    };
    let (name, summary) = (project.name.clone(), project.summary.clone());
    head(above, name, summary, project.seller_name.clone())
}

/// A project's name, summary and seller, below its badge and category.
pub(super) fn head(
    above: impl IntoView,
    name: String,
    summary: String,
    seller: String,
) -> impl IntoView {
    view! {
        <header class="page-head split-head mb-0">
            <div class="row">{above}</div>
            <h1><UserText text=name/></h1>
            <p class="lead" dir="auto">{summary}</p>
            <p class="muted">"Posted by " <strong><UserText text=seller/></strong></p>
        </header>
    }
}

/// Where, by when and how long the work is done, if the seller said so.
pub(super) fn facts(fulfillment: Fulfillment) -> Option<impl IntoView> {
    (!fulfillment.is_empty()).then(|| {
        view! {
            <section aria-labelledby="work">
                <h2 class="sr-only" id="work">"The work"</h2>
                <dl class="facts">{fulfillment_facts(fulfillment)}</dl>
            </section>
        }
    })
}

/// A description, from sanitized HTML.
pub(super) fn description_section(html: String) -> impl IntoView {
    view! {
        <section aria-labelledby="description">
            <h2 class="sr-only" id="description">"Description"</h2>
            <div class="prose" dir="auto" inner_html=html></div>
        </section>
    }
}

pub(super) fn skills(skills: Vec<String>) -> Option<impl IntoView> {
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
