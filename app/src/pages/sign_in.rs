use super::{
    Page,
    passkeys::{PasskeyPlace, PasskeysElsewhere},
};
use crate::{
    components::{ErrorSummary, ProviderButtons, ProviderChoice, TextField},
    form::Form,
    islands::PromptButton,
    links::with_next,
};
use leptos::prelude::*;

/// The sign-in form.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// Fields `email`, `password`, or `credential`, a passkey's answer instead of them; and `next`, the path to continue to;
    /// posted to /sign-in.
    pub form: Form,
    pub providers: Vec<ProviderChoice>,
    pub passkeys: PasskeyPlace,
}

impl Page for SignIn {
    fn title(&self) -> String {
        if self.form.is_refused() {
            "Error: Sign in".to_owned()
        } else {
            "Sign in".to_owned()
        }
    }

    fn description(&self) -> String {
        "Sign in to Guildhall to post projects as a seller, or to bid on them as a buyer."
            .to_owned()
    }

    fn canonical(&self) -> Option<String> {
        Some("/sign-in".to_owned())
    }

    fn body(self) -> AnyView {
        let Self {
            form,
            providers,
            passkeys,
        } = self;
        let next = form.value("next");
        let sign_up = with_next("/sign-up", &next);
        // Browsers offer passkeys in this field, too.
        let autocomplete = match passkeys {
            PasskeyPlace::Here => "username webauthn",
            _ => "username",
        };
        let passkey = match passkeys {
            PasskeyPlace::Here => Some(
                view! {
                    <PromptButton options=String::new() in_field=true is_push=false>
                        "Sign in with a passkey"
                    </PromptButton>
                }
                .into_any(),
            ),
            PasskeyPlace::Elsewhere(url) => Some(view! { <PasskeysElsewhere url/> }.into_any()),
            PasskeyPlace::Nowhere => None,
        };
        let hidden_next = Some(next.clone()).filter(|next| !next.is_empty());
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <h1>"Sign in"</h1>
                    <p class="lead">"New here? " <a class="link" href=sign_up>"Create an account"</a> "."</p>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="form panel" method="post" action="/sign-in" novalidate>
                    {hidden_next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
                    <TextField name="email" label="E-mail" kind="email" autocomplete=autocomplete form=form.clone()/>
                    <TextField name="password" label="Password" kind="password" autocomplete="current-password" form/>
                    <p><a class="link link-alone" href="/reset-password">"Forgot your password?"</a></p>
                    <button class="btn btn-primary btn-wide" type="submit">"Sign in"</button>
                    {passkey}
                </form>
                <ProviderButtons providers next/>
            </div>
        }
        .into_any()
    }
}
