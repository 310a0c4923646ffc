use super::{
    BackToList,
    log::Log,
    path,
    state::{StateBadge, trouble},
};
use crate::{
    components::{Callout, FormKey, Moment, OneTimeSecret, Tone, UserText},
    form::Form,
    pages::Page,
};
use guildhall::webhook::{Attempt, ROTATION_HOURS, Webhook, WebhookFormat};
use leptos::prelude::*;

/// One of the viewer's webhooks, with its log.
#[derive(Debug, Clone)]
pub struct WebhookPage {
    pub webhook: Webhook,
    pub attempts: Vec<Attempt>,
    /// The secret that was just made; this is the only page that shows it.
    pub secret: Option<String>,
    /// No fields but its key, posted to /account/webhooks/{id}/secret.
    pub form: Form,
}

impl Page for WebhookPage {
    fn title(&self) -> String {
        let title = match (self.webhook.format, &self.secret) {
            (WebhookFormat::Push, _) => "Notifications in a browser",
            (_, Some(_)) => "The secret of your webhook",
            (_, None) => "Webhook",
        };
        title.to_owned()
    }

    fn description(&self) -> String {
        "Where Guildhall sends your notifications, and what came of them.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            webhook,
            attempts,
            secret,
            form,
        } = self;
        let posts = webhook.state.takes_messages();
        let has_secret = webhook.format == WebhookFormat::Standard;
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <BackToList format=webhook.format/>
                        <h1 class="breakable"><UserText text=webhook.name.clone()/></h1>
                    </header>
                    {trouble(&webhook)}
                    {secret.map(new_secret)}
                    {target(&webhook, posts)}
                    {has_secret.then(|| signing(&webhook, &form))}
                    <Log path=path(&webhook) attempts posts/>
                </div>
            </div>
        }
        .into_any()
    }
}

/// A new secret, shown once.
fn new_secret(secret: String) -> impl IntoView {
    view! {
        <section class="panel panel-strong stack" aria-labelledby="new-secret-title">
            <h2 class="panel-title mb-0" id="new-secret-title">"The secret"</h2>
            <Callout kind=Tone::Success><strong>"Copy it now: it will not be shown again."</strong></Callout>
            <OneTimeSecret
                id="new_secret"
                label="Secret"
                help="Your system verifies with it that a message comes from us."
                rows=2
                secret
            />
        </section>
    }
}

/// Where messages go, and the buttons for all of it.
fn target(webhook: &Webhook, posts: bool) -> impl IntoView + use<> {
    let path = path(webhook);
    let [test, off, remove] = ["test", "off", "remove"].map(|act| format!("{path}/{act}"));
    view! {
        <section class="panel" aria-labelledby="target-title">
            <div class="token-head">
                <h2 class="panel-title" id="target-title">"Where messages go"</h2>
                <StateBadge state=webhook.state.clone()/>
            </div>
            <dl class="token-facts">
                <div><dt>"Address"</dt><dd><code class="break-words">{webhook.url.hint()}</code></dd></div>
                <div><dt>"What is sent"</dt><dd>{webhook.format.label()}</dd></div>
                <div><dt>"Added"</dt><dd><Moment at=webhook.created_at/></dd></div>
            </dl>
            <div class="actions mt-4">
                {posts.then(|| view! {
                    <form method="post" action=test><button class="btn btn-primary" type="submit">"Send a test message"</button></form>
                    <form method="post" action=off><button class="btn btn-outline" type="submit">"Turn off"</button></form>
                })}
                <a class="btn btn-outline" href=remove>"Remove"</a>
            </div>
        </section>
    }
}

/// How messages are verified, and the form that rotates the secret, unless the previous one still signs.
fn signing(webhook: &Webhook, form: &Form) -> impl IntoView + use<> {
    let action = format!("{}/secret", path(webhook));
    let rotation = match webhook.previous_until {
        Some(until) => view! {
            <p class="mt-4">
                "The previous and the current secret both verify your messages until " <Moment at=until/>
                ". After that, you can make a new one again. If somebody else has the current one, too, remove this webhook and add it again."
            </p>
        }
        .into_any(),
        None => view! {
            <form class="mt-4" method="post" action=action>
                <FormKey key=form.key()/>
                <p class="hint">{format!("If you lost the secret, or others have it, make a new one. Both sign for {ROTATION_HOURS} hours, so that you can change it without losing a message.")}</p>
                <div class="actions mt-2"><button class="btn btn-sm btn-outline" type="submit">"Make a new secret"</button></div>
            </form>
        }
        .into_any(),
    };
    view! {
        <section class="panel" aria-labelledby="signing-title">
            <h2 class="panel-title" id="signing-title">"Verify messages"</h2>
            <p>
                "Each message is signed as "
                <a class="link" href="https://www.standardwebhooks.com">"Standard Webhooks"</a>
                " specifies, which has libraries for most languages."
            </p>
            {rotation}
        </section>
    }
}
