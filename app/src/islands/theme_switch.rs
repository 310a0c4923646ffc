//! The choice of colours, which shows at once and is remembered.

use super::icon;
use leptos::{html, prelude::*};

/// Every choice: its name in the cookie and the form, its words, its icon and the style sheet's name for it.
const THEMES: [(&str, &str, &str, Option<&str>); 3] = [
    (
        "system",
        "System",
        r#"<rect x="2.5" y="3.5" width="15" height="10" rx="1"/><path d="M7 17h6"/>"#,
        None,
    ),
    (
        "light",
        "Light",
        r#"<circle cx="10" cy="10" r="3.5"/><path d="M10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M15.8 4.2l-1.4 1.4M5.6 14.4l-1.4 1.4"/>"#,
        Some("guildhall-light"),
    ),
    (
        "dark",
        "Dark",
        r#"<path d="M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z"/>"#,
        Some("guildhall-dark"),
    ),
];

/// Three buttons: as the device has it, light or dark. On every page, so it also remembers the visitor's time zone.
#[island]
pub fn ThemeSwitch(
    /// The choice in force: `system`, `light` or `dark`.
    current: String,
    /// The page to come back to when there is no JavaScript.
    back: String,
) -> impl IntoView {
    let root = NodeRef::<html::Form>::new();
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, |_| super::dom::remember_zone());
    let buttons = THEMES
        .into_iter()
        .map(|(name, words, strokes, attribute)| {
            let pressed = if name == current { "true" } else { "false" };
            view! {
                <button
                    class="theme-option"
                    type="submit"
                    name="theme"
                    value=name
                    aria-pressed=pressed
                    on:click=move |event| {
                        event.prevent_default();
                        choose(name, attribute);
                    }
                >
                    {icon(strokes)}
                    <span>{words}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <form class="theme-switch" method="post" action="/settings/theme" aria-label="Colour theme" node_ref=root>
            <input type="hidden" name="back" value=back/>
            {buttons}
        </form>
    }
}

#[cfg(feature = "hydrate")]
fn choose(name: &str, attribute: Option<&str>) {
    use wasm_bindgen::JsCast;

    super::dom::remember("theme", name);
    if let Some(html) = document().document_element() {
        let _ = match attribute {
            Some(attribute) => html.set_attribute("data-theme", attribute),
            None => html.remove_attribute("data-theme"),
        };
    }
    // A page may have two switches, and islands share no state: the document is what they agree on.
    let Ok(buttons) = document().query_selector_all(".theme-option") else {
        return;
    };
    for button in (0..buttons.length()).filter_map(|i| buttons.get(i)) {
        let button: web_sys::HtmlButtonElement = button.unchecked_into();
        let _ = button.set_attribute(
            "aria-pressed",
            if button.value() == name {
                "true"
            } else {
                "false"
            },
        );
    }
}

/// No browser, no click.
#[cfg(not(feature = "hydrate"))]
const fn choose(_name: &str, _attribute: Option<&str>) {}
