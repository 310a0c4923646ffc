//! What follows signals, in few types. Each closure that Leptos is given directly is a type of its own, and so a copy of the code that runs it,
//! which browsers load; boxed ones share that code.

use leptos::prelude::*;

/// A value that follows signals.
pub type Following<T> = Box<dyn Fn() -> T + Send + Sync>;

/// A text that follows signals.
pub fn text(text: impl Fn() -> String + Send + Sync + 'static) -> Following<String> {
    Box::new(text)
}

/// One text of few, such as a class, that follows signals.
pub fn one_of(text: impl Fn() -> &'static str + Send + Sync + 'static) -> Following<&'static str> {
    Box::new(text)
}

/// Something that is true or not, as signals say.
pub fn flag(flag: impl Fn() -> bool + Send + Sync + 'static) -> Following<bool> {
    Box::new(flag)
}

/// Runs in the browser, now and whenever a signal changes that it reads.
pub fn effect(run: impl FnMut() + 'static) {
    fn start(mut run: Box<dyn FnMut()>) {
        Effect::new(move |_| run());
    }
    start(Box::new(run));
}
