use super::PATH;
use crate::{
    components::{ErrorSummary, UserText},
    form::Form,
    islands::PromptButton,
    pages::Page,
};
use leptos::prelude::*;

/// The button that has the browser make a passkey.
#[derive(Debug, Clone)]
pub struct AddPasskey {
    pub name: String,
    /// What the browser makes it from, as JSON.
    pub options: String,
    /// Field `credential`, the browser's answer, posted to /account/passkeys/new.
    pub form: Form,
}

impl Page for AddPasskey {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Add a passkey")
    }

    fn description(&self) -> String {
        "Add a passkey to your account on Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            name,
            options,
            form,
        } = self;
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <p><a class="back-link" href=PATH>"Passkeys"</a></p>
                    <h1>"Add a passkey"</h1>
                    <p class="lead">"It will be listed as " <strong class="break-words"><UserText text=name/></strong> "."</p>
                </header>
                <ErrorSummary form/>
                <section class="panel stack">
                    <p>"Press the button within ten minutes. Your browser then asks where to keep the passkey, and for your fingerprint, face, screen lock or PIN."</p>
                    <form method="post" action="/account/passkeys/new">
                        <PromptButton options in_field=false is_push=false>"Make the passkey"</PromptButton>
                    </form>
                    <p class="hint">"A device or password manager that already has a passkey of your account makes no second one."</p>
                    <p class="hint">"No button? Making a passkey needs JavaScript, an up-to-date browser and a secure connection (https)."</p>
                </section>
            </div>
        }
        .into_any()
    }
}
