//! The form for a bid: it names what is wrong while it is typed, and keeps what was typed whatever the answer is.

#[cfg(feature = "ssr")]
use crate::components::Icon;
use guildhall::money::{Currency, Money};
use leptos::{html, prelude::*};

/// The whole form. It posts without JavaScript too, and then comes back with `value` and `error`.
#[cfg(feature = "ssr")]
#[component]
pub fn BidForm(
    action: String,
    /// Makes the form the same form when it is sent twice.
    form_key: String,
    /// What was typed before.
    value: String,
    /// What is wrong with it.
    error: Option<String>,
    currency: Currency,
    /// In minor units (cents), as is `own_minor`.
    budget_minor: i64,
    /// The buyer's own bid that stands.
    own_minor: Option<i64>,
    /// In milliseconds since the epoch, as is `now_ms`.
    deadline_ms: f64,
    /// The server's clock when the page was made.
    now_ms: f64,
) -> impl IntoView {
    let terms = Terms {
        currency,
        budget_minor,
        own_minor,
    };
    let is_wrong = error.is_some();
    let label = if own_minor.is_some() {
        "Bid lower"
    } else {
        "Your bid"
    };
    view! {
        <BidFormIsland>
            <form
                class="stack"
                method="post"
                action=action
                novalidate
                data-currency=currency.code()
                data-budget-minor=budget_minor.to_string()
                data-own-minor=own_minor.map(|minor| minor.to_string())
                data-closes-ms=deadline_ms.to_string()
                data-now-ms=now_ms.to_string()
            >
                <input type="hidden" name="form_key" value=form_key/>
                <div class=if is_wrong { "field field-invalid" } else { "field" }>
                    <label class="field-label" for="amount">{label}</label>
                    <p class="field-help" id="amount-help">
                        {terms.words()} " " <span class="num">{terms.most().to_string()}</span> "."
                    </p>
                    <p class="field-error" id="amount-error" hidden=!is_wrong>
                        <Icon name="alert"/>
                        <span>
                            <span class="sr-only">"Error: "</span>
                            <span data-words="problem">{error}</span>
                        </span>
                    </p>
                    <div class="affix">
                        <span class="affix-text" aria-hidden="true">{currency.symbol().trim_end()}</span>
                        <input
                            class="input input-money"
                            id="amount"
                            name="amount"
                            inputmode="decimal"
                            autocomplete="off"
                            value=value
                            aria-describedby=described_by(is_wrong)
                            aria-invalid=is_wrong.then_some("true")
                        />
                    </div>
                </div>
                <div class="notice notice-error" role="alert" hidden>
                    <Icon name="alert"/>
                    <div data-words="notice"></div>
                </div>
                <button class="btn btn-primary btn-wide" type="submit">"Place bid"</button>
            </form>
        </BidFormIsland>
    }
}

#[island]
fn BidFormIsland(children: Children) -> impl IntoView {
    let root = NodeRef::<html::Div>::new();
    #[cfg(feature = "hydrate")]
    super::dom::on_wake(root, browser::wake);
    view! { <div node_ref=root>{children()}</div> }
}

const fn described_by(is_wrong: bool) -> &'static str {
    if is_wrong {
        "amount-help amount-error"
    } else {
        "amount-help"
    }
}

/// What a bid is measured by.
struct Terms {
    currency: Currency,
    budget_minor: i64,
    own_minor: Option<i64>,
}

impl Terms {
    /// The help, up to the amount that ends its sentence.
    #[cfg(feature = "ssr")]
    const fn words(&self) -> &'static str {
        match (self.own_minor, self.currency) {
            (Some(_), _) => "A new bid replaces yours and must be lower than",
            (None, Currency::Eur) => "One fixed price in euro for the whole project, at most",
            (None, Currency::Usd) => "One fixed price in US dollars for the whole project, at most",
            (None, Currency::Gbp) => {
                "One fixed price in pounds sterling for the whole project, at most"
            }
            (None, Currency::Chf) => {
                "One fixed price in Swiss francs for the whole project, at most"
            }
        }
    }

    #[cfg(feature = "ssr")]
    fn most(&self) -> Money {
        self.money(self.own_minor.unwrap_or(self.budget_minor))
    }

    const fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    /// What is wrong with what was typed, by the server's rules and in its words. The server decides all the same.
    #[cfg(any(feature = "hydrate", test))]
    fn problem_with(&self, text: &str) -> Option<String> {
        match Money::parse(text, self.currency) {
            Err(problem) => Some(problem.to_string()),
            Ok(amount) => {
                let own = self.own_minor.map(|own| self.money(own));
                guildhall::bid::amount(amount, self.money(self.budget_minor), own)
                    .err()
                    .map(|refusal| refusal.to_string())
            }
        }
    }
}

#[cfg(feature = "hydrate")]
mod browser {
    use super::{Terms, described_by};
    use crate::islands::{
        clock,
        dom::{Answer, find, go, go_to_sign_in, number, on, property, send, text},
    };
    use guildhall::Refusal;
    use leptos::{
        prelude::{on_cleanup, window_event_listener_untyped},
        task::spawn_local,
    };
    use std::{cell::Cell, rc::Rc};
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
        if let Some(deadline_ms) = number(&form.element, "data-closes-ms") {
            let form = form.clone();
            // The button stays: this clock only warns, the database's decides.
            clock::each_second(root, move |now_ms| {
                if now_ms >= deadline_ms && !form.is_noticed() && !form.is_sending.get() {
                    form.notice(Some(&Refusal::DeadlinePassed.to_string()));
                }
            });
        }
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

        fn left(&self) {
            if !self.input.value().trim().is_empty() {
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
                    let errors = js_sys::Array::from(&property(&answer.body, "errors"));
                    let amount = errors
                        .iter()
                        .find(|error| text(error, "field").as_deref() == Some("amount"));
                    self.refused(
                        amount.and_then(|error| text(&error, "message")),
                        text(&answer.body, "message"),
                    );
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

        fn is_noticed(&self) -> bool {
            find::<HtmlElement>(&self.element, ".notice").is_some_and(|notice| !notice.hidden())
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
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms {
        currency: Currency::Eur,
        budget_minor: 180_000,
        own_minor: None,
    };

    #[test]
    fn an_amount_is_checked_by_the_rules_of_the_auction() {
        assert_eq!(TERMS.problem_with("1800"), None);
        assert_eq!(
            TERMS.problem_with("1800.01").as_deref(),
            Some("The budget is €1,800.00; bid that or less.")
        );
        assert_eq!(TERMS.problem_with("").as_deref(), Some("Fill this in."));
        let again = Terms {
            own_minor: Some(118_000),
            ..TERMS
        };
        assert_eq!(again.problem_with("1179,99"), None);
        assert_eq!(
            again.problem_with("1180").as_deref(),
            Some("Your bid stands at €1,180.00; a new one must be lower.")
        );
    }
}
