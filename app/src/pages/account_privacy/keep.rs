//! Keeping an account by the link in the letter about its erasure.

use crate::{
    components::{Moment, UserText},
    pages::Page,
};
use leptos::prelude::*;
use time::OffsetDateTime;

/// The page that the link opens. Mail scanners open links, so only its button does something.
#[derive(Debug, Clone)]
pub struct KeepAccount {
    /// The account's name.
    pub name: String,
    pub due_at: OffsetDateTime,
    pub secret: String,
}

impl Page for KeepAccount {
    fn title(&self) -> String {
        "Keep your account".to_owned()
    }

    fn description(&self) -> String {
        "Stop the erasure of your account on Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head"><h1>"Keep your account"</h1></header>
                <form class="form panel" method="post" action="/keep-account/link">
                    <input type="hidden" name="secret" value=self.secret/>
                    <p>
                        "The account " <strong class="break-words"><UserText text=self.name/></strong> " will be erased on "
                        <Moment at=self.due_at/> ", unless you keep it."
                    </p>
                    <button class="btn btn-primary btn-wide" type="submit">"Keep my account"</button>
                </form>
                <p class="muted mt-4">"If the account is to be erased, close this page: everything stays as you asked."</p>
            </div>
        }
        .into_any()
    }
}

/// Says that the account stays.
#[derive(Debug, Clone)]
pub struct AccountIsKept;

impl Page for AccountIsKept {
    fn title(&self) -> String {
        "Your account stays".to_owned()
    }

    fn description(&self) -> String {
        "The erasure of your account on Guildhall was stopped.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head"><h1>"Your account stays"</h1></header>
                <section class="panel stack">
                    <p>"Nothing was erased, and everything works as before."</p>
                    <p>"If it was not you who asked for the erasure, somebody else has access to the account: change your password, and sign out everywhere else."</p>
                    <div class="actions">
                        <a class="btn btn-primary" href="/account">"Open your account"</a>
                        <a class="btn btn-ghost" href="/reset-password">"Choose a new password"</a>
                    </div>
                </section>
            </div>
        }
        .into_any()
    }
}
