//! The passkeys of an account.

mod add;
mod confirm;
mod manage;

pub use add::AddPasskey;
pub use confirm::ConfirmPasskey;
pub use manage::ManagePasskey;

use super::{Page, account::user_agent::browser_of};
use crate::{
    components::{ErrorSummary, Moment, Proof, ProofFields, TextField, UserText},
    form::Form,
};
use guildhall::passkey::{MAX_PASSKEYS, Passkey};
use leptos::prelude::*;
use time::OffsetDateTime;

const PATH: &str = "/account/passkeys";

/// Where passkeys work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasskeyPlace {
    /// At the host that the visitor reached the site at.
    Here,
    /// At this public URL only.
    Elsewhere(String),
    /// Nowhere: the site's public URL has no domain name.
    Nowhere,
}

/// Says where passkeys work, if not here.
#[component]
pub(super) fn PasskeysElsewhere(url: String) -> impl IntoView {
    let text = url.clone();
    view! {
        <p class="hint">"Passkeys only work at " <a class="link break-words" href=url>{text}</a> "."</p>
    }
}

/// The viewer's passkeys, and the form that begins to add one.
#[derive(Debug, Clone)]
pub struct Passkeys {
    pub passkeys: Vec<Passkey>,
    pub place: PasskeyPlace,
    /// The visitor's `User-Agent`, from which the name of a new passkey is suggested.
    pub user_agent: String,
    pub proof: Proof,
    /// Fields `name`, and `present_password` and `code` as the proof requires; posted to /account/passkeys.
    pub form: Form,
}

impl Page for Passkeys {
    fn title(&self) -> String {
        let error = self.form.title_prefix();
        format!("{error}Passkeys")
    }

    fn description(&self) -> String {
        "Passkeys that sign you in to Guildhall without a password.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            passkeys,
            place,
            user_agent,
            proof,
            form,
        } = self;
        let summary = form.clone();
        let is_full = i64::try_from(passkeys.len()).is_ok_and(|count| count >= MAX_PASSKEYS);
        let new = match (place, is_full) {
            (PasskeyPlace::Elsewhere(url), _) => view! { <PasskeysElsewhere url/> }.into_any(),
            (PasskeyPlace::Nowhere, _) => view! {
                <p class="muted">"You can’t add passkeys here: they need a site with a domain name, and this one is reached by a network address."</p>
            }
            .into_any(),
            (PasskeyPlace::Here, true) => view! {
                <p class="muted">{format!("You have {MAX_PASSKEYS} passkeys, which is the limit. Remove one of them to add another.")}</p>
            }
            .into_any(),
            (PasskeyPlace::Here, false) => {
                let form = form.with_default("name", &browser_of(&user_agent));
                view! { <New proof form/> }.into_any()
            }
        };
        view! {
            <div class="wrap wrap-narrow page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <p><a class="back-link" href="/account">"Your account"</a></p>
                        <h1>"Passkeys"</h1>
                        <p class="lead">
                            "A passkey is a key in your device or password manager. It signs you in with your fingerprint, face or screen lock: without a password, without a code, and only on this site."
                        </p>
                    </header>
                    <ErrorSummary form=summary/>
                    <List passkeys/>
                    {new}
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn List(passkeys: Vec<Passkey>) -> impl IntoView {
    let is_empty = passkeys.is_empty();
    let items = passkeys
        .into_iter()
        .map(|passkey| view! { <Item passkey/> })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="passkeys-title">
            <h2 class="panel-title" id="passkeys-title">"Your passkeys"</h2>
            {if is_empty {
                view! { <p class="hint">"You have none."</p> }.into_any()
            } else {
                view! { <ul>{items}</ul> }.into_any()
            }}
        </section>
    }
}

#[component]
fn Item(passkey: Passkey) -> impl IntoView {
    let Passkey {
        id,
        name,
        created_at,
        last_used_at,
        refused_at,
    } = passkey;
    let used = match last_used_at {
        Some(at) => view! { ", last used " <Moment at/> }.into_any(),
        None => ", never used".into_any(),
    };
    let which = view! { " " <UserText text=name.clone()/> };
    view! {
        <li class="session">
            <div class="min-w-0">
                <strong class="break-words"><UserText text=name/></strong>
                <p class="hint">"Added " <Moment at=created_at/> {used}</p>
                {refused_at.map(|at| view! { <Refused at/> })}
            </div>
            <a class="btn btn-sm btn-outline" href=format!("{PATH}/{}", id.0)>
                "Rename or remove" <span class="sr-only">{which}</span>
            </a>
        </li>
    }
}

/// Why a passkey no longer signs in.
#[component]
fn Refused(at: OffsetDateTime) -> impl IntoView {
    view! {
        <p class="field-error">"Refused on " <Moment at/> ": it may have been copied. Remove it."</p>
    }
}

#[component]
fn New(proof: Proof, form: Form) -> impl IntoView {
    let button = proof.can_be_sent().then(|| {
        view! {
            <div class="actions">
                <button class="btn btn-primary" type="submit">"Continue"</button>
            </div>
        }
    });
    view! {
        <section class="panel" aria-labelledby="new-title">
            <h2 class="panel-title" id="new-title">"Add a passkey"</h2>
            <p>"On the next page, your browser asks where to keep it. This needs JavaScript."</p>
            <form class="form mt-4" method="post" action=PATH novalidate>
                <TextField
                    name="name"
                    label="Name"
                    help="So that you recognize it in the list, such as “My phone”."
                    autocomplete="off"
                    form=form.clone()
                />
                <ProofFields proof next=PATH form/>
                {button}
            </form>
        </section>
    }
}
