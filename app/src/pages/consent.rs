use super::Page;
use crate::{
    chrome::use_chrome,
    components::{Notice, NoticeKind, ScopeWords, UserText},
};
use guildhall::{
    account::{AccountId, Contact},
    oauth::Leads,
    text::isolated,
    token::Scopes,
};
use leptos::prelude::*;

/// A program asks to act for the visitor.
#[derive(Debug, Clone)]
pub struct Consent {
    pub program: String,
    /// Who registered it.
    pub owner: String,
    pub leads: Leads,
    pub scopes: Scopes,
    /// Stands for the program as it is shown, and goes with the decision.
    pub seen: String,
    pub account: AccountId,
    /// For whom it would act.
    pub contact: Contact,
    /// The program's request, which the form takes along.
    pub carried: Vec<(String, String)>,
}

impl Page for Consent {
    fn title(&self) -> String {
        format!("Allow {}?", isolated(&self.program))
    }

    fn description(&self) -> String {
        format!("What {} asks to do for you on Guildhall.", self.program)
    }

    fn leads_to(&self) -> Option<String> {
        Some(self.leads.source.clone())
    }

    fn body(self) -> AnyView {
        let Self {
            program,
            owner,
            leads,
            scopes,
            seen,
            account,
            contact,
            carried,
        } = self;
        let heading = program.clone();
        let back = if leads.on_device {
            format!("a program on your own device ({})", leads.name)
        } else {
            leads.name
        };
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1 class="breakable">"Allow " <UserText text=heading/> " to act for you?"</h1>
                    <p class="lead">"It is not made by Guildhall. Allow it only if you have just begun this yourself and trust who made it."</p>
                </header>
                <div class="panel stack">
                    <dl class="facts-list">
                        <div><dt>"Program"</dt><dd class="breakable"><UserText text=program/></dd></div>
                        <div><dt>"Registered by"</dt><dd class="breakable"><UserText text=owner/></dd></div>
                        <div><dt>"Leads you back to"</dt><dd class="breakable">{back}</dd></div>
                        <ForAccount contact/>
                    </dl>
                    <Decision action="/oauth/authorize" scopes carried account seen/>
                </div>
            </div>
        }
        .into_any()
    }
}

/// For whom a program would act.
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

/// What a program would be allowed, for how long, and the two answers. The form takes along what was `carried`, and what the
/// visitor saw: the account, and the program as it is.
#[component]
pub(super) fn Decision(
    action: &'static str,
    scopes: Scopes,
    carried: Vec<(String, String)>,
    account: AccountId,
    seen: String,
) -> impl IntoView {
    let hidden = carried
        .into_iter()
        .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
        .collect_view();
    view! {
        <section class="stack stack-sm" aria-labelledby="scopes-title">
            <h2 class="panel-title" id="scopes-title">"It may"</h2>
            <ScopeWords scopes/>
        </section>
        <form class="actions" method="post" action=action>
            {hidden}
            <input type="hidden" name="account" value=account.0.to_string()/>
            <input type="hidden" name="seen" value=seen/>
            <button class="btn btn-primary" type="submit" name="decision" value="allow">"Allow"</button>
            <button class="btn btn-outline" type="submit" name="decision" value="deny">"Don't allow"</button>
        </form>
        <p class="hint">
            "It never gets your password. What you allow lasts until the program has not used it for 30 days, and for a year at most. You can take it back at any time under "
            <a class="link" href="/account/programs">"Programs"</a> "."
        </p>
    }
}

/// A program's request came to nothing, and the visitor never allowed that program anything: it is for the visitor to go back.
#[derive(Debug, Clone)]
pub struct NotLedBack {
    pub program: String,
    /// Who registered it.
    pub owner: String,
    pub leads: Leads,
    /// One sentence on why.
    pub words: String,
    /// The program's address, with the error for it.
    pub href: String,
}

impl Page for NotLedBack {
    fn title(&self) -> String {
        format!("Go back to {}?", isolated(&self.program))
    }

    fn description(&self) -> String {
        format!(
            "Guildhall could not lead you back to {} by itself.",
            self.program
        )
    }

    fn body(self) -> AnyView {
        let Self {
            program,
            owner,
            leads,
            words,
            href,
        } = self;
        let onward = format!("Go back to {}", leads.name);
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1 class="breakable">"Go back to " <UserText text=program/> "?"</h1>
                    <p class="lead breakable">"A program that " <UserText text=owner/> " registered sent you here to be allowed something. That did not work, and nothing was allowed."</p>
                </header>
                <div class="stack">
                    <Notice kind=NoticeKind::Error>{words}</Notice>
                    <p>"It is not made by Guildhall, and we don't know that you have allowed it anything, so you are not led back unasked. Go back only if you know it; it is told what went wrong."</p>
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

/// A program sent the visitor here with a request that may not be honest.
#[derive(Debug, Clone)]
pub struct WrongRequest {
    /// One sentence on what is wrong.
    pub words: String,
}

impl Page for WrongRequest {
    fn title(&self) -> String {
        "A program asked in a wrong way".to_owned()
    }

    fn description(&self) -> String {
        "This access request can't be trusted, so nothing was allowed.".to_owned()
    }

    fn body(self) -> AnyView {
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head">
                    <h1>"A program asked in a wrong way"</h1>
                    <p class="lead">"A program sent you here to be allowed something, but we can't tell whether it is honest."</p>
                </header>
                <div class="stack">
                    <Notice kind=NoticeKind::Error>{self.words}</Notice>
                    <p>"Nothing was allowed, and you are not led back. If you trust the program, tell those who made it."</p>
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
