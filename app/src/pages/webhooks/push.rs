use super::{path, state::StateBadge};
use crate::{
    components::{ErrorSummary, Moment, TextField, UserText},
    form::Form,
    islands::PromptButton,
    pages::{Page, account::user_agent::browser_of},
};
use guildhall::webhook::{Webhook, WebhookId, WebhookState};
use leptos::prelude::*;

pub(super) const PATH: &str = "/account/notices/push";

/// The browsers that show the viewer's notifications, and the button that adds this one.
#[derive(Debug, Clone)]
pub struct PushBrowsers {
    pub browsers: Vec<Webhook>,
    /// The one that shows this page, if it is among them.
    pub current: Option<WebhookId>,
    /// What the browser subscribes with, as JSON.
    pub options: String,
    /// The visitor's `User-Agent`, from which the name of this browser is suggested.
    pub user_agent: String,
    /// Field `name`, and `credential`, the browser's answer; posted to this page.
    pub form: Form,
}

impl Page for PushBrowsers {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Notifications in your browser")
    }

    fn description(&self) -> String {
        "Have your browser show your Guildhall notifications while the site is closed.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            browsers,
            current,
            options,
            user_agent,
            form,
        } = self;
        let summary = form.clone();
        let is_on =
            |browser: &Webhook| Some(browser.id) == current && browser.state == WebhookState::On;
        // A browser to which nothing is sent for whatever reason can subscribe anew.
        let is_on = browsers.iter().any(is_on);
        let form = form.with_default("name", &browser_of(&user_agent));
        let list = (!browsers.is_empty()).then(|| view! { <List browsers current/> });
        let new = (!is_on).then(|| view! { <New options form/> });
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href="/account/notices">"Notification settings"</a></p>
                        <h1>"Notifications in your browser"</h1>
                        <p class="lead">
                            "Your browser can show your notifications while Guildhall is closed. What comes in your quiet hours makes no sound."
                        </p>
                    </header>
                    <ErrorSummary form=summary/>
                    {new}
                    {list}
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn New(options: String, form: Form) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="new-title">
            <h2 class="panel-title" id="new-title">"This browser"</h2>
            <p>"Press the button, then allow notifications when your browser asks. They stop when you sign out here, or end this session from another browser."</p>
            <form class="form mt-4" method="post" action=PATH novalidate>
                <TextField
                    name="name"
                    label="Name"
                    help="A name that you recognize in the list, such as “My phone”."
                    autocomplete="off"
                    form
                />
                <PromptButton options in_field=false is_push=true>"Show notifications here"</PromptButton>
            </form>
            <p class="hint mt-4">
                "No button? Notifications need JavaScript, a browser that supports them and a secure connection (https). On an iPhone or iPad, add Guildhall to your home screen first."
            </p>
        </section>
    }
}

#[component]
fn List(browsers: Vec<Webhook>, current: Option<WebhookId>) -> impl IntoView {
    let items = browsers
        .into_iter()
        .map(|browser| {
            let is_current = Some(browser.id) == current;
            view! { <Item browser is_current/> }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="browsers-title">
            <h2 class="panel-title" id="browsers-title">"Browsers that show your notifications"</h2>
            <ul>{items}</ul>
            <p class="hint">"If a test does not arrive, remove the browser, and show notifications there again."</p>
        </section>
    }
}

#[component]
fn Item(browser: Webhook, is_current: bool) -> impl IntoView {
    let path = path(&browser);
    let Webhook {
        name,
        state,
        created_at,
        ..
    } = browser;
    let which = view! { " " <UserText text=name.clone()/> };
    let is_on = state == WebhookState::On;
    view! {
        <li class="session">
            <div class="min-w-0">
                <strong class="break-words"><UserText text=name/></strong>
                {is_current.then(|| view! { " " <span class="badge">"This browser"</span> })}
                {(!is_on).then(|| view! { " " <StateBadge state/> })}
                <p class="hint">"Since " <Moment at=created_at/></p>
            </div>
            <a class="btn btn-sm btn-outline" href=path>"Test or remove" <span class="sr-only">{which}</span></a>
        </li>
    }
}
