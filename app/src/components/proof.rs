//! How a signed-in visitor proves ownership of the account.

use super::{ProviderChoice, TextField, Username, provider_path};
use crate::form::Form;
use leptos::prelude::*;

/// What is required before a change or an export that a stolen session must not make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    pub first: FirstProof,
    /// True if a code of the second factor is required, too.
    pub needs_code: bool,
}

/// What is required of an account with one factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FirstProof {
    /// The current password of the account with this e-mail.
    Password { email: String },
    /// Nothing more: the account has no password, and a provider confirmed the owner, or a passkey was used, a moment ago.
    Given,
    /// The account has no password, so the visitor must sign in with a provider or a passkey again.
    SignInAgain(SignInAgain),
}

impl Proof {
    #[must_use]
    pub fn has_password(&self) -> bool {
        matches!(self.first, FirstProof::Password { .. })
    }

    /// True if the form can be submitted as shown.
    #[must_use]
    pub const fn can_be_sent(&self) -> bool {
        !matches!(self.first, FirstProof::SignInAgain(_))
    }
}

/// The sign-in methods that can re-authenticate this account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInAgain {
    pub providers: Vec<ProviderChoice>,
    /// Providers that do not report when somebody signed in.
    pub unable: Vec<String>,
    /// True if the account has a passkey that can confirm, too.
    pub has_passkey: bool,
}

/// The password field or the sign-in buttons, and the field for a code, as required; `next` is the page to return to.
#[component]
pub fn ProofFields(proof: Proof, #[prop(into)] next: String, form: Form) -> impl IntoView {
    let code =
        (proof.needs_code && proof.can_be_sent()).then(|| view! { <CodeField form=form.clone()/> });
    let first = match proof.first {
        FirstProof::Password { email } => view! {
            <Username email/>
            <TextField
                name="present_password"
                label="Current password"
                help="Confirm that it is you: an open session is not enough for this."
                kind="password"
                autocomplete="current-password"
                form
            />
        }
        .into_any(),
        FirstProof::Given => ().into_any(),
        FirstProof::SignInAgain(again) => view! {
            <p>"This account has no password. Sign in with a provider again first, to confirm that it is you."</p>
            <AgainLinks again next/>
        }
        .into_any(),
    };
    view! { {first} {code} }
}

/// The field for a code of the second factor.
#[component]
pub fn CodeField(form: Form) -> impl IntoView {
    view! {
        <TextField
            name="code"
            label="Code"
            help="The six digits that your authenticator app shows now, or one of your recovery codes."
            autocomplete="one-time-code"
            form
        />
    }
}

/// A button for each provider that can re-authenticate, and a note on the others.
#[component]
pub fn AgainLinks(again: SignInAgain, #[prop(into)] next: String) -> impl IntoView {
    let SignInAgain {
        providers,
        unable,
        has_passkey,
    } = again;
    let passkey = has_passkey.then(|| {
        let path = passkey_path(&next);
        view! { <a class="btn btn-sm btn-outline" href=path>"Use a passkey"</a> }.into_any()
    });
    let links = providers
        .into_iter()
        .map(|provider| {
            let path = provider_path(&provider.slug, &[("again", "yes"), ("next", &next)]);
            view! { <a class="btn btn-sm btn-outline" href=path rel="nofollow">"Sign in again with " {provider.label}</a> }
        })
        .map(IntoAny::into_any)
        .chain(passkey)
        .collect::<Vec<_>>();
    let text = (!unable.is_empty()).then(|| {
        let names = unable.join(", ");
        let text = format!(
            "A sign-in with {names} does not count here, because we can't tell how recent it is."
        );
        view! { <p class="hint">{text}</p> }
    });
    view! {
        {(!links.is_empty()).then(|| view! { <div class="actions mt-4">{links}</div> })}
        {text}
    }
}

/// The page that asks for a passkey, and leads to `next` afterwards.
fn passkey_path(next: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    format!("/account/passkeys/confirm?{query}")
}
