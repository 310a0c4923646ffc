//! A form that an island sends by a server function.
//!
//! - If the session has ended, the island lets the browser send the form. The server keeps what was typed, and leads to
//!   the sign-in and back.
//! - If page and server are of different versions (a function is gone, its arguments differ, or the answer can't be
//!   read), the island says so. The next press of the button then lets the browser send the form. The same happens
//!   after a conflict.

use crate::writes::{Done, Refused};
use futures::future::BoxFuture;
use leptos::{ev::SubmitEvent, html, prelude::*, server_fn::ServerFn};
use std::sync::Arc;
#[cfg(feature = "hydrate")]
use {super::dom::go, crate::writes::Kind, wasm_bindgen::JsCast, web_sys::PageTransitionEvent};

/// A call of a server function with its arguments. It hides which function that is, so that all forms share their code.
type Call = Arc<dyn Fn() -> BoxFuture<'static, Result<Done, Refused>> + Send + Sync>;

/// The submission of one form, by its island or by the browser.
#[derive(Clone, Copy)]
pub struct FormSubmission {
    /// No `ServerAction`, which would also read errors out of the page's URL, where none of ours are.
    action: Action<Call, Result<Done, Refused>>,
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(dead_code, reason = "only a browser sends forms")
    )]
    form: NodeRef<html::Form>,
    /// The server understands the form, but not this program or its page, which are older: the browser sends the form.
    is_plain: RwSignal<bool>,
}

impl FormSubmission {
    /// `form` is the form's element, which the browser sends by itself where it has to.
    pub fn new(form: NodeRef<html::Form>) -> Self {
        let submission = Self {
            action: Action::new(|call: &Call| call()),
            form,
            is_plain: RwSignal::new(false),
        };
        #[cfg(feature = "hydrate")]
        submission.follow();
        submission
    }

    /// Calls the form's server function in the browser's place, unless it is on its way already.
    pub fn submit<S>(self, event: &SubmitEvent, arguments: impl FnOnce() -> Option<S>)
    where
        S: ServerFn<Output = Done, Error = Refused> + Clone + Send + Sync + 'static,
    {
        if self.is_taken(event)
            && let Some(arguments) = arguments()
        {
            let call: Call = Arc::new(move || Box::pin(arguments.clone().run_on_client()));
            self.action.dispatch(call);
        }
    }

    /// Whether the island has to see to what was submitted: neither the browser does, nor is it on its way already.
    fn is_taken(self, event: &SubmitEvent) -> bool {
        if self.is_plain.get_untracked() {
            return false;
        }
        event.prevent_default();
        !untrack(|| self.is_pending())
    }

    /// Whether the form is on its way, or has led to another page.
    pub fn is_pending(self) -> bool {
        self.action.pending().get()
            || self
                .action
                .value()
                .with(|value| matches!(value, Some(Ok(_))))
    }

    /// Why the form was refused when it was sent last.
    pub fn refused(self) -> Option<Refused> {
        self.action
            .value()
            .with(|value| value.as_ref()?.as_ref().err().cloned())
            .filter(|_| !self.action.pending().get())
    }

    #[cfg(feature = "hydrate")]
    fn follow(self) {
        Effect::new(move |_| match self.action.value().get() {
            // The form stays shut until the next page is there.
            Some(Ok(done)) => go(&done.location),
            Some(Err(refused)) => match refused.kind {
                // The server keeps what was typed, and leads to the sign-in and back.
                Kind::SignInRequired => {
                    if let Some(form) = self.form.get_untracked() {
                        let _ = form.submit();
                    }
                }
                // The page that the browser gets for the form shows how things stand, and makes a form of today.
                Kind::Outdated | Kind::Conflict => self.is_plain.set(true),
                _ => {}
            },
            None => {}
        });
        // A page that comes back from the browser's history is as it was left: on its way.
        let shown = window_event_listener_untyped("pageshow", move |event| {
            let event: &PageTransitionEvent = event.unchecked_ref();
            if event.persisted() {
                self.action.clear();
            }
        });
        on_cleanup(move || shown.remove());
    }
}
