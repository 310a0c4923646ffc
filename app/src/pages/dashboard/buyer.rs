//! A buyer's bids by standing.

use super::lot::{Head, Lot, Part, Tab, Tabs, contact_note, day, figure, lowest};
use crate::{
    components::{EmptyState, TimeLeft, bids, current_amount, millis},
    islands::{LiveDashboard, Ticker},
    pages::Page,
};
use guildhall::bid::{Standing, Stood};
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
    pub bids: Vec<Stood>,
    /// Only this standing is asked for, by `?standing=`.
    pub shown: Option<Standing>,
    pub now: OffsetDateTime,
}

impl Page for BuyerDashboard {
    fn title(&self) -> String {
        "Your bids".to_owned()
    }

    fn description(&self) -> String {
        "Your bids on Guildhall: which lead, which were underbid, and which have won.".to_owned()
    }

    fn body(self) -> AnyView {
        let Self { bids, shown, now } = self;
        let content = if bids.is_empty() {
            none_at_all().into_any()
        } else {
            let tabs = tabs(&bids, shown);
            let parts = parts(bids, shown, now);
            let badges = ORDER
                .map(|standing| view! { <template data-badge=name(standing)>{badge(standing)}</template> })
                .collect_view();
            view! {
                <Tabs label="Bid standings" tabs/>
                <LiveDashboard>{badges}</LiveDashboard>
                <Ticker now_ms=millis(now)>
                    <div class="stack stack-lg">{parts}</div>
                </Ticker>
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

fn tabs(bids: &[Stood], shown: Option<Standing>) -> Vec<Tab> {
    let all = Tab {
        label: "All",
        href: "/dashboard".to_owned(),
        count: bids.len(),
        current: shown.is_none(),
    };
    let one = |standing: Standing| Tab {
        label: heading(standing),
        href: format!("/dashboard?standing={}", name(standing)),
        count: bids
            .iter()
            .filter(|stood| stood.standing == standing)
            .count(),
        current: shown == Some(standing),
    };
    std::iter::once(all).chain(ORDER.map(one)).collect()
}

fn parts(bids: Vec<Stood>, shown: Option<Standing>, now: OffsetDateTime) -> Vec<AnyView> {
    let asked = ORDER
        .into_iter()
        .filter(|standing| shown.is_none_or(|shown| shown == *standing));
    asked
        .filter_map(|standing| {
            let of_standing: Vec<Stood> = bids
                .iter()
                .filter(|stood| stood.standing == standing)
                .cloned()
                .collect();
            // Without a choice, a heading over nothing is left out.
            (shown.is_some() || !of_standing.is_empty())
                .then(|| part(standing, of_standing, now).into_any())
        })
        .collect()
}

fn part(standing: Standing, bids: Vec<Stood>, now: OffsetDateTime) -> impl IntoView {
    let count = bids.len();
    let content = if bids.is_empty() {
        none_in(standing).into_any()
    } else {
        let lots = bids.into_iter().map(|stood| lot(stood, now)).collect_view();
        view! { <ul class="lot-list">{lots}</ul> }.into_any()
    };
    view! { <Part id=name(standing) title=heading(standing) count>{content}</Part> }
}

/// The name in URLs.
const fn name(standing: Standing) -> &'static str {
    match standing {
        Standing::Leading => "leading",
        Standing::Outbid => "outbid",
        Standing::Won => "won",
        Standing::Lost => "lost",
        Standing::Withdrawn => "withdrawn",
    }
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

fn badge(standing: Standing) -> impl IntoView {
    let (class, words) = match standing {
        Standing::Leading => ("badge state-leading", "You lead"),
        Standing::Outbid => ("badge state-outbid", "Outbid"),
        Standing::Won => ("badge state-won", "Won"),
        Standing::Lost => ("badge state-lost", "Lost"),
        Standing::Withdrawn => ("badge state-withdrawn", "Withdrawn"),
    };
    view! { <span class=class>{words}</span> }
}

fn lot(stood: Stood, now: OffsetDateTime) -> impl IntoView {
    let href = match stood.standing {
        Standing::Won | Standing::Lost => format!("/projects/{}/result", stood.project),
        Standing::Leading | Standing::Outbid | Standing::Withdrawn => {
            format!("/projects/{}", stood.project)
        }
    };
    // An open page shows the way to bid lower when it is needed.
    let may_be_outbid = matches!(stood.standing, Standing::Leading | Standing::Outbid);
    let bid_lower = (may_be_outbid && now < stood.deadline).then(|| {
        let hidden = stood.standing == Standing::Leading;
        view! { <a class="link small" href=href.clone() data-live="bid-lower" data-while-open hidden=hidden>"Bid lower"</a> }
    });
    let badges = view! {
        <span data-live="badge" data-badge=name(stood.standing)>{badge(stood.standing)}</span>
        <span class="small muted" data-live="bids">{bids(stood.bid_count)}</span>
        {bid_lower}
    }
    .into_any();
    let note = stood
        .seller
        .as_ref()
        .map(|seller| contact_note("Posted by", seller));
    let figures = figures(&stood, now);
    view! { <Lot project=stood.project href name=stood.name badges figures note/> }
}

fn figures(stood: &Stood, now: OffsetDateTime) -> AnyView {
    let ended = matches!(stood.standing, Standing::Won | Standing::Lost);
    let class = if stood.standing == Standing::Won {
        "money money-final"
    } else {
        "money"
    };
    let time = if ended || stood.deadline <= now {
        figure("Deadline", day(stood.deadline)).into_any()
    } else {
        figure("Time left", view! { <TimeLeft deadline=stood.deadline/> }).into_any()
    };
    view! {
        {figure("Your bid", current_amount("own", Some(stood.amount), class, ()))}
        {lowest(if ended { "Winning bid" } else { "Lowest bid" }, stood.lowest, "money")}
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
            "You lead nowhere at the moment",
            "Place a bid below the lowest one to lead.",
        ),
        Standing::Outbid => (
            "Nobody has outbid you",
            "When somebody bids lower, you find the project here.",
        ),
        Standing::Won => (
            "Nothing won yet",
            "The lowest bid at the deadline wins; you find the seller’s contact here.",
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
