use super::path;
use crate::{
    components::{Question, UserText},
    form::Form,
    pages::Page,
};
use guildhall::webhook::Webhook;
use leptos::prelude::*;

/// Asks whether to remove a webhook.
#[derive(Debug, Clone)]
pub struct RemoveWebhook {
    pub webhook: Webhook,
}

impl Page for RemoveWebhook {
    fn title(&self) -> String {
        "Remove a webhook".to_owned()
    }

    fn description(&self) -> String {
        "Remove one of your webhooks on Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let back = path(&self.webhook);
        let action = format!("{back}/remove");
        let heading = view! { "Remove " <UserText text=self.webhook.name/> "?" };
        let waiting = match self.webhook.pending {
            0 => None,
            1 => Some(" One message that waits is not sent.".to_owned()),
            count => Some(format!(" {count} messages that wait are not sent.")),
        };
        view! {
            <Question heading=heading.into_any() form=Form::default()>
                <form class="panel form" method="post" action=action>
                    <p>"Nothing more is sent to this address, and its log is deleted." {waiting} " Your other notifications stay as they are."</p>
                    <div class="actions">
                        <button class="btn btn-danger" type="submit">"Remove webhook"</button>
                        <a class="btn btn-ghost" href=back>"Keep it"</a>
                    </div>
                </form>
            </Question>
        }
        .into_any()
    }
}
