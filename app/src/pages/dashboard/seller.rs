//! A seller's projects by state.

use super::lot::{Head, LiveLine, Lot, Part, Tab, Tabs, contact_note, day, figure, lowest};
use crate::{
    components::{EmptyState, TimeLeft, amount, millis, plain_amount},
    islands::{Follow, LivePage, LiveTerms, Part as LivePart, Ticker},
    pages::Page,
};
use guildhall::{
    live,
    project::{OwnProgress, SellerProject, State},
};
use leptos::prelude::*;
use time::OffsetDateTime;

/// The states in display order: the first ones need the seller's attention most.
const ORDER: [State; 5] = [
    State::Open,
    State::Draft,
    State::Awarded,
    State::Unawarded,
    State::Cancelled,
];

/// A seller's projects by state.
#[derive(Debug, Clone)]
pub struct SellerDashboard {
    pub projects: Vec<SellerProject>,
    /// The only state to show, from `?state=`.
    pub shown: Option<State>,
    pub now: OffsetDateTime,
}

impl Page for SellerDashboard {
    fn title(&self) -> String {
        "Your projects".to_owned()
    }

    fn description(&self) -> String {
        "Your projects on Guildhall by state, each with its bids, its lowest amount and its deadline."
            .to_owned()
    }

    fn body(self) -> AnyView {
        let Self {
            projects,
            shown,
            now,
        } = self;
        let content = if projects.is_empty() {
            none_at_all().into_any()
        } else {
            let tabs = tabs(&projects, shown);
            let terms = LiveTerms {
                source: "/dashboard/live".to_owned(),
                now_ms: millis(now),
                is_about_one: false,
                lots: projects.iter().map(followed).collect(),
            };
            view! {
                <Tabs label="Project states" tabs/>
                <LivePage terms>
                    <LiveLine shown=shown.map_or("", State::name)/>
                    <Ticker now_ms=millis(now)>
                        <div class="stack stack-lg">{parts(projects, shown)}</div>
                    </Ticker>
                </LivePage>
            }
            .into_any()
        };
        view! {
            <div class="wrap page">
                <Head title="Your projects" href="/projects/new" action="Post a project"/>
                {content}
            </div>
        }
        .into_any()
    }
}

fn tabs(projects: &[SellerProject], shown: Option<State>) -> Vec<Tab> {
    let all = Tab {
        label: "All",
        href: "/dashboard".to_owned(),
        count: projects.len(),
        current: shown.is_none(),
    };
    let one = |state: State| Tab {
        label: heading(state),
        href: format!("/dashboard?state={}", state.name()),
        count: projects.iter().filter(|own| own.state() == state).count(),
        current: shown == Some(state),
    };
    std::iter::once(all).chain(ORDER.map(one)).collect()
}

fn parts(projects: Vec<SellerProject>, shown: Option<State>) -> Vec<AnyView> {
    let asked = ORDER
        .into_iter()
        .filter(|state| shown.is_none_or(|shown| shown == *state));
    asked
        .filter_map(|state| {
            let of_state: Vec<SellerProject> = projects
                .iter()
                .filter(|own| own.state() == state)
                .cloned()
                .collect();
            // If all states are shown, leave out empty ones.
            (shown.is_some() || !of_state.is_empty()).then(|| part(state, of_state).into_any())
        })
        .collect()
}

fn part(state: State, projects: Vec<SellerProject>) -> impl IntoView {
    let count = projects.len();
    let content = if projects.is_empty() {
        none_in(state).into_any()
    } else {
        let lots = projects.into_iter().map(lot).collect_view();
        view! { <ul class="lot-list">{lots}</ul> }.into_any()
    };
    view! { <Part id=state.name() title=heading(state) count>{content}</Part> }
}

const fn heading(state: State) -> &'static str {
    match state {
        State::Draft => "Drafts",
        State::Open => "Open",
        State::Awarded => "Awarded",
        State::Unawarded => "Not awarded",
        State::Cancelled => "Cancelled",
    }
}

/// The state from which the dashboard's live updates start.
fn followed(own: &SellerProject) -> live::Lot {
    live::Lot {
        id: own.id,
        state: own.state(),
        bid_count: own.bid_count,
        lowest_minor: own.lowest.map(|lowest| lowest.minor()),
        currency: own.currency,
        leader: None,
        winner: None,
        bids_made: 0,
        newest_bid: None,
        own_minor: None,
        standing: None,
        own_number: None,
        is_owner: true,
        deadline_ms: None,
        is_closed: false,
    }
}

fn lot(own: SellerProject) -> impl IntoView {
    let budget =
        own.progress.terms().map(|terms| terms.budget).map(
            |budget| view! { <span class="small muted">"Budget " {plain_amount(budget)}</span> },
        );
    let badges = view! { <Follow part=LivePart::Badge project=own.id/> {budget} }.into_any();
    let note = own
        .progress
        .winner()
        .map(|winner| contact_note("Won by", winner));
    let figures = figures(&own);
    view! { <Lot project=own.id name=own.name badges figures note/> }
}

fn figures(own: &SellerProject) -> AnyView {
    let count = view! {
        <span class="num">
            <Follow part=LivePart::BidCount project=own.id/>
        </span>
    };
    let time = match &own.progress {
        OwnProgress::Draft { budget, deadline } => {
            return view! {
                {figure("Budget", budget.map_or_else(not_set, |budget| amount(budget, "money").into_any()))}
                {figure("Deadline", deadline.map_or_else(not_set, |deadline| day(deadline).into_any()))}
            }
            .into_any();
        }
        OwnProgress::Open(terms) => {
            figure("Time left", view! { <TimeLeft deadline=terms.deadline/> }).into_any()
        }
        OwnProgress::Awarded { ended_at, .. }
        | OwnProgress::Unawarded { ended_at, .. }
        | OwnProgress::Cancelled { ended_at, .. } => figure("Ended", day(*ended_at)).into_any(),
    };
    view! {
        {lowest(own.id)}
        {figure("Bids", count)}
        {time}
    }
    .into_any()
}

fn not_set() -> AnyView {
    view! { <span class="muted">"Not set"</span> }.into_any()
}

fn none_at_all() -> impl IntoView {
    view! {
        <section aria-labelledby="none">
            <h2 class="sr-only" id="none">"No project yet"</h2>
            <EmptyState title="Post your first project">
                <p>
                    "Describe the work, name the most you will pay and set a deadline. The lowest bid wins automatically."
                </p>
                <a class="btn btn-primary" href="/projects/new">"Post a project"</a>
            </EmptyState>
        </section>
    }
}

fn none_in(state: State) -> impl IntoView {
    let (title, words) = match state {
        State::Draft => (
            "No drafts",
            "A project that is not ready yet can be kept as a draft; only you see it.",
        ),
        State::Open => ("No open projects", "Post a project to get bids for it."),
        State::Awarded => (
            "Nothing awarded yet",
            "The lowest bid at the deadline wins. The project then appears here with its winner.",
        ),
        State::Unawarded => (
            "Every project found a winner",
            "Projects without a bid at their deadline are listed here.",
        ),
        State::Cancelled => (
            "Nothing cancelled",
            "A project can be cancelled from its page while it has no active bids.",
        ),
    };
    view! {
        <EmptyState title>
            <p>{words}</p>
            <a class="btn btn-outline" href="/projects/new">"Post a project"</a>
        </EmptyState>
    }
}
