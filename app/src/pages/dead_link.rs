use super::Page;
use leptos::prelude::*;

/// A link from a letter that does nothing: it was used, has expired, is not one of ours, or is for an address that another
/// account holds.
#[derive(Debug, Clone)]
pub struct DeadLink {
    /// What is wrong with it.
    pub message: String,
    /// The path where to get a new one, and what its button says.
    pub next: String,
    pub label: &'static str,
}

impl Page for DeadLink {
    fn title(&self) -> String {
        "This link doesn't work".to_owned()
    }

    fn description(&self) -> String {
        "A link from an e-mail that no longer works.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self {
            message,
            next,
            label,
        } = self;
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head"><h1>"This link doesn't work"</h1></header>
                <section class="panel stack">
                    <p>{message} " Nothing has changed."</p>
                    <div class="actions"><a class="btn btn-primary" href=next>{label}</a></div>
                </section>
            </div>
        }
        .into_any()
    }
}
