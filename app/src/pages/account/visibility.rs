use guildhall::account::Role;
use leptos::prelude::*;

/// A detail of an account, and who sees it.
type Row = (&'static str, &'static str);

/// The details that only sellers have.
const SELLER: [Row; 3] = [
    (
        "Your name",
        "Everybody, on each project that you publish and in the archive.",
    ),
    (
        "Your e-mail address",
        "Only the winner of your project, once it is awarded.",
    ),
    (
        "Drafts and what you typed into a form",
        "Only you, until you publish.",
    ),
];

/// The details that only buyers have.
const BUYER: [Row; 5] = [
    (
        "Your name",
        "Only the seller of a project that you bid on. Everybody else sees “Bidder 1”, “Bidder 2” and so on, with other numbers on each project.",
    ),
    (
        "Your e-mail address",
        "Only the seller of a project that you won.",
    ),
    (
        "Your bids",
        "Everybody, without your name: each amount and its time, also of bids that you withdrew or undid.",
    ),
    (
        "Your note to a bid",
        "Only you and the seller of that project.",
    ),
    ("Your dashboard and your results", "Only you."),
];

/// The details that every account has.
const BOTH: [Row; 3] = [
    (
        "Your password",
        "Nobody. We store only a hash, from which it can't be read.",
    ),
    (
        "Sessions, sign-in providers, access tokens and your calendar's address",
        "Only you.",
    ),
    (
        "Connected apps",
        "An app sees what you allowed it to see, until you disconnect it.",
    ),
];

/// What other people see of an account of this role.
#[component]
pub(super) fn WhatOthersSee(role: Role) -> impl IntoView {
    let own: &[Row] = match role {
        Role::Seller => &SELLER,
        Role::Buyer => &BUYER,
    };
    let rows = own
        .iter()
        .chain(&BOTH)
        .map(|(what, who)| {
            view! {
                <div>
                    <dt>{*what}</dt>
                    <dd>{*who}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="seen-title">
            <h2 class="panel-title" id="seen-title">"What others see"</h2>
            <dl class="who-sees">{rows}</dl>
        </section>
    }
}
