//! What was typed into a form that could be neither processed nor saved, so that it can be copied.

use super::Page;
use crate::components::{Callout, Tone, field_label, textarea_html};
use leptos::prelude::*;

/// The texts of a form whose sender has to sign in or to confirm an address first, and that could not be saved.
#[derive(Debug, Clone)]
pub struct UnsavedForm {
    /// The fields' names, each with its text.
    pub texts: Vec<(String, String)>,
    /// False if the sender's address has to be confirmed.
    pub is_signed_out: bool,
    /// The path of the page to go on to.
    pub next: String,
}

impl UnsavedForm {
    const fn heading(&self) -> &'static str {
        match self.is_signed_out {
            true => "Copy your text and sign in again",
            false => "Copy your text and confirm your e-mail address",
        }
    }
}

impl Page for UnsavedForm {
    fn title(&self) -> String {
        self.heading().to_owned()
    }

    fn description(&self) -> String {
        "What you typed, so that you can copy it before you go on.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let heading = self.heading();
        let Self {
            texts,
            is_signed_out,
            next,
        } = self;
        let (why, label) = match is_signed_out {
            true => ("You are signed out, so", "Sign in"),
            false => (
                "Your e-mail address is not confirmed, so",
                "Confirm your address",
            ),
        };
        let texts = texts.into_iter().map(text).collect_view();
        view! {
            <div class="wrap wrap-narrow page">
                <header class="page-head"><h1>{heading}</h1></header>
                <section class="panel stack">
                    <Callout kind=Tone::Warning>
                        {why} " what you sent was not processed, and it could not be kept for you either. Copy your text, and paste it into the form again afterwards."
                    </Callout>
                    {texts}
                    <div class="actions"><a class="btn btn-primary" href=next>{label}</a></div>
                </section>
            </div>
        }
        .into_any()
    }
}

fn text((name, text): (String, String)) -> impl IntoView {
    view! {
        <div class="field">
            <label class="field-label" for=name.clone()>{field_label(&name)}</label>
            <textarea
                class="textarea textarea-short"
                id=name
                rows="4"
                readonly=true
                dir="auto"
                inner_html=textarea_html(&text)
            ></textarea>
        </div>
    }
}
