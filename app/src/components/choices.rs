//! Fields that consist of several controls, with a shared legend, help and error.

use super::field_error;
use crate::form::Form;
use leptos::prelude::*;

/// A legend, a help text and the field's error above controls that share a name. The first control's `id` is the
/// field's name, because the error summary links to it.
#[component]
pub fn FieldGroup(
    name: &'static str,
    legend: &'static str,
    help: &'static str,
    form: Form,
    children: Children,
) -> impl IntoView {
    let (class, described) = if form.error(name).is_some() {
        ("field field-invalid", format!("{name}-help {name}-error"))
    } else {
        ("field", format!("{name}-help"))
    };
    view! {
        <fieldset class=class aria-describedby=described>
            <legend class="field-label">{legend}</legend>
            <p class="field-help" id=format!("{name}-help")>{help}</p>
            {field_error(name, &form)}
            {children()}
        </fieldset>
    }
}

/// An option shown as a card.
#[derive(Debug, Clone, Copy)]
pub struct Card {
    /// The submitted value.
    pub value: &'static str,
    pub title: &'static str,
    pub description: &'static str,
}

/// Radio buttons, each with a title and a description. The form's value, if any, is selected.
#[component]
pub fn RadioCards(
    name: &'static str,
    legend: &'static str,
    help: &'static str,
    form: Form,
    cards: Vec<Card>,
) -> impl IntoView {
    let choices = cards
        .into_iter()
        .enumerate()
        .map(|(n, Card { value, title, description })| {
            let id = (n == 0).then_some(name);
            let checked = form.has(name, value);
            view! {
                <label class="choice">
                    <input class="radio" type="radio" id=id name=name value=value checked=checked/>
                    <span>
                        <span class="choice-title">{title}</span>
                        " "
                        <span class="choice-text">{description}</span>
                    </span>
                </label>
            }
        })
        .collect_view();
    view! {
        <FieldGroup name legend help form>
            <div class="choices">{choices}</div>
        </FieldGroup>
    }
}
