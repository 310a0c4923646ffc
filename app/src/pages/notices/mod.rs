//! The viewer's notifications, which kinds of them the viewer wants, and the page that ends one kind of mail.

mod choices;
mod mail_schedule;
mod unsubscribe;

pub use choices::NoticeChoices;
pub use unsubscribe::Unsubscribe;

use super::Page;
use crate::components::{EmptyState, Moment, UserText};
use guildhall::notice::{Notice, NoticeFilter, NoticeList, NoticeSubject, SearchFacts};
use leptos::{either::Either, prelude::*};

/// The viewer's notifications, the newest first.
#[derive(Debug, Clone)]
pub struct Notices {
    pub list: NoticeList,
    pub filter: NoticeFilter,
    /// The number of unread ones, counted up to [`guildhall::notice::MAX_COUNTED`].
    pub unread: i64,
    /// True if the list continues an earlier page.
    pub is_continued: bool,
}

impl Page for Notices {
    fn title(&self) -> String {
        "Notifications".to_owned()
    }

    fn description(&self) -> String {
        "What happened to your projects, bids and account on Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            list,
            filter,
            unread,
            is_continued,
        } = self;
        let NoticeList {
            notices,
            older_than,
        } = list;
        let newest = notices.first().map(|notice| notice.number);
        // A list of one subject does not show all that the button would mark.
        let marks_all = unread > 0 && !is_continued && filter.subject.is_none();
        let marking = newest.filter(|_| marks_all).map(mark_all);
        let older = older_than.map(|number| {
            let before = format!("before={number}");
            view! {
                <p><a class="btn btn-outline" href=address(filter, Some(&before))>"Older notifications"</a></p>
            }
        });
        let content = if notices.is_empty() {
            Either::Left(none(filter, is_continued))
        } else {
            let rows = notices.into_iter().map(row).collect_view();
            Either::Right(view! { <ol class="notices">{rows}</ol> })
        };
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <h1>"Notifications"</h1>
                        <p class="muted">"Kept for 90 days. " <a class="link" href="/account/notices">"Choose your notifications"</a></p>
                    </header>
                    {filters(filter)}
                    {marking}
                    {content}
                    {older}
                </div>
            </div>
        }
        .into_any()
    }
}

/// The address of a list.
fn address(filter: NoticeFilter, more: Option<&str>) -> String {
    let shown = match filter {
        NoticeFilter {
            unread_only: true, ..
        } => Some("show=unread".to_owned()),
        NoticeFilter {
            subject: Some(subject),
            ..
        } => Some(format!("show={}", subject.name())),
        NoticeFilter { .. } => None,
    };
    let query: Vec<String> = shown
        .into_iter()
        .chain(more.map(ToOwned::to_owned))
        .collect();
    if query.is_empty() {
        "/notices".to_owned()
    } else {
        format!("/notices?{}", query.join("&"))
    }
}

fn filters(shown: NoticeFilter) -> impl IntoView {
    let all = [
        ("All", NoticeFilter::default()),
        (
            "Unread",
            NoticeFilter {
                unread_only: true,
                subject: None,
            },
        ),
    ];
    let of_subject = NoticeSubject::ALL.map(|subject| {
        let filter = NoticeFilter {
            unread_only: false,
            subject: Some(subject),
        };
        (subject.heading(), filter)
    });
    let links = all.into_iter().chain(of_subject).map(|(label, filter)| {
        let current = (filter == shown).then_some("page");
        view! { <a href=address(filter, None) aria-current=current>{label}</a> }
    });
    view! { <nav class="tabs-nav" aria-label="Show">{links.collect_view()}</nav> }
}

fn mark_all(newest: i64) -> impl IntoView {
    view! {
        <form method="post" action="/notices/read">
            <input type="hidden" name="newest" value=newest/>
            <button class="btn btn-sm btn-outline" type="submit">"Mark all as read"</button>
        </form>
    }
}

fn row(notice: Notice) -> impl IntoView {
    let is_unread = notice.read_at.is_none();
    let text = notice.text();
    let opening = format!("/notices/{}/open", notice.number);
    let class = if is_unread {
        "notice-row notice-unread"
    } else {
        "notice-row"
    };
    let project = notice.project.map(|project| {
        let path = format!("/projects/{}", project.id);
        view! { <p class="notice-project"><a class="link" href=path><UserText text=project.name/></a></p> }
    });
    let found = notice.facts.search.map(found);
    view! {
        <li class=class>
            <div class="notice-body breakable">
                <h2 class="notice-title">
                    {is_unread.then(|| view! { <span class="badge state-open">"New"</span> " " })}
                    {notice.kind.title()}
                </h2>
                {project}
                <p>{text}</p>
                {found}
                <p class="small muted"><Moment at=notice.created_at/></p>
            </div>
            <form method="post" action=opening>
                <button class="btn btn-sm btn-outline" type="submit">
                    "Open" <span class="sr-only">": "{notice.kind.title()}</span>
                </button>
            </form>
        </li>
    }
}

/// The projects that a digest names.
fn found(search: SearchFacts) -> Option<impl IntoView> {
    if search.found.is_empty() {
        return None;
    }
    let more = search.more();
    let more = (!more.is_empty()).then(|| view! { <li class="muted">{more}</li> });
    let items = search.found.into_iter().map(|project| {
        let path = format!("/projects/{}", project.id);
        view! { <li><a class="link" href=path><UserText text=project.name/></a></li> }
    });
    Some(view! { <ul class="notice-found">{items.collect_view()} {more}</ul> })
}

fn none(filter: NoticeFilter, is_continued: bool) -> impl IntoView {
    let (title, text) = match filter {
        _ if is_continued => ("No older notifications", "You have seen all that are kept."),
        NoticeFilter {
            unread_only: true, ..
        } => ("Nothing unread", "You are up to date."),
        NoticeFilter {
            subject: Some(_), ..
        } => (
            "Nothing here yet",
            "Notifications of this kind appear here.",
        ),
        NoticeFilter { .. } => (
            "No notifications yet",
            "When something happens to your projects or bids, it appears here, and the bell above counts it.",
        ),
    };
    view! {
        <EmptyState title>
            <p>{text}</p>
        </EmptyState>
    }
}
