//! The preview of a project's description.

use super::{ready::ready, signals};
use crate::writes::{RefusalKind, Refused, preview_description};
use leptos::{html, prelude::*};

/// The button that shows the preview, and the preview. Without JavaScript the button sends the form to `action`, and
/// the page is shown again with the preview.
#[island(lazy)]
pub fn DescriptionPreview(
    action: String,
    /// Sanitized HTML of the description.
    preview: Option<String>,
) -> impl IntoView {
    let (button, section) = (
        NodeRef::<html::Button>::new(),
        NodeRef::<html::Section>::new(),
    );
    let rendering = Action::new(|text: &String| preview_description(text.clone()));
    let shown = RwSignal::new(preview);
    // True if the browser has to send the form, because the page is outdated or the session has ended.
    let is_plain = RwSignal::new(false);
    let refused = RwSignal::new(None::<Refused>);
    Effect::new(move |_| match rendering.value().get() {
        Some(Ok(html)) => {
            refused.set(None);
            shown.set(Some(html));
            // Focuses the preview, as the page without JavaScript does. It is hidden until the next frame.
            request_animation_frame(move || {
                if let Some(section) = section.get_untracked() {
                    let _ = section.focus();
                }
            });
        }
        Some(Err(error)) => {
            is_plain.set(matches!(
                error.kind,
                RefusalKind::SignInRequired | RefusalKind::Outdated
            ));
            if error.kind == RefusalKind::SignInRequired
                && let Some(button) = button.get_untracked()
            {
                button.click();
            }
            refused.set(Some(error));
        }
        None => {}
    });
    let problem = move || {
        refused.with(|refused| {
            let refused = refused.as_ref()?;
            let message = refused.field("description").unwrap_or(&refused.message);
            Some(message.to_owned())
        })
    };
    view! {
        <div class="stack" data-ready=ready()>
            <div class="actions">
                <button
                    node_ref=button
                    class="btn btn-sm btn-outline"
                    type="submit"
                    name="intent"
                    value="preview"
                    formaction=format!("{action}#preview")
                    on:click=move |event| {
                        if !is_plain.get_untracked() {
                            event.prevent_default();
                            #[cfg(feature = "hydrate")]
                            if let Some(text) = button.get_untracked().and_then(|button| description(&button)) {
                                rendering.dispatch(text);
                            }
                        }
                    }
                >
                    "Preview description"
                </button>
            </div>
            <p class="field-error" role="alert" hidden=signals::flag(move || problem().is_none())>
                {signals::text(move || problem().unwrap_or_default())}
            </p>
            <section
                node_ref=section
                class="preview"
                id="preview"
                tabindex="-1"
                aria-label="Preview of the description"
                hidden=signals::flag(move || shown.with(Option::is_none))
            >
                <p class="preview-label">"Preview"</p>
                // The server sanitized it.
                <div class="prose" dir="auto" inner_html=signals::text(move || shown.get().unwrap_or_default())></div>
            </section>
        </div>
    }
}

/// The description in the button's form.
#[cfg(feature = "hydrate")]
fn description(button: &web_sys::HtmlButtonElement) -> Option<String> {
    let fields = web_sys::FormData::new_with_form(&button.form()?).ok()?;
    fields.get("description").as_string()
}
