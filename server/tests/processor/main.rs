//! No request keeps an async thread for long: what it costs there is measured by the thread's own clock of processor time.

mod floods;
mod meter;

#[path = "../support/mod.rs"]
mod support;
