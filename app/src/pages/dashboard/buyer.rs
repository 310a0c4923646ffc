//! A buyer's bids: open projects by deadline, then the results. Each standing also has a tab.

use super::lot::{
    Head, LiveLine, Lot, Part, Tab, Tabs, contact_note, day, figure, lowest, next_step,
    with_bid_note,
};
use crate::{
    components::{Checklist, EmptyState, Step, TimeLeft, millis},
    islands::{Follow, LivePage, LiveTerms, Part as LivePart, Ticker},
    pages::Page,
};
use guildhall::{
    bid::{Standing, StandingBid},
    live,
    project::State,
};
use leptos::prelude::*;
use std::cmp::Reverse;
use time::OffsetDateTime;

const ORDER: [Standing; 5] = [
    Standing::Leading,
    Standing::Outbid,
    Standing::Won,
    Standing::Lost,
    Standing::Withdrawn,
];

/// A section of the dashboard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    /// Won a short time ago: seller and winner get in touch now.
    JustWon,
    /// The project takes bids.
    Open,
    Standing(Standing),
}

impl Section {
    /// In display order.
    const ALL: [Self; 5] = [
        Self::JustWon,
        Self::Open,
        Self::Standing(Standing::Won),
        Self::Standing(Standing::Lost),
        Self::Standing(Standing::Withdrawn),
    ];

    /// The section of the "All" tab that shows this bid.
    fn of(bid: &StandingBid, now: OffsetDateTime) -> Self {
        match bid.standing {
            _ if bid.has_just_won(now) => Self::JustWon,
            Standing::Leading | Standing::Outbid => Self::Open,
            standing => Self::Standing(standing),
        }
    }

    const fn id(self) -> &'static str {
        match self {
            Self::JustWon => "just-won",
            Self::Open => "open",
            Self::Standing(standing) => standing.name(),
        }
    }

    const fn heading(self) -> &'static str {
        match self {
            Self::JustWon => "You won",
            Self::Open => "Open, the next deadline first",
            Self::Standing(standing) => heading(standing),
        }
    }
}

/// A buyer's bids by standing.
#[derive(Debug, Clone)]
pub struct BuyerDashboard {
    pub bids: Vec<StandingBid>,
    /// The only standing to show, from `?standing=`.
    pub selected: Option<Standing>,
    pub now: OffsetDateTime,
}

impl Page for BuyerDashboard {
    fn title(&self) -> String {
        "Your bids".to_owned()
    }

    fn description(&self) -> String {
        "Your bids on Guildhall: which lead, which have been outbid, and which have won.".to_owned()
    }

    fn body(self) -> AnyView {
        let Self {
            bids,
            selected,
            now,
        } = self;
        let steps = first_steps(&bids);
        let content = (!bids.is_empty()).then(|| {
            let tabs = tabs(&bids, selected);
            let terms = LiveTerms {
                source: "/dashboard/live".to_owned(),
                now_ms: millis(now),
                is_about_one: false,
                lots: bids.iter().map(|bid| live_lot(bid, now)).collect(),
            };
            view! {
                <Tabs label="Bid standings" tabs/>
                <LivePage terms>
                    <LiveLine shown=selected.map_or("", Standing::name)/>
                    <Ticker now_ms=millis(now)>
                        <div class="stack stack-lg">{parts(bids, selected, now)}</div>
                    </Ticker>
                </LivePage>
            }
        });
        view! {
            <div class="wrap page">
                <Head title="Your bids" href="/projects" action="Find projects"/>
                <Checklist title="Your first auction" steps/>
                {content}
            </div>
        }
        .into_any()
    }
}

/// The first steps of a new buyer. All are done once a project that the buyer bid on has been awarded.
fn first_steps(bids: &[StandingBid]) -> Vec<Step> {
    let has_ended = |bid: &StandingBid| matches!(bid.standing, Standing::Won | Standing::Lost);
    vec![
        Step {
            is_done: true,
            title: "Create your account",
            text: "You are a buyer: you bid for work, and sellers pay for it.",
            link: None,
        },
        Step {
            is_done: !bids.is_empty(),
            title: "Place your first bid",
            text: "Find a project in your trade and name one fixed price for all of it. You can lower or withdraw your bid until the deadline.",
            link: Some(("/projects".to_owned(), "Find projects")),
        },
        Step {
            is_done: bids.iter().any(has_ended),
            title: "See it through to the deadline",
            text: "If somebody bids lower, this page shows by how much, and which bid would lead. If you win, it shows how to reach the seller.",
            link: None,
        },
    ]
}

fn tabs(bids: &[StandingBid], selected: Option<Standing>) -> Vec<Tab> {
    let all = Tab {
        label: "All",
        href: "/dashboard".to_owned(),
        count: bids.len(),
        current: selected.is_none(),
    };
    let one = |standing: Standing| Tab {
        label: heading(standing),
        href: format!("/dashboard?standing={}", standing.name()),
        count: bids.iter().filter(|bid| bid.standing == standing).count(),
        current: selected == Some(standing),
    };
    std::iter::once(all).chain(ORDER.map(one)).collect()
}

fn parts(
    mut bids: Vec<StandingBid>,
    selected: Option<Standing>,
    now: OffsetDateTime,
) -> Vec<AnyView> {
    // The newest results first. `part` reverses the order of open projects: the next deadline first.
    bids.sort_by_key(|bid| Reverse(bid.deadline));
    if let Some(standing) = selected {
        bids.retain(|bid| bid.standing == standing);
        return vec![part(Section::Standing(standing), bids, now).into_any()];
    }
    let mut sections = Section::ALL.map(|section| (section, Vec::new()));
    for bid in bids {
        let target = Section::of(&bid, now);
        let entry = sections.iter_mut().find(|(section, _)| *section == target);
        if let Some((_, bids)) = entry {
            bids.push(bid);
        }
    }
    let filled = sections.into_iter().filter(|(_, bids)| !bids.is_empty());
    filled
        .map(|(section, bids)| part(section, bids, now).into_any())
        .collect()
}

fn part(section: Section, mut bids: Vec<StandingBid>, now: OffsetDateTime) -> impl IntoView {
    let count = bids.len();
    if bids
        .iter()
        .all(|bid| Section::of(bid, now) == Section::Open)
    {
        bids.reverse();
    }
    let content = match section {
        Section::Standing(standing) if bids.is_empty() => empty_list(standing).into_any(),
        _ => {
            let lots = bids.into_iter().map(|bid| lot(bid, now)).collect_view();
            view! { <ul class="lot-list">{lots}</ul> }.into_any()
        }
    };
    view! { <Part id=section.id() title=section.heading() count>{content}</Part> }
}

const fn heading(standing: Standing) -> &'static str {
    match standing {
        Standing::Leading => "Leading",
        Standing::Outbid => "Outbid",
        Standing::Won => "Won",
        Standing::Lost => "Lost",
        Standing::Withdrawn => "Withdrawn",
    }
}

/// The state from which the dashboard's live updates start.
fn live_lot(bid: &StandingBid, now: OffsetDateTime) -> live::Lot {
    live::Lot {
        id: bid.project,
        state: bid.state,
        bid_count: bid.bid_count,
        lowest_minor: bid.lowest.map(|lowest| lowest.minor()),
        currency: bid.amount.currency(),
        leader: None,
        winner: None,
        bids_made: 0,
        newest_bid: None,
        own_minor: Some(bid.amount.minor()),
        standing: Some(bid.standing),
        own_number: None,
        is_owner: false,
        deadline_ms: Some(millis(bid.deadline)),
        is_closed: bid.deadline <= now,
    }
}

fn lot(bid: StandingBid, now: OffsetDateTime) -> impl IntoView {
    let project = bid.project;
    let badges = view! {
        <Follow part=LivePart::Badge project/>
        <span class="small muted">
            <Follow part=LivePart::Bids project/>
            <Follow part=LivePart::Behind project/>
        </span>
        <Follow part=LivePart::BidLower project/>
    }
    .into_any();
    let note = bid.seller.as_ref().map(|seller| {
        let document = format!("/projects/{project}/award");
        if bid.has_just_won(now) {
            let text =
                view! { {contact_note("Posted by", seller)} ". Write to them to get started." };
            return next_step(
                text,
                Some((document, "btn btn-sm btn-outline", "Award document")),
            );
        }
        let contact = contact_note("Posted by", seller);
        view! { {contact} ", " <a class="link" href=document>"award document"</a> }.into_any()
    });
    let note = with_bid_note(note, bid.note.clone());
    let figures = figures(&bid, now);
    view! { <Lot project name=bid.name badges figures note/> }
}

fn figures(bid: &StandingBid, now: OffsetDateTime) -> AnyView {
    let project = bid.project;
    let time = if bid.state != State::Open || bid.deadline <= now {
        figure("Deadline", day(bid.deadline)).into_any()
    } else {
        figure("Time left", view! { <TimeLeft deadline=bid.deadline/> }).into_any()
    };
    view! {
        {figure("Your bid", view! { <Follow part=LivePart::RowOwn project/> })}
        {lowest(project)}
        {time}
    }
    .into_any()
}

fn empty_list(standing: Standing) -> impl IntoView {
    let (title, advice) = match standing {
        Standing::Leading => (
            "You don’t lead any auction at the moment",
            "Place a bid below the lowest one to lead.",
        ),
        Standing::Outbid => (
            "Nobody has outbid you",
            "When somebody bids lower, the project appears here.",
        ),
        Standing::Won => (
            "Nothing won yet",
            "The lowest bid at the deadline wins. Projects you win appear here with the seller’s contact details.",
        ),
        Standing::Lost => (
            "Nothing lost",
            "Projects that went to a lower bid are listed here.",
        ),
        Standing::Withdrawn => (
            "Nothing withdrawn",
            "A bid can be withdrawn from its project’s page until the deadline.",
        ),
    };
    view! {
        <EmptyState title>
            <p>{advice}</p>
            <a class="btn btn-outline" href="/projects">"Find projects"</a>
        </EmptyState>
    }
}
