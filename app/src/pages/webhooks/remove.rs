use super::path;
use crate::{
    components::{Question, UserText},
    form::Form,
    pages::Page,
};
use guildhall::webhook::{Webhook, WebhookFormat};
use leptos::prelude::*;

/// Asks whether to remove a webhook.
#[derive(Debug, Clone)]
pub struct RemoveWebhook {
    pub webhook: Webhook,
}

impl Page for RemoveWebhook {
    fn title(&self) -> String {
        match self.webhook.format {
            WebhookFormat::Push => "Remove a browser".to_owned(),
            WebhookFormat::Standard | WebhookFormat::Slack | WebhookFormat::Discord => {
                "Remove a webhook".to_owned()
            }
        }
    }

    fn description(&self) -> String {
        "Remove a webhook or browser that gets your Guildhall notifications.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let back = path(&self.webhook);
        let action = format!("{back}/remove");
        let (what, label) = match self.webhook.format {
            WebhookFormat::Push => (
                "The browser no longer shows your notifications",
                "Remove browser",
            ),
            WebhookFormat::Standard | WebhookFormat::Slack | WebhookFormat::Discord => {
                ("Nothing more is sent to this address", "Remove webhook")
            }
        };
        let heading = view! { "Remove " <UserText text=self.webhook.name/> "?" };
        let waiting = match self.webhook.pending {
            0 => None,
            1 => Some(" One message that waits is not sent.".to_owned()),
            count => Some(format!(" {count} messages that wait are not sent.")),
        };
        view! {
            <Question heading=heading.into_any() form=Form::default()>
                <form class="panel form" method="post" action=action>
                    <p>{what} ", and its log is deleted." {waiting} " Your other notifications stay as they are."</p>
                    <div class="actions">
                        <button class="btn btn-danger" type="submit">{label}</button>
                        <a class="btn btn-ghost" href=back>"Keep it"</a>
                    </div>
                </form>
            </Question>
        }
        .into_any()
    }
}
