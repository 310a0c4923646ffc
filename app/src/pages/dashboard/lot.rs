//! Parts of both dashboards.

use crate::{
    chrome::use_chrome,
    components::{BidNote, Callout, Tone, UserText},
    islands::{Follow, FollowPage, Part as LivePart},
    pages::result::mail_link,
};
use guildhall::{account::Contact, bid::Note, moment::datetime, project::ProjectId};
use leptos::prelude::*;
use time::OffsetDateTime;

/// A tab of the dashboard, with the number of its projects.
pub(super) struct Tab {
    pub label: &'static str,
    pub href: String,
    pub count: usize,
    pub current: bool,
}

#[component]
pub(super) fn Tabs(label: &'static str, tabs: Vec<Tab>) -> impl IntoView {
    let links = tabs
        .into_iter()
        .map(|tab| {
            view! {
                <a href=tab.href aria-current=tab.current.then_some("page")>
                    {tab.label}
                    " "
                    <span class="count">{tab.count}</span>
                </a>
            }
        })
        .collect_view();
    view! { <nav class="tabs-nav" aria-label=label>{links}</nav> }
}

/// The head of a dashboard: whose it is, and its main action.
#[component]
pub(super) fn Head(title: &'static str, href: &'static str, action: &'static str) -> impl IntoView {
    let name = use_chrome()
        .viewer
        .map(|viewer| view! { <p class="muted"><UserText text=viewer.name/></p> });
    view! {
        <header class="page-head page-head-row">
            <div>
                <h1>{title}</h1>
                {name}
                <p class="row small mt-1">
                    <a class="link" href="/account/watching">"Watched projects"</a>
                    <a class="link" href="/account/searches">"Saved searches"</a>
                    <a class="link" href="/account/calendar">"Deadlines in your calendar"</a>
                    <a class="link" href="/dashboard/results.csv">"Download as CSV"</a>
                </p>
            </div>
            <a class="btn btn-primary" href=href>{action}</a>
        </header>
        <UnconfirmedEmail/>
    }
}

/// Says that the account's address has to be confirmed. Empty once it is.
#[component]
fn UnconfirmedEmail() -> impl IntoView {
    let viewer = use_chrome().viewer;
    let is_unconfirmed = viewer.is_some_and(|viewer| !viewer.has_confirmed_email);
    is_unconfirmed.then(|| {
        view! {
            <div class="mb-4">
                <Callout kind=Tone::Warning>
                    "Your e-mail address is not confirmed yet: open the link in the e-mail we sent you. "
                    <a class="link" href="/confirm-email">"Send it again, or change the address"</a>
                </Callout>
            </div>
        }
    })
}

/// A part of the dashboard, under its heading.
#[component]
pub(super) fn Part(
    id: &'static str,
    title: &'static str,
    count: usize,
    children: Children,
) -> impl IntoView {
    let counted = if count == 1 {
        "1 project".to_owned()
    } else {
        format!("{count} projects")
    };
    view! {
        <section aria-labelledby=id>
            <div class="section-head">
                <h2 id=id>{title}</h2>
                <span class="count">{counted}</span>
            </div>
            {children()}
        </section>
    }
}

/// A row: a project's name, badges and figures, and a note if there is one.
#[component]
pub(super) fn Lot(
    project: ProjectId,
    name: String,
    /// The badge and what is shown beside it.
    badges: AnyView,
    /// Three `figure`s.
    figures: AnyView,
    note: Option<AnyView>,
) -> impl IntoView {
    view! {
        <li>
            <article class="lot" data-project=project.to_string()>
                <div class="stack stack-sm">
                    <h3 class="lot-title">
                        <Follow part=LivePart::Title project name=name.clone()>
                            <UserText text=name/>
                        </Follow>
                    </h3>
                    <div class="row">{badges}</div>
                </div>
                <dl class="lot-figures">{figures}</dl>
                {note.map(|note| view! { <div class="lot-note">{note}</div> })}
            </article>
        </li>
    }
}

/// Shows whether the dashboard is live, and links to its new order if rows have moved.
#[component]
pub(super) fn LiveLine(
    /// The one tab that the dashboard shows, or "" for all.
    shown: &'static str,
) -> impl IntoView {
    view! {
        <p class="live-line">
            <FollowPage part=LivePart::Connection/>
            <FollowPage part=LivePart::Moved shown=shown.to_owned()/>
        </p>
    }
}

/// The lowest bid.
pub(super) fn lowest(project: ProjectId) -> impl IntoView {
    view! {
        <div>
            <dt>
                <Follow part=LivePart::LowestLabel project/>
            </dt>
            <dd>
                <Follow part=LivePart::RowLowest project>
                    <span class="muted">"No bid"</span>
                </Follow>
            </dd>
        </div>
    }
}

pub(super) fn figure(label: &'static str, value: impl IntoView + 'static) -> impl IntoView {
    view! {
        <div>
            <dt>{label}</dt>
            <dd>{value.into_any()}</dd>
        </div>
    }
}

/// The day only; the project's page has the exact time.
pub(super) fn day(at: OffsetDateTime) -> impl IntoView {
    let exact = use_chrome().zone.exact(at);
    let day = exact
        .split_once(',')
        .map_or(exact.as_str(), |(day, _)| day)
        .to_owned();
    view! { <time datetime=datetime(at)>{day}</time> }
}

/// What to do next about a project, and the link for it.
pub(super) fn next_step(
    text: impl IntoView + 'static,
    link: Option<(String, &'static str, &'static str)>,
) -> AnyView {
    let link = link.map(|(href, class, label)| view! { <a class=class href=href>{label}</a> });
    view! { <div class="lot-next"><p>{text.into_any()}</p> {link}</div> }.into_any()
}

/// A text about a lot, followed by the note to the bid.
pub(super) fn with_bid_note(text: Option<AnyView>, note: Option<Note>) -> Option<AnyView> {
    let Some(note) = note else {
        return text;
    };
    Some(view! { {text} <div class="mt-3"><BidNote note/></div> }.into_any())
}

/// `Won by Ada Weber, ada@example.org`.
pub(super) fn contact_note(label: &'static str, contact: &Contact) -> AnyView {
    let name = contact.name.clone();
    view! { {label} " " <strong><UserText text=name/></strong> ", " {mail_link(contact)} }
        .into_any()
}
