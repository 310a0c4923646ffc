use crate::pages::search;
use guildhall::{
    project::{Category, WorkPlaceKind},
    saved_search::SavedFilter,
};

/// The list's query, as in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub q: String,
    /// A slug, or empty.
    pub category: String,
    /// A code, or empty.
    pub currency: String,
    pub budget_from: String,
    pub budget_to: String,
    /// A name of `WorkPlaceKind`, or empty.
    pub work_place: String,
    /// `today`, or empty.
    pub closing: String,
    /// `none`, or empty.
    pub bids: String,
    /// `last-visit`, a time as in the link of a saved search's digest, or empty.
    pub since: String,
    /// A name of `Sort`, or empty for the default.
    pub sort: String,
}

impl Query {
    /// The parameters with their names in the URL; empty ones are omitted.
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("q", self.q.as_str()),
            ("category", &self.category),
            ("currency", &self.currency),
            ("budget_from", &self.budget_from),
            ("budget_to", &self.budget_to),
            ("work_place", &self.work_place),
            ("closing", &self.closing),
            ("bids", &self.bids),
            ("since", &self.since),
            ("sort", &self.sort),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// The URL of this page of the list.
    #[must_use]
    pub fn url(&self, page: i64) -> String {
        let page = (page > 1).then(|| page.to_string());
        url(self
            .pairs()
            .into_iter()
            .chain(page.as_deref().map(|page| ("page", page))))
    }

    /// The canonical URL of this page, without the order, which shows the same projects.
    pub(super) fn canonical(&self, page: i64) -> String {
        let sort = String::new();
        Self {
            sort,
            ..self.clone()
        }
        .url(page)
    }

    /// A description of this page of the list.
    pub(super) fn description(&self, total: i64, is_exact: bool, page: i64) -> String {
        let mut text = match total {
            total if !is_exact => format!("At least {total} open projects"),
            1 => "1 open project".to_owned(),
            total => format!("{total} open projects"),
        };
        if let Ok(category) = self.category.parse::<Category>() {
            text += &format!(" in {}", category.label());
        }
        if !self.q.is_empty() {
            text += &format!(" that match “{}”", self.q);
        }
        match (self.budget_from.as_str(), self.budget_to.as_str()) {
            ("", "") => {}
            (from, "") => text += &format!(", budget from {from}"),
            ("", to) => text += &format!(", budget up to {to}"),
            (from, to) => text += &format!(", budget {from} to {to}"),
        }
        if !self.currency.is_empty() {
            text += &format!(", in {}", self.currency);
        }
        for (name, value) in self.pairs() {
            if let Some(filter_text) = filter_text(name, value) {
                text += &format!(", {}", filter_text.to_lowercase());
            }
        }
        if page > 1 {
            text += &format!(", page {page}");
        }
        text + ". Bid a fixed price: the lowest bid wins at the deadline."
    }

    /// The URL of the Atom feed of this search, which has its own order. Its reader shows what is new by itself.
    #[must_use]
    pub fn feed(&self) -> String {
        let filters = self
            .pairs()
            .into_iter()
            .filter(|(name, _)| !["sort", "since"].contains(name));
        search::url("/projects.atom", filters)
    }

    /// The address of the form that saves this search; `None` if nothing in it can be saved.
    pub(super) fn saving(&self) -> Option<String> {
        let pairs = self.pairs();
        let can_be_saved = |(name, _): &(&str, &str)| SavedFilter::NAMES.contains(name);
        pairs.iter().any(can_be_saved).then(|| {
            let kept = pairs.into_iter().filter(|(name, _)| *name != "sort");
            search::url("/account/searches/new", kept)
        })
    }

    /// What this search finds, as the name of its feed.
    #[must_use]
    pub fn name(&self) -> String {
        let mut name = "open projects".to_owned();
        for (filter, value) in self.pairs() {
            name += &match (filter, value.parse::<Category>()) {
                ("sort" | "since", _) => String::new(),
                ("category", Ok(category)) => format!(", {}", category.label()),
                ("budget_from", _) => format!(", budget from {value}"),
                ("budget_to", _) => format!(", budget up to {value}"),
                _ => match filter_text(filter, value) {
                    Some(filter_text) => format!(", {}", filter_text.to_lowercase()),
                    None => format!(", {value}"),
                },
            };
        }
        name
    }

    /// The URL of the first page without one of the filters.
    pub(super) fn url_without(&self, left_out: &str) -> String {
        url(self
            .pairs()
            .into_iter()
            .filter(|(name, _)| *name != left_out))
    }
}

/// A filter with few choices in words.
pub(super) fn filter_text(name: &str, value: &str) -> Option<&'static str> {
    match (name, value) {
        ("work_place", place) => place.parse().ok().map(WorkPlaceKind::label),
        ("closing", "today") => Some("Closing today"),
        ("bids", "none") => Some("No bids yet"),
        ("since", "last-visit") => Some("New since your last visit"),
        _ => None,
    }
}

fn url<'a>(pairs: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    search::url("/projects", pairs)
}

#[cfg(test)]
mod tests {
    use super::Query;

    fn query() -> Query {
        Query {
            q: "oak & glass=50%+".to_owned(),
            sort: "-budget".to_owned(),
            ..Query::default()
        }
    }

    #[test]
    fn special_characters_are_encoded_in_a_url() {
        assert_eq!(
            query().url(1),
            "/projects?q=oak+%26+glass%3D50%25%2B&sort=-budget"
        );
    }

    #[test]
    fn a_page_keeps_the_query_and_the_first_has_no_number() {
        assert_eq!(
            query().url(2),
            "/projects?q=oak+%26+glass%3D50%25%2B&sort=-budget&page=2"
        );
        assert_eq!(Query::default().url(1), "/projects");
        assert_eq!(Query::default().url(3), "/projects?page=3");
    }

    #[test]
    fn the_canonical_url_has_no_order() {
        assert_eq!(
            query().canonical(2),
            "/projects?q=oak+%26+glass%3D50%25%2B&page=2"
        );
        assert_eq!(Query::default().canonical(1), "/projects");
    }

    #[test]
    fn a_feed_keeps_the_filters_and_has_its_own_order() {
        assert_eq!(query().feed(), "/projects.atom?q=oak+%26+glass%3D50%25%2B");
        assert_eq!(query().name(), "open projects, oak & glass=50%+");
        assert_eq!(Query::default().feed(), "/projects.atom");
        assert_eq!(Query::default().name(), "open projects");
    }

    #[test]
    fn a_search_is_saved_without_its_order_if_it_has_a_lasting_filter() {
        assert_eq!(
            query().saving().as_deref(),
            Some("/account/searches/new?q=oak+%26+glass%3D50%25%2B")
        );
        let today = Query {
            closing: "today".to_owned(),
            sort: "newest".to_owned(),
            ..Query::default()
        };
        assert_eq!(today.saving(), None);
    }

    #[test]
    fn a_feed_does_not_depend_on_who_reads_it() {
        let query = Query {
            work_place: "on_site".to_owned(),
            bids: "none".to_owned(),
            since: "last-visit".to_owned(),
            ..Query::default()
        };
        assert_eq!(query.feed(), "/projects.atom?work_place=on_site&bids=none");
        assert_eq!(query.name(), "open projects, on site, no bids yet");
        assert_eq!(
            query.url(1),
            "/projects?work_place=on_site&bids=none&since=last-visit"
        );
    }

    #[test]
    fn a_description_names_each_filter() {
        let query = Query {
            category: "trades".to_owned(),
            currency: "EUR".to_owned(),
            budget_from: "100".to_owned(),
            ..query()
        };
        assert_eq!(
            query.description(7, true, 2),
            "7 open projects in Crafts & on-site work that match “oak & glass=50%+”, budget from 100, in EUR, page 2. \
             Bid a fixed price: the lowest bid wins at the deadline."
        );
        assert_ne!(
            query.description(7, true, 1),
            Query::default().description(7, true, 1)
        );
    }

    #[test]
    fn a_filter_can_be_removed() {
        assert_eq!(query().url_without("q"), "/projects?sort=-budget");
        assert_eq!(
            Query {
                q: "oak".to_owned(),
                ..Query::default()
            }
            .url_without("q"),
            "/projects"
        );
    }
}
