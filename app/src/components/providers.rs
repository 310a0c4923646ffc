//! Buttons to sign in through providers.

use leptos::prelude::*;

/// A provider as shown on its button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderChoice {
    /// The provider's name in URLs.
    pub slug: String,
    pub label: String,
}

/// A button for each provider; `next` is the path to continue to, or empty. Renders nothing without providers.
#[component]
pub fn ProviderButtons(
    providers: Vec<ProviderChoice>,
    #[prop(into)] next: String,
) -> impl IntoView {
    let buttons = providers
        .into_iter()
        .map(|provider| {
            let path = provider_path(&provider.slug, &[("next", &next)]);
            view! { <li><a class="btn btn-outline btn-wide" href=path rel="nofollow">"Continue with " {provider.label}</a></li> }
        })
        .collect_view();
    (!buttons.is_empty()).then(|| {
        view! {
            <section class="panel mt-6" aria-labelledby="providers-title">
                <h2 class="panel-title" id="providers-title">"Other ways to continue"</h2>
                <ul class="stack stack-sm">{buttons}</ul>
            </section>
        }
    })
}

/// The path that starts a sign-in with the provider. Empty parameters are omitted.
#[must_use]
pub fn provider_path(slug: &str, parameters: &[(&str, &str)]) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters.iter().filter(|(_, value)| !value.is_empty()))
        .finish();
    if query.is_empty() {
        format!("/sign-in/with/{slug}")
    } else {
        format!("/sign-in/with/{slug}?{query}")
    }
}
