//! The choice of colours, which shows at once and is remembered.

#[cfg(feature = "ssr")]
use crate::components::Icon;
use leptos::{html, prelude::*};

/// Three buttons: as the device has it, light or dark. On every page, so it also remembers the visitor's time zone.
#[cfg(feature = "ssr")]
#[component]
pub fn ThemeSwitch(
    /// The choice in force: `system`, `light` or `dark`.
    current: String,
    /// The page to come back to when there is no JavaScript.
    back: String,
) -> impl IntoView {
    let buttons = [
        ("system", "System", "system"),
        ("light", "Light", "sun"),
        ("dark", "Dark", "moon"),
    ]
    .map(|(name, words, icon)| {
        let pressed = if name == current { "true" } else { "false" };
        view! {
            <button class="theme-option" type="submit" name="theme" value=name aria-pressed=pressed>
                <Icon name=icon/>
                <span>{words}</span>
            </button>
        }
    })
    .collect_view();
    view! {
        <ThemeSwitchIsland>
            <form class="theme-switch" method="post" action="/settings/theme" aria-label="Colour theme">
                <input type="hidden" name="back" value=back/>
                {buttons}
            </form>
        </ThemeSwitchIsland>
    }
}

#[island]
fn ThemeSwitchIsland(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, browser::wake);
    view! { <div node_ref=root>{children()}</div> }
}

#[cfg(feature = "hydrate")]
mod browser {
    use crate::islands::dom::{all, on, remember, remember_zone};
    use leptos::prelude::document;
    use web_sys::{HtmlButtonElement, HtmlElement};

    pub fn wake(root: &HtmlElement) {
        remember_zone();
        for button in all::<HtmlButtonElement>(root, ".theme-option") {
            on(&button.clone(), "click", move |event| {
                event.prevent_default();
                choose(&button.value());
            });
        }
    }

    fn choose(theme: &str) {
        remember("theme", theme);
        let Some(html) = document().document_element() else {
            return;
        };
        let _ = match theme {
            "light" => html.set_attribute("data-theme", "guildhall-light"),
            "dark" => html.set_attribute("data-theme", "guildhall-dark"),
            _ => html.remove_attribute("data-theme"),
        };
        // A page may have two switches, and islands share no state: the document is what they agree on.
        for button in all::<HtmlButtonElement>(&html, ".theme-option") {
            let _ = button.set_attribute(
                "aria-pressed",
                if button.value() == theme {
                    "true"
                } else {
                    "false"
                },
            );
        }
    }
}
