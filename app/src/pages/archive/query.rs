use crate::{
    form::Form,
    pages::search::{self, Chip, count},
};
use guildhall::{
    archive::{ArchiveCursor, Ending},
    project::{Category, SearchReport},
};

/// The archive's query, as in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ArchiveQuery {
    pub q: String,
    /// A slug, or empty.
    pub category: String,
    /// A name of `Ending`, or empty for the default.
    pub ending: String,
    /// A code, or empty.
    pub currency: String,
    pub price_from: String,
    pub price_to: String,
    pub bids_from: String,
    pub bids_to: String,
    /// Days in the visitor's zone, the last one included.
    pub ended_from: String,
    pub ended_to: String,
    /// A name of `ArchiveOrder`, or empty for the default.
    pub sort: String,
    /// A cursor, or empty for the first page.
    pub after: String,
}

impl ArchiveQuery {
    /// Reads the parameters of a URL.
    #[must_use]
    pub fn new(get: impl Fn(&str) -> String) -> Self {
        Self {
            q: get("q"),
            category: get("category"),
            ending: get("ending"),
            currency: get("currency"),
            price_from: get("price_from"),
            price_to: get("price_to"),
            bids_from: get("bids_from"),
            bids_to: get("bids_to"),
            ended_from: get("ended_from"),
            ended_to: get("ended_to"),
            sort: get("sort"),
            after: get("after"),
        }
    }

    /// The filters and the order with their names in the URL; empty ones are omitted.
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("q", self.q.as_str()),
            ("category", &self.category),
            ("ending", &self.ending),
            ("currency", &self.currency),
            ("price_from", &self.price_from),
            ("price_to", &self.price_to),
            ("bids_from", &self.bids_from),
            ("bids_to", &self.bids_to),
            ("ended_from", &self.ended_from),
            ("ended_to", &self.ended_to),
            ("sort", &self.sort),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// The URL of the page at this path that starts at the cursor.
    #[must_use]
    pub fn url(&self, path: &str, after: Option<ArchiveCursor>) -> String {
        let after = after.map(|after| after.to_string());
        let after = after.as_deref().map(|after| ("after", after));
        search::url(path, self.pairs().into_iter().chain(after))
    }

    /// The canonical URL, without the order, which shows the same auctions.
    pub(super) fn canonical(&self) -> String {
        self.url_without("sort")
    }

    fn url_without(&self, omitted: &str) -> String {
        let pairs = self.pairs().into_iter();
        search::url("/archive", pairs.filter(|(name, _)| *name != omitted))
    }

    /// The applied filters, without refused ones. The order is not a filter.
    pub(super) fn chips(&self, form: &Form) -> Vec<Chip> {
        self.pairs()
            .into_iter()
            .filter(|(name, _)| form.error(name).is_none())
            .filter_map(|(name, value)| {
                let text = filter_text(name, value)?;
                let url_without = self.url_without(name);
                Some(Chip { text, url_without })
            })
            .collect()
    }

    /// How the listed auctions ended.
    pub(super) fn listed_ending(&self) -> Ending {
        self.ending.parse().unwrap_or_default()
    }

    /// The URL of the same list for auctions that ended the other way. Bounds of the price are left out, because auctions
    /// without a bid have none.
    pub(super) fn url_of_other_ending(&self) -> String {
        let other = self.listed_ending().other();
        let is_kept = |name: &str| !matches!(name, "ending" | "price_from" | "price_to");
        let retained = self.pairs().into_iter().filter(|(name, _)| is_kept(name));
        let ending = (other != Ending::default()).then(|| ("ending", other.name()));
        search::url("/archive", retained.chain(ending))
    }

    /// A description of this page of the archive.
    pub(super) fn description(&self, report: &SearchReport) -> String {
        let (one, many) = self.listed_ending().nouns();
        let mut text = count(report, report.total, one, many);
        for (name, value) in self.pairs() {
            if let Some(filter_text) = filter_text(name, value).filter(|_| name != "ending") {
                text += &format!(", {filter_text}");
            }
        }
        text + ". Each has a result page with every bid."
    }
}

/// A filter as text; `None` for the order, for the default ending, and for a value that is not valid.
fn filter_text(name: &str, value: &str) -> Option<String> {
    Some(match name {
        "q" => format!("“{value}”"),
        "category" => value.parse::<Category>().ok()?.label().to_owned(),
        "ending" => {
            let ending: Ending = value.parse().ok()?;
            (ending != Ending::default()).then(|| ending.label().to_owned())?
        }
        "currency" => value.to_owned(),
        "price_from" => format!("From {value}"),
        "price_to" => format!("Up to {value}"),
        "bids_from" => format!("Bids: from {value}"),
        "bids_to" => format!("Bids: up to {value}"),
        "ended_from" => format!("Since {value}"),
        "ended_to" => format!("Until {value}"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query() -> ArchiveQuery {
        ArchiveQuery {
            q: "oak & glass".to_owned(),
            category: "trades".to_owned(),
            ending: "awarded".to_owned(),
            price_to: "500".to_owned(),
            sort: "oldest".to_owned(),
            ..ArchiveQuery::default()
        }
    }

    #[test]
    fn the_next_page_keeps_the_filters_and_the_order() {
        let cursor = "1796040000000000-12".parse().expect("a cursor");
        assert_eq!(
            query().url("/archive", Some(cursor)),
            "/archive?q=oak+%26+glass&category=trades&ending=awarded&price_to=500&sort=oldest&after=1796040000000000-12"
        );
        assert_eq!(ArchiveQuery::default().url("/archive", None), "/archive");
        assert_eq!(
            query().canonical(),
            "/archive?q=oak+%26+glass&category=trades&ending=awarded&price_to=500"
        );
    }

    #[test]
    fn the_list_of_the_other_ending_keeps_the_filters_that_apply_to_it() {
        assert_eq!(
            query().url_of_other_ending(),
            "/archive?q=oak+%26+glass&category=trades&sort=oldest&ending=unawarded"
        );
        let unawarded = ArchiveQuery {
            ending: "unawarded".to_owned(),
            ..ArchiveQuery::default()
        };
        assert_eq!(unawarded.url_of_other_ending(), "/archive");
    }

    #[test]
    fn each_filter_is_a_chip_that_removes_it() {
        let chips = query().chips(&Form::default());
        let texts: Vec<_> = chips.iter().map(|chip| chip.text.as_str()).collect();
        assert_eq!(
            texts,
            ["“oak & glass”", "Crafts & on-site work", "Up to 500"]
        );
        assert_eq!(
            chips[1].url_without,
            "/archive?q=oak+%26+glass&ending=awarded&price_to=500&sort=oldest"
        );
    }
}
