use super::Page;
use leptos::prelude::*;

/// Leads on to a provider after a form: a browser that keeps to our policy follows no redirect from there to another site.
#[derive(Debug, Clone)]
pub struct Onward {
    /// The provider's name.
    pub provider: String,
    /// Where it asks who somebody is.
    pub url: String,
}

impl Page for Onward {
    fn title(&self) -> String {
        format!("On to {}", self.provider)
    }

    fn description(&self) -> String {
        format!("Continue from Guildhall to {}.", self.provider)
    }

    fn body(self) -> AnyView {
        let Self { provider, url } = self;
        view! {
            <div class="wrap wrap-small page">
                <header class="page-head">
                    <h1>"On to " {provider.clone()}</h1>
                    <p class="lead">"You are led on in a moment. If nothing happens, go on yourself."</p>
                </header>
                <a class="btn btn-primary" href=url>"Continue to " {provider}</a>
            </div>
        }
        .into_any()
    }
}
