//! What the seller and the winner of an awarded project do next.

use crate::{
    components::{UserText, plain_amount},
    links::mail_about,
};
use guildhall::{account::Contact, award::Contacts, money::Money, project::Project};
use leptos::prelude::*;

/// The contact, the next steps and the documents, for the seller and the winner; empty for everybody else.
pub(in crate::pages) fn next_steps(
    project: &Project,
    contacts: &Contacts,
) -> Option<impl IntoView + use<>> {
    let price = project.lowest?;
    let (contact, title, greeting) = match contacts {
        Contacts::OfSeller(seller) => (
            seller,
            "You won this project",
            "The seller has your name and e-mail address too.",
        ),
        Contacts::OfWinner(winner) => (
            winner,
            "Your project has a winner",
            "They have your name and e-mail address too.",
        ),
        Contacts::Hidden => return None,
    };
    let (contact, id) = (contact.clone(), project.id);
    let subject = format!("Guildhall: {}", project.name);
    let write = (contact.address()).map(|address| mail_about(address, &subject));
    Some(view! {
        <section class="panel panel-strong win" aria-labelledby="next-steps">
            <h2 class="win-title" id="next-steps">{title} " for " {plain_amount(price)}</h2>
            <ol class="step-list win-steps">
                <li>{contact_step(contact, write, greeting)}</li>
                <li>{agreement(price)}</li>
                <li>
                    <strong>"Keep a record"</strong>
                    <p>"The award document has the price, both names and how the winner was determined."</p>
                    <p class="actions mt-3">
                        <a class="btn btn-sm btn-outline" href=format!("/projects/{id}/award")>"Award document"</a>
                        <a class="btn btn-sm btn-outline" href=format!("/projects/{id}/deadline.ics")>"Calendar entry"</a>
                    </p>
                </li>
            </ol>
        </section>
    })
}

fn contact_step(contact: Contact, write: Option<String>, greeting: &'static str) -> AnyView {
    let Contact { name, email } = contact;
    let Some(write) = write else {
        return view! {
            <strong><UserText text=name/></strong>
            <p>"Their account was erased, and with it their name and e-mail address. The result stays as it is."</p>
        }
        .into_any();
    };
    view! {
        <strong>"Write to " <UserText text=name/></strong>
        <p><a class="link" href=write.clone()><UserText text=email/></a> ". " {greeting}</p>
        <p class="actions mt-3">
            <a class="btn btn-primary" href=write>"Write an e-mail"</a>
        </p>
    }
    .into_any()
}

fn agreement(price: Money) -> impl IntoView {
    view! {
        <strong>"Agree on the rest"</strong>
        <p>
            "The price is fixed: " {plain_amount(price)} " for the whole project as it was published. Settle when the work starts, how it is handed over, and how it is paid."
        </p>
    }
}
