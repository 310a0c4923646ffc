use crate::{
    components::{Callout, OneTimeSecret, Tone, UserText},
    writes::CreatedToken,
};
use leptos::prelude::*;

/// The new token, shown once in a focused field for copying, and a command that uses it.
#[component]
pub(super) fn NewTokenNotice(created: CreatedToken) -> impl IntoView {
    let CreatedToken {
        name,
        token,
        command,
    } = created;
    view! {
        <section class="panel panel-strong stack" aria-labelledby="minted-title">
            <h2 class="panel-title mb-0" id="minted-title">"Your new token"</h2>
            <Callout kind=Tone::Success>
                <strong><UserText text=name/> " is ready. Copy it now: it will not be shown again."</strong>
            </Callout>
            <OneTimeSecret
                id="new_token"
                label="Token"
                help="Keep it like a password: whoever has it can do what it allows, until it expires or you revoke it."
                rows=2
                secret=token
            />
            <div class="field">
                <p class="field-label">"Try it in a terminal"</p>
                <pre class="code-block"><code>{command}</code></pre>
            </div>
        </section>
    }
}
