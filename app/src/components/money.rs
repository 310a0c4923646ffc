//! Amounts, readable for people and programs.
//!
//! A normal amount stays on one line, so its container should wrap (`flex-wrap`) instead of having columns. A very
//! long one may break after each comma.

use crate::islands::digits;
use guildhall::money::Money;
use leptos::prelude::*;

/// An amount styled as a figure: `money`, `money money-lg`, `money money-xl` …
pub fn amount(money: Money, class: &'static str) -> impl IntoView {
    view! { <data class=class value=money.to_decimal()>{digits(money)}</data> }
}

/// An amount in running text.
pub fn plain_amount(money: Money) -> impl IntoView {
    amount(money, "num")
}
