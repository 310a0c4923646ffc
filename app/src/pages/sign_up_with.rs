use super::{Page, sign_up::RoleField};
use crate::{
    components::{ErrorSummary, TextField, UserText},
    form::Form,
};
use leptos::prelude::*;

/// The first sign-in with a provider: the new account needs a role and a name.
#[derive(Debug, Clone)]
pub struct SignUpWith {
    /// The provider's name.
    pub provider: String,
    /// The e-mail verified by the provider.
    pub email: String,
    /// True if an account has confirmed that e-mail, which only its owner may link.
    pub email_taken: bool,
    /// Fields `role` and `name`, posted to /sign-up/with.
    pub form: Form,
}

/// Where a visitor who already has an account goes first.
const SIGN_IN_FIRST: &str = "/sign-in?next=/account/identities/link";

impl Page for SignUpWith {
    fn title(&self) -> String {
        let title = if self.email_taken {
            "You have an account here"
        } else {
            "Finish your account"
        };
        if self.form.is_refused() {
            format!("Error: {title}")
        } else {
            title.to_owned()
        }
    }

    fn description(&self) -> String {
        "Finish your account on Guildhall after you signed in at another site.".to_owned()
    }

    fn body(self) -> AnyView {
        let heading = if self.email_taken {
            "You have an account here"
        } else {
            "Finish your account"
        };
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1>{heading}</h1>
                    <p class="lead">
                        {self.provider.clone()} " says that you are " <strong class="break-words"><UserText text=self.email.clone()/></strong> "."
                    </p>
                </header>
                <ErrorSummary form=self.form.clone()/>
                {if self.email_taken { email_taken_view(&self) } else { new_account_form(self) }}
            </div>
        }
        .into_any()
    }
}

fn email_taken_view(page: &SignUpWith) -> AnyView {
    let provider = page.provider.clone();
    view! {
        <div class="panel stack">
            <p>
                "There is an account with this e-mail. Sign in to it with its password, or the way you did before: then you can link "
                {provider} " to it."
            </p>
            <p class="muted">"An e-mail address alone is never enough to sign in, so that no other site can get into your account."</p>
            <div class="actions">
                <a class="btn btn-primary" href=SIGN_IN_FIRST>"Sign in and link it"</a>
            </div>
        </div>
    }
    .into_any()
}

fn new_account_form(page: SignUpWith) -> AnyView {
    let SignUpWith { provider, form, .. } = page;
    view! {
        <form class="form panel" method="post" action="/sign-up/with" novalidate>
            <p class="hint">"It is your e-mail here too. The other side gets it when a project is awarded."</p>
            <RoleField form=form.clone()/>
            <TextField
                name="name"
                label="Name"
                help="Your name or your firm's. It is shown on your projects; when you bid, only the seller sees it."
                autocomplete="name"
                form
            />
            <button class="btn btn-primary btn-wide" type="submit">"Create account"</button>
        </form>
        <p class="mt-6">
            "Do you already have an account here? "
            <a class="link" href=SIGN_IN_FIRST>"Sign in to it and link " {provider}</a> "."
        </p>
    }
    .into_any()
}
