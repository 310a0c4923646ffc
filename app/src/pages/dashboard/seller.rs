//! A seller's projects: first those that need a decision, then the others by state. Each state also has a tab.

use super::lot::{
    Head, LiveLine, Lot, Part, Tab, Tabs, contact_note, day, figure, lowest, next_step,
    with_bid_note,
};
use crate::{
    components::{Checklist, EmptyState, Step, TimeLeft, amount, millis, plain_amount},
    islands::{Follow, LivePage, LiveTerms, Part as LivePart, Ticker},
    pages::{Page, project_form},
};
use guildhall::{
    autosave::UnfinishedForm,
    live,
    project::{OwnProgress, SellerDecision, SellerProject, State},
};
use leptos::prelude::*;
use time::OffsetDateTime;

/// The states in display order.
const ORDER: [State; 5] = [
    State::Open,
    State::Draft,
    State::Awarded,
    State::Unawarded,
    State::Cancelled,
];

/// A section of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    /// The seller has to do something next.
    Decision,
    State(State),
}

impl Section {
    /// In display order. Drafts have no section of their own, because a draft always needs a decision.
    const ALL: [Self; 5] = [
        Self::Decision,
        Self::State(State::Open),
        Self::State(State::Awarded),
        Self::State(State::Unawarded),
        Self::State(State::Cancelled),
    ];

    /// The section of the "All" tab that shows this project.
    fn of(own: &SellerProject, now: OffsetDateTime) -> Self {
        match own.decision(now) {
            Some(_) => Self::Decision,
            None => Self::State(own.state()),
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::Decision => "decisions",
            Self::State(state) => state.name(),
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::Decision => "Needs you now",
            Self::State(state) => heading(state),
        }
    }
}

/// A seller's projects by state.
#[derive(Debug, Clone)]
pub struct SellerDashboard {
    pub projects: Vec<SellerProject>,
    /// Autosaved forms of new projects that were not sent.
    pub unfinished: Vec<UnfinishedForm>,
    /// The only state to show, from `?state=`.
    pub selected: Option<State>,
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
            unfinished,
            selected,
            now,
        } = self;
        let steps = first_steps(&projects);
        let content = (!projects.is_empty()).then(|| {
            let tabs = tabs(&projects, selected);
            let terms = LiveTerms {
                source: "/dashboard/live".to_owned(),
                now_ms: millis(now),
                is_about_one: false,
                lots: projects.iter().map(live_lot).collect(),
            };
            view! {
                <Tabs label="Project states" tabs/>
                <LivePage terms>
                    <LiveLine shown=selected.map_or("", State::name)/>
                    <Ticker now_ms=millis(now)>
                        <div class="stack stack-lg">{parts(projects, selected, now)}</div>
                    </Ticker>
                </LivePage>
            }
        });
        view! {
            <div class="wrap page">
                <Head title="Your projects" href="/projects/new" action="Post a project"/>
                {(!unfinished.is_empty()).then(|| view! { <div class="mb-6">{project_form::unfinished_notice(unfinished)}</div> })}
                <Checklist title="Your first project" steps/>
                {content}
            </div>
        }
        .into_any()
    }
}

/// The first steps of a new seller. All are done once a project has ended.
fn first_steps(projects: &[SellerProject]) -> Vec<Step> {
    let draft = projects.iter().find(|own| own.state() == State::Draft);
    let publish = draft.map(|draft| (format!("/projects/{}/edit", draft.id), "Open your draft"));
    vec![
        Step {
            is_done: true,
            title: "Create your account",
            text: "You are a seller: you offer work, and buyers bid for it.",
            link: None,
        },
        Step {
            is_done: !projects.is_empty(),
            title: "Describe your project",
            text: "Say what has to be done, the most you will pay and the deadline for bids. You can save it as a draft.",
            link: Some(("/projects/new".to_owned(), "Post a project")),
        },
        Step {
            is_done: projects.iter().any(|own| own.state() != State::Draft),
            title: "Review and publish it",
            text: "You see it as buyers will. You can't edit a project once it's published.",
            link: publish,
        },
        Step {
            is_done: projects.iter().any(|own| own.state().is_final()),
            title: "Meet the winner",
            text: "The lowest bid at the deadline wins automatically. This page then shows who won and how to reach them.",
            link: None,
        },
    ]
}

fn tabs(projects: &[SellerProject], selected: Option<State>) -> Vec<Tab> {
    let all = Tab {
        label: "All",
        href: "/dashboard".to_owned(),
        count: projects.len(),
        current: selected.is_none(),
    };
    let one = |state: State| Tab {
        label: heading(state),
        href: format!("/dashboard?state={}", state.name()),
        count: projects.iter().filter(|own| own.state() == state).count(),
        current: selected == Some(state),
    };
    std::iter::once(all).chain(ORDER.map(one)).collect()
}

fn parts(
    mut projects: Vec<SellerProject>,
    selected: Option<State>,
    now: OffsetDateTime,
) -> Vec<AnyView> {
    if let Some(state) = selected {
        projects.retain(|own| own.state() == state);
        return vec![part(Section::State(state), projects, now).into_any()];
    }
    let mut sections = Section::ALL.map(|section| (section, Vec::new()));
    for own in projects {
        let target = Section::of(&own, now);
        let entry = sections.iter_mut().find(|(section, _)| *section == target);
        if let Some((_, projects)) = entry {
            projects.push(own);
        }
    }
    let filled = sections
        .into_iter()
        .filter(|(_, projects)| !projects.is_empty());
    filled
        .map(|(section, projects)| part(section, projects, now).into_any())
        .collect()
}

fn part(section: Section, mut projects: Vec<SellerProject>, now: OffsetDateTime) -> impl IntoView {
    let count = projects.len();
    match section {
        Section::Decision => {
            projects.sort_by_key(|own| (own.decision(now), own.progress.deadline()));
        }
        Section::State(State::Open) => projects.sort_by_key(|own| own.progress.deadline()),
        Section::State(_) => {}
    }
    let content = match section {
        Section::State(state) if projects.is_empty() => empty_list(state).into_any(),
        _ => {
            let lots = projects.into_iter().map(|own| lot(own, now)).collect_view();
            view! { <ul class="lot-list">{lots}</ul> }.into_any()
        }
    };
    view! { <Part id=section.id() title=section.heading() count>{content}</Part> }
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
fn live_lot(own: &SellerProject) -> live::Lot {
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

fn lot(own: SellerProject, now: OffsetDateTime) -> impl IntoView {
    let budget =
        own.progress.terms().map(|terms| terms.budget).map(
            |budget| view! { <span class="small muted">"Budget " {plain_amount(budget)}</span> },
        );
    let again = own.state().is_final().then(|| {
        let href = format!("/projects/new?from={}", own.id);
        view! { <a class="link small" href=href>"Post again"</a> }
    });
    let badges =
        view! { <Follow part=LivePart::Badge project=own.id/> {budget} {again} }.into_any();
    let note = with_bid_note(note(&own, now), own.winning_note.clone());
    let figures = figures(&own);
    view! { <Lot project=own.id name=own.name badges figures note/> }
}

/// What to do next about the project, or who won it.
fn note(own: &SellerProject, now: OffsetDateTime) -> Option<AnyView> {
    let (id, winner) = (own.id, own.progress.winner());
    let winner = winner.map(|winner| contact_note("Won by", winner));
    match own.decision(now) {
        Some(SellerDecision::Publish) => {
            let link = (
                format!("/projects/{id}/edit"),
                "btn btn-sm btn-primary",
                "Finish and publish",
            );
            Some(next_step("Only you see this draft.", Some(link)))
        }
        Some(SellerDecision::EndsWithoutBid) => Some(ends_without_bid(own).into_any()),
        Some(SellerDecision::ContactWinner) => winner
            .map(|winner| next_step(view! { {winner} ". Write to them to get started." }, None)),
        None => winner,
    }
}

/// The note disappears when a bid arrives or the auction ends.
fn ends_without_bid(own: &SellerProject) -> impl IntoView + use<> {
    let project = own.id;
    let link = (
        format!("/projects/{project}/cancel"),
        "btn btn-sm btn-outline",
        "Cancel project",
    );
    let text = "There are no active bids. Until there is one, you can cancel the project and post it again with a higher budget, a later deadline or a clearer description.";
    view! {
        <Follow part=LivePart::TimeLeft project>
            <Follow part=LivePart::CancelLink project>{next_step(text, Some(link))}</Follow>
        </Follow>
    }
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

fn empty_list(state: State) -> impl IntoView {
    let (title, advice) = match state {
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
            <p>{advice}</p>
            <a class="btn btn-outline" href="/projects/new">"Post a project"</a>
        </EmptyState>
    }
}
