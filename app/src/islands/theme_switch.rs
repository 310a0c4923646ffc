//! The choice of a color theme. It takes effect at once and is stored.

use super::{ready::ready, signals};
use crate::{icon::Icon, theme::Theme};
use leptos::prelude::*;

/// Three buttons: the device's theme, light or dark. The island sets the cookie itself and sends no request. Without
/// JavaScript the form is posted.
#[island]
pub fn ThemeSwitch(
    /// The current choice.
    current: Theme,
    /// The page to return to, without JavaScript.
    back: String,
) -> impl IntoView {
    let chosen = shared(current);
    let option = move |theme: Theme, label: &'static str, icon: &'static str| {
        let is_pressed = {
            let chosen = chosen.clone();
            signals::one_of(move || {
                if chosen.get() == theme {
                    "true"
                } else {
                    "false"
                }
            })
        };
        #[cfg_attr(
            not(feature = "hydrate"),
            expect(unused_variables, reason = "there are no clicks on the server")
        )]
        let chosen = chosen.clone();
        view! {
            <button
                class="theme-option"
                type="submit"
                name="theme"
                value=theme.name()
                aria-pressed=is_pressed
                on:click=move |event| {
                    event.prevent_default();
                    #[cfg(feature = "hydrate")]
                    choose(&chosen, theme);
                }
            >
                <Icon name=icon/>
                <span>{label}</span>
            </button>
        }
    };
    view! {
        <form
            class="theme-switch"
            method="post"
            action="/settings/theme"
            aria-label="Colour theme"
            data-ready=ready()
        >
            <input type="hidden" name="back" value=back/>
            {option(Theme::System, "System", "system")}
            {option(Theme::Light, "Light", "sun")}
            {option(Theme::Dark, "Dark", "moon")}
        </form>
    }
}

/// The choice, shared by all switches of a page.
#[cfg(feature = "hydrate")]
fn shared(current: Theme) -> ArcRwSignal<Theme> {
    thread_local! {
        static CHOSEN: std::cell::OnceCell<ArcRwSignal<Theme>> = const { std::cell::OnceCell::new() };
    }
    CHOSEN.with(|chosen| chosen.get_or_init(|| ArcRwSignal::new(current)).clone())
}

#[cfg(not(feature = "hydrate"))]
fn shared(current: Theme) -> ArcRwSignal<Theme> {
    ArcRwSignal::new(current)
}

#[cfg(feature = "hydrate")]
fn choose(chosen: &ArcRwSignal<Theme>, theme: Theme) {
    chosen.set(theme);
    super::dom::remember("theme", theme.name());
    if let Some(html) = document().document_element() {
        let _ = match theme.attribute() {
            Some(name) => html.set_attribute("data-theme", name),
            None => html.remove_attribute("data-theme"),
        };
    }
}
