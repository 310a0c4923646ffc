//! Getting an account back after somebody else has changed its e-mail address.

use super::Page;
use crate::{
    components::{ErrorSummary, TextField, UserText, Username},
    form::Form,
};
use guildhall::account::UndoableChange;
use leptos::prelude::*;

/// The page that the link in the letter to the former address opens. Mail scanners open links, so only its form does
/// something.
#[derive(Debug, Clone)]
pub struct UndoEmailChange {
    pub change: UndoableChange,
    pub secret: String,
    /// Fields `new_password` and `secret`, posted to /undo-email-change/link.
    pub form: Form,
}

impl Page for UndoEmailChange {
    fn title(&self) -> String {
        format!("{}Undo the change of your e-mail", self.form.title_prefix())
    }

    fn description(&self) -> String {
        "Get your account on Guildhall back.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            change,
            secret,
            form,
        } = self;
        let UndoableChange {
            name,
            former,
            present,
        } = change;
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <h1>"Undo the change of your e-mail"</h1>
                    <p class="lead">
                        "The account " <strong class="break-words"><UserText text=name/></strong> " had the address "
                        <strong class="break-words"><UserText text=former.clone()/></strong> " and now has "
                        <strong class="break-words"><UserText text=present/></strong> "."
                    </p>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="form panel" method="post" action="/undo-email-change/link" novalidate>
                    <input type="hidden" name="secret" value=secret/>
                    <Username email=former/>
                    <p>
                        "If that was not you, take the account back. It gets its former address and the password that you choose here. "
                        "All sessions end, other sign-in methods are unlinked, passkeys are removed, access tokens, connected apps and the calendar address are revoked, webhooks are turned off, and your own apps need new secrets. "
                        "Two-factor authentication that was turned on in the week before the change, or since, is turned off."
                    </p>
                    <TextField
                        name="new_password"
                        label="New password"
                        help="At least 10 characters. A few words in a row work well."
                        kind="password"
                        autocomplete="new-password"
                        form
                    />
                    <button class="btn btn-primary btn-wide" type="submit">"Take my account back"</button>
                </form>
                <p class="muted mt-4">"If it was you who changed the address, close this page: nothing happens."</p>
            </div>
        }
        .into_any()
    }
}

/// Says that the account has its former address again.
#[derive(Debug, Clone)]
pub struct EmailChangeIsUndone {
    pub email: String,
}

impl Page for EmailChangeIsUndone {
    fn title(&self) -> String {
        "Your account is yours again".to_owned()
    }

    fn description(&self) -> String {
        "Your account on Guildhall has its former address again.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head"><h1>"Your account is yours again"</h1></header>
                <section class="panel stack">
                    <p>
                        "Its address is " <strong class="break-words"><UserText text=self.email/></strong>
                        ", and it has your new password. All sessions have ended, other sign-in methods are unlinked, passkeys are removed, access tokens, connected apps and the calendar address are revoked, webhooks are turned off, and your own apps need new secrets."
                    </p>
                    <p>"Sign in and look through your projects or bids: somebody else had access to them."</p>
                    <div class="actions"><a class="btn btn-primary" href="/sign-in">"Sign in"</a></div>
                </section>
            </div>
        }
        .into_any()
    }
}
