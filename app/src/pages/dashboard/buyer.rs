//! A buyer's bids by standing.

use super::lot::{Head, LiveLine, Lot, Part, Tab, Tabs, contact_note, day, figure, lowest};
use crate::{
    components::{EmptyState, TimeLeft, millis},
    islands::{Follow, LivePage, LiveTerms, Part as LivePart, Ticker},
    pages::Page,
};
use guildhall::{
    bid::{Standing, StandingBid},
    live,
    project::State,
};
use leptos::prelude::*;
use time::OffsetDateTime;

const ORDER: [Standing; 5] = [
    Standing::Leading,
    Standing::Outbid,
    Standing::Won,
    Standing::Lost,
    Standing::Withdrawn,
];

/// A buyer's bids by standing.
#[derive(Debug, Clone)]
pub struct BuyerDashboard {
    pub bids: Vec<StandingBid>,
    /// The only standing to show, from `?standing=`.
    pub shown: Option<Standing>,
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
        let Self { bids, shown, now } = self;
        let content = if bids.is_empty() {
            none_at_all().into_any()
        } else {
            let tabs = tabs(&bids, shown);
            let terms = LiveTerms {
                source: "/dashboard/live".to_owned(),
                now_ms: millis(now),
                is_about_one: false,
                lots: bids.iter().map(|bid| followed(bid, now)).collect(),
            };
            view! {
                <Tabs label="Bid standings" tabs/>
                <LivePage terms>
                    <LiveLine shown=shown.map_or("", Standing::name)/>
                    <Ticker now_ms=millis(now)>
                        <div class="stack stack-lg">{parts(bids, shown, now)}</div>
                    </Ticker>
                </LivePage>
            }
            .into_any()
        };
        view! {
            <div class="wrap page">
                <Head title="Your bids" href="/projects" action="Find projects"/>
                {content}
            </div>
        }
        .into_any()
    }
}

fn tabs(bids: &[StandingBid], shown: Option<Standing>) -> Vec<Tab> {
    let all = Tab {
        label: "All",
        href: "/dashboard".to_owned(),
        count: bids.len(),
        current: shown.is_none(),
    };
    let one = |standing: Standing| Tab {
        label: heading(standing),
        href: format!("/dashboard?standing={}", standing.name()),
        count: bids.iter().filter(|bid| bid.standing == standing).count(),
        current: shown == Some(standing),
    };
    std::iter::once(all).chain(ORDER.map(one)).collect()
}

fn parts(bids: Vec<StandingBid>, shown: Option<Standing>, now: OffsetDateTime) -> Vec<AnyView> {
    let asked = ORDER
        .into_iter()
        .filter(|standing| shown.is_none_or(|shown| shown == *standing));
    asked
        .filter_map(|standing| {
            let of_standing: Vec<StandingBid> = bids
                .iter()
                .filter(|bid| bid.standing == standing)
                .cloned()
                .collect();
            // If all standings are shown, leave out empty ones.
            (shown.is_some() || !of_standing.is_empty())
                .then(|| part(standing, of_standing, now).into_any())
        })
        .collect()
}

fn part(standing: Standing, bids: Vec<StandingBid>, now: OffsetDateTime) -> impl IntoView {
    let count = bids.len();
    let content = if bids.is_empty() {
        none_in(standing).into_any()
    } else {
        let lots = bids.into_iter().map(|bid| lot(bid, now)).collect_view();
        view! { <ul class="lot-list">{lots}</ul> }.into_any()
    };
    view! { <Part id=standing.name() title=heading(standing) count>{content}</Part> }
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
fn followed(bid: &StandingBid, now: OffsetDateTime) -> live::Lot {
    live::Lot {
        id: bid.project,
        state: match bid.standing {
            Standing::Won | Standing::Lost => State::Awarded,
            Standing::Leading | Standing::Outbid | Standing::Withdrawn => State::Open,
        },
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
        </span>
        <Follow part=LivePart::BidLower project/>
    }
    .into_any();
    let note = bid
        .seller
        .as_ref()
        .map(|seller| contact_note("Posted by", seller));
    let figures = figures(&bid, now);
    view! { <Lot project name=bid.name badges figures note/> }
}

fn figures(bid: &StandingBid, now: OffsetDateTime) -> AnyView {
    let project = bid.project;
    let ended = matches!(bid.standing, Standing::Won | Standing::Lost);
    let time = if ended || bid.deadline <= now {
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

fn none_at_all() -> impl IntoView {
    view! {
        <section aria-labelledby="none">
            <h2 class="sr-only" id="none">"No bid yet"</h2>
            <EmptyState title="You have not bid yet">
                <p>
                    "Find a project in your trade and name your price. You can lower or withdraw a bid until the deadline."
                </p>
                <a class="btn btn-primary" href="/projects">"Find projects"</a>
            </EmptyState>
        </section>
    }
}

fn none_in(standing: Standing) -> impl IntoView {
    let (title, words) = match standing {
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
            <p>{words}</p>
            <a class="btn btn-outline" href="/projects">"Find projects"</a>
        </EmptyState>
    }
}
