//! Amounts, readable by people and by programs.

use guildhall::money::Money;
use leptos::prelude::*;

/// An amount set as a figure: `money`, `money money-lg`, `money money-xl` …
pub fn amount(money: Money, class: &'static str) -> impl IntoView {
    view! { <data class=class value=money.to_decimal()>{money.to_string()}</data> }
}

/// An amount that open pages keep current under this name, or words where there is none.
pub fn current_amount(
    name: &'static str,
    money: Option<Money>,
    class: &'static str,
    none: impl IntoView + 'static,
) -> impl IntoView {
    let value = money.map(Money::to_decimal).unwrap_or_default();
    let words = money.map(|money| money.to_string()).unwrap_or_default();
    view! {
        <span data-live=name>
            <data class=class value=value hidden=money.is_none()>{words}</data>
            <span data-none hidden=money.is_some()>{none}</span>
        </span>
    }
}

/// An amount within a sentence.
pub fn plain_amount(money: Money) -> impl IntoView {
    amount(money, "num")
}
