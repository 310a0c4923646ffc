//! The page that the link in a letter opens. Mail scanners open links, so only its button confirms.

use super::sent::Address;
use crate::{
    components::{UserText, unbroken_email},
    pages::Page,
};
use guildhall::account::Contact;
use leptos::prelude::*;

/// What the link can still do.
#[derive(Debug, Clone)]
pub enum LinkState {
    /// Asks whether the account is the reader's. `is_change` if the address is to replace another one.
    Ask { secret: String, is_change: bool },
    /// The path to continue to, and what its button says.
    Confirmed { next: String, label: &'static str },
}

/// Confirms an address.
#[derive(Debug, Clone)]
pub struct ConfirmEmail {
    /// The account's name, and the address that the letter went to.
    pub contact: Contact,
    pub state: LinkState,
}

impl Page for ConfirmEmail {
    fn title(&self) -> String {
        self.heading().to_owned()
    }

    fn description(&self) -> String {
        "Confirms the e-mail address of an account on Guildhall.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let heading = self.heading();
        let Contact { name, email } = self.contact;
        let content = match self.state {
            LinkState::Ask { secret, is_change } => {
                let is_named = !name.is_empty();
                let name = view! { <strong class="break-words"><UserText text=name/></strong> };
                let question = if is_change {
                    let whose = match is_named {
                        true => view! { "your account " {name} }.into_any(),
                        false => "your account".into_any(),
                    };
                    view! {
                        <p>"Is " <Address email/> " your address, and should " {whose} " on Guildhall change to it?"</p>
                        <p class="muted">"You sign in with it from then on. The account’s sessions in other browsers end."</p>
                    }
                    .into_any()
                } else {
                    view! {
                        <p>"Is " <Address email/> " your address, and did you open the account " {name} " on Guildhall?"</p>
                    }
                    .into_any()
                };
                view! {
                    <form class="panel stack" method="post" action="/confirm-email/link">
                        <input type="hidden" name="secret" value=secret/>
                        {question}
                        <p class="muted">"If not, close this page: nothing happens."</p>
                        <div class="actions">
                            <button class="btn btn-primary" type="submit">"Yes, confirm this address"</button>
                        </div>
                    </form>
                }
                .into_any()
            }
            LinkState::Confirmed { next, label } => view! {
                <section class="panel stack">
                    <p><Address email/> " is confirmed. You can now use everything on Guildhall."</p>
                    <div class="actions"><a class="btn btn-primary" href=next>{label}</a></div>
                </section>
            }
            .into_any(),
        };
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head"><h1>{unbroken_email(heading)}</h1></header>
                {content}
            </div>
        }
        .into_any()
    }
}

impl ConfirmEmail {
    const fn heading(&self) -> &'static str {
        match self.state {
            LinkState::Ask { .. } => "Confirm your e-mail address",
            LinkState::Confirmed { .. } => "Your e-mail address is confirmed",
        }
    }
}
