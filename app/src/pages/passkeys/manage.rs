use super::{PATH, Refused};
use crate::{
    components::{ErrorSummary, Moment, Proof, ProofFields, TextField, UserText},
    form::Form,
    pages::Page,
};
use guildhall::passkey::Passkey;
use leptos::prelude::*;

/// One of the viewer's passkeys, to be renamed or removed.
#[derive(Debug, Clone)]
pub struct ManagePasskey {
    pub passkey: Passkey,
    pub proof: Proof,
    /// Fields `name`, and `present_password` and `code` as the proof requires; posted to /account/passkeys/{id}/name or …/remove.
    pub form: Form,
}

impl Page for ManagePasskey {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Rename or remove a passkey")
    }

    fn description(&self) -> String {
        "Rename or remove a passkey of your account on Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            passkey,
            proof,
            form,
        } = self;
        let path = format!("{PATH}/{}", passkey.id.0);
        let (name_path, remove_path) = (format!("{path}/name"), format!("{path}/remove"));
        let named = form.clone().with_default("name", &passkey.name);
        let buttons = proof.can_be_sent().then(|| {
            view! {
                <div class="actions">
                    <button class="btn btn-primary" type="submit">"Rename"</button>
                    <button class="btn btn-danger" type="submit" formaction=remove_path>"Remove passkey"</button>
                </div>
            }
        });
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href=PATH>"Passkeys"</a></p>
                        <h1 class="breakable"><UserText text=passkey.name/></h1>
                        <p class="muted">"Added " <Moment at=passkey.created_at/></p>
                        {passkey.refused_at.map(|at| view! { <Refused at/> })}
                    </header>
                    <ErrorSummary form=form.clone()/>
                    <section class="panel" aria-labelledby="change-title">
                        <h2 class="panel-title" id="change-title">"Rename or remove it"</h2>
                        <p>"Once it is removed, it no longer signs you in. Your other sign-in methods stay."</p>
                        <form class="form mt-4" method="post" action=name_path novalidate>
                            <TextField name="name" label="Name" autocomplete="off" form=named/>
                            <ProofFields proof next=path form/>
                            {buttons}
                        </form>
                    </section>
                </div>
            </div>
        }
        .into_any()
    }
}
