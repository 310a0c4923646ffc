use crate::{
    components::{Day, EmptyState, TableRegion, amount},
    pages::{Page, search},
};
use guildhall::{
    archive::{
        AuctionFigures, BudgetBand, CategoryFigures, Ending, FEWEST_FOR_QUARTILES, PriceStatistics,
        Prices,
    },
    money::{Currency, Money},
};
use leptos::{either::Either, prelude::*};

/// The prices of finished auctions by category, with a section for each currency.
#[derive(Debug, Clone)]
pub struct ArchiveStatistics {
    pub statistics: PriceStatistics,
}

impl Page for ArchiveStatistics {
    fn title(&self) -> String {
        "Prices by category".to_owned()
    }

    fn description(&self) -> String {
        "What work costs on Guildhall: the median, the quartiles and the range of winning bids in each category, and how many bids projects get."
            .to_owned()
    }

    fn canonical(&self) -> Option<String> {
        Some("/archive/statistics".to_owned())
    }

    fn body(self) -> AnyView {
        let PriceStatistics {
            finished,
            awarded,
            since,
            categories,
        } = self.statistics;
        let scope = match since {
            None => Either::Left(format!("Of all {finished} finished auctions: ")),
            Some(since) => Either::Right(
                view! { {format!("Of the last {finished} finished auctions, since ")} <Day at=since/> ": " },
            ),
        };
        let parts = view! {
            {part(awarded, Ending::Awarded)} " and " {part(finished - awarded, Ending::Unawarded)} "."
        };
        let sections = Currency::ALL.into_iter().filter_map(|currency| {
            let here: Vec<_> = categories
                .iter()
                .filter(|one| one.currency == currency)
                .collect();
            (!here.is_empty()).then(|| section(currency, &here))
        });
        let sections = sections.collect_view();
        let content = if categories.is_empty() {
            Either::Left(view! {
                <EmptyState title="No auction has ended yet">
                    <p>"The prices appear here with the first result."</p>
                    <a class="btn btn-primary" href="/projects">"Open projects"</a>
                </EmptyState>
            })
        } else {
            Either::Right(view! {
                {sections}
                <p class="small muted">
                    "Each price is a winning bid. Half of all winning bids are at the median or below it, and the middle half lies between the quartiles. "
                    {format!("With fewer than {FEWEST_FOR_QUARTILES} winning bids, no quartiles are shown: ")}
                    "so few prices say little about what is typical. "
                    <a class="link" href="/archive/statistics.csv" download>"Download these figures as CSV"</a>
                </p>
            })
        };
        view! {
            <div class="wrap page">
                <header class="page-head">
                    <h1>"Prices by category"</h1>
                    <p class="lead">{scope} {parts} " Look at each of them to check the figures."</p>
                </header>
                <div class="stack stack-lg">{content}</div>
            </div>
        }
        .into_any()
    }
}

fn section(currency: Currency, categories: &[&CategoryFigures]) -> impl IntoView + use<> {
    let id = format!("in-{currency}");
    let heading = id.clone();
    view! {
        <section aria-labelledby=id>
            <div class="section-head"><h2 id=heading>{format!("In {currency}")}</h2></div>
            {prices(currency, categories)}
            <h3 class="mt-6">"Bids by budget"</h3>
            <p class="hint">"The median number of bids at the deadline, with the number of auctions in brackets."</p>
            {bids_by_budget(currency, categories)}
        </section>
    }
}

/// How many auctions ended like this, linked to their list.
fn part(how_many: i64, ending: Ending) -> impl IntoView {
    let (one, many) = ending.nouns();
    let noun = if how_many == 1 { one } else { many };
    let href = list(ending, &[]);
    view! { <a class="link" href=href>{format!("{how_many} {noun}")}</a> }
}

/// The URL of the auctions that ended like this.
fn list(ending: Ending, pairs: &[(&'static str, &str)]) -> String {
    let ending = (ending != Ending::default()).then(|| ("ending", ending.name()));
    search::url("/archive", pairs.iter().copied().chain(ending))
}

fn list_of(one: &CategoryFigures, ending: Ending) -> String {
    let (category, currency) = (one.category.slug(), one.currency.code());
    list(ending, &[("category", category), ("currency", currency)])
}

/// A category, linked to its auctions with a winner.
fn category(one: &CategoryFigures) -> impl IntoView + use<> {
    let href = list_of(one, Ending::Awarded);
    view! { <th scope="row"><a class="link" href=href>{one.category.label()}</a></th> }
}

type PriceOf = fn(&Prices) -> Option<Money>;

/// The columns of prices: the median alone for a single price, and quartiles for enough of them.
const PRICES: [(&str, PriceOf); 5] = [
    ("Lowest", |prices| {
        (prices.lowest != prices.highest).then_some(prices.lowest)
    }),
    ("Lower quartile", |prices| Some(prices.quartiles?.lower)),
    ("Median", |prices| Some(prices.median)),
    ("Upper quartile", |prices| Some(prices.quartiles?.upper)),
    ("Highest", |prices| {
        (prices.lowest != prices.highest).then_some(prices.highest)
    }),
];

fn prices(currency: Currency, categories: &[&CategoryFigures]) -> impl IntoView + use<> {
    let heads = PRICES.map(|(label, _)| view! { <th scope="col" class="num-col">{label}</th> });
    let rows = categories.iter().map(|one| {
        let AuctionFigures {
            finished,
            awarded,
            prices,
            ..
        } = &one.all;
        let unawarded = finished - awarded;
        let unawarded = match unawarded {
            0 => Either::Left(unawarded),
            _ => Either::Right(
                view! { <a class="link" href=list_of(one, Ending::Unawarded)>{unawarded}</a> },
            ),
        };
        let prices = PRICES.map(|(label, pick)| {
            let price = match prices.as_ref().and_then(pick) {
                Some(price) => Either::Left(amount(price, "money")),
                None => Either::Right("–"),
            };
            view! { <td class="num-col" data-label=label>{price}</td> }
        });
        view! {
            <tr>
                {category(one)}
                <td class="num-col" data-label=Ending::Awarded.label()>{*awarded}</td>
                <td class="num-col" data-label=Ending::Unawarded.label()>{unawarded}</td>
                {prices}
            </tr>
        }
    });
    let rows = rows.collect_view();
    let label = region(currency, "Winning bids");
    view! {
        <TableRegion label>
            <table class="table table-stack">
                <thead>
                    <tr>
                        <th scope="col">"Category"</th>
                        <th scope="col" class="num-col">{Ending::Awarded.label()}</th>
                        <th scope="col" class="num-col">{Ending::Unawarded.label()}</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
    }
}

fn bids_by_budget(currency: Currency, categories: &[&CategoryFigures]) -> impl IntoView + use<> {
    let bands = categories.first().map(|one| one.bands.as_slice());
    let labels: Vec<_> = bands.unwrap_or_default().iter().map(budgets).collect();
    let rows = categories.iter().map(|one| {
        let cells = one.bands.iter().zip(&labels).map(|(band, label)| {
            let cell_text = match &band.figures {
                Some(figures) => format!("{} ({})", figures.median_bids, figures.finished),
                None => "–".to_owned(),
            };
            view! { <td class="num-col" data-label=label.clone()>{cell_text}</td> }
        });
        view! { <tr>{category(one)} {cells.collect_view()}</tr> }
    });
    let rows = rows.collect_view();
    let heads = labels.into_iter();
    let heads = heads.map(|label| view! { <th scope="col" class="num-col">{label}</th> });
    let heads = heads.collect_view();
    let label = region(currency, "Bids by budget");
    view! {
        <TableRegion label>
            <table class="table table-stack">
                <thead><tr><th scope="col">"Category"</th>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
    }
}

/// The budgets of a band.
fn budgets(band: &BudgetBand) -> String {
    match (band.from, band.before) {
        (Some(from), Some(before)) => format!("{} to {}", whole(from), whole(before)),
        (Some(from), None) => format!("{} and above", whole(from)),
        (None, Some(before)) => format!("Below {}", whole(before)),
        (None, None) => "Any".to_owned(),
    }
}

/// The name of a table, different in each currency.
fn region(currency: Currency, what: &str) -> String {
    format!("{what} in {currency}")
}

/// An amount without its zero decimals.
fn whole(money: Money) -> String {
    let text = money.to_string();
    text.strip_suffix(".00").unwrap_or(&text).to_owned()
}
