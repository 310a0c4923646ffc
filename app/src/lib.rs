//! What people see. Pages and components are rendered on the server and stay there; only `islands` are compiled to
//! WASM as well and wake in the browser.

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
mod fonts;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod pages;

/// Wakes the islands of the page that loaded this module.
#[cfg(feature = "hydrate")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
