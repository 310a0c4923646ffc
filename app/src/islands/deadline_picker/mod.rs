//! Help with choosing a deadline: the visitor's own zone, presets, and the moment in words before the form is sent.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
mod wall;

use leptos::{html, prelude::*};

/// Server markup with `input#deadline` and `select#time_zone`, and help that only works in a browser.
#[cfg(feature = "ssr")]
#[component]
pub fn DeadlinePicker(
    /// The server's clock when the page was made, in milliseconds since the epoch.
    now_ms: f64,
    /// Whether the zone was chosen already, so that it is not replaced by the browser's.
    keep_zone: bool,
    children: Children,
) -> impl IntoView {
    let presets = [("1", "In 1 day"), ("3", "In 3 days"), ("7", "In 1 week"), ("14", "In 2 weeks")]
        .map(|(days, words)| view! { <button class="chip" type="button" data-days=days>{words}</button> })
        .collect_view();
    view! {
        <DeadlinePickerIsland>
            <div class="stack" data-now-ms=now_ms.to_string() data-keep-zone=keep_zone.then_some("true")>
                {children()}
                <div class="chips" role="group" aria-label="Set the deadline to" hidden>
                    {presets}
                </div>
                <p class="hint" aria-live="polite"></p>
            </div>
        </DeadlinePickerIsland>
    }
}

#[island]
fn DeadlinePickerIsland(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, browser::wake);
    view! { <div node_ref=root>{children()}</div> }
}
