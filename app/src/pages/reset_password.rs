//! A new password by a link in a letter.

use super::Page;
use crate::{
    components::{Callout, ErrorSummary, TextField, Tone, UserText, Username},
    form::Form,
};
use guildhall::account::Contact;
use leptos::prelude::*;

/// Asks for the address of the account, or says that a letter is on its way. Both are the same whether or not the address
/// has an account.
#[derive(Debug, Clone)]
pub struct ForgotPassword {
    /// The address that the letter goes to, once it has been asked for.
    pub sent_to: Option<String>,
    /// True if the server keeps its mail at /dev/mail.
    pub keeps_mail: bool,
    /// Field `email`, posted to /reset-password.
    pub form: Form,
}

impl Page for ForgotPassword {
    fn title(&self) -> String {
        let title = match self.sent_to {
            Some(_) => "Check your mail",
            None => "Forgot your password?",
        };
        format!("{}{title}", self.form.title_prefix())
    }

    fn description(&self) -> String {
        "Get a link to choose a new password for your Guildhall account.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            sent_to,
            keeps_mail,
            form,
        } = self;
        let (heading, content) = match sent_to {
            Some(email) => ("Check your mail", sent(email).into_any()),
            None => ("Forgot your password?", question(form).into_any()),
        };
        let kept = keeps_mail.then(|| {
            view! {
                <Callout kind=Tone::Info>
                    "This server sends no mail. Its messages are at "
                    <a class="link" href="/dev/mail">"/dev/mail"</a> "."
                </Callout>
            }
        });
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head"><h1>{heading}</h1></header>
                <div class="stack">{content} {kept}</div>
            </div>
        }
        .into_any()
    }
}

fn question(form: Form) -> impl IntoView {
    view! {
        <ErrorSummary form=form.clone()/>
        <form class="form panel" method="post" action="/reset-password" novalidate>
            <TextField
                name="email"
                label="E-mail"
                help="The address of your account. We send it a link to choose a new password."
                kind="email"
                autocomplete="username"
                form
            />
            <button class="btn btn-primary btn-wide" type="submit">"Send the link"</button>
        </form>
        <p><a class="link link-alone" href="/sign-in">"Back to the sign-in"</a></p>
    }
}

fn sent(email: String) -> impl IntoView {
    view! {
        <section class="panel stack">
            <p>
                "If " <strong class="break-words"><UserText text=email/></strong>
                " has an account, an e-mail is on its way. Its link lets you choose a new password, and works for 30 minutes."
            </p>
            <p class="muted">"Nothing after a few minutes? Check your spam folder and the address."</p>
            <div class="actions">
                <a class="btn btn-primary" href="/sign-in">"Back to the sign-in"</a>
                <a class="btn btn-ghost" href="/reset-password">"Try another address"</a>
            </div>
        </section>
    }
}

/// The page that the link in the letter opens. Mail scanners open links, so only its form does something.
#[derive(Debug, Clone)]
pub struct ResetPassword {
    /// The account's name and address.
    pub contact: Contact,
    pub secret: String,
    /// Fields `new_password`, `others` and `secret`, posted to /reset-password/link.
    pub form: Form,
}

impl Page for ResetPassword {
    fn title(&self) -> String {
        format!("{}Choose a new password", self.form.title_prefix())
    }

    fn description(&self) -> String {
        "Choose a new password for your account on Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            contact: Contact { name, email },
            secret,
            form,
        } = self;
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <h1>"Choose a new password"</h1>
                    <p class="lead">
                        "For the account " <strong class="break-words"><UserText text=name/></strong>
                        " with the address " <strong class="break-words"><UserText text=email.clone()/></strong> "."
                    </p>
                </header>
                <ErrorSummary form=form.clone()/>
                <form class="form panel" method="post" action="/reset-password/link" novalidate>
                    <input type="hidden" name="secret" value=secret/>
                    <Username email/>
                    <TextField
                        name="new_password"
                        label="New password"
                        help="At least 10 characters. A few words in a row work well. All sessions of the account end."
                        kind="password"
                        autocomplete="new-password"
                        form=form.clone()
                    />
                    <label class="check">
                        <input class="checkbox" type="checkbox" name="others" value="end" checked=form.has("others", "end")/>
                        <span>"Also unlink other sign-in methods, remove passkeys, revoke access tokens, connected apps and the calendar address, turn off webhooks, and renew the secrets of your own apps, in case somebody else added or knows them"</span>
                    </label>
                    <p class="hint">"Two-factor authentication stays on, unless it has been on for less than a week."</p>
                    <button class="btn btn-primary btn-wide" type="submit">"Set new password"</button>
                </form>
            </div>
        }
        .into_any()
    }
}

/// Says that the password has been set.
#[derive(Debug, Clone)]
pub struct PasswordIsReset {
    /// True if other sign-in methods and all programs have ended, too.
    pub all_ended: bool,
}

impl Page for PasswordIsReset {
    fn title(&self) -> String {
        "Your password is changed".to_owned()
    }

    fn description(&self) -> String {
        "Your account on Guildhall has a new password.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let ended = if self.all_ended {
            "All sessions have ended, other sign-in methods are unlinked, passkeys are removed, access tokens, connected apps and the calendar address are revoked, webhooks are turned off, and your own apps need new secrets."
        } else {
            "All sessions have ended. Other sign-in methods, passkeys, access tokens, connected apps, the calendar address and webhooks still work."
        };
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head"><h1>"Your password is changed"</h1></header>
                <section class="panel stack">
                    <p>{ended}</p>
                    <div class="actions"><a class="btn btn-primary" href="/sign-in">"Sign in"</a></div>
                </section>
            </div>
        }
        .into_any()
    }
}
