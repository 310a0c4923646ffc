//! The rule of the auction, and how it led to this result.

use super::ranking::acceptance_time;
use crate::{
    chrome::use_chrome,
    components::{Moment, MomentWithUtc, amount, plain_amount},
    islands::bidder,
};
use guildhall::{
    award::{Award, AwardOutcome, RankedBid},
    money::Money,
    project::Project,
};
use leptos::prelude::*;
use time::OffsetDateTime;

/// Maximum number of tied bids that the text lists; the table lists them all.
const MAX_TIED: usize = 5;

#[component]
pub(super) fn Decision(project: Project, outcome: AwardOutcome) -> impl IntoView {
    let award = match &outcome {
        AwardOutcome::Awarded(award) => Some(award),
        AwardOutcome::Unawarded { .. } => None,
    };
    view! {
        <aside class="stack" aria-label="How this was decided">
            <section class="panel" aria-labelledby="rule">
                <h2 class="panel-title" id="rule">"How this was decided"</h2>
                <div class="prose">
                    <p>
                        "The lowest active bid at the deadline wins. Bids that were replaced, withdrawn or undone do not count."
                    </p>
                    {award.map(tie)}
                </div>
            </section>
            <section class="panel" aria-labelledby="numbers">
                <h2 class="panel-title" id="numbers">"In numbers"</h2>
                {numbers(&project, award, outcome.decided_at())}
            </section>
            <section class="panel" aria-labelledby="check">
                <h2 class="panel-title" id="check">"Check it yourself"</h2>
                <div class="prose small">{checks(&project)}</div>
            </section>
        </aside>
    }
}

fn tie(award: &Award) -> AnyView {
    let best = &award.first;
    let rule = "If two bids are equal, the one that was accepted first wins.";
    if award.ties > 1 {
        return view! { <p>{rule}</p> {tie_break(award)} }.into_any();
    }
    let next = award.others.first().map(|next| {
        let above = Money::from_minor(
            next.amount.minor() - best.amount.minor(),
            best.amount.currency(),
        );
        view! { "the next bid was " {plain_amount(above)} " higher." }.into_any()
    });
    let next = next.unwrap_or_else(|| "there was only one bid.".into_any());
    view! { <p>{rule} " That rule was not needed here: " {next}</p> }.into_any()
}

/// The acceptance times that broke the tie, the winner's first.
fn tie_break(award: &Award) -> impl IntoView + use<> {
    let listed = award.ties.min(MAX_TIED);
    let moments = award.ranking().take(listed).map(tied_bid).collect_view();
    let rest = (award.ties > listed)
        .then(|| format!(" These are the first {listed}; the table has them all."));
    view! {
        <p>
            {format!(
                "This rule decided the auction: {} bids had the lowest amount. The times are to the microsecond, by the database's clock.",
                award.ties,
            )} {rest}
        </p>
        <ol>{moments}</ol>
    }
}

fn tied_bid(ranked: &RankedBid) -> impl IntoView + use<> {
    let name = bidder(ranked.bidder_number, ranked.bidder_name.clone(), ranked.own);
    view! { <li>{name} ", " {acceptance_time(ranked.accepted_at, true)}</li> }
}

/// Links do not work on paper, so the URLs are written out.
fn checks(project: &Project) -> impl IntoView + use<> {
    let absolute_link = |path: String| {
        let address = format!("{}{path}", use_chrome().base_url);
        view! { <a href=path>{address}</a> }
    };
    let page = absolute_link(format!("/projects/{}", project.id));
    let api = absolute_link(format!("/api/v1/projects/{}/award", project.id));
    view! {
        <ol>
            <li>"The list shows the bids that were active at the deadline, each with the time when it was accepted. None of these times is later than the deadline."</li>
            <li>"No amount in the list is lower than the first."</li>
            <li>
                "Bids that were replaced, withdrawn or undone are in the bid history: " {page}
            </li>
            <li>"Programs read the same result from " {api}</li>
        </ol>
    }
}

fn numbers(
    project: &Project,
    award: Option<&Award>,
    decided_at: OffsetDateTime,
) -> impl IntoView + use<> {
    let below = award.map(|award| {
        let below = Money::from_minor(
            project.budget.minor() - award.first.amount.minor(),
            project.budget.currency(),
        );
        view! {
            <div>
                <dt>"Below budget"</dt>
                <dd>{amount(below, "money")}</dd>
            </div>
        }
    });
    view! {
        <dl class="facts-list">
            <div>
                <dt>"Maximum budget"</dt>
                <dd>{amount(project.budget, "money")}</dd>
            </div>
            {below}
            <div>
                <dt>"Active bids at the deadline"</dt>
                <dd>{project.bid_count}</dd>
            </div>
            <div>
                <dt>"Deadline"</dt>
                <dd>
                    <MomentWithUtc at=project.deadline/>
                </dd>
            </div>
            <div>
                <dt>"Decided at"</dt>
                <dd>
                    <Moment at=decided_at exact=true/>
                    " "
                    {use_chrome().zone.name().to_owned()}
                </dd>
            </div>
        </dl>
    }
}
