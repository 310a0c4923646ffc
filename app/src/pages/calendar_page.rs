//! The private address from which the visitor's calendar reads deadlines.

use super::Page;
use crate::{
    chrome::use_chrome,
    components::{Callout, ErrorSummary, FormKey, Moment, OneTimeSecret, Tone},
    form::Form,
};
use guildhall::{account::Role, calendar_feed::CalendarFeed};
use leptos::{either::Either, prelude::*};

/// The visitor's calendar address, and the form to create it.
#[derive(Debug, Clone)]
pub struct CalendarPage {
    pub feed: Option<CalendarFeed>,
    /// The address that was just created; this is the only page that shows it.
    pub address: Option<String>,
    /// Without fields, posted to /account/calendar.
    pub form: Form,
}

impl Page for CalendarPage {
    fn title(&self) -> String {
        match (self.form.is_refused(), &self.address) {
            (true, _) => "Error: Deadlines in your calendar".to_owned(),
            (false, Some(_)) => "Your calendar address".to_owned(),
            (false, None) => "Deadlines in your calendar".to_owned(),
        }
    }

    fn description(&self) -> String {
        "A private address from which your calendar reads the deadlines of your projects and bids."
            .to_owned()
    }

    fn body(self) -> AnyView {
        let Self {
            feed,
            address,
            form,
        } = self;
        let is_seller = use_chrome()
            .viewer
            .is_some_and(|viewer| viewer.role == Role::Seller);
        let which = if is_seller {
            "you posted"
        } else {
            "you bid on"
        };
        let has_feed = feed.is_some();
        let is_new = address.is_some();
        let current = feed.filter(|_| !is_new);
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href="/account">"Your account"</a></p>
                        <h1>"Deadlines in your calendar"</h1>
                        <p class="lead">
                            "Subscribe once, and your calendar shows the deadline of every project " {which}
                            ", including future ones."
                        </p>
                    </header>
                    <ErrorSummary form=form.clone()/>
                    {address.map(new_address)}
                    {current.map(current_address)}
                    {(!is_new).then(|| creation(&form, has_feed))}
                </div>
            </div>
        }
        .into_any()
    }
}

fn new_address(address: String) -> impl IntoView {
    view! {
        <section class="panel panel-strong stack" aria-labelledby="new-title">
            <h2 class="panel-title mb-0" id="new-title">"Your private address"</h2>
            <Callout kind=Tone::Success>
                <strong>"Your address is ready. Copy it now: it will not be shown again."</strong>
            </Callout>
            <OneTimeSecret
                id="new_address"
                label="Address"
                help="Keep it to yourself: whoever has it sees the projects you posted or bid on, their deadlines and what became of them, until you revoke it."
                rows=3
                secret=address
            />
            <div class="prose small">
                <p>"Where to paste it:"</p>
                <ul>
                    <li>"Google Calendar: Other calendars, From URL"</li>
                    <li>"Apple Calendar: File, New Calendar Subscription"</li>
                    <li>"Outlook: Add calendar, Subscribe from web"</li>
                    <li>"Thunderbird: New Calendar, On the Network"</li>
                </ul>
                <p>"Your calendar decides how often it reads the address; with some it takes a day. Before you bid, look at the project’s page."</p>
            </div>
        </section>
    }
}

fn current_address(feed: CalendarFeed) -> impl IntoView {
    let CalendarFeed {
        hint,
        created_at,
        last_used_at,
    } = feed;
    let last_use = match last_used_at {
        Some(at) => Either::Left(view! { <Moment at/> }),
        None => Either::Right("never"),
    };
    view! {
        <section class="panel" aria-labelledby="current-title">
            <div class="token-head">
                <h2 class="panel-title mb-0" id="current-title">"Your address " <code class="token-hint">"…"{hint}</code></h2>
                <form method="post" action="/account/calendar/revoke">
                    <button class="btn btn-sm btn-danger" type="submit">"Revoke"</button>
                </form>
            </div>
            <dl class="token-facts">
                <div><dt>"Created"</dt><dd><Moment at=created_at/></dd></div>
                <div><dt>"Last read by a calendar"</dt><dd>{last_use}</dd></div>
            </dl>
        </section>
    }
}

fn creation(form: &Form, has_feed: bool) -> impl IntoView + use<> {
    let key = form.key();
    let (title, text, label) = if has_feed {
        (
            "Lost the address?",
            "Create another one. It takes the place of your address, which stops working.",
            "Create another address",
        )
    } else {
        (
            "Create your address",
            "It is private: it has no password, but nobody can guess it. You can revoke it at any time.",
            "Create address",
        )
    };
    let class = if has_feed {
        "btn btn-outline"
    } else {
        "btn btn-primary"
    };
    view! {
        <section class="panel" aria-labelledby="create-title">
            <h2 class="panel-title" id="create-title">{title}</h2>
            <form class="form" method="post" action="/account/calendar">
                <FormKey key/>
                <p>{text}</p>
                <div class="actions">
                    <button class=class type="submit">{label}</button>
                </div>
            </form>
        </section>
    }
}
