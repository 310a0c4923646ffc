//! Amounts, readable by people and by programs.

use guildhall::money::Money;
use leptos::prelude::*;

/// An amount set as a figure: `money`, `money money-lg`, `money money-xl` …
pub fn amount(money: Money, class: &'static str) -> impl IntoView {
    view! { <data class=class value=money.to_decimal()>{money.to_string()}</data> }
}

/// An amount within a sentence.
pub fn plain_amount(money: Money) -> impl IntoView {
    amount(money, "num")
}
