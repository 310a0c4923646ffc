//! Where the letter with the link went, and a button to send it again.

use crate::{
    components::{Callout, ErrorSummary, Moment, Tone, UserText, unbroken_email},
    form::Form,
    links::with_next,
    pages::Page,
};
use guildhall::account_mail::MailStatus;
use leptos::prelude::*;

/// Whose address it is, and what is known about it.
#[derive(Debug, Clone)]
pub enum ConfirmationState {
    /// The visitor has just signed up with this address. The page is the same whether or not it had an account.
    SignedUp {
        email: String,
    },
    /// The address of the signed-in account is not confirmed.
    Unconfirmed {
        email: String,
        latest: Option<MailStatus>,
    },
    Confirmed {
        email: String,
    },
}

/// The page after the sign-up, and whenever an address has to be confirmed first.
#[derive(Debug, Clone)]
pub struct EmailConfirmation {
    pub state: ConfirmationState,
    /// True if something that was typed is kept until the address is confirmed.
    pub keeps_form: bool,
    /// The path to continue to, or an empty string.
    pub next: String,
    /// True if the server keeps its mail at /dev/mail.
    pub keeps_mail: bool,
    /// Posted to /confirm-email.
    pub form: Form,
}

impl Page for EmailConfirmation {
    fn title(&self) -> String {
        format!("{}{}", self.form.title_prefix(), self.state.heading())
    }

    fn description(&self) -> String {
        "Confirm the e-mail address of your Guildhall account with the link we sent you.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let heading = self.state.heading();
        let Self {
            state,
            keeps_form,
            next,
            keeps_mail,
            form,
        } = self;
        let content = match state {
            ConfirmationState::SignedUp { email } => signed_up(email, &next).into_any(),
            ConfirmationState::Unconfirmed { email, latest } => {
                unconfirmed(email, latest, keeps_form, &next).into_any()
            }
            ConfirmationState::Confirmed { email } => confirmed(email, next).into_any(),
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
            <div class="wrap wrap-narrow page">
                <header class="page-head"><h1>{unbroken_email(heading)}</h1></header>
                <div class="stack">
                    <ErrorSummary form/>
                    {content}
                    {kept}
                </div>
            </div>
        }
        .into_any()
    }
}

impl ConfirmationState {
    const fn heading(&self) -> &'static str {
        match self {
            Self::SignedUp { .. } => "Check your mail",
            Self::Unconfirmed { .. } => "Confirm your e-mail address",
            Self::Confirmed { .. } => "Your e-mail address is confirmed",
        }
    }
}

fn signed_up(email: String, next: &str) -> impl IntoView {
    let sign_in = with_next("/sign-in", next);
    let again = again_form(next, "btn btn-ghost");
    view! {
        <section class="panel stack">
            <p>
                "We’ve sent an e-mail to " <Address email/> ". Open the link in it to confirm that the address is yours."
            </p>
            <p>
                "Until then, you can sign in in this browser, look around and save drafts. You can publish or bid once the address is confirmed."
            </p>
            <p class="muted">
                "If the address already has an account, the e-mail says so. That account has not changed: sign in to it with its own password. Nothing after a few minutes? Check your spam folder, or send it again."
            </p>
            <div class="actions">
                <a class="btn btn-primary" href=sign_in>"Sign in"</a>
                {again}
            </div>
        </section>
    }
}

fn unconfirmed(
    email: String,
    latest: Option<MailStatus>,
    keeps_form: bool,
    next: &str,
) -> impl IntoView {
    let again = again_form(next, "btn btn-primary");
    let kept = keeps_form.then(|| {
        view! { <p>"What you typed is kept for an hour and will be there when you continue."</p> }
    });
    let next = (!next.is_empty()).then(|| next.to_owned());
    let back = next.map(|next| {
        view! { <a class="btn btn-ghost" href=next>"I’ve confirmed it, continue"</a> }
    });
    view! {
        <section class="panel stack">
            <p>
                "Before you publish a project or bid, confirm that " <Address email/>
                " is yours: open the link in the e-mail we sent you. It works on any device. If the e-mail says that you already have an account, sign out here and sign in to that one."
            </p>
            {kept}
            {latest.map(status)}
            <div class="actions">
                {again}
                {back}
            </div>
            <p><a class="link link-alone" href="/account/email">"Wrong address? Change it"</a></p>
        </section>
    }
}

fn status(latest: MailStatus) -> impl IntoView {
    let MailStatus {
        created_at,
        is_sent,
        is_done,
    } = latest;
    match (is_sent, is_done) {
        (true, _) => view! {
            <p class="muted">"Last sent " <Moment at=created_at/> ". Check your spam folder, too."</p>
        }
        .into_any(),
        (false, true) => view! {
            <Callout kind=Tone::Warning>"The last e-mail could not be delivered. Check the address."</Callout>
        }
        .into_any(),
        (false, false) => view! { <p class="muted">"An e-mail is on its way."</p> }.into_any(),
    }
}

fn confirmed(email: String, next: String) -> impl IntoView {
    let next = if next.is_empty() {
        "/dashboard".to_owned()
    } else {
        next
    };
    view! {
        <section class="panel stack">
            <p><Address email/> " is confirmed."</p>
            <div class="actions"><a class="btn btn-primary" href=next>"Continue"</a></div>
        </section>
    }
}

fn again_form(next: &str, class: &'static str) -> impl IntoView {
    let action = with_next("/confirm-email", next);
    view! {
        <form method="post" action=action>
            <button class=class type="submit">"Send the e-mail again"</button>
        </form>
    }
}

#[component]
pub(super) fn Address(email: String) -> impl IntoView {
    view! { <strong class="break-words"><UserText text=email/></strong> }
}
