use super::{
    Page,
    consent::{Decision, ForAccount},
};
use crate::{
    components::{ErrorSummary, Field, FormKey, UserText, control_attributes},
    form::Form,
};
use guildhall::{
    account::{AccountId, Contact},
    text::isolated,
    token::Scopes,
};
use leptos::prelude::*;

/// The form for the code that a device shows.
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

    fn description(&self) -> String {
        "Enter the code that a device shows, to connect it to your account on Guildhall.".to_owned()
    }

    fn body(self) -> AnyView {
        let Self { form } = self;
        let (described, invalid) = control_attributes("user_code", true, &form);
        let value = form.value("user_code");
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <h1>"Connect a device"</h1>
                    <p class="lead">"An app on another device, or in a terminal, shows a code and waits for you to allow it."</p>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="form panel" method="post" action="/device" novalidate>
                    <FormKey key=form.key()/>
                    <Field
                        name="user_code"
                        label="Code"
                        help="Eight letters, such as BCDF-GHJK. Type only a code that you see on a device of your own, never one that somebody sent you."
                        form
                    >
                        <input
                            class="input input-code"
                            type="text"
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

/// Asks the visitor whether a program on a device may act for them.
#[derive(Debug, Clone)]
pub struct DeviceConsent {
    pub program: String,
    /// The name of the account that registered the program.
    pub owner: String,
    pub scopes: Scopes,
    /// Requested scopes that the account's role can't use.
    pub left_out: Scopes,
    /// The version of the program as shown, submitted with the decision.
    pub client_version: String,
    pub account: AccountId,
    /// The contact details of `account`, for which the program would act.
    pub contact: Contact,
    /// Field `user_code`, and the button `decision`, posted to /device.
    pub form: Form,
}

impl Page for DeviceConsent {
    fn title(&self) -> String {
        format!("Allow {}?", isolated(&self.program))
    }

    fn description(&self) -> String {
        format!("What {} asks to do for you on Guildhall.", self.program)
    }

    fn body(self) -> AnyView {
        let Self {
            program,
            owner,
            scopes,
            left_out,
            client_version,
            account,
            contact,
            form,
        } = self;
        let code = form.value("user_code");
        let parameters = vec![
            ("form_key".to_owned(), form.key()),
            ("user_code".to_owned(), code.clone()),
        ];
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1 class="breakable">"Allow " <UserText text=program.clone()/> " to act for you?"</h1>
                    <p class="lead">"Compare the code with the one on your device. Allow it only if you started this there yourself."</p>
                </header>
                <div class="panel stack">
                    <dl class="facts-list">
                        <div><dt>"Code on the device"</dt><dd><code class="code-lg">{code}</code></dd></div>
                        <div><dt>"App"</dt><dd class="breakable"><UserText text=program/></dd></div>
                        <div><dt>"Registered by"</dt><dd class="breakable"><UserText text=owner/></dd></div>
                        <ForAccount contact/>
                    </dl>
                    <Decision action="/device" scopes left_out parameters account client_version/>
                    <p class="hint">"Both screens must show the same code. If somebody sent it to you, don't allow it."</p>
                </div>
            </div>
        }
        .into_any()
    }
}
