use crate::{
    components::{Card, FormKey, RadioCards, TextField},
    form::Form,
};
use guildhall::webhook::WebhookFormat;
use leptos::prelude::*;

/// The form that adds a webhook.
#[component]
pub(super) fn NewWebhookForm(form: Form) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="new-webhook-title">
            <h2 class="panel-title" id="new-webhook-title">"Add a webhook"</h2>
            <form class="form" method="post" action="/account/webhooks" novalidate>
                <FormKey key=form.key()/>
                <TextField
                    name="name"
                    label="Name"
                    help="What it is for, such as the system or the channel. Only you see it."
                    autocomplete="off"
                    form=form.clone()
                />
                <RadioCards
                    name="format"
                    legend="What is sent"
                    help="It can’t be changed later."
                    cards=formats()
                    form=form.clone()
                />
                <TextField
                    name="url"
                    label="Address"
                    help="It begins with https://. For a chat, copy the address of its incoming webhook, and keep it secret: whoever has it can write there."
                    kind="url"
                    autocomplete="off"
                    form
                />
                <div class="actions">
                    <button class="btn btn-primary" type="submit">"Add webhook"</button>
                </div>
            </form>
        </section>
    }
}

fn formats() -> Vec<Card> {
    let cards = WebhookFormat::CHOICES.map(|format| Card {
        value: format.name(),
        title: format.label(),
        description: match format {
            WebhookFormat::Standard => "For your own systems, which verify each message.",
            WebhookFormat::Slack => "A line of text for a team’s channel.",
            WebhookFormat::Discord => "A line of text for a server’s channel.",
            WebhookFormat::Push => "A notification in a browser.",
        },
    });
    cards.to_vec()
}
