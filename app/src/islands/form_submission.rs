//! A form that an island submits through a server function.
//!
//! - If the session has ended, the island lets the browser send the form. The server keeps what was typed,
//!   redirects to the sign-in page, and then shows the form again. The browser also sends the form if the server asks
//!   for confirmation; the answer is then the confirmation page.
//! - If page and server have incompatible versions (a function is gone, its arguments differ, or its refusal can't be
//!   read), the island says so. The next press of the button then lets the browser send the form. The same happens
//!   after a conflict, unless the server shows the form's errors: then the browser sends the form at once.

use crate::writes::{Refused, ServerCall};
use leptos::{ev::SubmitEvent, html, prelude::*};
#[cfg(feature = "hydrate")]
use {
    super::{dom::go, signals::effect},
    crate::writes::{RefusalKind, WriteSuccess, read},
    send_wrapper::SendWrapper,
    wasm_bindgen::JsCast,
    web_sys::{FormData, HtmlElement, PageTransitionEvent},
};

/// Where the errors of a form's fields are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum FieldErrors {
    /// At the fields, by the island.
    ByIsland,
    /// On the page that answers the plain form.
    ByServer,
}

/// The submission of one form, by its island or by the browser.
#[derive(Clone, Copy)]
pub struct FormSubmission {
    action: Action<ServerCall, Result<String, Refused>>,
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(dead_code, reason = "only a browser sends forms")
    )]
    form: NodeRef<html::Form>,
    /// True if the browser has to send the form, for example because the page is outdated.
    is_plain: RwSignal<bool>,
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(dead_code, reason = "only a browser sends forms")
    )]
    field_errors: FieldErrors,
    /// The pressed button, whose name and value belong to the form.
    #[cfg(feature = "hydrate")]
    submitter: RwSignal<Option<SendWrapper<HtmlElement>>>,
}

/// Calls server functions. Not a `ServerAction`, which would also look for errors in the page's URL.
pub fn server_action() -> Action<ServerCall, Result<String, Refused>> {
    Action::new(|call: &ServerCall| call.clone().send())
}

impl FormSubmission {
    /// `form` is the form's element, for when the browser has to send it.
    pub fn new(form: NodeRef<html::Form>, field_errors: FieldErrors) -> Self {
        let submission = Self {
            action: server_action(),
            form,
            is_plain: RwSignal::new(false),
            field_errors,
            #[cfg(feature = "hydrate")]
            submitter: RwSignal::new(None),
        };
        #[cfg(feature = "hydrate")]
        submission.follow();
        submission
    }

    /// Calls the form's server function instead of letting the browser send the form, unless a call is pending.
    pub fn submit(self, event: &SubmitEvent, call: impl FnOnce() -> Option<ServerCall>) {
        if self.intercept(event)
            && let Some(call) = call()
        {
            #[cfg(feature = "hydrate")]
            self.submitter.set(event.submitter().map(SendWrapper::new));
            self.action.dispatch(call);
        }
    }

    /// Keeps the browser from sending the form, unless it has to. True if the island has to submit the form: the browser
    /// does not, and no call is pending.
    fn intercept(self, event: &SubmitEvent) -> bool {
        if self.is_plain.get_untracked() {
            return false;
        }
        event.prevent_default();
        !untrack(|| self.is_pending())
    }

    /// The value of a field that the server rendered, if the form has it.
    #[cfg_attr(
        not(feature = "hydrate"),
        expect(clippy::unused_self, reason = "only a browser has values")
    )]
    pub fn text(self, name: &'static str) -> Option<String> {
        #[cfg(feature = "hydrate")]
        return FormData::new_with_form(&self.form.get_untracked()?)
            .ok()?
            .get(name)
            .as_string();
        #[cfg(not(feature = "hydrate"))]
        {
            let _ = name;
            None
        }
    }

    /// True while a call is pending, and after a success until the next page loads.
    pub fn is_pending(self) -> bool {
        self.action.pending().get()
            || self
                .action
                .value()
                .with(|value| matches!(value, Some(Ok(_))))
    }

    /// The refusal of the last call, if it was refused.
    pub fn refused(self) -> Option<Refused> {
        self.action
            .value()
            .with(|value| value.as_ref()?.as_ref().err().cloned())
            .filter(|_| !self.action.pending().get())
    }

    /// Lets the browser send the form, as if its button had been pressed again.
    #[cfg(feature = "hydrate")]
    fn send_plain(self) {
        self.is_plain.set(true);
        let Some(form) = self.form.get_untracked() else {
            return;
        };
        let _ = match self.submitter.get_untracked() {
            Some(button) => form.request_submit_with_submitter(Some(&button)),
            None => form.request_submit(),
        };
    }

    #[cfg(feature = "hydrate")]
    fn follow(self) {
        effect(move || match self.action.value().get() {
            // `is_pending` stays true until the next page loads.
            Some(Ok(result)) => match read::<WriteSuccess>(&result) {
                Ok(done) => go(&done.location),
                // The write took effect, and the form's key lets the browser send it again without a second effect.
                Err(_) => self.send_plain(),
            },
            Some(Err(refused)) => match refused.kind {
                // The server keeps what was typed and shows the form again after the sign-in, or it asks for
                // confirmation on a page of its own.
                RefusalKind::SignInRequired | RefusalKind::Unconfirmed => self.send_plain(),
                RefusalKind::Invalid | RefusalKind::Conflict
                    if self.field_errors == FieldErrors::ByServer =>
                {
                    self.send_plain();
                }
                // The page that answers the plain form shows the current state and has an up-to-date form.
                RefusalKind::Outdated | RefusalKind::Conflict => self.is_plain.set(true),
                _ => {}
            },
            None => {}
        });
        // A page restored from the browser's history is as it was left: its call is still pending.
        let listener = window_event_listener_untyped("pageshow", move |event| {
            let event: &PageTransitionEvent = event.unchecked_ref();
            if event.persisted() {
                self.action.clear();
            }
        });
        on_cleanup(move || listener.remove());
    }
}
