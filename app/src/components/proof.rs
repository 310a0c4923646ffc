//! How somebody who is signed in shows that the account is really theirs.

use super::{ProviderChoice, TextField, Username, way_in};
use crate::form::Form;
use leptos::prelude::*;

/// What has to be shown before a way into the account is added or taken away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proof {
    /// The current password, typed into the form, of the account with this e-mail.
    Password { email: String },
    /// Nothing more: it was shown a moment ago. There is no password.
    Given,
    /// There is no password, and a provider has to say again who it is.
    SignInAgain(SignInAgain),
}

impl Proof {
    /// Whether the account has a password.
    #[must_use]
    pub fn has_password(&self) -> bool {
        matches!(self, Self::Password { .. })
    }

    /// Whether the form can be sent as it is shown.
    #[must_use]
    pub const fn can_be_sent(&self) -> bool {
        !matches!(self, Self::SignInAgain(_))
    }
}

/// Who can say again who it is, of those that open the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInAgain {
    pub providers: Vec<ProviderChoice>,
    /// The names of those that can't say when somebody signed in there.
    pub unable: Vec<String>,
}

/// The field or the ways, whatever has to be shown; `next` is the page to come back to.
#[component]
pub fn ProofFields(proof: Proof, #[prop(into)] next: String, form: Form) -> impl IntoView {
    match proof {
        Proof::Password { email } => view! {
            <Username email/>
            <TextField
                name="present_password"
                label="Current password"
                help="It has to be you: an open session alone changes no way into the account."
                kind="password"
                autocomplete="current-password"
                form
            />
        }
        .into_any(),
        Proof::Given => ().into_any(),
        Proof::SignInAgain(again) => view! {
            <p>"This account has no password. Sign in with a provider again first: it has to be you."</p>
            <AgainLinks again next/>
        }
        .into_any(),
    }
}

/// A button for each provider that can do it, and words about those that can't.
#[component]
pub fn AgainLinks(again: SignInAgain, #[prop(into)] next: String) -> impl IntoView {
    let SignInAgain { providers, unable } = again;
    let links = providers
        .into_iter()
        .map(|provider| {
            let path = way_in(&provider.slug, &[("again", "yes"), ("next", &next)]);
            view! { <a class="btn btn-sm btn-outline" href=path rel="nofollow">"Sign in again with " {provider.label}</a> }
        })
        .collect_view();
    let words = (!unable.is_empty()).then(|| {
        let names = unable.join(", ");
        let words = format!(
            "A sign-in with {names} does not count for this: it can't be seen whether it is new."
        );
        view! { <p class="hint">{words}</p> }
    });
    view! {
        {(!links.is_empty()).then(|| view! { <div class="actions mt-4">{links}</div> })}
        {words}
    }
}
