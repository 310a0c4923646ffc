//! Two-factor authentication: its state, its setup, and the code that a sign-in asks for.

mod codes;
mod setup;
mod sign_in;

pub use codes::RecoveryCodes;
pub use setup::TwoFactorSetup;
pub use sign_in::SignInCode;

use super::{Page, account::user_agent::browser_of};
use crate::{
    components::{ErrorSummary, Moment, Proof, ProofFields},
    form::Form,
};
use guildhall::{
    device::{TRUSTED_DAYS, TrustedDevice},
    second_factor::{RECOVERY_CODES, SecondFactor},
};
use leptos::{either::Either, prelude::*};

const PATH: &str = "/account/two-factor";

/// The viewer's second factor, or the form that begins to set it up.
#[derive(Debug, Clone)]
pub struct TwoFactor {
    pub second_factor: Option<SecondFactor>,
    /// The browsers that are not asked for a code.
    pub browsers: Vec<TrustedDevice>,
    /// How many passkeys sign in to the account.
    pub passkeys: i64,
    pub proof: Proof,
    /// Fields `present_password` and `code`, as the proof requires; posted to /account/two-factor/setup, …/codes or …/off.
    pub form: Form,
}

impl Page for TwoFactor {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Two-factor authentication")
    }

    fn description(&self) -> String {
        "Protect your account on Guildhall with codes from an authenticator app.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            second_factor,
            browsers,
            passkeys,
            proof,
            form,
        } = self;
        let summary = form.clone();
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href="/account">"Your account"</a></p>
                        <h1>"Two-factor authentication"</h1>
                        <p class="lead">
                            "After your password or provider, signing in asks for a code from an app on your phone. Whoever learns your password can’t sign in without it."
                        </p>
                    </header>
                    <ErrorSummary form=summary/>
                    <PasskeysNote passkeys/>
                    {match second_factor {
                        None => Either::Left(view! { <Off proof form/> }),
                        Some(on) => Either::Right(view! {
                            <On on proof form/>
                            <TrustedBrowsers browsers/>
                        }),
                    }}
                </div>
            </div>
        }
        .into_any()
    }
}

/// Reminds the viewer of their passkeys, which sign in without a code. Renders nothing if there are none.
#[component]
fn PasskeysNote(passkeys: i64) -> impl IntoView {
    let text = match passkeys {
        0 => None,
        1 => Some("Your passkey signs in without a code: ".to_owned()),
        some => Some(format!("Your {some} passkeys sign in without a code: ")),
    };
    text.map(|text| {
        view! {
            <p>{text} <a class="link" href="/account/passkeys">"check that you know every one"</a> "."</p>
        }
    })
}

#[component]
fn Off(proof: Proof, form: Form) -> impl IntoView {
    let button = proof.can_be_sent().then(|| {
        view! {
            <div class="actions">
                <button class="btn btn-primary" type="submit">"Set it up"</button>
            </div>
        }
    });
    view! {
        <section class="panel" aria-labelledby="state-title">
            <h2 class="panel-title" id="state-title">"It is off"</h2>
            <p>
                "You need an authenticator app, on your phone or in your password manager. It works offline, and learns nothing about your account but its e-mail address."
            </p>
            <form class="form mt-4" method="post" action="/account/two-factor/setup" novalidate>
                <ProofFields proof next=PATH form/>
                {button}
            </form>
        </section>
    }
}

/// One form for both acts, so that the password is entered at one place.
#[component]
fn On(on: SecondFactor, proof: Proof, form: Form) -> impl IntoView {
    let left = on.recovery_codes_left;
    let codes = format!("{left} of {RECOVERY_CODES} recovery codes left.");
    let few = (left < 3).then(|| {
        view! { " " <strong>"Renew them before you run out."</strong> }
    });
    let buttons = proof.can_be_sent().then(|| {
        view! {
            <div class="actions">
                <button class="btn btn-outline" type="submit" formaction="/account/two-factor/codes">"Renew the recovery codes"</button>
                <button class="btn btn-danger" type="submit" formaction="/account/two-factor/off">"Turn it off"</button>
            </div>
        }
    });
    view! {
        <section class="panel" aria-labelledby="state-title">
            <h2 class="panel-title" id="state-title">"It is on"</h2>
            <p>"Since " <Moment at=on.enabled_at/> ". " {codes} {few}</p>
            <p class="hint mt-2">
                "New recovery codes replace the present ones. To use another app, turn it off and set it up again."
            </p>
            <form class="form mt-4" method="post" action="/account/two-factor/codes" novalidate>
                <ProofFields proof next=PATH form/>
                {buttons}
            </form>
        </section>
    }
}

#[component]
fn TrustedBrowsers(browsers: Vec<TrustedDevice>) -> impl IntoView {
    let is_empty = browsers.is_empty();
    let items = browsers
        .into_iter()
        .map(|browser| {
            view! {
                <li class="session">
                    <strong>{browser_of(&browser.user_agent)}</strong>
                    <span class="hint">"Until " <Moment at=browser.trusted_until/></span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="browsers-title">
            <h2 class="panel-title" id="browsers-title">"Trusted browsers"</h2>
            {if is_empty {
                let text = format!("None. When you sign in, you can trust the browser: it is then not asked for a code for {TRUSTED_DAYS} days.");
                Either::Left(view! { <p class="hint">{text}</p> })
            } else {
                Either::Right(view! {
                    <p class="hint">"They are not asked for a code when you sign in."</p>
                    <ul class="mt-3">{items}</ul>
                    <form class="actions mt-4" method="post" action="/account/two-factor/browsers/forget">
                        <button class="btn btn-sm btn-outline" type="submit">"Stop trusting all browsers"</button>
                    </form>
                })
            }}
        </section>
    }
}
