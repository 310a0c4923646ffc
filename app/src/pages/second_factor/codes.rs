use crate::{
    components::{Callout, OneTimeSecret, Tone},
    pages::Page,
};
use leptos::prelude::*;

/// New recovery codes; this is the only page that shows them.
#[derive(Debug, Clone)]
pub struct RecoveryCodes {
    /// One on each line.
    pub codes: String,
    /// True right after two-factor authentication was turned on.
    pub is_first: bool,
}

impl Page for RecoveryCodes {
    fn title(&self) -> String {
        "Your recovery codes".to_owned()
    }

    fn description(&self) -> String {
        "Codes that sign you in to Guildhall without your phone.".to_owned()
    }

    fn is_indexed(&self) -> bool {
        false
    }

    fn body(self) -> AnyView {
        let Self { codes, is_first } = self;
        let done = if is_first {
            "Two-factor authentication is on, and all other sessions have ended."
        } else {
            "Your recovery codes are renewed. The old ones no longer work."
        };
        view! {
            <div class="wrap wrap-small page">
                <div class="stack stack-lg">
                    <header class="page-head mb-0">
                        <h1>"Your recovery codes"</h1>
                    </header>
                    <Callout kind=Tone::Success>{done}</Callout>
                    <section class="panel panel-strong stack" aria-labelledby="codes-title">
                        <h2 class="panel-title mb-0" id="codes-title">"Save them now"</h2>
                        <p>
                            "Without your phone, each of these codes signs you in once. They are not shown again. If you lose both your phone and the codes, you can’t sign in."
                        </p>
                        <OneTimeSecret
                            id="recovery_codes"
                            label="Recovery codes"
                            help="Print them, or keep them in your password manager, but not on the phone with the app."
                            rows=10
                            secret=codes
                        />
                    </section>
                    <p><a class="btn btn-primary" href="/account/two-factor">"I have saved them"</a></p>
                </div>
            </div>
        }
        .into_any()
    }
}
