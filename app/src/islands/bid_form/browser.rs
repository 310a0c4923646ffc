//! The form in a browser: what it says while an amount is typed and when an answer comes.

use super::{Terms, described_by};
use crate::islands::dom::{Answer, find, go, go_to_sign_in, number, on, property, send, text};
use leptos::{
    prelude::{on_cleanup, window_event_listener_untyped},
    task::spawn_local,
};
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, HtmlButtonElement, HtmlElement, HtmlFormElement, HtmlInputElement};

/// Said when no answer came, or one that is none of ours. The form's key makes another try safe.
const NO_ANSWER: &str =
    "The server could not be reached; your bid may not have been placed. Try again.";

pub fn wake(root: &HtmlElement) {
    let Some(form) = Form::within(root).map(Rc::new) else {
        return;
    };
    form.on("input", |form, _| form.typed());
    form.on("focusout", |form, _| form.left());
    form.on("submit", |form, event| {
        event.prevent_default();
        form.submit();
    });
    // A page that comes back from the browser's history is as it was left: sending.
    let shown = window_event_listener_untyped("pageshow", move |_| form.sending(false));
    on_cleanup(move || shown.remove());
}

struct Form {
    element: HtmlFormElement,
    input: HtmlInputElement,
    button: HtmlButtonElement,
    terms: Terms,
    /// Whether typing is checked: not before the first amount is finished, for half an amount is no mistake.
    is_checked: Cell<bool>,
    is_sending: Cell<bool>,
}

impl Form {
    fn within(root: &HtmlElement) -> Option<Self> {
        let element: HtmlFormElement = find(root, "form")?;
        let input: HtmlInputElement = find(&element, "#amount")?;
        let minor = |name| number(&element, name).map(|minor| minor as i64);
        let terms = Terms {
            currency: element.get_attribute("data-currency")?.parse().ok()?,
            budget_minor: minor("data-budget-minor")?,
            own_minor: minor("data-own-minor"),
        };
        let is_checked = Cell::new(input.has_attribute("aria-invalid"));
        Some(Self {
            button: find(&element, "button")?,
            element,
            input,
            terms,
            is_checked,
            is_sending: Cell::new(false),
        })
    }

    fn on(self: &Rc<Self>, event: &str, listener: fn(&Rc<Self>, &Event)) {
        let form = self.clone();
        on(&self.element, event, move |event| listener(&form, &event));
    }

    fn typed(&self) {
        if self.is_checked.get() {
            self.check();
        }
    }

    /// Leaving the field a second time says nothing new, and must not take away what the server said.
    fn left(&self) {
        if !self.is_checked.get() && !self.input.value().trim().is_empty() {
            self.check();
        }
    }

    /// Says what is wrong with the amount, from now on at each key. Answers whether nothing is.
    fn check(&self) -> bool {
        self.is_checked.set(true);
        let problem = self.terms.problem_with(&self.input.value());
        self.problem(problem.as_deref());
        problem.is_none()
    }

    fn submit(self: &Rc<Self>) {
        if self.is_sending.get() {
            return;
        }
        if !self.check() {
            let _ = self.input.focus();
            return;
        }
        self.notice(None);
        self.sending(true);
        let form = self.clone();
        spawn_local(async move {
            let answer = send(&form.element).await.ok();
            form.answered(answer);
        });
    }

    fn answered(&self, answer: Option<Answer>) {
        let Some(answer) = answer else {
            return self.refused(None, None);
        };
        match (answer.status, text(&answer.body, "location")) {
            // The form stays shut until the next page is there.
            (200..300, Some(location)) => go(&location),
            (401, _) => go_to_sign_in(),
            _ => {
                self.refused(problem_in(&answer.body), text(&answer.body, "message"));
            }
        }
    }

    fn refused(&self, problem: Option<String>, message: Option<String>) {
        self.sending(false);
        if problem.is_some() {
            self.problem(problem.as_deref());
            let _ = self.input.focus();
        } else {
            self.notice(Some(message.as_deref().unwrap_or(NO_ANSWER)));
        }
    }

    /// Shows what is wrong with the amount, or takes it away.
    fn problem(&self, words: Option<&str>) {
        let is_wrong = words.is_some();
        self.say("#amount-error", "[data-words=problem]", words);
        if let Some(field) = find::<HtmlElement>(&self.element, ".field") {
            let _ = field
                .class_list()
                .toggle_with_force("field-invalid", is_wrong);
        }
        let _ = self
            .input
            .set_attribute("aria-describedby", described_by(is_wrong));
        let _ = if is_wrong {
            self.input.set_attribute("aria-invalid", "true")
        } else {
            self.input.remove_attribute("aria-invalid")
        };
    }

    /// Shows what is wrong with anything else, or takes it away.
    fn notice(&self, words: Option<&str>) {
        self.say(".notice", "[data-words=notice]", words);
    }

    fn say(&self, around: &str, place: &str, words: Option<&str>) {
        let (Some(around), Some(place)) = (
            find::<HtmlElement>(&self.element, around),
            find::<HtmlElement>(&self.element, place),
        ) else {
            return;
        };
        around.set_hidden(words.is_none());
        place.set_text_content(words);
    }

    /// Shuts the form while it is on its way. The button keeps the focus, which a disabled one would lose.
    fn sending(&self, is_sending: bool) {
        self.is_sending.set(is_sending);
        let _ = if is_sending {
            self.button.set_attribute("aria-disabled", "true")
        } else {
            self.button.remove_attribute("aria-disabled")
        };
        self.button.set_text_content(Some(if is_sending {
            "Placing bid …"
        } else {
            "Place bid"
        }));
    }
}

/// What the server says is wrong with the amount.
fn problem_in(body: &JsValue) -> Option<String> {
    let errors: js_sys::Array = property(body, "errors").dyn_into().ok()?;
    let amount = errors
        .iter()
        .find(|error| text(error, "field").as_deref() == Some("amount"))?;
    text(&amount, "message")
}
