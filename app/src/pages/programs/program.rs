use super::{super::Page, form::Fields, kind_label};
use crate::{
    components::{Callout, ErrorSummary, FormKey, Moment, Tone, UserText},
    form::Form,
    islands::CopyButton,
};
use guildhall::oauth::{Client, ClientType};
use guildhall::text::isolated;
use leptos::prelude::*;

/// One of the visitor's registered programs.
#[derive(Debug, Clone)]
pub struct RegisteredProgram {
    pub client: Client,
    /// Fields `name`, `redirect_uris`, `device_flow` and `scopes`, posted to /account/programs/{id}.
    pub form: Form,
    /// A newly created client secret, shown only this once.
    pub secret: Option<String>,
}

impl Page for RegisteredProgram {
    fn title(&self) -> String {
        if self.form.is_refused() {
            format!("Error: {}", isolated(&self.client.name))
        } else {
            isolated(&self.client.name).into_owned()
        }
    }

    fn description(&self) -> String {
        format!(
            "{}, an app that you registered on Guildhall.",
            self.client.name
        )
    }

    fn body(self) -> AnyView {
        let Self {
            client,
            form,
            secret,
        } = self;
        let path = format!("/account/programs/{}", client.id.0);
        let has_secret = client.kind() == ClientType::Confidential;
        let renew_secret =
            has_secret.then(|| view! { <RenewSecret path=path.clone() form=form.clone()/> });
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="link" href="/account/programs">"Connected apps"</a></p>
                        <h1 class="breakable"><UserText text=client.name.clone()/></h1>
                        <p class="muted">{kind_label(client.kind())} ", registered " <Moment at=client.created_at/></p>
                    </header>
                    <ErrorSummary form=form.clone()/>
                    {secret.map(|secret| view! { <NewSecret secret/> })}
                    <section class="panel stack stack-sm" aria-labelledby="id-title">
                        <h2 class="panel-title mb-0" id="id-title">"Client id"</h2>
                        <p><code class="secret">{client.public_id.clone()}</code></p>
                        <p class="hint">
                            "Not a secret: the app sends it with each request. The OAuth endpoints are listed in "
                            <a class="link" href="/.well-known/oauth-authorization-server">"the server's metadata"</a> "."
                        </p>
                    </section>
                    <section class="panel" aria-labelledby="change-title">
                        <h2 class="panel-title" id="change-title">"Change"</h2>
                        <form class="form" method="post" action=path.clone() novalidate>
                            <Fields form/>
                            <div class="actions">
                                <button class="btn btn-primary" type="submit">"Save changes"</button>
                            </div>
                        </form>
                    </section>
                    {renew_secret}
                    <section class="panel stack" aria-labelledby="delete-title">
                        <h2 class="panel-title mb-0" id="delete-title">"Delete"</h2>
                        <p>"Its secret and all of its tokens stop working, for everybody who allowed it."</p>
                        <form method="post" action=format!("{path}/delete")>
                            <button class="btn btn-danger" type="submit">"Delete app"</button>
                        </form>
                    </section>
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn NewSecret(secret: String) -> impl IntoView {
    view! {
        <Callout kind=Tone::Warning>
            <div class="stack stack-sm">
                <p><strong>"The client secret, shown only this once. Copy it now."</strong></p>
                <p><code class="secret" id="client-secret">{secret.clone()}</code></p>
                <CopyButton text=secret label="Copy secret".to_owned()/>
                <p>"We store only its hash. If it is lost or seen by others, create a new one."</p>
            </div>
        </Callout>
    }
}

#[component]
fn RenewSecret(path: String, form: Form) -> impl IntoView {
    view! {
        <section class="panel stack" aria-labelledby="secret-title">
            <h2 class="panel-title mb-0" id="secret-title">"New client secret"</h2>
            <p>"The current one stops working at once, and so do the tokens that the app got for your own account."</p>
            <form method="post" action=format!("{path}/secret")>
                <FormKey key=form.key()/>
                <button class="btn btn-outline" type="submit">"Create a new secret"</button>
            </form>
        </section>
    }
}
