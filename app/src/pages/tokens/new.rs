use crate::{
    chrome::{Chrome, use_chrome},
    components::{Field, FormKey, ScopeChoices, TextField, control_attributes},
    form::Form,
};
use guildhall::token::Scopes;
use leptos::prelude::*;
use time::Duration;

/// The lifetimes that the form offers, in days.
const DAYS: [i64; 4] = [7, 30, 90, 366];

/// The form that creates a token, with the scopes that the visitor's role can use.
#[component]
pub(super) fn NewToken(form: Form) -> impl IntoView {
    let role = use_chrome().viewer.map(|viewer| viewer.role);
    let scopes = role.map_or_else(Scopes::all, Scopes::of_role);
    view! {
        <section class="panel" aria-labelledby="create-title">
            <h2 class="panel-title" id="create-title">"Create a token"</h2>
            <form class="form" method="post" action="/account/tokens" novalidate>
                <FormKey key=form.key()/>
                <TextField
                    name="name"
                    label="Name"
                    help="What the token is for, such as the script or computer that will use it."
                    autocomplete="off"
                    form=form.clone()
                />
                <ScopeChoices
                    scopes
                    legend="What it may do"
                    help="Tick only what it needs."
                    form=form.clone()
                />
                <DaysField form/>
                <div class="actions">
                    <button class="btn btn-primary" type="submit">"Create token"</button>
                </div>
            </form>
        </section>
    }
}

#[component]
fn DaysField(form: Form) -> impl IntoView {
    let Chrome { zone, now, .. } = use_chrome();
    let (described, invalid) = control_attributes("days", true, &form);
    let chosen = form.value("days");
    let options = DAYS
        .into_iter()
        .map(|days| {
            let value = days.to_string();
            let text = format!(
                "{days} days, until {}",
                zone.day(now + Duration::days(days))
            );
            let selected = value == chosen;
            view! { <option value=value selected=selected>{text}</option> }
        })
        .collect_view();
    view! {
        <Field name="days" label="Valid for" help="The token then expires. You can also revoke it earlier." form>
            <select class="select" id="days" name="days" aria-describedby=described aria-invalid=invalid>
                {options}
            </select>
        </Field>
    }
}
