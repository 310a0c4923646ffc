use super::Page;
use crate::{
    chrome::use_chrome,
    components::{ErrorSummary, Field, FormKey, ScopeWords, control_attributes},
    form::Form,
};
use guildhall::token::Scopes;
use leptos::prelude::*;

/// Where people type the code that a device shows.
#[derive(Debug, Clone)]
pub struct DeviceEntry {
    /// Field `user_code`, posted to /device.
    pub form: Form,
}

impl Page for DeviceEntry {
    fn title(&self) -> String {
        if self.form.is_refused() {
            "Error: Connect a device".to_owned()
        } else {
            "Connect a device".to_owned()
        }
    }

    fn body(self) -> AnyView {
        let Self { form } = self;
        let (described, invalid) = control_attributes("user_code", true, &form);
        let value = form.value("user_code");
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <h1>"Connect a device"</h1>
                    <p class="lead">"A program on another device, or in a terminal, shows a code and waits for you to allow it."</p>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="form panel" method="post" action="/device" novalidate>
                    <Field
                        name="user_code"
                        label="Code"
                        help="Eight letters, such as BCDF-GHJK. Type only a code that you see on a device of your own, never one that somebody sent you."
                        form
                    >
                        <input
                            class="input input-code"
                            id="user_code"
                            name="user_code"
                            autocomplete="off"
                            autocapitalize="characters"
                            spellcheck="false"
                            aria-describedby=described
                            aria-invalid=invalid
                            value=value
                        />
                    </Field>
                    <button class="btn btn-primary btn-wide" type="submit">"Continue"</button>
                </form>
            </div>
        }
        .into_any()
    }
}

/// A program on a device asks to act for the visitor.
#[derive(Debug, Clone)]
pub struct Device {
    pub program: String,
    /// Who registered it.
    pub owner: String,
    pub scopes: Scopes,
    /// Field `user_code`, and the button `decision`, posted to /device.
    pub form: Form,
}

impl Page for Device {
    fn title(&self) -> String {
        format!("Allow {}?", self.program)
    }

    fn body(self) -> AnyView {
        let Self {
            program,
            owner,
            scopes,
            form,
        } = self;
        let account = use_chrome()
            .viewer
            .map(|viewer| format!("{}, {}", viewer.name, viewer.role.name()));
        let code = form.value("user_code");
        let heading = format!("Allow {program} to act for you?");
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1 class="breakable">{heading}</h1>
                    <p class="lead">"Compare the code with the one on your device. Allow it only if you began this there yourself."</p>
                </header>
                <div class="panel stack">
                    <dl class="facts-list">
                        <div><dt>"Code on the device"</dt><dd><code class="code-lg">{code.clone()}</code></dd></div>
                        <div><dt>"Program"</dt><dd class="breakable">{program}</dd></div>
                        <div><dt>"Registered by"</dt><dd class="breakable">{owner}</dd></div>
                        <div><dt>"For your account"</dt><dd class="breakable">{account}</dd></div>
                    </dl>
                    <section class="stack stack-sm" aria-labelledby="scopes-title">
                        <h2 class="panel-title" id="scopes-title">"It may"</h2>
                        <ScopeWords scopes/>
                    </section>
                    <form class="actions" method="post" action="/device">
                        <FormKey form/>
                        <input type="hidden" name="user_code" value=code/>
                        <button class="btn btn-primary" type="submit" name="decision" value="allow">"Allow"</button>
                        <button class="btn btn-outline" type="submit" name="decision" value="deny">"Don't allow"</button>
                    </form>
                    <p class="hint">"The same code has to stand on both screens. If somebody sent it to you, don't allow it."</p>
                </div>
            </div>
        }
        .into_any()
    }
}
