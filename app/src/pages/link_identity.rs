use super::Page;
use crate::{
    chrome::use_chrome,
    components::{ErrorSummary, Proof, ProofFields, UserText},
    form::Form,
};
use leptos::prelude::*;

/// Confirmation page for linking an identity to the signed-in account.
#[derive(Debug, Clone)]
pub struct LinkIdentity {
    /// The provider's name.
    pub provider: String,
    /// What the identity is recognized by.
    pub label: String,
    pub proof: Proof,
    /// Field `present_password`, if the proof requires it; posted to /account/identities/link.
    pub form: Form,
}

impl Page for LinkIdentity {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Link {}", self.provider)
    }

    fn description(&self) -> String {
        format!(
            "Link {} to your account on Guildhall, to sign in with it.",
            self.provider
        )
    }

    fn body(self) -> AnyView {
        let Self {
            provider,
            label,
            proof,
            form,
        } = self;
        let link = proof.can_be_sent().then(|| {
            view! { <button class="btn btn-primary" type="submit" name="intent" value="link">"Link " {provider.clone()}</button> }
        });
        let name = use_chrome()
            .viewer
            .map(|viewer| view! { <UserText text=viewer.name/> });
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1>"Link " {provider.clone()} " (" <UserText text=label.clone()/> ") to this account?"</h1>
                    <p class="lead">"You are signed in as " {name} "."</p>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="panel form" method="post" action="/account/identities/link" novalidate>
                    <p>
                        "From then on, whoever signs in at " {provider.clone()} " as " <strong><UserText text=label/></strong>
                        " can sign in to this account. Link it only if that is you. You can unlink it on your account page."
                    </p>
                    <ProofFields proof next="/account/identities/link" form/>
                    <div class="actions">
                        {link}
                        <button class="btn btn-ghost" type="submit" name="intent" value="decline">"Not now"</button>
                    </div>
                </form>
            </div>
        }
        .into_any()
    }
}
