use super::Page;
use crate::{
    chrome::use_chrome,
    components::{Callout, ScopeDescriptions, Tone, UserText},
};
use guildhall::{
    account::{AccountId, Contact},
    oauth::Destination,
    text::isolated,
    token::Scopes,
};
use leptos::prelude::*;

/// Asks the visitor whether a program may act for them.
#[derive(Debug, Clone)]
pub struct Consent {
    pub program: String,
    /// The name of the account that registered it.
    pub owner: String,
    pub destination: Destination,
    pub scopes: Scopes,
    /// Requested scopes that the account's role can't use.
    pub left_out: Scopes,
    /// The version of the program as shown, submitted with the decision.
    pub client_version: String,
    pub account: AccountId,
    /// The account it would act for.
    pub contact: Contact,
    /// The parameters of the program's request, as hidden fields of the form.
    pub parameters: Vec<(String, String)>,
}

impl Page for Consent {
    fn title(&self) -> String {
        format!("Allow {}?", isolated(&self.program))
    }

    fn description(&self) -> String {
        format!("What {} asks to do for you on Guildhall.", self.program)
    }

    fn form_destination(&self) -> Option<String> {
        Some(self.destination.source.clone())
    }

    fn body(self) -> AnyView {
        let Self {
            program,
            owner,
            destination,
            scopes,
            left_out,
            client_version,
            account,
            contact,
            parameters,
        } = self;
        let heading = program.clone();
        let back = if destination.on_device {
            format!("an app on your own device ({})", destination.name)
        } else {
            destination.name
        };
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1 class="breakable">"Allow " <UserText text=heading/> " to act for you?"</h1>
                    <p class="lead">"This app is not made by Guildhall. Allow it only if you have just started this yourself and trust its makers."</p>
                </header>
                <div class="panel stack">
                    <dl class="facts-list">
                        <div><dt>"App"</dt><dd class="breakable"><UserText text=program/></dd></div>
                        <div><dt>"Registered by"</dt><dd class="breakable"><UserText text=owner/></dd></div>
                        <div><dt>"Sends you back to"</dt><dd class="breakable">{back}</dd></div>
                        <ForAccount contact/>
                    </dl>
                    <Decision action="/oauth/authorize" scopes left_out parameters account client_version/>
                </div>
            </div>
        }
        .into_any()
    }
}

/// The account a program would act for.
#[component]
pub(super) fn ForAccount(contact: Contact) -> impl IntoView {
    let role = use_chrome().viewer.map_or("", |viewer| viewer.role.name());
    view! {
        <div>
            <dt>"For your account"</dt>
            <dd class="breakable"><UserText text=contact.name/> {format!(", {role}, ")} <UserText text=contact.email/></dd>
        </div>
    }
}

/// What a program would be allowed to do, for how long, and the two buttons. The form includes `parameters` and what the
/// visitor saw: the account and the version of the program.
#[component]
pub(super) fn Decision(
    action: &'static str,
    scopes: Scopes,
    /// Requested scopes that the account's role can't use.
    left_out: Scopes,
    parameters: Vec<(String, String)>,
    account: AccountId,
    client_version: String,
) -> impl IntoView {
    let hidden = parameters
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    view! {
        <section class="stack stack-sm" aria-labelledby="scopes-title">
            <h2 class="panel-title" id="scopes-title">"It may"</h2>
            <ScopeDescriptions scopes/>
            {left_out_note(left_out)}
        </section>
        <form class="actions" method="post" action=action>
            {hidden}
            <input type="hidden" name="account" value=account.0.to_string()/>
            <input type="hidden" name="client_version" value=client_version/>
            <button class="btn btn-primary" type="submit" name="decision" value="allow">"Allow"</button>
            <button class="btn btn-outline" type="submit" name="decision" value="deny">"Don't allow"</button>
        </form>
        <p class="hint">
            "It never gets your password. Its access ends after 30 days without use, and after a year at most. You can revoke it at any time under "
            <a class="link" href="/account/programs">"Connected apps"</a> "."
        </p>
    }
}

/// Says what the app asked for and won't get, because nobody with the account's role could do it.
fn left_out_note(left_out: Scopes) -> Option<impl IntoView> {
    let role = use_chrome().viewer?.role;
    (!left_out.is_empty()).then(|| {
        view! {
            <p class="hint">
                {format!("{}, so the app won't get ", Scopes::limit_of(role))}
                <code>{left_out.to_string()}</code> ", which it also asked for."
            </p>
        }
    })
}

/// Shown if a program's request failed and the visitor has never authorized the program: the visitor decides whether to
/// go back.
#[derive(Debug, Clone)]
pub struct ReturnToApp {
    pub program: String,
    /// The name of the account that registered it.
    pub owner: String,
    pub destination: Destination,
    /// A sentence with the reason.
    pub message: String,
    /// The program's redirect URI, with the error in its query.
    pub href: String,
}

impl Page for ReturnToApp {
    fn title(&self) -> String {
        format!("Go back to {}?", isolated(&self.program))
    }

    fn description(&self) -> String {
        format!(
            "Guildhall does not send you back to {} automatically.",
            self.program
        )
    }

    fn body(self) -> AnyView {
        let Self {
            program,
            owner,
            destination,
            message,
            href,
        } = self;
        let onward = format!("Go back to {}", destination.name);
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1 class="breakable">"Go back to " <UserText text=program/> "?"</h1>
                    <p class="lead breakable">"An app registered by " <UserText text=owner/> " sent you here to ask for access. That did not work, and nothing was allowed."</p>
                </header>
                <div class="stack">
                    <Callout kind=Tone::Error>{message}</Callout>
                    <p>"The app is not made by Guildhall, and you have not allowed it anything before, so we don't return you to it automatically. Go back only if you know the app. It will then learn what went wrong."</p>
                    <div class="actions">
                        <a class="btn btn-primary" href="/projects">"See open projects"</a>
                        <a class="btn btn-outline breakable" href=href rel="noreferrer">{onward}</a>
                    </div>
                </div>
            </div>
        }
        .into_any()
    }
}

/// Shown for a request that can't be trusted.
#[derive(Debug, Clone)]
pub struct WrongRequest {
    /// A sentence with the reason.
    pub message: String,
}

impl Page for WrongRequest {
    fn title(&self) -> String {
        "This app's request isn't valid".to_owned()
    }

    fn description(&self) -> String {
        "This access request can't be trusted, so nothing was allowed.".to_owned()
    }

    fn body(self) -> AnyView {
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1>"This app's request isn't valid"</h1>
                    <p class="lead">"An app sent you here to ask for access, but we can't tell whether its request is genuine."</p>
                </header>
                <div class="stack">
                    <Callout kind=Tone::Error>{self.message}</Callout>
                    <p>"Nothing was allowed. If you trust the app, let its makers know."</p>
                    <div class="actions">
                        <a class="btn btn-primary" href="/projects">"See open projects"</a>
                        <a class="btn btn-ghost" href="/">"Go to the start page"</a>
                    </div>
                </div>
            </div>
        }
        .into_any()
    }
}
