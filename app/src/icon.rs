//! Icons.
//!
//! All icons are decorative: text next to them carries the meaning. Each sets its size in pixels, because an SVG
//! without a size fills the page if the style sheet fails to load.

use leptos::prelude::*;

/// An icon by name: check, alert, info, x, menu, search, back, system, sun, moon, user or bell. Any other name draws
/// nothing.
#[component]
pub fn Icon(name: &'static str) -> impl IntoView {
    view! {
        <svg
            class="icon"
            width="20"
            height="20"
            viewBox="0 0 20 20"
            fill="none"
            stroke="currentColor"
            stroke-width="1.8"
            aria-hidden="true"
            focusable="false"
            inner_html=strokes(name)
        ></svg>
    }
}

/// Guildhall's mark: a stepped gable whose last step is brass.
#[cfg(feature = "ssr")]
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg
            class="mark"
            width="32"
            height="32"
            viewBox="0 0 16 16"
            fill="currentColor"
            aria-hidden="true"
            focusable="false"
        >
            <path d="M6 1h4v3h2v11H9v-3a1 1 0 0 0-2 0v3H2V7h2V4h2z"></path>
            <path class="mark-step" d="M12 7h2v8h-2z"></path>
        </svg>
    }
}

/// Returns the SVG elements of an icon. Those that no island draws are compiled for the server only, which keeps them
/// out of the browser's download.
fn strokes(name: &str) -> &'static str {
    match name {
        #[cfg(feature = "ssr")]
        "check" => r#"<path d="m4 10.5 4 4 8-9"/>"#,
        "alert" => r#"<path d="M10 2.5 18.5 17h-17zM10 8v4M10 14.2v.3"/>"#,
        #[cfg(feature = "ssr")]
        "info" => r#"<circle cx="10" cy="10" r="7.5"/><path d="M10 9v5M10 6v.3"/>"#,
        #[cfg(feature = "ssr")]
        "x" => r#"<path d="m5 5 10 10M15 5 5 15"/>"#,
        #[cfg(feature = "ssr")]
        "menu" => r#"<path d="M3 6h14M3 10h14M3 14h14"/>"#,
        #[cfg(feature = "ssr")]
        "search" => r#"<circle cx="9" cy="9" r="5.5"/><path d="m13.2 13.2 4 4"/>"#,
        #[cfg(feature = "ssr")]
        "back" => r#"<path d="m12 4-6 6 6 6"/>"#,
        "system" => r#"<rect x="2.5" y="3.5" width="15" height="10" rx="1"/><path d="M7 17h6"/>"#,
        "sun" => {
            r#"<circle cx="10" cy="10" r="3.5"/><path d="M10 1.8v2M10 16.2v2M1.8 10h2M16.2 10h2M4.2 4.2l1.4 1.4M14.4 14.4l1.4 1.4M15.8 4.2l-1.4 1.4M5.6 14.4l-1.4 1.4"/>"#
        }
        "moon" => r#"<path d="M16.5 12A7 7 0 0 1 8 3.5a7 7 0 1 0 8.5 8.5z"/>"#,
        #[cfg(feature = "ssr")]
        "user" => r#"<circle cx="10" cy="6.5" r="3.5"/><path d="M3 17.5c1-4 4-5 7-5s6 1 7 5"/>"#,
        #[cfg(feature = "ssr")]
        "bell" => {
            r#"<path d="M5 14V9a5 5 0 0 1 10 0v5l1.5 1.5h-13zM8.2 15.5a1.8 1.8 0 0 0 3.6 0"/>"#
        }
        _ => "",
    }
}
