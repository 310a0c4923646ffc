//! Amounts, readable for people and programs.
//!
//! A normal amount stays on one line, so its container should wrap (`flex-wrap`) instead of having columns. An amount
//! of more than 18 characters may break after each comma.

use guildhall::money::Money;
use leptos::prelude::*;

/// Longer amounts may break after their commas: `CHF 999,999,999.00` has 18 characters.
const UNBROKEN_CHARACTERS: usize = 18;

/// An amount styled as a figure: `money`, `money money-lg`, `money money-xl` …
pub fn amount(money: Money, class: &'static str) -> impl IntoView {
    view! { <data class=class value=money.to_decimal()>{digits(money)}</data> }
}

/// The amount's text. A long one may break after every comma, so that no line ends within a group of digits.
fn digits(money: Money) -> AnyView {
    let text = money.to_string();
    if text.chars().count() <= UNBROKEN_CHARACTERS {
        return text.into_any();
    }
    text.split_inclusive(',')
        .map(|group| view! { {group.to_owned()} <wbr/> })
        .collect_view()
        .into_any()
}

/// An amount that live pages update under this name, or `none` if there is no amount.
pub fn current_amount(
    name: &'static str,
    money: Option<Money>,
    class: &'static str,
    none: impl IntoView + 'static,
) -> impl IntoView {
    let value = money.map(Money::to_decimal).unwrap_or_default();
    let words = money.map(digits);
    view! {
        <span data-live=name>
            <data class=class value=value hidden=money.is_none()>{words}</data>
            <span data-none hidden=money.is_some()>{none}</span>
        </span>
    }
}

/// An amount in running text.
pub fn plain_amount(money: Money) -> impl IntoView {
    amount(money, "num")
}
