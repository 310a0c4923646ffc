use super::Page;
use crate::{
    chrome::use_chrome,
    components::{amount, plain_amount},
};
use guildhall::money::{Currency, Money};
use leptos::prelude::*;

/// The rules of the auction in plain words.
#[derive(Debug, Clone)]
pub struct HowItWorks;

impl Page for HowItWorks {
    fn title(&self) -> String {
        "How it works".to_owned()
    }

    fn description(&self) -> String {
        "How an open reverse auction works on Guildhall: who may bid, how the lowest bid wins at the deadline, and how everybody can check it."
            .to_owned()
    }

    fn canonical(&self) -> Option<String> {
        Some("/how-it-works".to_owned())
    }

    fn body(self) -> AnyView {
        view! {
            <div class="wrap page">
                <header class="page-head">
                    <h1>"How Guildhall works"</h1>
                    <p class="lead">
                        "An open reverse auction: the price only goes down, everybody can see it, and the clock decides."
                    </p>
                    <p class="muted">
                        "A " <strong>"seller"</strong> " posts the work and pays for it; other platforms say client. A "
                        <strong>"buyer"</strong> " bids for the work and does it; other platforms say freelancer."
                    </p>
                </header>
                <div class="split">
                    <div class="stack stack-lg">
                        <Rules/>
                        <Questions/>
                    </div>
                    <Example/>
                </div>
            </div>
        }
        .into_any()
    }
}

const RULES: [(&str, &str); 8] = [
    (
        "The seller sets the terms",
        "A project has a description, a maximum budget in one currency and a deadline. It can also say where the work is done, by when, and how long it should take. You can't edit a project once it's published.",
    ),
    (
        "Buyers bid one fixed price",
        "A bid is for the whole project and never above the budget. If it is far below the others, we ask before we place it.",
    ),
    (
        "One active bid each",
        "A new bid replaces your old one and must be lower. It need not be the lowest of all. For a minute, you can undo a bid as if you had not placed it, except in the last five minutes. You can withdraw until the deadline; if you come back, you must bid lower than before.",
    ),
    (
        "Amounts are public, names are not",
        "Everybody sees the amount and time of each bid. Only the seller sees who is behind Bidder 1.",
    ),
    (
        "The clock decides",
        "Bidding stops exactly at the deadline. A bid that arrives at that moment or later does not count.",
    ),
    (
        "The lowest bid wins",
        "If two bids are equal, the one placed first wins. Nobody has to press a button.",
    ),
    (
        "Both sides get in touch",
        "The seller and the winner see each other's name and e-mail address. Only the seller sees other bidders' names.",
    ),
    (
        "Anybody can check",
        "The result page lists every active bid in rank order and stays public.",
    ),
];

#[component]
fn Rules() -> impl IntoView {
    let rules = RULES
        .into_iter()
        .map(|(title, text)| view! { <li><strong>{title}</strong><p>{text}</p></li> })
        .collect_view();
    view! {
        <section aria-labelledby="rules">
            <div class="section-head mb-0"><h2 id="rules">"The rules of the auction"</h2></div>
            <ol class="step-list">{rules}</ol>
        </section>
    }
}

const QUESTIONS: [(&str, &str); 6] = [
    (
        "I know other platforms. Who am I here?",
        "If you are the client there, you are a seller here: you post the work. If you are the freelancer there, you are a buyer here: you bid for it.",
    ),
    (
        "Can a seller refuse the lowest bid?",
        "No. Whoever posts a project accepts the result before the auction starts.",
    ),
    (
        "Can a seller cancel a project?",
        "Only while it has no active bids. Otherwise the auction runs to its deadline.",
    ),
    (
        "What if nobody bids?",
        "The project closes without an award. The seller can post it again.",
    ),
    (
        "Which time counts?",
        "The clock of our server. Your pages show the same moment in the time zone you choose.",
    ),
    (
        "What does it cost?",
        "Nothing, for either side. The two of you settle the payment between yourselves.",
    ),
];

#[component]
fn Questions() -> impl IntoView {
    let questions = QUESTIONS
        .into_iter()
        .map(|(question, answer)| view! { <h3>{question}</h3><p>{answer}</p> })
        .collect_view();
    view! {
        <section aria-labelledby="questions">
            <div class="section-head"><h2 id="questions">"Questions"</h2></div>
            <div class="prose">
                {questions}
                <h3>"What do others pay?"</h3>
                <p>
                    <a href="/archive">"Every finished auction"</a>" is public, with its price and its bids, and so are "
                    <a href="/archive/statistics">"the prices in each category"</a>". So anybody can check that the lowest bid won."
                </p>
                <h3>"Can a program do this for me?"</h3>
                <p>"Yes, all of it. "<a href="/api/docs">"The API"</a>" is free, and its pages show every call."</p>
            </div>
        </section>
    }
}

/// The example's bids: bidder number and amount in cents.
const BIDS: [(i32, i64); 4] = [(2, 154_000), (5, 139_000), (1, 125_000), (7, 118_000)];
const BUDGET: i64 = 180_000;
const LOWEST: i64 = BIDS[3].1;

#[component]
fn Example() -> impl IntoView {
    let euro = |minor| Money::from_minor(minor, Currency::Eur);
    let steps = BIDS
        .into_iter()
        .map(|(bidder, minor)| view! { <li><span>"Bidder " {bidder}</span> " " {amount(euro(minor), "money")}</li> })
        .collect_view();
    let (next, next_label) = if use_chrome().viewer.is_some() {
        ("/projects", "See open projects")
    } else {
        ("/sign-up", "Create an account")
    };
    view! {
        <aside class="stack split-aside" aria-label="An example">
            <div class="gable">
                <div class="gable-head">
                    <p class="gable-label">"Example"</p>
                    <p>{amount(euro(LOWEST), "money money-xl")}</p>
                    <p class="gable-label">"wins at the deadline"</p>
                </div>
                <div class="gable-body">
                    <ol class="bid-steps" aria-label="Bids in the example">{steps}</ol>
                    <p class="hint">"Budget up to " {plain_amount(euro(BUDGET))} ". Four active bids; the last one is the lowest."</p>
                    <a class="btn btn-primary btn-wide" href=next>{next_label}</a>
                </div>
            </div>
        </aside>
    }
}
