use crate::{
    components::{Day, EmptyState, TableRegion, amount},
    pages::{Page, search},
};
use guildhall::{
    archive::{AuctionFigures, CategoryFigures, PriceStatistics},
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
            since,
            categories,
        } = self.statistics;
        let scope = match since {
            None => Either::Left(format!("Of all {finished} finished auctions. ")),
            Some(since) => Either::Right(
                view! { {format!("Of the last {finished} finished auctions, since ")} <Day at=since/> ". " },
            ),
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
                    <a class="link" href="/archive/statistics.csv" download>"Download these figures as CSV"</a>
                </p>
            })
        };
        view! {
            <div class="wrap page">
                <header class="page-head">
                    <h1>"Prices by category"</h1>
                    <p class="lead">
                        {scope} <a class="link" href="/archive">"Look at each auction"</a> " to check the figures."
                    </p>
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

/// A category, linked to its auctions.
fn category(one: &CategoryFigures) -> impl IntoView + use<> {
    let pairs = [
        ("category", one.category.slug()),
        ("currency", one.currency.code()),
    ];
    let href = search::url("/archive", pairs.into_iter());
    view! { <th scope="row"><a class="link" href=href>{one.category.label()}</a></th> }
}

fn prices(currency: Currency, categories: &[&CategoryFigures]) -> impl IntoView + use<> {
    let rows = categories.iter().map(|one| {
        let AuctionFigures {
            finished,
            awarded,
            prices,
            ..
        } = &one.all;
        let price = |pick: fn(&guildhall::archive::Prices) -> Money| match prices {
            Some(prices) => Either::Left(amount(pick(prices), "money")),
            None => Either::Right("–"),
        };
        view! {
            <tr>
                {category(one)}
                <td class="num-col">{*finished}</td>
                <td class="num-col">{*awarded}</td>
                <td class="num-col">{price(|prices| prices.lowest)}</td>
                <td class="num-col">{price(|prices| prices.lower_quartile)}</td>
                <td class="num-col">{price(|prices| prices.median)}</td>
                <td class="num-col">{price(|prices| prices.upper_quartile)}</td>
                <td class="num-col">{price(|prices| prices.highest)}</td>
            </tr>
        }
    });
    let rows = rows.collect_view();
    let label = region(currency, "Winning bids");
    view! {
        <TableRegion label>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Category"</th>
                        <th scope="col" class="num-col">"Auctions"</th>
                        <th scope="col" class="num-col">"With a winner"</th>
                        <th scope="col" class="num-col">"Lowest"</th>
                        <th scope="col" class="num-col">"Lower quartile"</th>
                        <th scope="col" class="num-col">"Median"</th>
                        <th scope="col" class="num-col">"Upper quartile"</th>
                        <th scope="col" class="num-col">"Highest"</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
    }
}

fn bids_by_budget(currency: Currency, categories: &[&CategoryFigures]) -> impl IntoView + use<> {
    let bands = categories.first().map(|one| one.bands.clone());
    let heads = bands.unwrap_or_default().into_iter().map(|band| {
        let words = match (band.from, band.before) {
            (Some(from), Some(before)) => format!("{} to {}", whole(from), whole(before)),
            (Some(from), None) => format!("{} and above", whole(from)),
            (None, Some(before)) => format!("Below {}", whole(before)),
            (None, None) => "Any".to_owned(),
        };
        view! { <th scope="col" class="num-col">{words}</th> }
    });
    let heads = heads.collect_view();
    let rows = categories.iter().map(|one| {
        let cells = one.bands.iter().map(|band| {
            let words = match &band.figures {
                Some(figures) => format!("{} ({})", figures.median_bids, figures.finished),
                None => "–".to_owned(),
            };
            view! { <td class="num-col">{words}</td> }
        });
        view! { <tr>{category(one)} {cells.collect_view()}</tr> }
    });
    let rows = rows.collect_view();
    let label = region(currency, "Bids by budget");
    view! {
        <TableRegion label>
            <table class="table">
                <thead><tr><th scope="col">"Category"</th>{heads}</tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </TableRegion>
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
