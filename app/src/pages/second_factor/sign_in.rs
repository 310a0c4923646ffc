use crate::{
    components::{CodeField, ErrorSummary},
    form::Form,
    islands::PromptButton,
    pages::Page,
};
use guildhall::device::TRUSTED_DAYS;
use leptos::prelude::*;

/// The second step of a sign-in.
#[derive(Debug, Clone)]
pub struct SignInCode {
    /// Fields `code`, or `credential`, a passkey's answer instead of it; and `trust`; posted to /sign-in/code.
    pub form: Form,
    /// True if a passkey may answer instead.
    pub has_passkey: bool,
}

impl Page for SignInCode {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Enter your code")
    }

    fn description(&self) -> String {
        "Enter the code from your authenticator app to sign in to Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self { form, has_passkey } = self;
        let passkey = has_passkey.then(|| {
            view! {
                <PromptButton options=String::new() in_field=false is_push=false>
                    "Use a passkey instead"
                </PromptButton>
            }
        });
        let summary = form.clone();
        let is_trusted = form.value("trust") == "yes";
        let trust = format!("Trust this browser: don’t ask it for a code for {TRUSTED_DAYS} days");
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <h1>"Enter your code"</h1>
                    <p class="lead">"Your account is protected by two-factor authentication."</p>
                </header>
                <ErrorSummary form=summary/>
                <form class="form panel" method="post" action="/sign-in/code" novalidate>
                    <CodeField form/>
                    <label class="check">
                        <input class="checkbox" type="checkbox" name="trust" value="yes" checked=is_trusted/>
                        <span>{trust}</span>
                    </label>
                    <button class="btn btn-primary btn-wide" type="submit">"Sign in"</button>
                    {passkey}
                </form>
                <p class="mt-4"><a class="link link-alone" href="/sign-in">"Sign in to another account"</a></p>
            </div>
        }
        .into_any()
    }
}
