use super::FieldGroup;
use crate::form::Form;
use guildhall::token::Scopes;
use leptos::prelude::*;

/// The scopes in plain words, with their names in the API.
#[component]
pub fn ScopeDescriptions(scopes: Scopes) -> impl IntoView {
    let items = scopes
        .iter()
        .map(
            |scope| view! { <li>{scope.description()} " " <code class="hint">{scope.name()}</code></li> },
        )
        .collect_view();
    view! { <ul class="bullets">{items}</ul> }
}

/// Checkboxes for these scopes; the field `scopes`.
#[component]
pub fn ScopeChoices(
    scopes: Scopes,
    legend: &'static str,
    help: &'static str,
    form: Form,
) -> impl IntoView {
    let choices = scopes
        .iter()
        .enumerate()
        .map(|(n, scope)| {
            let id = (n == 0).then_some("scopes");
            let name = scope.name();
            let checked = form.has("scopes", name);
            view! {
                <label class="check">
                    <input class="checkbox" type="checkbox" id=id name="scopes" value=name checked=checked/>
                    <span>{capitalized(scope.description())} " " <code class="scope-name">{name}</code></span>
                </label>
            }
        })
        .collect_view();
    view! {
        <FieldGroup name="scopes" legend help form>
            <div class="stack stack-sm mt-2">{choices}</div>
        </FieldGroup>
    }
}

/// The text with its first letter in upper case.
pub fn capitalized(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}
