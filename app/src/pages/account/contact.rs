use crate::{
    chrome::use_chrome,
    components::{FormKey, TextField, UserText},
    form::Form,
};
use guildhall::account::Contact;
use leptos::prelude::*;

/// The form for the account's name, and its e-mail address with a link to the page that changes it.
#[component]
pub(super) fn NameAndEmail(
    contact: Contact,
    /// The address that replaces the present one once it is confirmed.
    pending_email: Option<String>,
    form: Form,
) -> impl IntoView {
    let key = form.key();
    let is_confirmed = use_chrome()
        .viewer
        .is_none_or(|viewer| viewer.has_confirmed_email);
    let unconfirmed = (!is_confirmed).then(|| {
        view! {
            <p class="muted">
                "Not confirmed yet. " <a class="link" href="/confirm-email">"Confirm it"</a>
                " before you publish a project or bid."
            </p>
        }
    });
    let pending = pending_email.map(|email| {
        view! {
            <p class="muted">
                "Changes to " <strong class="break-words"><UserText text=email/></strong>
                " once you open the link in the e-mail that we sent there."
            </p>
        }
    });
    view! {
        <section class="panel" aria-labelledby="contact-title">
            <h2 class="panel-title" id="contact-title">"Name and e-mail"</h2>
            <form class="form" method="post" action="/account/name">
                <FormKey key/>
                <TextField
                    name="name"
                    label="Name"
                    help="Your own name or your firm's. A new name also appears on your earlier projects and bids."
                    autocomplete="name"
                    form
                />
                <div class="actions">
                    <button class="btn btn-primary" type="submit">"Save name"</button>
                </div>
            </form>
            <div class="session mt-6 pb-0">
                <div class="min-w-0">
                    <strong>"E-mail address"</strong>
                    <p class="break-words"><UserText text=contact.email/></p>
                    {unconfirmed} {pending}
                </div>
                <a class="btn btn-sm btn-outline" href="/account/email">"Change e-mail address"</a>
            </div>
        </section>
    }
}
