use crate::{
    components::{Notice, NoticeKind, UserText},
    islands::CopyButton,
    pages::project_form::textarea_html,
    writes::Minted,
};
use leptos::prelude::*;

/// The new token, shown once in a focused field for copying, and a command that uses it.
#[component]
pub(super) fn MintedToken(minted: Minted) -> impl IntoView {
    let Minted {
        name,
        token,
        command,
    } = minted;
    view! {
        <section class="panel panel-strong stack" aria-labelledby="minted-title">
            <h2 class="panel-title mb-0" id="minted-title">"Your new token"</h2>
            <Notice kind=NoticeKind::Success>
                <strong><UserText text=name/> " is ready. Copy it now: it will not be shown again."</strong>
            </Notice>
            <div class="field">
                <label class="field-label" for="new_token">"Token"</label>
                <p class="field-help" id="new_token-help">
                    "Keep it like a password: whoever has it can do what it allows, until it expires or you revoke it."
                </p>
                // Some browsers' spell checkers send the text to a server.
                <textarea
                    class="textarea token-field"
                    id="new_token"
                    rows="2"
                    readonly=true
                    autofocus=true
                    autocomplete="off"
                    spellcheck="false"
                    aria-describedby="new_token-help"
                    inner_html=textarea_html(&token)
                ></textarea>
            </div>
            <CopyButton text=token label="Copy token".to_owned()/>
            <div class="field">
                <p class="field-label">"Try it in a terminal"</p>
                <pre class="code-block"><code>{command}</code></pre>
            </div>
        </section>
    }
}
