//! One's own account.

mod sessions;
mod user_agent;

use super::Page;
use crate::{
    chrome::use_chrome,
    components::{ErrorSummary, TextField},
    form::Form,
};
use guildhall::{
    account::Contact,
    session::{Session, SessionId},
};
use leptos::prelude::*;
use sessions::Sessions;

/// One's own account: the password and the sessions.
#[derive(Debug, Clone)]
pub struct Account {
    pub contact: Contact,
    pub sessions: Vec<Session>,
    pub current: Option<SessionId>,
    /// Fields `present_password` and `new_password`, posted to /account/password.
    pub form: Form,
}

impl Page for Account {
    fn title(&self) -> String {
        if self.form.is_refused() {
            "Error: Your account".to_owned()
        } else {
            "Your account".to_owned()
        }
    }

    fn body(self) -> AnyView {
        let Self {
            contact,
            sessions,
            current,
            form,
        } = self;
        let role = use_chrome()
            .viewer
            .map(|viewer| format!(", {}", viewer.role.name()));
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <h1>"Your account"</h1>
                        <p class="muted">{contact.name} {role} ", " {contact.email}</p>
                    </header>
                    <ErrorSummary form=form.clone()/>
                    <Password form/>
                    <Sessions sessions current/>
                    <ProgramsLink/>
                    <p><a class="link" href="/settings">"Time zone and theme"</a></p>
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn ProgramsLink() -> impl IntoView {
    view! {
        <section class="panel stack stack-sm" aria-labelledby="programs-title">
            <h2 class="panel-title mb-0" id="programs-title">"Programs"</h2>
            <p>"Programs that you allowed to act for you, and those that you registered."</p>
            <p><a class="link" href="/account/programs">"See and revoke programs"</a></p>
        </section>
    }
}

#[component]
fn Password(form: Form) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="password-title">
            <h2 class="panel-title" id="password-title">"Change password"</h2>
            <form class="form" method="post" action="/account/password" novalidate>
                <TextField
                    name="present_password"
                    label="Present password"
                    kind="password"
                    autocomplete="current-password"
                    form=form.clone()
                />
                <TextField
                    name="new_password"
                    label="New password"
                    help="At least 10 characters. Every other session ends when it is changed."
                    kind="password"
                    autocomplete="new-password"
                    form
                />
                <div class="actions">
                    <button class="btn btn-primary" type="submit">"Change password"</button>
                </div>
            </form>
        </section>
    }
}
