//! The archive of finished auctions, as pages and as CSV files.
//!
//! Both are the same for everybody, so even a signed-in viewer gets a cached answer. A file lists at most 5,000
//! auctions, and its `Link` header has the URL of the next file.

use super::{
    failure::Failure,
    list_query::{Filters, Parameters, parameters},
    project_list::status,
    routes::Routes,
    visit::Visit,
};
use crate::{cache::read_cache::Freshness, http::csv};
use app::pages::{ArchiveList, ArchiveQuery, ArchiveStatistics};
use axum::{http::header, response::Response};
use guildhall::{
    Error, Result,
    archive::{
        self, ArchiveCursor, ArchiveFilter, ArchiveOrder, ArchivePage, AuctionFigures,
        FinishedAuction, MAX_ROWS, PER_PAGE, PriceStatistics,
    },
    field::{FieldError, ValueError},
    moment::{Zone, rfc3339},
    money::Money,
    project::BidBounds,
};
use std::sync::Arc;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/archive", show)
        .get("/archive.csv", file)
        .get("/archive/statistics", show_statistics)
        .get("/archive/statistics.csv", statistics_file)
}

/// What a URL asks for.
struct ArchiveRequest {
    filter: ArchiveFilter,
    order: ArchiveOrder,
    after: Option<ArchiveCursor>,
    errors: Vec<FieldError>,
}

/// `GET /archive`
async fn show(visit: Visit, raw: Parameters) -> Result<Response, Failure> {
    let mut query = ArchiveQuery::new(parameters(raw)?);
    let request = parsed(&query, &visit.zone);
    if request.after.is_none() {
        query.after.clear();
    }
    let page = read(&visit, &request, PER_PAGE).await?;
    let (page, errors) = (ArchivePage::clone(&page), request.errors);
    let status = status(&errors);
    visit
        .page_with(
            status,
            ArchiveList {
                page,
                query,
                errors,
            },
        )
        .await
}

/// `GET /archive.csv`
async fn file(visit: Visit, raw: Parameters) -> Result<Response, Failure> {
    let query = ArchiveQuery::new(parameters(raw)?);
    let request = parsed(&query, &visit.zone);
    if !request.errors.is_empty() {
        return Err(Error::Invalid(request.errors).into());
    }
    let page = read(&visit, &request, MAX_ROWS).await?;
    let base_url = &visit.app.settings.base_url;
    let rows = page.auctions.iter().map(|auction| row(auction, base_url));
    let mut answer = csv::download("guildhall-archive.csv", csv::file(COLUMNS, rows)?);
    if let Some(next) = page.next {
        let link = format!(
            "<{base_url}{}>; rel=\"next\"",
            query.url("/archive.csv", Some(next))
        );
        let link = link.parse().map_err(Error::unexpected)?;
        answer.headers_mut().insert(header::LINK, link);
    }
    Ok(answer)
}

/// The requested page, cached by the parsed filter: unknown parameters in the URL do not change the list.
async fn read(visit: &Visit, request: &ArchiveRequest, most: i64) -> Result<Arc<ArchivePage>> {
    let ArchiveRequest {
        filter,
        order,
        after,
        ..
    } = request;
    let key = format!("{filter:?} {order:?} {after:?} {most}");
    let read = async || {
        let _place = visit.app.request_limits.list_place().await?;
        let db = &mut *visit.app.pool.acquire().await?;
        let totals = Some(&visit.app.totals);
        archive::list(db, totals, filter, *order, *after, most)
            .await
            .map(Arc::new)
    };
    let archive = &visit.app.pages.archive;
    archive.get(&key, Freshness::Recent, read).await
}

/// Days are those of the visitor's zone. An unknown cursor means the first page.
fn parsed(query: &ArchiveQuery, zone: &Zone) -> ArchiveRequest {
    let mut filters = Filters::default();
    let currency = &query.currency;
    let filter = ArchiveFilter {
        words: filters.words(&query.q),
        ending: filters
            .take("ending", &query.ending, str::parse)
            .unwrap_or_default(),
        category: filters.take("category", &query.category, str::parse),
        currency: filters.take("currency", currency, str::parse),
        bids: BidBounds {
            lowest_from: filters.minor("price_from", &query.price_from, currency),
            lowest_to: filters.minor("price_to", &query.price_to, currency),
            count_from: filters.take("bids_from", &query.bids_from, count),
            count_to: filters.take("bids_to", &query.bids_to, count),
        },
        ended_from: filters
            .take("ended_from", &query.ended_from, |day| zone.day_in(day))
            .map(|day| day.start),
        ended_before: filters
            .take("ended_to", &query.ended_to, |day| zone.day_in(day))
            .map(|day| day.end),
    };
    ArchiveRequest {
        filter,
        order: filters
            .take("sort", &query.sort, str::parse)
            .unwrap_or_default(),
        after: query.after.parse().ok(),
        errors: filters.errors(),
    }
}

fn count(text: &str) -> Result<i32, ValueError> {
    let is_number = text.len() <= 9 && text.bytes().all(|digit| digit.is_ascii_digit());
    let number = is_number.then(|| text.parse().ok()).flatten();
    number.ok_or(ValueError::NotACount)
}

const COLUMNS: [&str; 10] = [
    "project",
    "name",
    "seller",
    "category",
    "currency",
    "budget",
    "winning_bid",
    "bids",
    "deadline",
    "result",
];

fn row(auction: &FinishedAuction, base_url: &str) -> [String; 10] {
    [
        auction.id.to_string(),
        auction.name.clone(),
        auction.seller_name.clone(),
        auction.category.slug().to_owned(),
        auction.budget.currency().code().to_owned(),
        auction.budget.to_decimal(),
        decimal(auction.price),
        auction.bid_count.to_string(),
        rfc3339(auction.deadline),
        format!("{base_url}/projects/{}/result", auction.id),
    ]
}

fn decimal(money: Option<Money>) -> String {
    money.map(Money::to_decimal).unwrap_or_default()
}

/// `GET /archive/statistics`
async fn show_statistics(visit: Visit) -> Result<Response, Failure> {
    let statistics = read_statistics(&visit).await?;
    let statistics = PriceStatistics::clone(&statistics);
    visit.page(ArchiveStatistics { statistics }).await
}

/// `GET /archive/statistics.csv`: a row for each category and currency, and one for each band of its budgets.
async fn statistics_file(visit: Visit) -> Result<Response, Failure> {
    let statistics = read_statistics(&visit).await?;
    let file = csv::file(STATISTICS_COLUMNS, statistics_rows(&statistics))?;
    Ok(csv::download("guildhall-prices.csv", file))
}

async fn read_statistics(visit: &Visit) -> Result<Arc<PriceStatistics>> {
    let read = async || {
        let _place = visit.app.request_limits.list_place().await?;
        let db = &mut *visit.app.pool.acquire().await?;
        archive::statistics(db).await.map(Arc::new)
    };
    let statistics = &visit.app.pages.statistics;
    statistics.get(&(), Freshness::Recent, read).await
}

const STATISTICS_COLUMNS: [&str; 13] = [
    "category",
    "currency",
    "budget_from",
    "budget_below",
    "auctions",
    "with_winner",
    "lowest",
    "lower_quartile",
    "median",
    "upper_quartile",
    "highest",
    "median_bids",
    "most_bids",
];

fn statistics_rows(statistics: &PriceStatistics) -> Vec<[String; 13]> {
    let mut rows = Vec::new();
    for one in &statistics.categories {
        let mut add = |from: Option<Money>, before: Option<Money>, figures: &AuctionFigures| {
            let price = |pick: fn(&archive::Prices) -> Option<Money>| {
                decimal(figures.prices.as_ref().and_then(pick))
            };
            rows.push([
                one.category.slug().to_owned(),
                one.currency.code().to_owned(),
                decimal(from),
                decimal(before),
                figures.finished.to_string(),
                figures.awarded.to_string(),
                price(|prices| Some(prices.lowest)),
                price(|prices| Some(prices.quartiles?.lower)),
                price(|prices| Some(prices.median)),
                price(|prices| Some(prices.quartiles?.upper)),
                price(|prices| Some(prices.highest)),
                figures.median_bids.to_string(),
                figures.most_bids.to_string(),
            ]);
        };
        add(None, None, &one.all);
        for band in &one.bands {
            if let Some(figures) = &band.figures {
                add(band.from, band.before, figures);
            }
        }
    }
    rows
}
