use super::Page;
use crate::{
    components::{ErrorSummary, Proof, ProofFields, UserText},
    form::Form,
};
use guildhall::identity::IdentityId;
use leptos::prelude::*;

/// Confirmation page for unlinking an identity.
#[derive(Debug, Clone)]
pub struct UnlinkIdentity {
    pub id: IdentityId,
    /// The provider's name.
    pub provider: String,
    /// What the identity is recognized by.
    pub label: String,
    pub proof: Proof,
    /// Field `present_password`, if the proof requires it; posted to /account/identities/{id}/unlink.
    pub form: Form,
}

impl Page for UnlinkIdentity {
    fn title(&self) -> String {
        let error = if self.form.is_refused() {
            "Error: "
        } else {
            ""
        };
        format!("{error}Unlink {}", self.provider)
    }

    fn description(&self) -> String {
        format!("Unlink {} from your account on Guildhall.", self.provider)
    }

    fn body(self) -> AnyView {
        let Self {
            id,
            provider,
            label,
            proof,
            form,
        } = self;
        let path = format!("/account/identities/{}/unlink", id.0);
        let action = path.clone();
        let button = proof.can_be_sent().then(|| {
            view! { <button class="btn btn-danger" type="submit">"Unlink " {provider.clone()}</button> }
        });
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1 class="break-words">"Unlink " {provider.clone()} " (" <UserText text=label.clone()/> ")?"</h1>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="panel form" method="post" action=action novalidate>
                    <p>
                        "From then on, whoever signs in at " {provider.clone()} " as " <strong class="break-words"><UserText text=label/></strong>
                        " can no longer sign in to this account."
                    </p>
                    <ProofFields proof next=path form/>
                    <div class="actions">
                        {button}
                        <a class="btn btn-ghost" href="/account">"Keep it"</a>
                    </div>
                </form>
            </div>
        }
        .into_any()
    }
}
