use super::PATH;
use crate::{components::ErrorSummary, form::Form, islands::PromptButton, pages::Page};
use leptos::prelude::*;

/// Asks a signed-in visitor for a passkey, as a proof of owning the account.
#[derive(Debug, Clone)]
pub struct ConfirmPasskey {
    /// Fields `credential`, the browser's answer, and `next`, the page that asks for the proof; posted to
    /// /account/passkeys/confirm.
    pub form: Form,
}

impl Page for ConfirmPasskey {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Confirm that it is you")
    }

    fn description(&self) -> String {
        "Confirm with a passkey that an account on Guildhall is yours.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let next = self.form.value("next");
        let back = match next.as_str() {
            "" => PATH.to_owned(),
            next => next.to_owned(),
        };
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <p><a class="back-link" href=back>"Back"</a></p>
                    <h1>"Confirm that it is you"</h1>
                    <p class="lead">"An open session is not enough for this. After it, no other confirmation is asked for ten minutes."</p>
                </header>
                <ErrorSummary form=self.form/>
                <form class="panel stack" method="post" action="/account/passkeys/confirm">
                    <input type="hidden" name="next" value=next/>
                    <PromptButton options=String::new() in_field=false is_push=false>
                        "Use a passkey"
                    </PromptButton>
                    <p class="hint">"No button? Using a passkey needs JavaScript, an up-to-date browser and a secure connection (https)."</p>
                </form>
            </div>
        }
        .into_any()
    }
}
