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
    bid::Made,
    project::{Category, Summary},
};
use hero::Hero;
use leptos::prelude::*;
use steps::Steps;

/// How many projects the grid under the hero has.
const SOON: usize = 6;

/// The front page.
#[derive(Debug, Clone)]
pub struct Home {
    /// Open projects, the one that closes next first; the first is the hero's.
    pub closing: Vec<Summary>,
    /// The latest bids on the first, the latest first.
    pub latest: Vec<Made>,
    pub categories: Vec<(Category, i64)>,
}

impl Page for Home {
    fn title(&self) -> String {
        "Open auctions for self-employed work".to_owned()
    }

    fn body(self) -> AnyView {
        let mut projects = self.closing.into_iter();
        let live = projects.next();
        let soon: Vec<Summary> = projects.by_ref().take(SOON).collect();
        let more: Vec<Summary> = projects.collect();
        let total = self.categories.iter().map(|(_, count)| count).sum::<i64>();
        view! {
            <Hero live latest=self.latest/>
            {(!soon.is_empty()).then(|| view! { <ClosingSoon projects=soon/> })}
            <Steps/>
            <Categories counts=self.categories total/>
            {(!more.is_empty()).then(|| view! { <MoreOpen projects=more total/> })}
        }
        .into_any()
    }
}

#[component]
fn ClosingSoon(projects: Vec<Summary>) -> impl IntoView {
    view! {
        <section class="section wrap" aria-labelledby="closing">
            <div class="section-head">
                <h2 id="closing">"Closing soon"</h2>
                <a class="link" href="/projects">"All projects by deadline"</a>
            </div>
            <Ticker now_ms=millis(use_chrome().now)>
                <ul class="project-grid">{cards(projects)}</ul>
            </Ticker>
        </section>
    }
}

#[component]
fn Categories(counts: Vec<(Category, i64)>, total: i64) -> impl IntoView {
    let items = counts
        .into_iter()
        .map(|(category, count)| {
            let words = if count == 1 { " open project" } else { " open projects" };
            view! {
                <li>
                    <a href=format!("/projects?category={}", category.slug())>
                        {category.label()} " " <span class="count">{count} <span class="sr-only">{words}</span></span>
                    </a>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="section wrap" aria-labelledby="categories">
            <div class="section-head">
                <h2 id="categories">"Categories"</h2>
                <span class="count">{total} {if total == 1 { " open project" } else { " open projects" }}</span>
            </div>
            <ul class="category-list">{items}</ul>
        </section>
    }
}

#[component]
fn MoreOpen(projects: Vec<Summary>, total: i64) -> impl IntoView {
    view! {
        <section class="section section-last wrap" aria-labelledby="open">
            <div class="section-head">
                <h2 id="open">"More open projects"</h2>
                <a class="link" href="/projects">"See all " {total}</a>
            </div>
            <Ticker now_ms=millis(use_chrome().now)>
                <ul class="project-list">{cards(projects)}</ul>
            </Ticker>
        </section>
    }
}

fn cards(projects: Vec<Summary>) -> impl IntoView {
    projects
        .into_iter()
        .map(|project| view! { <ProjectCard project/> })
        .collect_view()
}
