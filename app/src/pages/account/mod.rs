//! The visitor's account page.

mod contact;
mod identities;
mod sessions;
pub(super) mod user_agent;
mod visibility;

use super::{Page, account_privacy::ErasureNotice};
use crate::{
    chrome::use_chrome,
    components::{
        AgainLinks, CodeField, ErrorSummary, FirstProof, Proof, ProviderChoice, SignInAgain,
        TextField, UserText, Username,
    },
    form::Form,
};
use contact::NameAndEmail;
use guildhall::{
    account::Contact,
    erasure::ScheduledErasure,
    identity::Identity,
    session::{Session, SessionId},
};
use identities::Identities;
use leptos::prelude::*;
use sessions::Sessions;
use visibility::WhatOthersSee;

/// The visitor's account: the name and e-mail, the password, the identities and the sessions.
#[derive(Debug, Clone)]
pub struct Account {
    pub contact: Contact,
    /// The address that replaces the present one once it is confirmed.
    pub pending_email: Option<String>,
    pub erasure: Option<ScheduledErasure>,
    pub sessions: Vec<Session>,
    pub current: Option<SessionId>,
    /// Decides which password form is shown: an account without a password can set a first one once the proof is given.
    pub proof: Proof,
    pub has_second_factor: bool,
    /// How many passkeys it has.
    pub passkeys: i64,
    /// Each with its provider's name.
    pub identities: Vec<(String, Identity)>,
    /// The providers that can be linked.
    pub providers: Vec<ProviderChoice>,
    /// Field `name`, posted to /account/name; fields `present_password`, `new_password`, `code`, `others` and `passkeys`, posted to
    /// /account/password; or `new_password`, `code` and `passkeys`, posted to /account/password/first. A box that was unchecked
    /// has the value `keep`.
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

    fn description(&self) -> String {
        "Your account on Guildhall: name, e-mail, password, sign-in methods, and what others see of it."
            .to_owned()
    }

    fn body(self) -> AnyView {
        let Self {
            contact,
            pending_email,
            erasure,
            sessions,
            current,
            proof,
            has_second_factor,
            passkeys,
            identities,
            providers,
            form,
        } = self;
        let is_last_sign_in_method = !proof.has_password() && identities.len() < 2;
        let has_providers = !(identities.is_empty() && providers.is_empty());
        let role = use_chrome().viewer.map(|viewer| viewer.role);
        let role_name = role.map(|role| format!(", {}", role.name()));
        let names = form.clone().with_default("name", &contact.name);
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <h1>"Your account"</h1>
                        <p class="muted"><UserText text=contact.name.clone()/> {role_name} ", " <UserText text=contact.email.clone()/></p>
                    </header>
                    {erasure.map(|scheduled| view! { <ErasureNotice scheduled/> })}
                    <ErrorSummary form=form.clone()/>
                    <NameAndEmail contact=contact.clone() pending_email form=names/>
                    {role.map(|role| view! { <WhatOthersSee role/> })}
                    {match proof.first {
                        FirstProof::Password { email } => view! { <Password email needs_code=proof.needs_code passkeys form/> }.into_any(),
                        FirstProof::Given => view! { <FirstPassword email=contact.email needs_code=proof.needs_code passkeys form/> }.into_any(),
                        FirstProof::SignInAgain(again) => view! { <NoPassword again/> }.into_any(),
                    }}
                    <PasskeysLink passkeys/>
                    <TwoFactorLink has_second_factor/>
                    {has_providers.then(|| view! { <Identities identities providers is_last_sign_in_method/> })}
                    <Sessions sessions current/>
                    <CalendarLink/>
                    <NotificationLinks/>
                    <AccessTokens/>
                    <ProgramsLink/>
                    <DataLink/>
                    <p><a class="link link-alone" href="/settings">"Time zone and theme"</a></p>
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn TwoFactorLink(has_second_factor: bool) -> impl IntoView {
    let state = if has_second_factor {
        "It is on: after your password or provider, signing in takes a code."
    } else {
        "It is off. Turn it on so that your password alone signs nobody in."
    };
    view! {
        <section class="panel" aria-labelledby="two-factor-title">
            <h2 class="panel-title" id="two-factor-title">"Two-factor authentication"</h2>
            <p>{state}</p>
            <p class="mt-4"><a class="btn btn-sm btn-outline" href="/account/two-factor">"Manage two-factor authentication"</a></p>
        </section>
    }
}

#[component]
fn PasskeysLink(passkeys: i64) -> impl IntoView {
    let state = match passkeys {
        0 => {
            "You have none. A passkey signs you in with your fingerprint, face or screen lock, without a password."
                .to_owned()
        }
        1 => "You have one passkey.".to_owned(),
        some => format!("You have {some} passkeys."),
    };
    view! {
        <section class="panel" aria-labelledby="passkeys-title">
            <h2 class="panel-title" id="passkeys-title">"Passkeys"</h2>
            <p>{state}</p>
            <p class="mt-4"><a class="btn btn-sm btn-outline" href="/account/passkeys">"Manage passkeys"</a></p>
        </section>
    }
}

#[component]
fn CalendarLink() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="calendar-title">
            <h2 class="panel-title" id="calendar-title">"Calendar"</h2>
            <p>"See your deadlines in your own calendar."</p>
            <p class="mt-4"><a class="btn btn-sm btn-outline" href="/account/calendar">"Deadlines in your calendar"</a></p>
        </section>
    }
}

#[component]
fn NotificationLinks() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="notifications-title">
            <h2 class="panel-title" id="notifications-title">"Notifications"</h2>
            <p>"Choose what you are told by e-mail and on the site. Show your notifications in your browser while Guildhall is closed, or send them to your own systems or to a chat that your team reads."</p>
            <p class="actions mt-4">
                <a class="btn btn-sm btn-outline" href="/account/notices">"Choose your notifications"</a>
                <a class="btn btn-sm btn-outline" href="/account/notices/push">"Notifications in your browser"</a>
                <a class="btn btn-sm btn-outline" href="/account/webhooks">"Manage webhooks"</a>
            </p>
        </section>
    }
}

#[component]
fn ProgramsLink() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="programs-title">
            <h2 class="panel-title" id="programs-title">"Connected apps"</h2>
            <p>"Apps that you allowed to act for you, and those that you registered."</p>
            <p class="mt-4"><a class="btn btn-sm btn-outline" href="/account/programs">"Manage connected apps"</a></p>
        </section>
    }
}

#[component]
fn DataLink() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="data-title">
            <h2 class="panel-title" id="data-title">"Your data"</h2>
            <p>"Export everything in your account, or have the account erased."</p>
            <p class="mt-4"><a class="btn btn-sm btn-outline" href="/account/privacy">"Export or erase your data"</a></p>
        </section>
    }
}

#[component]
fn Password(email: String, needs_code: bool, passkeys: i64, form: Form) -> impl IntoView {
    let also_others = !form.has("others", "keep");
    let also_passkeys = !form.has("passkeys", "keep");
    view! {
        <section class="panel" aria-labelledby="password-title">
            <h2 class="panel-title" id="password-title">"Change password"</h2>
            <form class="form" method="post" action="/account/password" novalidate>
                <Username email/>
                <TextField
                    name="present_password"
                    label="Current password"
                    kind="password"
                    autocomplete="current-password"
                    form=form.clone()
                />
                <TextField
                    name="new_password"
                    label="New password"
                    help="At least 10 characters. Changing it ends all your other sessions."
                    kind="password"
                    autocomplete="new-password"
                    form=form.clone()
                />
                {needs_code.then(|| view! { <CodeField form/> })}
                <label class="check">
                    <input class="checkbox" type="checkbox" name="others" value="end" checked=also_others/>
                    <span>"Also revoke all access tokens, connected apps and the calendar address, turn off webhooks, and renew the secrets of your own apps, in case somebody else added or knows them"</span>
                </label>
                <PasskeysBox passkeys is_checked=also_passkeys/>
                <div class="actions">
                    <button class="btn btn-primary" type="submit">"Change password"</button>
                </div>
            </form>
        </section>
    }
}

/// Whether the account's passkeys end with its password. Renders nothing if there are none.
#[component]
fn PasskeysBox(passkeys: i64, is_checked: bool) -> impl IntoView {
    let text = match passkeys {
        0 => None,
        1 => Some("Also remove your passkey".to_owned()),
        some => Some(format!("Also remove all {some} passkeys")),
    };
    text.map(|text| {
        view! {
            <label class="check">
                <input class="checkbox" type="checkbox" name="passkeys" value="end" checked=is_checked/>
                <span>{text} ", in case somebody else added or copied one"</span>
            </label>
        }
    })
}

#[component]
fn AccessTokens() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="tokens-title">
            <h2 class="panel-title" id="tokens-title">"Access tokens"</h2>
            <p>"Let your own scripts and programs act for you without your password."</p>
            <p class="mt-4"><a class="btn btn-sm btn-outline" href="/account/tokens">"Manage access tokens"</a></p>
        </section>
    }
}

/// For an account created through a provider.
#[component]
fn FirstPassword(email: String, needs_code: bool, passkeys: i64, form: Form) -> impl IntoView {
    let also_passkeys = !form.has("passkeys", "keep");
    view! {
        <section class="panel" aria-labelledby="password-title">
            <h2 class="panel-title" id="password-title">"Set a password"</h2>
            <form class="form" method="post" action="/account/password/first" novalidate>
                <Username email/>
                <TextField
                    name="new_password"
                    label="New password"
                    help="At least 10 characters. With it, you can also sign in with your e-mail address. Setting it ends all your other sessions."
                    kind="password"
                    autocomplete="new-password"
                    form=form.clone()
                />
                {needs_code.then(|| view! { <CodeField form/> })}
                <PasskeysBox passkeys is_checked=also_passkeys/>
                <div class="actions">
                    <button class="btn btn-primary" type="submit">"Set password"</button>
                </div>
            </form>
        </section>
    }
}

#[component]
fn NoPassword(again: SignInAgain) -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="password-title">
            <h2 class="panel-title" id="password-title">"Set a password"</h2>
            <p>"This account has no password. To set one, sign in with a provider again first, so that we know it is you."</p>
            <AgainLinks again next="/account"/>
        </section>
    }
}
