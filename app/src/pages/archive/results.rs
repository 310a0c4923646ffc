use super::ArchiveQuery;
use crate::{
    components::{Day, EmptyState, amount, bids, card_head, plain_amount},
    form::Form,
    pages::search::{chip_list, count, missing, notes},
};
use guildhall::archive::{ArchivePage, FinishedAuction, MAX_ROWS};
use leptos::{either::Either, prelude::*};

/// The results: their number, the applied filters, and one page of auctions.
#[component]
pub(super) fn Results(page: ArchivePage, query: ArchiveQuery, form: Form) -> impl IntoView {
    let ArchivePage {
        auctions,
        next,
        search,
    } = page;
    let chips = query.chips(&form);
    let ending = query.listed_ending();
    let (one, many) = ending.nouns();
    let count = count(&search, search.total, one, many);
    let is_empty = auctions.is_empty();
    let list = if is_empty {
        let missing = missing(&query.q, &search).filter(|_| form.error("q").is_none());
        let why = missing.map_or(
            "No auction that has ended matches all of these filters. Remove one of them, or see all.",
            |missing| missing.advice(),
        );
        Either::Left(no_results(!chips.is_empty(), why))
    } else {
        let cards = auctions.into_iter().map(card).collect_view();
        Either::Right(view! { <ul class="project-list">{cards}</ul> })
    };
    let is_first = query.after.is_empty();
    let (first, next) = (
        (!is_first).then(|| query.url("/archive", None)),
        next.map(|next| query.url("/archive", Some(next))),
    );
    let csv_link = (!is_empty).then(|| csv_link(&query));
    view! {
        <section aria-labelledby="results">
            <div class="section-head">
                <h2 id="results" class="results-title">{count}</h2>
                {chip_list(chips, "/archive")}
            </div>
            <p class="small muted mb-4">
                "This list and its count leave out " <a class="link" href=query.url_of_other_ending()>{ending.other().nouns().1}</a> "."
            </p>
            {notes(&search, "The next page continues there.")}
            {list}
            {pages(first, next)}
            {csv_link}
        </section>
    }
}

fn card(auction: FinishedAuction) -> impl IntoView {
    let link = format!("/projects/{}/result", auction.id);
    let budget = plain_amount(auction.budget);
    let price = match auction.price {
        Some(price) => Either::Left(amount(price, "money money-lg")),
        None => Either::Right(view! { <span class="muted">"No bid"</span> }),
    };
    view! {
        <li>
            <article class="card-project">
                {card_head(link, auction.name, auction.category, auction.seller_name, None)}
                <dl class="card-figures">
                    <div>
                        <dt>"Winning bid"</dt>
                        <dd>{price}</dd>
                        <dd class="sub">{bids(auction.bid_count)} ", budget " {budget}</dd>
                    </div>
                    <div>
                        <dt>"Ended"</dt>
                        <dd><Day at=auction.deadline/></dd>
                    </div>
                </dl>
            </article>
        </li>
    }
}

/// Links to the first page and the next one. A list paged by cursor has no page numbers.
fn pages(first: Option<String>, next: Option<String>) -> impl IntoView {
    (first.is_some() || next.is_some()).then(|| {
        view! {
            <nav class="pagination" aria-label="Pages">
                {first.map(|href| view! { <a href=href>"First page"</a> })}
                {next.map(|href| view! { <a href=href rel="next">"Next"</a> })}
            </nav>
        }
    })
}

fn csv_link(query: &ArchiveQuery) -> impl IntoView + use<> {
    let href = query.url("/archive.csv", None);
    view! {
        <p class="small muted mt-6">
            <a class="link" href=href download>"Download this list as CSV"</a>
            {format!(" (the first {},{:03} auctions, times in UTC)", MAX_ROWS / 1_000, MAX_ROWS % 1_000)}
        </p>
    }
}

fn no_results(is_filtered: bool, why: &'static str) -> impl IntoView {
    if is_filtered {
        Either::Left(view! {
            <EmptyState title="No auction matches">
                <p>{why}</p>
                <a class="btn btn-primary" href="/archive">"All finished auctions"</a>
            </EmptyState>
        })
    } else {
        Either::Right(view! {
            <EmptyState title="No auction has ended yet">
                <p>"Each one appears here at its deadline, with its price."</p>
                <a class="btn btn-primary" href="/projects">"Open projects"</a>
            </EmptyState>
        })
    }
}
