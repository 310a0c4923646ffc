//! Preloads the two font files that every page needs, so that text seldom changes its font while it is read.

use leptos::prelude::*;
use std::sync::LazyLock;

/// The faces, as bin/fonts writes them.
const FACES: &str = include_str!("../../style/fonts.css");
/// The files for the characters of our own words.
const EVERY_PAGE_HAS: &str = "-latin.";

static PRELOADED: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let addresses = FACES.split("url(\"").skip(1);
    addresses
        .filter_map(|rest| rest.split_once('"'))
        .map(|(address, _)| address)
        .filter(|address| address.contains(EVERY_PAGE_HAS))
        .collect()
});

/// Links that load these fonts beside the style sheet, so that text seldom changes its font under the reader's eyes.
#[component]
pub(crate) fn FontPreloads() -> impl IntoView {
    PRELOADED
        .iter()
        .map(|address| view! { <link rel="preload" href=*address r#as="font" r#type="font/woff2" crossorigin/> })
        .collect_view()
}

#[cfg(test)]
mod tests {
    use super::PRELOADED;

    #[test]
    fn each_family_is_preloaded_once_and_upright() {
        let families: Vec<&str> = PRELOADED
            .iter()
            .filter_map(|address| address.split_once("-latin."))
            .map(|(family, _)| family)
            .collect();
        assert_eq!(
            families,
            ["/fonts/bricolage-grotesque", "/fonts/public-sans"]
        );
    }
}
