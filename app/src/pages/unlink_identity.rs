use super::Page;
use crate::{
    components::{Proof, ProofFields, Question, UserText},
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
        let error = self.form.title_prefix();
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
        let heading =
            view! { "Unlink " {provider.clone()} " (" <UserText text=label.clone()/> ")?" };
        view! {
            <Question heading=heading.into_any() form=form.clone()>
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
            </Question>
        }
        .into_any()
    }
}
