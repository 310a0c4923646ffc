//! The viewer's webhooks and browsers, the forms that add one, and the page of each.

mod log;
mod new;
mod one;
mod push;
mod remove;
mod state;

pub use one::WebhookPage;
pub use push::PushBrowsers;
pub use remove::RemoveWebhook;

use super::Page;
use crate::{
    components::{ErrorSummary, UserText},
    form::Form,
};
use guildhall::webhook::{MAX_WEBHOOKS, Webhook, WebhookFormat};
use leptos::prelude::*;
use new::NewWebhookForm;
use state::StateBadge;

/// The viewer's webhooks, and the form that adds one.
#[derive(Debug, Clone)]
pub struct Webhooks {
    pub webhooks: Vec<Webhook>,
    /// Fields `name`, `format` and `url`, posted to /account/webhooks.
    pub form: Form,
}

impl Page for Webhooks {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Webhooks and chats")
    }

    fn description(&self) -> String {
        "Send your Guildhall notifications to your own systems or to your team’s chat.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self { webhooks, form } = self;
        let count = i64::try_from(webhooks.len()).unwrap_or(i64::MAX);
        let list = (!webhooks.is_empty()).then(|| list(webhooks));
        let has_room = count < MAX_WEBHOOKS || form.is_refused();
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href="/account">"Your account"</a></p>
                        <h1>"Webhooks and chats"</h1>
                        <p class="lead">
                            "Your notifications are also sent to the addresses that you add here: your own systems, or a chat that your team reads. "
                            "What concerns the security of your account is never sent to them."
                        </p>
                        <p><a class="link" href="/account/notices">"Choose your notifications"</a></p>
                    </header>
                    <ErrorSummary form=form.clone()/>
                    {list}
                    {has_room.then(|| view! { <NewWebhookForm form/> })}
                    {(!has_room).then(|| view! {
                        <p class="muted">{format!("You have {MAX_WEBHOOKS} webhooks, which is the limit. Remove one of them to add another.")}</p>
                    })}
                </div>
            </div>
        }
        .into_any()
    }
}

fn list(webhooks: Vec<Webhook>) -> impl IntoView {
    let items = webhooks.into_iter().map(item).collect_view();
    view! {
        <section class="panel" aria-labelledby="webhooks-title">
            <h2 class="panel-title" id="webhooks-title">"Your webhooks"</h2>
            <ul class="mt-3">{items}</ul>
        </section>
    }
}

fn item(webhook: Webhook) -> impl IntoView {
    let path = path(&webhook);
    view! {
        <li class="token">
            <div class="token-head">
                <h3 class="token-name"><a class="link" href=path><UserText text=webhook.name/></a></h3>
                <StateBadge state=webhook.state/>
            </div>
            <p class="small muted">
                {webhook.format.label()} ", " <code class="break-words">{webhook.url.hint()}</code>
            </p>
        </li>
    }
}

/// The link to the list that a webhook is in.
#[component]
fn BackToList(format: WebhookFormat) -> impl IntoView {
    let (path, label) = match format {
        WebhookFormat::Push => (push::PATH, "Notifications in your browser"),
        WebhookFormat::Standard | WebhookFormat::Slack | WebhookFormat::Discord => {
            ("/account/webhooks", "Webhooks and chats")
        }
    };
    view! { <p><a class="back-link" href=path>{label}</a></p> }
}

/// The path of a webhook's page.
fn path(webhook: &Webhook) -> String {
    format!("/account/webhooks/{}", webhook.id.0)
}
