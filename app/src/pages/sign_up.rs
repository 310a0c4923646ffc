use super::Page;
use crate::{
    components::{
        Card, ErrorSummary, FormKey, ProviderButtons, ProviderChoice, RadioCards, TextField,
    },
    form::Form,
    links::with_next,
};
use guildhall::account::Role;
use leptos::prelude::*;

/// The sign-up form.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// Fields `role`, `name`, `email`, `password` and `next`, the path to continue to after the sign-in; posted to /sign-up.
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

    fn description(&self) -> String {
        "Open an account on Guildhall: as a seller who posts projects, or as a self-employed buyer who bids a fixed price on them."
            .to_owned()
    }

    fn canonical(&self) -> Option<String> {
        Some("/sign-up".to_owned())
    }

    fn body(self) -> AnyView {
        let Self { form, providers } = self;
        let next = form.value("next");
        let sign_in = with_next("/sign-in", &next);
        let hidden_next = Some(next.clone()).filter(|next| !next.is_empty());
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1>"Create your account"</h1>
                    <p class="lead">"Free for both sides. Already here? " <a class="link" href=sign_in>"Sign in"</a> "."</p>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="form panel" method="post" action="/sign-up" novalidate>
                    <FormKey key=form.key()/>
                    {hidden_next.map(|next| view! { <input type="hidden" name="next" value=next/> })}
                    <RoleField form=form.clone()/>
                    <TextField
                        name="name"
                        label="Name"
                        help="Your name or your firm's. It is shown on your projects; when you bid, only the seller sees it."
                        autocomplete="name"
                        form=form.clone()
                    />
                    <TextField
                        name="email"
                        label="E-mail"
                        help="For signing in. The other side gets it when a project is awarded."
                        kind="email"
                        autocomplete="username"
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
                <ProviderButtons providers next/>
            </div>
        }
        .into_any()
    }
}

/// The two roles. None is preselected, because the choice is permanent.
#[component]
pub(super) fn RoleField(form: Form) -> impl IntoView {
    let cards = vec![
        Card {
            value: Role::Seller.name(),
            title: "I need work done",
            description: "As a seller you post projects, and the lowest bid wins. Other platforms call you the client.",
        },
        Card {
            value: Role::Buyer.name(),
            title: "I am self-employed",
            description: "As a buyer you find projects and bid for them. Other platforms call you the freelancer.",
        },
    ];
    view! {
        <RadioCards
            name="role"
            legend="What brings you here?"
            help="You can't change this later."
            form
            cards
        />
    }
}
