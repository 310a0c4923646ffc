//! A project's card, and the placeholder for an empty list.

use super::{Mark, Place, TimeLeft, UserText, amount, plain_amount};
use crate::islands::bids;
use guildhall::project::{Category, Summary, WorkPlace};
use leptos::{either::Either, prelude::*};

/// An open project as an item of a `project-grid` or a `project-list`.
#[component]
pub fn ProjectCard(project: Summary) -> impl IntoView {
    let link = format!("/projects/{}", project.id);
    view! {
        <li>
            <article class="card-project">
                {card_head(link, project.name.clone(), project.category, project.seller_name.clone(), project.fulfillment.place.clone())}
                <dl class="card-figures">
                    <div>
                        <dt>"Lowest bid"</dt>
                        {price(&project)}
                    </div>
                    <div>
                        <dt>"Time left"</dt>
                        <dd><TimeLeft deadline=project.deadline/></dd>
                    </div>
                </dl>
            </article>
        </li>
    }
}

/// A project's name, which is a link, with its category, its seller and its place if there is one.
pub fn card_head(
    link: String,
    name: String,
    category: Category,
    seller: String,
    place: Option<WorkPlace>,
) -> impl IntoView {
    view! {
        <div class="card-head">
            <h3 class="card-title">
                <a class="card-link" href=link><UserText text=name/></a>
            </h3>
            <p class="card-meta">
                <span>{category.label()}</span>
                <span><UserText text=seller/></span>
                {place.map(|place| view! { <span><Place place/></span> })}
            </p>
        </div>
    }
}

fn price(project: &Summary) -> impl IntoView + use<> {
    let budget = plain_amount(project.budget);
    match project.lowest {
        Some(lowest) => Either::Left(view! {
            <dd>{amount(lowest, "money money-lg")}</dd>
            <dd class="sub">{bids(project.bid_count)} ", budget " {budget}</dd>
        }),
        None => Either::Right(view! {
            <dd><span class="muted">"No bid yet"</span></dd>
            <dd class="sub">"budget " {budget}</dd>
        }),
    }
}

/// The placeholder for an empty list: what it means and what to do next.
#[component]
pub fn EmptyState(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <div class="empty">
            <Mark/>
            <h3>{title}</h3>
            {children()}
        </div>
    }
}
