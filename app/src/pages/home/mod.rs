//! The front page.

mod hero;
mod steps;

use super::Page;
use crate::{
    chrome::use_chrome,
    components::{ProjectCard, millis},
    islands::Ticker,
};
use guildhall::{
    bid::HistoryBid,
    project::{Category, Summary},
};
use hero::Hero;
use leptos::prelude::*;
use steps::Steps;

/// The front page.
#[derive(Debug, Clone)]
pub struct Home {
    /// Selected open projects, by deadline, those with bids preferred; the first is shown in the hero.
    pub closing: Vec<Summary>,
    /// The latest bids on the first project, latest first.
    pub latest: Vec<HistoryBid>,
    pub categories: Vec<(Category, i64)>,
}

impl Page for Home {
    fn title(&self) -> String {
        "Open auctions for self-employed work".to_owned()
    }

    fn description(&self) -> String {
        "Post a project with a budget and a deadline. Self-employed people bid a fixed price in the open, and the lowest bid wins automatically at the deadline."
            .to_owned()
    }

    fn canonical(&self) -> Option<String> {
        Some("/".to_owned())
    }

    fn body(self) -> AnyView {
        let mut projects = self.closing.into_iter();
        let next = projects.next();
        let others: Vec<Summary> = projects.collect();
        let total = self.categories.iter().map(|(_, count)| count).sum::<i64>();
        view! {
            <Hero next latest=self.latest/>
            {(!others.is_empty()).then(|| view! { <ClosingSoon projects=others total/> })}
            <Steps/>
            <Categories counts=self.categories total/>
        }
        .into_any()
    }
}

#[component]
fn ClosingSoon(projects: Vec<Summary>, total: i64) -> impl IntoView {
    let cards = projects
        .into_iter()
        .map(|project| view! { <ProjectCard project/> })
        .collect_view();
    view! {
        <section class="section wrap" aria-labelledby="closing">
            <div class="section-head">
                <h2 id="closing">"Closing soon"</h2>
            </div>
            <Ticker now_ms=millis(use_chrome().now)>
                <ul class="project-grid">
                    {cards}
                    <li>
                        <a class="card-more" href="/projects">
                            <span>"See all "<strong>{open_projects(total)}</strong></span>
                            <span class="muted small">"Sort by deadline or budget, filter by category, or search"</span>
                        </a>
                    </li>
                </ul>
            </Ticker>
        </section>
    }
}

#[component]
fn Categories(counts: Vec<(Category, i64)>, total: i64) -> impl IntoView {
    let items = counts
        .into_iter()
        .map(|(category, count)| {
            let text = if count == 1 { " open project" } else { " open projects" };
            view! {
                <li>
                    <a href=format!("/projects?category={}", category.slug())>
                        {category.label()} " " <span class="count">{count} <span class="sr-only">{text}</span></span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section section-last wrap" aria-labelledby="categories">
            <div class="section-head">
                <h2 id="categories">"Categories"</h2>
                <span class="count">{open_projects(total)}</span>
            </div>
            <ul class="category-list">{items}</ul>
        </section>
    }
}

fn open_projects(count: i64) -> String {
    if count == 1 {
        "1 open project".to_owned()
    } else {
        format!("{count} open projects")
    }
}
