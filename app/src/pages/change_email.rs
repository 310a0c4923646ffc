use super::Page;
use crate::{
    components::{FormKey, Proof, ProofFields, Question, TextField, UserText, unbroken_email},
    form::Form,
};
use leptos::prelude::*;

/// The page that changes an account's e-mail address.
#[derive(Debug, Clone)]
pub struct ChangeEmail {
    /// The current address.
    pub email: String,
    pub proof: Proof,
    /// Fields `email` and, if the proof requires it, `present_password`, posted to /account/email.
    pub form: Form,
}

impl Page for ChangeEmail {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Change your e-mail address")
    }

    fn description(&self) -> String {
        "Change the e-mail address of your account on Guildhall.".to_owned()
    }

    fn body(self) -> AnyView {
        let Self { email, proof, form } = self;
        let can_be_sent = proof.can_be_sent();
        let key = form.key();
        let typed = form.clone();
        let field = can_be_sent.then(|| {
            view! {
                <TextField
                    name="email"
                    label="New e-mail address"
                    help="We send a link there. Your address changes when you open it, and all your other sessions end then."
                    kind="email"
                    autocomplete="email"
                    form=typed
                />
            }
        });
        let button = can_be_sent.then(|| {
            view! { <button class="btn btn-primary" type="submit">"Change e-mail address"</button> }
        });
        let heading = unbroken_email("Change your e-mail address");
        view! {
            <Question heading=heading form=form.clone()>
                <form class="panel form" method="post" action="/account/email" novalidate>
                    <FormKey key/>
                    <p>"Your address is " <strong class="break-words"><UserText text=email/></strong> "."</p>
                    {field}
                    <ProofFields proof next="/account/email" form/>
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
