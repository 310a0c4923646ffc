//! The projects that the viewer watches.

use super::{Page, project::state_badge};
use crate::{
    components::{EmptyState, MomentWithUtc, TimeLeft, UserText, amount, bids, millis},
    islands::Ticker,
};
use guildhall::{
    project::State,
    watch::{KEPT_DAYS, WatchedProject},
};
use leptos::{either::Either, prelude::*};
use time::OffsetDateTime;

/// The projects that the viewer watches: open ones by deadline, then ended ones.
#[derive(Debug, Clone)]
pub struct Watching {
    pub projects: Vec<WatchedProject>,
    pub now: OffsetDateTime,
}

impl Page for Watching {
    fn title(&self) -> String {
        "Watched projects".to_owned()
    }

    fn description(&self) -> String {
        "The projects that you watch on Guildhall, with their state and deadline.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self { projects, now } = self;
        let content = if projects.is_empty() {
            Either::Left(none())
        } else {
            let (open, ended): (Vec<_>, Vec<_>) = projects
                .into_iter()
                .partition(|project| project.accepts_bids(now));
            let open = part("open", "Open, the next deadline first", open, now);
            let ended = part("ended", "Ended", ended, now);
            Either::Right(
                view! { <Ticker now_ms=millis(now)><div class="stack stack-lg">{open} {ended}</div></Ticker> },
            )
        };
        view! {
            <div class="wrap page">
                <header class="page-head page-head-row">
                    <div>
                        <h1>"Watched projects"</h1>
                        <p class="muted">
                            "We notify you before they close, and when they end. "
                            <a class="link" href="/account/notices">"Choose your notifications"</a>
                        </p>
                    </div>
                    <a class="btn btn-primary" href="/projects">"Find projects"</a>
                </header>
                {content}
            </div>
        }
        .into_any()
    }
}

fn part(
    id: &'static str,
    title: &'static str,
    projects: Vec<WatchedProject>,
    now: OffsetDateTime,
) -> Option<impl IntoView> {
    let counted = match projects.len() {
        0 => return None,
        1 => "1 project".to_owned(),
        count => format!("{count} projects"),
    };
    let is_kept = (id == "ended").then(|| {
        view! { <p class="small muted mt-3">"Kept for " {KEPT_DAYS} " days after the deadline."</p> }
    });
    let rows = projects
        .into_iter()
        .map(|project| row(project, now))
        .collect_view();
    Some(view! {
        <section aria-labelledby=id>
            <div class="section-head">
                <h2 id=id>{title}</h2>
                <span class="count">{counted}</span>
            </div>
            <ul class="lot-list">{rows}</ul>
            {is_kept}
        </section>
    })
}

fn row(project: WatchedProject, now: OffsetDateTime) -> impl IntoView {
    let accepts_bids = project.accepts_bids(now);
    let path = match project.state.is_final() {
        true => format!("/projects/{}/result", project.id),
        false => format!("/projects/{}", project.id),
    };
    let lowest = match project.lowest {
        Some(lowest) => Either::Left(amount(lowest, "money")),
        None => Either::Right(view! { <span class="muted">"No bid"</span> }),
    };
    let price = match project.state {
        State::Awarded => "Winning bid",
        _ => "Lowest bid",
    };
    let time_left = accepts_bids.then(|| {
        view! { <div><dt>"Time left"</dt><dd><TimeLeft deadline=project.deadline/></dd></div> }
    });
    let stop = format!("/account/watching/{}/stop", project.id);
    let label = match project.state {
        State::Open => "Stop watching",
        _ => "Remove",
    };
    let deadline = if accepts_bids {
        "Closes "
    } else {
        "Deadline was "
    };
    view! {
        <li>
            <article class="lot" data-project=project.id.to_string()>
                <div class="stack stack-sm">
                    <h3 class="lot-title"><a href=path><UserText text=project.name.clone()/></a></h3>
                    <div class="row">
                        {state_badge(project.state)}
                        <span class="small muted">{bids(project.bid_count)}</span>
                    </div>
                </div>
                <dl class="lot-figures">
                    <div><dt>{price}</dt><dd>{lowest}</dd></div>
                    <div><dt>"Budget"</dt><dd>{amount(project.budget, "money")}</dd></div>
                    {time_left}
                </dl>
                <div class="lot-note lot-foot">
                    <p class="muted">{deadline} <MomentWithUtc at=project.deadline/></p>
                    <form method="post" action=stop>
                        <button class="btn btn-sm btn-outline" type="submit">
                            {label} <span class="sr-only">" " <UserText text=project.name/></span>
                        </button>
                    </form>
                </div>
            </article>
        </li>
    }
}

fn none() -> impl IntoView {
    view! {
        <EmptyState title="You watch no projects yet">
            <p>"Press “Watch” on the page of an open project, and it appears here."</p>
            <a class="btn btn-outline" href="/projects">"Find projects"</a>
        </EmptyState>
    }
}
