use leptos::prelude::*;

const SELLER: [(&str, &str); 3] = [
    (
        "Describe the project",
        "Say what needs doing, and set the most you will pay and the time when bidding ends.",
    ),
    (
        "Watch the price come down",
        "Every amount is public while the auction runs. You see who is bidding.",
    ),
    (
        "Get your result at the deadline",
        "The lowest bid wins. You and the winner see each other's contact details.",
    ),
];

const BUYER: [(&str, &str); 3] = [
    (
        "Find work that fits",
        "Search by trade, budget and deadline. Everything is visible before you sign up.",
    ),
    (
        "Bid one fixed price",
        "You appear as Bidder 1, Bidder 2 and so on. Bid lower, or withdraw, until time is up.",
    ),
    (
        "Win in the open",
        "No favourites and no back-room deals. The full list of bids stays on the result page.",
    ),
];

/// How it works for each role, in three steps.
#[component]
pub(super) fn Steps() -> impl IntoView {
    view! {
        <section class="section section-tint" aria-labelledby="how">
            <div class="wrap">
                <div class="section-head">
                    <h2 id="how">"How it works"</h2>
                    <a class="link" href="/how-it-works">"The full rules"</a>
                </div>
                <div class="steps-two">
                    <div>
                        <h3 class="mb-3">"If you need work done"</h3>
                        {list(SELLER)}
                    </div>
                    <div>
                        <h3 class="mb-3">"If you are self-employed"</h3>
                        {list(BUYER)}
                    </div>
                </div>
            </div>
        </section>
    }
}

fn list(steps: [(&'static str, &'static str); 3]) -> impl IntoView {
    let items = steps
        .into_iter()
        .map(|(title, text)| view! { <li><strong>{title}</strong><p>{text}</p></li> })
        .collect_view();
    view! { <ol class="step-list">{items}</ol> }
}
