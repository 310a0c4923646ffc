use super::Page;
use leptos::prelude::*;

/// The rules of the auction in plain words.
#[derive(Debug, Clone)]
pub struct HowItWorks;

impl Page for HowItWorks {
    fn title(&self) -> String {
        "How it works".to_owned()
    }

    fn body(self) -> AnyView {
        ().into_any()
    }
}
