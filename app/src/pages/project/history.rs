//! Every bid on the project, the latest first.

use crate::{
    chrome::use_chrome,
    components::{Moment, TableRegion, UserText, amount},
};
use guildhall::{
    bid::{self, BidId, HISTORY_LIMIT, Made},
    project::{self, Project},
};
use leptos::prelude::*;

#[component]
pub(super) fn History(
    project: Project,
    history: Vec<Made>,
    leader: Option<BidId>,
    for_owner: bool,
) -> impl IntoView {
    let content = if history.is_empty() {
        view! { <p class="muted mt-3">"Nobody has bid yet."</p> }.into_any()
    } else {
        view! {
            {table(&project, &history, leader)}
            <p class="hint mt-3">{who_sees_names(for_owner)} " Times are those of " {zone()} "."</p>
        }
        .into_any()
    };
    view! {
        <section
            aria-labelledby="bids"
            data-live="history"
            data-newest=history.first().map(|made| made.id.0.to_string())
            data-made=history.len().to_string()
            data-live-bids=project.bid_count.to_string()
        >
            <div class="section-head">
                <h2 id="bids">"Bid history"</h2>
                <span class="count">{counted(history.len())}</span>
                <a class="link small" href=format!("/projects/{}", project.id) data-live="newer" hidden></a>
            </div>
            {content}
        </section>
    }
}

fn table(project: &Project, history: &[Made], leader: Option<BidId>) -> impl IntoView + use<> {
    let ended = project.state() == project::State::Awarded;
    let rows = history
        .iter()
        .map(|made| row(made, leader == Some(made.id), ended))
        .collect_view();
    let caption = is_full(history.len()).then(|| {
        view! { <caption class="hint">{format!("The latest {HISTORY_LIMIT} bids; earlier ones are not listed.")}</caption> }
    });
    view! {
        <TableRegion label="Bid table">
            <table class="table">
                {caption}
                <thead>
                    <tr>
                        <th scope="col">"Bidder"</th>
                        <th scope="col" class="num-col">"Amount"</th>
                        <th scope="col">"Time"</th>
                        <th scope="col">"State"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
    }
}

fn row(made: &Made, leads: bool, ended: bool) -> impl IntoView + use<> {
    let (class, badge, words) = match made.state {
        bid::State::Live if leads && ended => (Some("row-lead"), "badge state-won", "Won"),
        bid::State::Live if leads => (Some("row-lead"), "badge state-leading", "Lowest"),
        bid::State::Live if ended => (None, "badge state-lost", "Not chosen"),
        bid::State::Live => (None, "badge state-live", "Live"),
        bid::State::Replaced => (Some("row-off"), "badge state-replaced", "Replaced"),
        bid::State::Withdrawn => (Some("row-off"), "badge state-withdrawn", "Withdrawn"),
    };
    view! {
        <tr class=class>
            <th scope="row">{bidder(made.bidder_number, made.bidder_name.clone(), made.own)}</th>
            <td class="num-col">{amount(made.amount, "money")}</td>
            <td>
                <Moment at=made.accepted_at exact=true/>
            </td>
            <td>
                <span class=badge>{words}</span>
            </td>
        </tr>
    }
}

/// A bidder by its name where the viewer may know it, else by its number.
pub(in crate::pages) fn bidder(number: i32, name: Option<String>, own: bool) -> AnyView {
    let pseudonym = format!("Bidder {number}");
    match name {
        Some(name) => {
            view! { <UserText text=name/> " " <span class="muted">{pseudonym}</span> }.into_any()
        }
        None if own => view! { {pseudonym} " " <span class="muted">"you"</span> }.into_any(),
        None => pseudonym.into_any(),
    }
}

fn is_full(listed: usize) -> bool {
    i64::try_from(listed).is_ok_and(|listed| listed >= HISTORY_LIMIT)
}

fn counted(listed: usize) -> String {
    match listed {
        _ if is_full(listed) => format!("the latest {HISTORY_LIMIT}"),
        1 => "1 bid made".to_owned(),
        _ => format!("{listed} bids made"),
    }
}

fn who_sees_names(for_owner: bool) -> &'static str {
    if for_owner {
        "Only you see the names. Everybody else sees Bidder 1, Bidder 2 and so on."
    } else {
        "Bidders are shown by number. Only the seller sees who they are."
    }
}

fn zone() -> String {
    use_chrome().zone.name().to_owned()
}
