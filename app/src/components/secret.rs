use super::textarea_html;
use crate::islands::CopyButton;
use leptos::prelude::*;

/// A secret that is shown once, in a focused field, and a button that copies it.
#[component]
pub fn OneTimeSecret(
    id: &'static str,
    label: &'static str,
    help: &'static str,
    rows: u8,
    secret: String,
) -> impl IntoView {
    let described = format!("{id}-help");
    view! {
        <div class="field">
            <label class="field-label" for=id>{label}</label>
            <p class="field-help" id=described.clone()>{help}</p>
            // Some browsers' spell checkers send the text to a server.
            <textarea
                class="textarea token-field"
                id=id
                rows=rows.to_string()
                readonly=true
                autofocus=true
                autocomplete="off"
                spellcheck="false"
                aria-describedby=described
                inner_html=textarea_html(&secret)
            ></textarea>
        </div>
        <CopyButton text=secret label=format!("Copy {}", label.to_lowercase())/>
    }
}
