//! What is kept about people: the same for everybody, from the list that a test compares with the database.

use super::Page;
use crate::components::TableRegion;
use guildhall::{erasure::WAIT_DAYS, privacy::KEPT};
use leptos::prelude::*;

/// What is kept about people, why, and how long.
#[derive(Debug, Clone)]
pub struct Privacy;

impl Page for Privacy {
    fn title(&self) -> String {
        "Privacy".to_owned()
    }

    fn description(&self) -> String {
        "What Guildhall keeps about you, why, and for how long, and what others see of it."
            .to_owned()
    }

    fn canonical(&self) -> Option<String> {
        Some("/privacy".to_owned())
    }

    fn body(self) -> AnyView {
        view! {
            <div class="wrap page">
                <header class="page-head">
                    <h1>"Privacy"</h1>
                    <p class="lead">"What we keep about you, why, and for how long."</p>
                </header>
                <div class="stack stack-lg">
                    <Kept/>
                    <YourData/>
                    <Others/>
                    <Cookies/>
                </div>
            </div>
        }
        .into_any()
    }
}

#[component]
fn Kept() -> impl IntoView {
    let rows = KEPT
        .iter()
        .map(|kept| {
            view! {
                <tr>
                    <th scope="row">{kept.what}</th>
                    <td data-label="Why">{kept.why}</td>
                    <td data-label="How long">{kept.period.to_string()}</td>
                    <td data-label="When you erase your account">{kept.at_erasure.to_string()}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="kept-title">
            <div class="section-head"><h2 id="kept-title">"What we keep"</h2></div>
            <TableRegion label="Table of what we keep">
                <table class="table table-stack">
                    <thead>
                        <tr>
                            <th scope="col">"What"</th> <th scope="col">"Why"</th> <th scope="col">"How long"</th>
                            <th scope="col">"When you erase your account"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </TableRegion>
        </section>
    }
}

#[component]
fn YourData() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="yours-title">
            <h2 class="panel-title" id="yours-title">"Your data is yours"</h2>
            <p>
                {format!("You can export everything in your account, and have the account erased: {WAIT_DAYS} days after you ask, your name and your address are deleted, and everything that only you see. ")}
                "What others rely on stays without your name, as the table says."
            </p>
            <p class="mt-4"><a class="btn btn-sm btn-outline" href="/account/privacy">"Export or erase your data"</a></p>
        </section>
    }
}

#[component]
fn Others() -> impl IntoView {
    view! {
        <section class="panel" aria-labelledby="others-title">
            <h2 class="panel-title" id="others-title">"What others see"</h2>
            <p>
                "Everybody sees projects with their seller’s name, and bids without their buyer’s: “Bidder 1”, “Bidder 2” and so on. "
                "Only the seller of a project sees who bid on it. Once a project is awarded, its seller and the winner see each other’s name and e-mail address."
            </p>
            <p class="mt-4">
                "We give nothing to advertisers, and no page loads anything from another site. What an app or a webhook gets is what you allow it to get. "
                "Notifications that a browser shows pass through the push service of the browser’s maker, which learns when they are sent, but can’t read them."
            </p>
        </section>
    }
}

/// The cookies, and what each is for.
const COOKIES: [(&str, &str); 5] = [
    (
        "The session",
        "keeps you signed in, and holds a sign-in together while it is under way. It ends when you sign out.",
    ),
    (
        "This browser",
        "tells us that you have signed up or signed in with it before, lets you sign in before your address is confirmed, and tells us whether it shows your notifications.",
    ),
    (
        "Theme and time zone",
        "remember how you want to see the site.",
    ),
    (
        "The last visit",
        "marks what is new in the list of projects.",
    ),
    (
        "The calculator’s percentages",
        "fill in the calculator; we don’t store them.",
    ),
];

#[component]
fn Cookies() -> impl IntoView {
    let items = COOKIES
        .map(|(what, text)| view! { <li><strong>{what}</strong> " " {text}</li> })
        .collect_view();
    view! {
        <section class="panel" aria-labelledby="cookies-title">
            <h2 class="panel-title" id="cookies-title">"Cookies"</h2>
            <p>"All of them are needed for what you do here. None follows you elsewhere."</p>
            <ul class="stack mt-4">{items}</ul>
        </section>
    }
}
