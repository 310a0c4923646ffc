//! Shows what remains of a price while it is typed, by the same rules as on the server.

use super::{ready::ready, signals};
use guildhall::{
    field::Problem,
    money::{Currency, Money},
    proceeds::{Deductions, Percent, Proceeds, costs},
};
use leptos::{html, prelude::*};

/// The parts of a price: the fee, the costs, the tax, and what remains; dashes without a price, and while half a number
/// is typed. `value` returns the text of a field.
#[must_use]
pub fn parts(value: impl Fn(&'static str) -> String) -> Vec<String> {
    let typed = |currency: Currency| {
        let price = Money::parse(&value("amount"), currency)?;
        let deductions = Deductions {
            fee: Percent::parse(&value("fee"))?,
            costs_minor: costs(&value("costs"), currency)?,
            tax: Percent::parse(&value("tax"))?,
        };
        Ok::<_, Problem>(Proceeds::of(price, deductions))
    };
    let currency = value("currency").parse().unwrap_or_default();
    match typed(currency) {
        Ok(Proceeds {
            fee,
            costs,
            tax,
            remains,
        }) => [fee, costs, tax, remains]
            .iter()
            .map(ToString::to_string)
            .collect(),
        Err(_) => ["–"; 4].map(str::to_owned).to_vec(),
    }
}

/// The form, with its fields in `children`, and the result. Without JavaScript the browser sends the form, and the server
/// answers with the result. The browser remembers the two percentages in a cookie.
#[island(lazy)]
pub fn Calculator(
    /// The parts of what was typed before.
    parts: Vec<String>,
    children: Children,
) -> impl IntoView {
    let form = NodeRef::<html::Form>::new();
    let shown = RwSignal::new(parts);
    let show = move || {
        #[cfg(feature = "hydrate")]
        if let Some(form) = form.get_untracked() {
            calculate(&form, shown);
        }
    };
    // Text may have been typed before hydration.
    signals::effect(show);
    let part = move |place: usize| {
        signals::text(move || shown.with(|shown| shown.get(place).cloned().unwrap_or_default()))
    };
    let row = move |label: &'static str, place: usize| {
        view! { <div><dt>{label}</dt><dd class="num">{part(place)}</dd></div> }
    };
    view! {
        <form node_ref=form class="form" method="get" action="/calculator" novalidate data-ready=ready() on:input=move |_| show()>
            {children()}
        </form>
        <section class="panel panel-strong" aria-labelledby="result">
            <h2 class="panel-title" id="result">"What remains"</h2>
            <p><output class="money money-lg" for="amount fee costs tax">{part(3)}</output></p>
            <dl class="facts-list mt-3">{row("Fee", 0)} {row("Other costs", 1)} {row("Tax", 2)}</dl>
        </section>
    }
}

/// Shows the parts of what is typed, and remembers the percentages if they are valid.
#[cfg(feature = "hydrate")]
fn calculate(form: &web_sys::HtmlFormElement, shown: RwSignal<Vec<String>>) {
    let Ok(fields) = web_sys::FormData::new_with_form(form) else {
        return;
    };
    let value = |name| fields.get(name).as_string().unwrap_or_default();
    shown.set(parts(value));
    if let (Ok(fee), Ok(tax)) = (Percent::parse(&value("fee")), Percent::parse(&value("tax"))) {
        super::dom::remember(
            "rates",
            &[&*fee.to_string(), "-", &tax.to_string()].concat(),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(amount: &str, fee: &str, tax: &str) -> Vec<String> {
        let value = |name: &str| match name {
            "amount" => amount,
            "fee" => fee,
            "tax" => tax,
            "currency" => "CHF",
            _ => "",
        };
        parts(|name| value(name).to_owned())
    }

    #[test]
    fn the_parts_are_shown_once_all_fields_are_numbers() {
        let shown = ["50.00", "0.00", "180.50", "769.50"].map(|part| format!("CHF\u{a0}{part}"));
        assert_eq!(typed("1'000", "5", "19"), shown);
        for (amount, fee, tax) in [("", "5", "19"), ("1000", "5x", "19"), ("1000", "5", "101")] {
            assert_eq!(typed(amount, fee, tax), ["–"; 4]);
        }
    }
}
