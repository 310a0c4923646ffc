//! Values that follow signals, as boxed closures. Every closure passed to Leptos directly has its own type, and so its
//! own copy of Leptos's code in the WASM. Boxed closures share that code.

use leptos::prelude::*;

/// A value that follows signals.
pub type Reactive<T> = Box<dyn Fn() -> T + Send + Sync>;

/// A text that follows signals.
pub fn text(text: impl Fn() -> String + Send + Sync + 'static) -> Reactive<String> {
    Box::new(text)
}

/// An attribute with a static value, such as a class, that follows signals. All such attributes are of one type.
pub fn one_of(
    text: impl Fn() -> &'static str + Send + Sync + 'static,
) -> Reactive<Option<&'static str>> {
    Box::new(move || Some(text()))
}

/// An attribute that is present or absent, such as `hidden`, and follows signals.
pub fn flag(flag: impl Fn() -> bool + Send + Sync + 'static) -> Reactive<Option<&'static str>> {
    Box::new(move || flag().then_some(""))
}

/// Runs in the browser, now and whenever a signal that it reads changes.
pub fn effect(run: impl FnMut() + 'static) {
    fn start(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    start(Box::new(run));
}

/// An attribute that never changes. Hydration keeps what the server rendered, so the browser needs no code for it.
pub fn fixed(text: impl FnOnce() -> String) -> String {
    if cfg!(feature = "ssr") {
        text()
    } else {
        String::new()
    }
}
