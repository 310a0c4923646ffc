use crate::{
    chrome::use_chrome,
    components::{UserText, amount, bids, millis, plain_amount},
    islands::Countdown,
};
use guildhall::{account::Role, bid::HistoryBid, project::Summary};
use leptos::{either::Either, prelude::*};

/// What Guildhall is, and the auction that closes next, if there is one.
#[component]
pub(super) fn Hero(next: Option<Summary>, latest: Vec<HistoryBid>) -> impl IntoView {
    let has_projects = next.is_some();
    view! {
        <section class="hero-band">
            <div class="wrap hero-grid">
                <div>
                    <h1 class="hero-title">"Name your ceiling. The " <em>"lowest bid"</em> " wins."</h1>
                    <p class="lead">
                        "Guildhall is the open auction for self-employed work. Post a project with a maximum budget and a deadline. When time is up, the lowest bid wins automatically, and anybody can check the result."
                    </p>
                    {(!has_projects)
                        .then(|| view! { <p class="lead">"No auction is running at the moment. The next one could be yours."</p> })}
                    <Actions has_projects/>
                </div>
                {next.map(|project| view! { <NextAuction project latest/> })}
            </div>
        </section>
    }
}

/// The visitor's next step: posting is for sellers, and for visitors who may still sign up as one.
#[component]
fn Actions(has_projects: bool) -> impl IntoView {
    let role = use_chrome().viewer.map(|viewer| viewer.role);
    let post = match role {
        None => Some("/sign-up?role=seller"),
        Some(Role::Seller) => Some("/projects/new"),
        Some(Role::Buyer) => None,
    };
    view! {
        <div class="actions">
            {post.map(|href| view! { <a class="btn btn-accent btn-lg" href=href>"Post a project"</a> })}
            {if has_projects || post.is_none() {
                let class = if post.is_some() { "btn btn-on-band btn-lg" } else { "btn btn-accent btn-lg" };
                Either::Left(view! { <a class=class href="/projects">"Browse open projects"</a> })
            } else {
                Either::Right(view! { <a class="btn btn-on-band btn-lg" href="/how-it-works">"How it works"</a> })
            }}
        </div>
    }
}

#[component]
fn NextAuction(project: Summary, latest: Vec<HistoryBid>) -> impl IntoView {
    let now = use_chrome().now;
    let so_far = if project.bid_count == 0 {
        "No bids so far".to_owned()
    } else {
        format!("{} so far", bids(project.bid_count))
    };
    view! {
        <article class="gable gable-brass" aria-labelledby="next-title">
            <div class="gable-head">
                <p class="gable-label">"Bidding ends in"</p>
                <Countdown deadline_ms=millis(project.deadline) now_ms=millis(now) large=true is_said_elsewhere=false/>
            </div>
            <div class="gable-body">
                <h2 class="panel-title mb-0" id="next-title">
                    <a class="link-plain" href=format!("/projects/{}", project.id)><UserText text=project.name/></a>
                </h2>
                <dl class="facts">
                    <div>
                        <dt>"Lowest bid"</dt>
                        <dd>
                            {match project.lowest {
                                Some(lowest) => Either::Left(amount(lowest, "money money-xl")),
                                None => Either::Right(view! { <span class="muted">"No bid yet"</span> }),
                            }}
                        </dd>
                    </div>
                </dl>
                {(!latest.is_empty()).then(|| latest_bids(latest))}
                <p class="hint">{so_far} ", budget up to " {plain_amount(project.budget)}</p>
            </div>
        </article>
    }
}

/// At most four, sorted into descending steps: a later bid may be higher than another buyer's earlier one.
fn latest_bids(mut latest: Vec<HistoryBid>) -> impl IntoView {
    latest.truncate(4);
    latest.sort_by_key(|bid| std::cmp::Reverse(bid.amount.minor()));
    let steps = latest
        .into_iter()
        .map(|bid| view! { <li><span>"Bidder " {bid.bidder_number}</span> " " {amount(bid.amount, "money")}</li> })
        .collect_view();
    view! { <ol class="bid-steps" aria-label="The latest bids, the highest first">{steps}</ol> }
}
