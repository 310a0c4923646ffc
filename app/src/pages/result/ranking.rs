//! The active bids in rank order.

use crate::{
    chrome::use_chrome,
    components::{TableRegion, amount, bids},
    islands::bidder,
};
use guildhall::{
    award::{Award, AwardOutcome, RankedBid},
    moment::datetime,
};
use leptos::prelude::*;
use time::OffsetDateTime;

pub(super) fn ranking(outcome: &AwardOutcome, bid_count: i32) -> impl IntoView + use<> {
    let content = match outcome {
        AwardOutcome::Unawarded { .. } => {
            view! { <p class="mt-4">"Nobody bid, or every bid was withdrawn before the deadline."</p> }.into_any()
        }
        AwardOutcome::Awarded(award) => {
            let listed = 1 + award.others.len();
            let rest = usize::try_from(bid_count)
                .is_ok_and(|all| all > listed)
                .then(|| format!("The best {listed} are listed. "));
            view! {
                {table(award)}
                <p class="hint mt-3">{rest} "Times are shown in " {use_chrome().zone.name().to_owned()} "."</p>
            }
            .into_any()
        }
    };
    view! {
        <section aria-labelledby="ranks">
            <div class="section-head">
                <h2 id="ranks">"All active bids in order"</h2>
                <span class="count">{bids(bid_count)}</span>
            </div>
            {content}
        </section>
    }
}

fn table(award: &Award) -> impl IntoView + use<> {
    let rows = award
        .ranking()
        .map(|ranked| row(ranked, award.ties))
        .collect_view();
    view! {
        <TableRegion label="Ranking table">
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Rank"</th>
                        <th scope="col">"Bidder"</th>
                        <th scope="col" class="num-col">"Amount"</th>
                        <th scope="col">"Accepted"</th>
                        <th scope="col" class="col-wide">"Result"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
    }
}

fn row(ranked: &RankedBid, ties: usize) -> impl IntoView + use<> {
    let won = ranked.place == 1;
    let (class, badge, text) = if won {
        (Some("row-lead"), "badge state-won", "Won")
    } else {
        (None, "badge state-lost", "Not chosen")
    };
    let is_tied = ties > 1 && ranked.place <= ties;
    view! {
        <tr class=class>
            <td class="num">{ranked.place}</td>
            <th scope="row">{bidder(ranked.bidder_number, ranked.bidder_name.clone(), ranked.own)}</th>
            <td class="num-col">{amount(ranked.amount, "money")}</td>
            <td>{acceptance_time(ranked.accepted_at, is_tied)}</td>
            <td class="col-wide">
                <span class=badge>{text}</span>
            </td>
        </tr>
    }
}

/// When a bid was accepted, with microseconds if they may have broken a tie.
pub(super) fn acceptance_time(at: OffsetDateTime, microseconds: bool) -> impl IntoView {
    let text = use_chrome().zone.exact(at);
    let text = if microseconds {
        format!("{text}.{:06}", at.microsecond())
    } else {
        text
    };
    view! { <time datetime=datetime(at)>{text}</time> }
}
