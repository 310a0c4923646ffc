//! The form for a bid: it names what is wrong while it is typed, and keeps what was typed whatever the answer is.

use super::icon;
use guildhall::{
    bid,
    money::{Currency, Money},
};
use leptos::{ev::SubmitEvent, html, prelude::*};

const ALERT: &str = r#"<path d="M10 2.5 18.5 17h-17zM10 8v4M10 14.2v.3"/>"#;

/// The whole form. It posts without JavaScript too, and then comes back with `value` and `error`.
#[island]
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
    let form = Form {
        terms,
        root: NodeRef::new(),
        input: NodeRef::new(),
        checks: RwSignal::new(error.is_some()),
        problem: RwSignal::new(error),
        notice: RwSignal::new(None),
        sending: RwSignal::new(false),
    };
    form.wake(deadline_ms, now_ms);
    let Form {
        root,
        input,
        problem,
        notice,
        sending,
        ..
    } = form;
    let label = if own_minor.is_some() {
        "Bid lower"
    } else {
        "Your bid"
    };
    let symbol = currency.symbol().trim_end();
    view! {
        <form
            class="stack"
            method="post"
            action=action
            novalidate
            aria-label="Place a bid"
            node_ref=root
            on:submit=move |event| form.submit(&event)
        >
            <input type="hidden" name="form_key" value=form_key/>
            <div class=move || if problem.with(Option::is_some) { "field field-invalid" } else { "field" }>
                <label class="field-label" for="amount">{label}</label>
                <p class="field-help" id="amount-help">{terms.words()} " " <span class="num">{terms.most().to_string()}</span> "."</p>
                {move || {
                    problem
                        .get()
                        .map(|words| {
                            view! {
                                <p class="field-error" id="amount-error">
                                    {icon(ALERT)}
                                    <span>
                                        <span class="sr-only">"Error: "</span>
                                        {words}
                                    </span>
                                </p>
                            }
                        })
                }}
                <div class="affix">
                    <span class="affix-text" aria-hidden="true">{symbol}</span>
                    <input
                        class="input input-money"
                        id="amount"
                        name="amount"
                        inputmode="decimal"
                        autocomplete="off"
                        value=value
                        aria-describedby=move || if problem.with(Option::is_some) { "amount-help amount-error" } else { "amount-help" }
                        aria-invalid=move || problem.with(Option::is_some).then_some("true")
                        node_ref=input
                        on:input=move |_| form.typed()
                        on:blur=move |_| form.left()
                    />
                </div>
            </div>
            {move || {
                notice
                    .get()
                    .map(|words| {
                        view! {
                            <div class="notice notice-error" role="alert">
                                {icon(ALERT)}
                                <div>{words}</div>
                            </div>
                        }
                    })
            }}
            <button class="btn btn-primary btn-wide" type="submit" aria-disabled=move || sending.get().then_some("true")>
                {move || if sending.get() { "Placing bid …" } else { "Place bid" }}
            </button>
        </form>
    }
}

/// What a bid is measured by.
#[derive(Clone, Copy)]
struct Terms {
    currency: Currency,
    budget_minor: i64,
    own_minor: Option<i64>,
}

impl Terms {
    /// The help, up to the amount that ends its sentence.
    const fn words(self) -> &'static str {
        match (self.own_minor.is_some(), self.currency) {
            (true, _) => "A new bid replaces yours and must be lower than",
            (false, Currency::Eur) => "One fixed price in euro for the whole project, at most",
            (false, Currency::Usd) => {
                "One fixed price in US dollars for the whole project, at most"
            }
            (false, Currency::Gbp) => {
                "One fixed price in pounds sterling for the whole project, at most"
            }
            (false, Currency::Chf) => {
                "One fixed price in Swiss francs for the whole project, at most"
            }
        }
    }

    fn most(self) -> Money {
        self.money(self.own_minor.unwrap_or(self.budget_minor))
    }

    const fn money(self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }

    /// What is wrong with what was typed, by the server's rules and in its words. The server decides all the same.
    #[cfg(any(feature = "hydrate", test))]
    fn problem_with(self, text: &str) -> Option<String> {
        match Money::parse(text, self.currency) {
            Err(problem) => Some(problem.to_string()),
            Ok(amount) => {
                let refused = bid::amount(
                    amount,
                    self.money(self.budget_minor),
                    self.own_minor.map(|own| self.money(own)),
                )
                .err();
                refused.map(|refusal| refusal.to_string())
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Form {
    terms: Terms,
    root: NodeRef<html::Form>,
    input: NodeRef<html::Input>,
    /// Whether typing is checked: not before the first amount is finished, for half an amount is no mistake.
    checks: RwSignal<bool>,
    /// What is wrong with the amount.
    problem: RwSignal<Option<String>>,
    /// What is wrong with anything else.
    notice: RwSignal<Option<String>>,
    sending: RwSignal<bool>,
}

#[cfg(feature = "hydrate")]
impl Form {
    fn wake(self, deadline_ms: f64, now_ms: f64) {
        use super::dom;

        dom::on_wake(self.root, move |_| {
            // The button stays: this clock warns, the database's decides.
            dom::each_second(now_ms, move |now_ms| {
                if now_ms >= deadline_ms && self.notice.with_untracked(Option::is_none) {
                    self.notice
                        .set(Some(guildhall::Refusal::DeadlinePassed.to_string()));
                }
            });
            // A page that comes back from the browser's history is as it was left: sending.
            let shown = window_event_listener_untyped("pageshow", move |_| self.sending.set(false));
            on_cleanup(move || shown.remove());
        });
    }

    fn text(self) -> String {
        self.input
            .get_untracked()
            .map(|input| input.value())
            .unwrap_or_default()
    }

    fn check(self) {
        self.problem.set(self.terms.problem_with(&self.text()));
    }

    fn typed(self) {
        if self.checks.get_untracked() {
            self.check();
        }
    }

    fn left(self) {
        if !self.text().trim().is_empty() {
            self.checks.set(true);
            self.check();
        }
    }

    fn submit(self, event: &SubmitEvent) {
        event.prevent_default();
        if self.sending.get_untracked() {
            return;
        }
        self.checks.set(true);
        self.check();
        if self.problem.with_untracked(Option::is_some) {
            return self.focus();
        }
        let Some(root) = self.root.get_untracked() else {
            return;
        };
        self.notice.set(None);
        self.sending.set(true);
        leptos::task::spawn_local(async move { self.answered(super::dom::send(&root).await.ok()) });
    }

    fn answered(self, answer: Option<super::dom::Answer>) {
        use super::dom::{go, go_to_sign_in, text};

        let Some(answer) = answer else {
            return self.refused(None, None);
        };
        match (answer.status, text(&answer.body, "location")) {
            // The form stays shut until the next page is there.
            (200..300, Some(location)) => go(&location),
            (401, _) => go_to_sign_in(),
            _ => {
                let errors = js_sys::Array::from(&super::dom::property(&answer.body, "errors"));
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

    fn refused(self, problem: Option<String>, message: Option<String>) {
        const NO_ANSWER: &str =
            "The server could not be reached; your bid may not have been placed. Try again.";

        self.sending.set(false);
        if problem.is_some() {
            self.problem.set(problem);
            self.focus();
        } else {
            self.notice
                .set(Some(message.unwrap_or_else(|| NO_ANSWER.to_owned())));
        }
    }

    fn focus(self) {
        if let Some(input) = self.input.get_untracked() {
            let _ = input.focus();
        }
    }
}

/// No browser, nothing to do.
#[cfg(not(feature = "hydrate"))]
impl Form {
    const fn wake(self, _deadline_ms: f64, _now_ms: f64) {}
    const fn typed(self) {}
    const fn left(self) {}
    const fn submit(self, _event: &SubmitEvent) {}
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
