use super::Page;
use crate::{
    components::{ErrorSummary, ProviderButtons, ProviderChoice, TextField, field_error},
    form::Form,
};
use guildhall::account::Role;
use leptos::prelude::*;

/// Signing up.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// Fields `role`, `name`, `email` and `password`, posted to /sign-up.
    pub form: Form,
    pub providers: Vec<ProviderChoice>,
}

impl Page for SignUp {
    fn title(&self) -> String {
        if self.form.is_refused() {
            "Error: Create your account".to_owned()
        } else {
            "Create your account".to_owned()
        }
    }

    fn body(self) -> AnyView {
        let Self { form, providers } = self;
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1>"Create your account"</h1>
                    <p class="lead">"Free for both sides. Already here? " <a class="link" href="/sign-in">"Sign in"</a> "."</p>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="form panel" method="post" action="/sign-up" novalidate>
                    <RoleField form=form.clone()/>
                    <TextField
                        name="name"
                        label="Name"
                        help="Yours or your firm's. It stands on your projects; of those who bid, the seller alone sees it."
                        autocomplete="name"
                        form=form.clone()
                    />
                    <TextField
                        name="email"
                        label="E-mail"
                        help="For signing in. The other side gets it when a project is awarded."
                        kind="email"
                        autocomplete="email"
                        form=form.clone()
                    />
                    <TextField
                        name="password"
                        label="Password"
                        help="At least 10 characters. A few words in a row work well."
                        kind="password"
                        autocomplete="new-password"
                        form
                    />
                    <button class="btn btn-primary btn-wide" type="submit">"Create account"</button>
                </form>
                <ProviderButtons providers next=""/>
            </div>
        }
        .into_any()
    }
}

/// The two roles. None is chosen beforehand: the choice is for good.
#[component]
pub(super) fn RoleField(form: Form) -> impl IntoView {
    let error = form.error("role").is_some();
    let class = if error {
        "field field-invalid"
    } else {
        "field"
    };
    let described = if error {
        "role-help role-error"
    } else {
        "role-help"
    };
    let chosen = form.value("role").parse::<Role>().ok();
    view! {
        <fieldset class=class aria-describedby=described>
            <legend class="field-label">"What brings you here?"</legend>
            <p class="field-help" id="role-help">"An account keeps its role for good."</p>
            {field_error("role", &form)}
            <div class="choices">
                // The error summary's link leads to the first choice.
                {choice(
                    Role::Seller,
                    Some("role"),
                    chosen,
                    "I need work done",
                    "As a seller you post projects, and the lowest bid wins. Other platforms call you the client.",
                )}
                {choice(
                    Role::Buyer,
                    None,
                    chosen,
                    "I am self-employed",
                    "As a buyer you find projects and bid for them. Other platforms call you the freelancer.",
                )}
            </div>
        </fieldset>
    }
}

fn choice(
    role: Role,
    id: Option<&'static str>,
    chosen: Option<Role>,
    title: &'static str,
    words: &'static str,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input class="radio" type="radio" id=id name="role" value=role.name() checked=chosen == Some(role)/>
            <span>
                <span class="choice-title">{title}</span>
                " "
                <span class="choice-text">{words}</span>
            </span>
        </label>
    }
}
