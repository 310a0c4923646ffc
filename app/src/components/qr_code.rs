//! A QR code, drawn on the server.

use fast_qr::qr::QRBuilder;
use leptos::prelude::*;
use std::fmt::Write;

/// The light margin that readers need, in modules (ISO/IEC 18004).
const QUIET_ZONE: usize = 4;

/// The text as a QR code, dark on light in every theme; nothing if it is too long for one.
#[component]
pub fn QrCode(text: String, label: &'static str) -> impl IntoView {
    outline(&text).map(|(outline, size)| {
        view! {
            <svg class="qr-code" viewBox=format!("0 0 {size} {size}") role="img" aria-label=label>
                <rect width=size.to_string() height=size.to_string() fill="#fff"></rect>
                <path d=outline fill="#000" shape-rendering="crispEdges"></path>
            </svg>
        }
    })
}

/// A path around the dark modules, and the width of the whole with its margin.
fn outline(text: &str) -> Option<(String, usize)> {
    let code = QRBuilder::new(text).build().ok()?;
    let mut path = String::new();
    for y in 0..code.size {
        for x in (0..code.size).filter(|x| code[y][*x].value()) {
            let (x, y) = (x + QUIET_ZONE, y + QUIET_ZONE);
            write!(path, "M{x} {y}h1v1h-1z").ok()?;
        }
    }
    Some((path, code.size + 2 * QUIET_ZONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_no_code_is_left_out() {
        assert!(outline(&"x".repeat(1_000)).is_some());
        assert_eq!(outline(&"x".repeat(3_000)), None);
    }

    #[test]
    fn the_code_has_its_finder_pattern_inside_the_margin() {
        let (path, size) = outline("guildhall").expect("the text is short");
        assert_eq!(size, 21 + 2 * QUIET_ZONE);
        assert!(path.starts_with("M4 4h1v1h-1z"));
        assert!(!path.contains("M3 "));
    }
}
