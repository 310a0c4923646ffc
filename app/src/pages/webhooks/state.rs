//! Whether a webhook posts, and what its owner can do if not.

use super::path;
use crate::components::{Callout, Moment, Tone};
use guildhall::webhook::{Webhook, WebhookFormat, WebhookState, delivery::TRIES};
use leptos::prelude::*;

/// The state in a word.
#[component]
pub(super) fn StateBadge(state: WebhookState) -> impl IntoView {
    let text = match state {
        WebhookState::On => "On",
        WebhookState::Parked { .. } => "Stopped",
        WebhookState::Off => "Off",
        WebhookState::Gone => "Ended",
    };
    view! { <span class="badge">{text}</span> }
}

/// Says what is wrong, with the button to resume or to retry; `None` if the webhook works.
pub(super) fn trouble(webhook: &Webhook) -> Option<AnyView> {
    let path = path(webhook);
    let error = webhook.last_error.clone();
    let error = error.map(|error| view! { <p class="small break-words">{error}</p> });
    let form = move |action: &str, label: &'static str| {
        let action = format!("{path}/{action}");
        view! {
            <form class="mt-2" method="post" action=action>
                <button class="btn btn-sm btn-outline" type="submit">{label}</button>
            </form>
        }
    };
    let waiting = match webhook.pending {
        1 => "1 message is waiting.".to_owned(),
        count => format!("{count} messages are waiting."),
    };
    let is_browser = webhook.format == WebhookFormat::Push;
    let view = match webhook.state {
        WebhookState::Parked { since } => view! {
            <Callout kind=Tone::Warning>
                <p>"We stopped sending on " <Moment at=since/> {format!(", because a message failed {TRIES} times. ")} {waiting}</p>
                {error}
                {form("send-again", "Try now")}
            </Callout>
        }
        .into_any(),
        WebhookState::Gone if is_browser => view! {
            <Callout kind=Tone::Warning>
                <p>"The browser no longer takes notifications. Turn them on in it again, or remove it here."</p>
                {error}
            </Callout>
        }
        .into_any(),
        WebhookState::Off if is_browser => view! {
            <Callout kind=Tone::Info>
                <p>"Notifications are turned off for this browser."</p>
                {form("on", "Turn on")}
            </Callout>
        }
        .into_any(),
        WebhookState::Gone => view! {
            <Callout kind=Tone::Warning>
                <p>"The receiver says that this address is gone for good, so nothing more is sent to it."</p>
                {error}
                {form("on", "Start again")}
            </Callout>
        }
        .into_any(),
        WebhookState::Off => view! {
            <Callout kind=Tone::Info>
                <p>"This webhook is turned off. Nothing is sent to it."</p>
                {form("on", "Turn on")}
            </Callout>
        }
        .into_any(),
        WebhookState::On => {
            let next = webhook.next_try_at?;
            view! {
                <Callout kind=Tone::Info>
                    <p>"The last attempt failed. The next one is at " <Moment at=next/> ". " {waiting}</p>
                    {error}
                    {form("send-again", "Try now")}
                </Callout>
            }
            .into_any()
        }
    };
    Some(view)
}
