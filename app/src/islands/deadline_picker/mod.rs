//! Help with choosing a deadline: presets, and the chosen moment as text before the form is
//! sent.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(feature = "hydrate")]
mod wall;

use super::{ready::ready, signals};
use leptos::{html, prelude::*};

/// How many days each preset is ahead, and its label.
const PRESETS: [(u8, &str); 4] = [
    (1, "In 1 day"),
    (3, "In 3 days"),
    (7, "In 1 week"),
    (14, "In 2 weeks"),
];

/// The choices between two equal hours: value and label.
const HOURS: [(&str, &str); 2] = [
    ("first", "The first, before clocks are set back: "),
    ("second", "The second, after clocks were set back: "),
];

/// Wraps the form's fields `deadline` and `time_zone`, and adds `deadline_hour`.
#[island]
pub fn DeadlinePicker(
    /// The server's clock when the page was rendered, in milliseconds since the epoch.
    now_ms: i64,
    /// The two times in UTC if clocks show the chosen time twice, because they are set back; otherwise empty.
    doubled: Vec<String>,
    /// Which of the two hours was chosen, or empty.
    hour: String,
    children: Children,
) -> impl IntoView {
    let doubled = RwSignal::new(doubled);
    let has_presets = RwSignal::new(false);
    let (text, is_wrong) = (RwSignal::new(String::new()), RwSignal::new(false));
    let presets = NodeRef::<html::Fieldset>::new();
    #[cfg(feature = "hydrate")]
    let picker = browser::Picker {
        rendered_ms: now_ms as f64,
        presets,
        has_presets,
        doubled,
        text,
        is_wrong,
    };
    #[cfg(feature = "hydrate")]
    signals::effect(move || picker.start());
    #[cfg(not(feature = "hydrate"))]
    let _ = (now_ms, is_wrong);
    let buttons = PRESETS
        .map(|(days, label)| {
            view! {
                <button
                    class="chip"
                    type="button"
                    on:click=move |_| {
                        #[cfg(feature = "hydrate")]
                        picker.set(days);
                        #[cfg(not(feature = "hydrate"))]
                        let _ = days;
                    }
                >
                    {label}
                </button>
            }
        })
        .collect_view();
    let hours = HOURS
        .map(|(value, label)| {
            let is_second = value != "first";
            let utc = move || {
                doubled.with(|utc| utc.get(usize::from(is_second)).cloned().unwrap_or_default())
            };
            view! {
                <label class="choice">
                    <input class="radio" type="radio" name="deadline_hour" value=value checked=hour == value/>
                    <span class="choice-title">{label} {signals::text(utc)} " UTC"</span>
                </label>
            }
        })
        .collect_view();
    let class = signals::one_of(move || {
        if is_wrong.get() {
            "field-error"
        } else {
            "hint"
        }
    });
    view! {
        <div
            class="stack"
            data-ready=ready()
            on:input=move |_| {
                #[cfg(feature = "hydrate")]
                picker.describe();
            }
        >
            {children()}
            <fieldset class="field" data-doubled="" hidden=signals::flag(move || doubled.with(Vec::is_empty))>
                <legend class="field-label">"Clocks are set back on that day and show this time twice. Which do you mean?"</legend>
                <div class="choices">{hours}</div>
            </fieldset>
            <fieldset
                node_ref=presets
                class="chips"
                hidden=signals::flag(move || !has_presets.get())
            >
                <legend class="sr-only">"Set the deadline to"</legend>
                {buttons}
            </fieldset>
            <p class=class aria-live="polite">
                {signals::text(move || text.get())}
            </p>
        </div>
    }
}
