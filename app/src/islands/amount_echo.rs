//! Shows the amount that the visitor's text stands for while it is typed, parsed by the same rule as on the server.

use super::{ready::ready, signals};
use guildhall::money::{Currency, Money};
use leptos::{html, prelude::*};

/// The amount that a text stands for, such as `= €1,250.00`; empty if the text is not an amount.
#[must_use]
pub fn echo(text: &str, currency: Currency) -> String {
    echo_or(text, currency, "= ", "")
}

/// The start of a sentence that says what the visitor bids with this text. The page completes the sentence.
#[must_use]
pub fn offer(text: &str, currency: Currency) -> String {
    echo_or(text, currency, "You bid ", "You bid a fixed price")
}

fn echo_or(text: &str, currency: Currency, prefix: &str, otherwise: &str) -> String {
    match Money::parse(text, currency) {
        Ok(amount) => [prefix, &amount.to_string()].concat(),
        Err(_) => otherwise.to_owned(),
    }
}

/// Wraps a form's fields `budget` and `currency`, and shows the amount that they stand for.
#[island(lazy)]
pub fn BudgetEcho(
    /// The echo of the amount that the server rendered in the field.
    echoed: String,
    children: Children,
) -> impl IntoView {
    let output = NodeRef::<html::Output>::new();
    let text = RwSignal::new(echoed);
    let show = move || {
        #[cfg(feature = "hydrate")]
        if let Some(amount) = current_echo(output) {
            text.set(amount);
        }
    };
    // Text may have been typed before hydration.
    signals::effect(show);
    view! {
        <div class="field" data-ready=ready() on:input=move |_| show()>
            {children()}
            <output node_ref=output class="field-echo" for="budget currency">
                {signals::text(move || text.get())}
            </output>
        </div>
    }
}

/// The echo of the amount in the fields of the output's form.
#[cfg(feature = "hydrate")]
fn current_echo(output: NodeRef<html::Output>) -> Option<String> {
    let form = output.get_untracked()?.form()?;
    let values = web_sys::FormData::new_with_form(&form).ok()?;
    let value = |name| values.get(name).as_string().unwrap_or_default();
    Some(echo(&value("budget"), value("currency").parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_amount_in_the_forms_currency_is_echoed() {
        assert_eq!(echo("1.250,5", Currency::Eur), "= €1,250.50");
        assert_eq!(echo("1'250", Currency::Chf), "= CHF\u{a0}1,250.00");
        for text in ["", "1.250", "$1,250", "12x", "0"] {
            assert_eq!(echo(text, Currency::Eur), "", "{text:?}");
        }
    }

    #[test]
    fn an_offer_names_the_amount_only_if_the_text_is_one() {
        assert_eq!(offer("1250", Currency::Eur), "You bid €1,250.00");
        assert_eq!(offer("1.250", Currency::Eur), "You bid a fixed price");
    }
}
