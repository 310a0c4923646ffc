//! The prices at which auctions ended, by category and currency.
//!
//! The figures cover the auctions that ended last, at most [`MAX_EVALUATED`] of all categories together. So their cost
//! does not grow with the archive, and they follow the market.

use super::store::{self, FigureRow};
use crate::{
    Error, Result,
    money::{Currency, Money},
    project::Category,
    store::Connection,
};
use time::OffsetDateTime;

/// Maximum number of auctions that the figures cover.
pub const MAX_EVALUATED: i64 = 20_000;

/// The bounds between the bands of budgets, in minor units of each project's own currency.
pub const BAND_BOUNDS: [i64; 3] = [50_000, 200_000, 1_000_000];

/// The figures of all categories.
#[derive(Debug, Clone, Default)]
pub struct PriceStatistics {
    /// How many auctions the figures cover.
    pub finished: i64,
    /// How many of them had a winner.
    pub awarded: i64,
    /// The earliest deadline among them, if earlier auctions may have been left out.
    pub since: Option<OffsetDateTime>,
    /// In the order of categories on pages, and by currency.
    pub categories: Vec<CategoryFigures>,
}

/// The auctions of a category in one currency.
#[derive(Debug, Clone)]
pub struct CategoryFigures {
    pub category: Category,
    pub currency: Currency,
    pub all: AuctionFigures,
    /// By budget, lowest first, including bands without an auction.
    pub bands: Vec<BudgetBand>,
}

/// The auctions with a budget from `from` to below `before`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetBand {
    pub from: Option<Money>,
    pub before: Option<Money>,
    /// `None` without an auction.
    pub figures: Option<AuctionFigures>,
}

/// The figures of one or more auctions that have ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuctionFigures {
    pub finished: i64,
    /// How many of them had a winner.
    pub awarded: i64,
    /// `None` if none had a winner.
    pub prices: Option<Prices>,
    /// The median and the largest number of bids that were live at the end.
    pub median_bids: i32,
    pub most_bids: i32,
}

/// Prices that were paid, so each is exact. With an even number of auctions, the median is the lower of the two in the
/// middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prices {
    pub lowest: Money,
    pub median: Money,
    pub highest: Money,
    /// `None` for fewer than [`FEWEST_FOR_QUARTILES`] prices.
    pub quartiles: Option<Quartiles>,
}

/// The bounds of the middle half of the prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quartiles {
    pub lower: Money,
    pub upper: Money,
}

/// With fewer prices, the quartiles would be the extremes, which look like the usual range but are not.
pub const FEWEST_FOR_QUARTILES: i64 = 4;

/// The figures of the auctions that ended last.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn statistics(db: &mut Connection) -> Result<PriceStatistics> {
    collect(&store::figures(db).await?)
}

/// Expects the row of a category before those of its bands.
fn collect(rows: &[FigureRow]) -> Result<PriceStatistics> {
    let mut categories: Vec<CategoryFigures> = Vec::new();
    for row in rows {
        let currency: Currency = row.currency.parse().map_err(Error::unexpected)?;
        let figures = figures(row, currency);
        let Some(band) = row.band else {
            categories.push(CategoryFigures {
                category: row.category.parse().map_err(Error::unexpected)?,
                currency,
                all: figures,
                bands: empty_bands(currency),
            });
            continue;
        };
        let bands = categories.last_mut().map(|last| &mut last.bands);
        let at = usize::try_from(band).unwrap_or(usize::MAX);
        if let Some(band) = bands.and_then(|bands| bands.get_mut(at)) {
            band.figures = Some(figures);
        }
    }
    let place = |category| Category::ALL.iter().position(|one| *one == category);
    categories.sort_by_key(|one| (place(one.category), one.currency.code()));
    let finished = categories.iter().map(|one| one.all.finished).sum();
    let awarded = categories.iter().map(|one| one.all.awarded).sum();
    let earliest = rows.iter().map(|row| row.earliest).min();
    Ok(PriceStatistics {
        finished,
        awarded,
        since: earliest.filter(|_| finished >= MAX_EVALUATED),
        categories,
    })
}

fn empty_bands(currency: Currency) -> Vec<BudgetBand> {
    let bound = |at: usize| {
        let minor = BAND_BOUNDS.get(at);
        minor.map(|minor| Money::from_minor(*minor, currency))
    };
    (0..=BAND_BOUNDS.len())
        .map(|at| BudgetBand {
            from: at.checked_sub(1).and_then(bound),
            before: bound(at),
            figures: None,
        })
        .collect()
}

fn figures(row: &FigureRow, currency: Currency) -> AuctionFigures {
    let money = |minor| Money::from_minor(minor, currency);
    let prices = match row.prices[..] {
        [
            Some(lowest),
            Some(lower),
            Some(median),
            Some(upper),
            Some(highest),
        ] => Some(Prices {
            lowest: money(lowest),
            median: money(median),
            highest: money(highest),
            quartiles: (row.awarded >= FEWEST_FOR_QUARTILES).then(|| Quartiles {
                lower: money(lower),
                upper: money(upper),
            }),
        }),
        _ => None,
    };
    AuctionFigures {
        finished: row.finished,
        awarded: row.awarded,
        prices,
        median_bids: row.median_bids,
        most_bids: row.most_bids,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(category: &str, currency: &str, band: Option<i32>, prices: &[i64]) -> FigureRow {
        let awarded = i64::try_from(prices.len()).unwrap_or(0);
        FigureRow {
            category: category.to_owned(),
            currency: currency.to_owned(),
            band,
            finished: awarded.max(1),
            awarded,
            prices: prices.iter().copied().map(Some).collect(),
            median_bids: 2,
            most_bids: 3,
            earliest: OffsetDateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn few_prices_have_no_quartiles() {
        for (awarded, has_quartiles) in [(1, false), (2, false), (3, false), (4, true)] {
            let mut row = row("design", "EUR", None, &[100, 200, 300, 400, 500]);
            row.awarded = awarded;
            let prices = figures(&row, Currency::Eur).prices.expect("has prices");
            assert_eq!(prices.quartiles.is_some(), has_quartiles, "{awarded}");
            assert_eq!(prices.median.to_string(), "€3.00");
        }
    }

    #[test]
    fn categories_are_in_the_order_of_pages_and_each_has_every_band() {
        let prices = [100, 200, 300, 400, 500];
        let rows = [
            row("trades", "EUR", None, &prices),
            row("trades", "EUR", Some(3), &prices),
            row("design", "USD", None, &[]),
            row("design", "USD", Some(0), &[]),
            row("design", "EUR", None, &prices),
        ];
        let found = collect(&rows).expect("valid rows");
        let order = found.categories.iter();
        let order: Vec<_> = order.map(|one| (one.category, one.currency)).collect();
        assert_eq!(
            order,
            [
                (Category::Design, Currency::Eur),
                (Category::Design, Currency::Usd),
                (Category::Trades, Currency::Eur)
            ]
        );
        assert!(found.categories.iter().all(|one| one.bands.len() == 4));
        let trades = &found.categories[2];
        assert_eq!(trades.bands[2].figures, None);
        assert_eq!(trades.bands[3].before, None);
        assert_eq!(trades.bands[3].figures, Some(trades.all.clone()));
        let median = trades.all.prices.map(|prices| prices.median.to_string());
        assert_eq!(median.as_deref(), Some("€3.00"));
        assert_eq!(found.categories[1].all.prices, None);
        assert_eq!((found.finished, found.awarded), (11, 10));
        assert_eq!(found.since, None);
    }
}
