//! The visitor's personal access tokens.

mod created_token;
mod list;
mod new;

use super::Page;
use crate::{components::ErrorSummary, form::Form, writes::CreatedToken};
use created_token::NewTokenNotice;
use guildhall::token::PersonalToken;
use leptos::prelude::*;
use list::TokenList;
use new::NewToken;

/// The visitor's personal access tokens, and the form to create one.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub tokens: Vec<PersonalToken>,
    /// The token that was just created; this is the only page that shows it.
    pub created: Option<CreatedToken>,
    /// Fields `name`, `scopes` and `days`, posted to /account/tokens.
    pub form: Form,
}

impl Page for Tokens {
    fn title(&self) -> String {
        match (self.form.is_refused(), &self.created) {
            (true, _) => "Error: Access tokens".to_owned(),
            (false, Some(_)) => "Your new access token".to_owned(),
            (false, None) => "Access tokens".to_owned(),
        }
    }

    fn description(&self) -> String {
        "Access tokens that let your scripts use the Guildhall API as you.".to_owned()
    }

    fn body(self) -> AnyView {
        let Self {
            tokens,
            created,
            form,
        } = self;
        let has_tokens = !tokens.is_empty();
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href="/account">"Your account"</a></p>
                        <h1>"Access tokens"</h1>
                        <p class="lead">
                            "Your own scripts and programs act for you with a token instead of your password. A token allows only what you tick."
                        </p>
                    </header>
                    <ErrorSummary form=form.clone()/>
                    {created.map(|created| view! { <NewTokenNotice created/> })}
                    {has_tokens.then(|| view! { <TokenList tokens/> })}
                    <NewToken form/>
                </div>
            </div>
        }
        .into_any()
    }
}
