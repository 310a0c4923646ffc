//! The user interface. Pages and components are rendered only on the server; `islands` are also compiled to WASM and
//! hydrated in the browser.

// The types of views are deeply nested.
#![recursion_limit = "256"]

#[cfg(feature = "hydrate")]
mod fetch;
mod icon;
pub mod islands;
pub mod theme;
pub mod writes;

#[cfg(feature = "ssr")]
mod brief;
#[cfg(feature = "ssr")]
pub mod chrome;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
mod device_zone;
#[cfg(feature = "ssr")]
pub mod export_file;
#[cfg(feature = "ssr")]
mod fonts;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod links;
#[cfg(feature = "ssr")]
pub mod pages;

/// Hydrates the islands of the page that loaded this module.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
