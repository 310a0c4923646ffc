use super::PasskeysNote;
use crate::{
    components::{ErrorSummary, QrCode, TextField},
    form::Form,
    pages::Page,
};
use guildhall::second_factor::SetupKey;
use leptos::prelude::*;

/// The key for the authenticator app, and the form for the first code.
#[derive(Debug, Clone)]
pub struct TwoFactorSetup {
    pub key: SetupKey,
    /// How many passkeys sign in to the account.
    pub passkeys: i64,
    /// Field `code`, posted to /account/two-factor/on.
    pub form: Form,
}

impl Page for TwoFactorSetup {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Set up two-factor authentication")
    }

    fn description(&self) -> String {
        "Add your account on Guildhall to your authenticator app.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            key,
            passkeys,
            form,
        } = self;
        let SetupKey { text, url } = key;
        let summary = form.clone();
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <p><a class="back-link" href="/account/two-factor">"Two-factor authentication"</a></p>
                    <h1>"Set up two-factor authentication"</h1>
                </header>
                <ErrorSummary form=summary/>
                <PasskeysNote passkeys/>
                <section class="panel" aria-labelledby="scan-title">
                    <h2 class="panel-title" id="scan-title">"1. Add Guildhall to your app"</h2>
                    <p>"Scan this code with your authenticator app."</p>
                    <div class="mt-4"><QrCode text=url.clone() label="QR code with the key for your authenticator app"/></div>
                    <p class="mt-4"><a class="link link-alone" href=url>"On this device: open the app"</a></p>
                    <p class="mt-4">"Can’t scan it? Enter this key in the app:"</p>
                    <p class="mt-2"><code class="setup-key">{text}</code></p>
                </section>
                <form class="form panel mt-6" method="post" action="/account/two-factor/on" novalidate>
                    <h2 class="panel-title">"2. Enter the code that the app shows"</h2>
                    <TextField
                        name="code"
                        label="Code"
                        help="Six digits. A new one follows every 30 seconds."
                        autocomplete="one-time-code"
                        form
                    />
                    <p class="hint">"This signs you out everywhere else."</p>
                    <div class="actions">
                        <button class="btn btn-primary" type="submit">"Turn it on"</button>
                        <a class="btn btn-ghost" href="/account/two-factor">"Cancel"</a>
                    </div>
                </form>
            </div>
        }
        .into_any()
    }
}
