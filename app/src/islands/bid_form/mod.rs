//! The form for a bid: it names what is wrong while it is typed, and keeps what was typed whatever the answer is.

#[cfg(feature = "hydrate")]
mod browser;

#[cfg(feature = "ssr")]
use super::live::to_lead;
#[cfg(feature = "ssr")]
use crate::components::{FormKey, Icon};
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
    /// The lowest that stands, and whether it is the buyer's own.
    lowest: Option<Money>,
    leads: bool,
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
                aria-label="Place a bid"
                method="post"
                action=action
                novalidate
                data-currency=currency.code()
                data-budget-minor=budget_minor.to_string()
                data-own-minor=own_minor.map(|minor| minor.to_string())
            >
                <FormKey key=form_key/>
                <div class=if is_wrong { "field field-invalid" } else { "field" }>
                    <label class="field-label" for="amount">{label}</label>
                    <p class="field-help" id="amount-help">
                        {terms.words()} " " <span class="num">{terms.most().to_string()}</span> ". "
                        <span data-live="to-lead">{to_lead(lowest, leads)}</span>
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
            Some("You have bid €1,180.00; a new bid must be lower.")
        );
    }
}
