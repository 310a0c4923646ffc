use super::Page;
use leptos::prelude::*;

/// Continues to a provider after a form. It is a page because, under our content security policy, browsers do not
/// follow a form's redirect to another site.
#[derive(Debug, Clone)]
pub struct ProviderRedirect {
    /// The provider's name.
    pub provider: String,
    /// The provider's authorization URL.
    pub url: String,
}

impl Page for ProviderRedirect {
    fn title(&self) -> String {
        format!("Continue to {}", self.provider)
    }

    fn description(&self) -> String {
        format!("Continue from Guildhall to {}.", self.provider)
    }

    fn body(self) -> AnyView {
        let Self { provider, url } = self;
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <h1>"Continue to " {provider.clone()}</h1>
                    <p class="lead">"You will be redirected in a moment. If nothing happens, use the button."</p>
                </header>
                <a class="btn btn-primary" href=url>"Continue to " {provider}</a>
            </div>
        }
        .into_any()
    }
}
