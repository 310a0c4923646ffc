//! What a saved search looks for.

use super::LONGEST_NAME;
use crate::{
    field::{self, Check, FieldError},
    moment::rfc3339,
    money::{Currency, Money},
    project::{Category, LONGEST_SEARCH, WorkPlaceKind, budget_bound},
};
use time::OffsetDateTime;
use url::form_urlencoded::Serializer;

/// The filters of the list of open projects that mean the same from day to day. "Closing today" and "new since my last
/// visit" don't, and a new project has no bids in any case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SavedFilter {
    /// As typed; empty if every text fits.
    pub words: String,
    pub category: Option<Category>,
    pub currency: Option<Currency>,
    /// Bounds of the budget, in minor units of each project's own currency.
    pub budget_from: Option<i64>,
    pub budget_to: Option<i64>,
    pub work_place: Option<WorkPlaceKind>,
}

impl SavedFilter {
    /// The names of its parameters in the list's address.
    pub const NAMES: [&'static str; 6] = [
        "q",
        "category",
        "currency",
        "budget_from",
        "budget_to",
        "work_place",
    ];

    /// Reads the list's parameters, which `get` looks up by name; missing ones are empty. Also returns what is wrong
    /// with those that are left out.
    #[must_use]
    pub fn read<'a>(get: impl Fn(&str) -> &'a str) -> (Self, Vec<FieldError>) {
        let mut check = Check::default();
        let given = |name: &str| Some(get(name).trim()).filter(|text| !text.is_empty());
        let currency = given("currency");
        let bound = |text: &str| budget_bound(text, currency.unwrap_or_default());
        let filter = Self {
            words: given("q")
                .and_then(|text| check.take("q", field::line(text, 1, LONGEST_SEARCH)))
                .unwrap_or_default(),
            category: given("category").and_then(|text| check.take("category", text.parse())),
            currency: currency.and_then(|text| check.take("currency", text.parse())),
            budget_from: given("budget_from")
                .and_then(|text| check.take("budget_from", bound(text))),
            budget_to: given("budget_to").and_then(|text| check.take("budget_to", bound(text))),
            work_place: given("work_place").and_then(|text| check.take("work_place", text.parse())),
        };
        (filter, check.into_errors())
    }

    /// True if every project fits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The parameters with their names in the list's address, without empty ones.
    #[must_use]
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let amount = |minor: Option<i64>| minor.map(|minor| self.amount(minor).to_decimal());
        let all = [
            ("q", Some(self.words.clone())),
            (
                "category",
                self.category.map(|category| category.slug().to_owned()),
            ),
            (
                "currency",
                self.currency.map(|currency| currency.code().to_owned()),
            ),
            ("budget_from", amount(self.budget_from)),
            ("budget_to", amount(self.budget_to)),
            (
                "work_place",
                self.work_place.map(|place| place.name().to_owned()),
            ),
        ];
        all.into_iter()
            .filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?)))
            .collect()
    }

    /// The path of the list of open projects that fit, or of those among them that were published at `since` or later.
    #[must_use]
    pub fn path(&self, since: Option<OffsetDateTime>) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.pairs());
        if let Some(since) = since {
            query.append_pair("since", &rfc3339(since));
        }
        match query.finish() {
            query if query.is_empty() => "/projects".to_owned(),
            query => format!("/projects?{query}"),
        }
    }

    /// Each filter in words.
    #[must_use]
    pub fn in_words(&self) -> Vec<String> {
        let words = Some(&self.words).filter(|words| !words.is_empty());
        let bound = |minor: i64| match self.currency {
            Some(_) => self.amount(minor).to_string(),
            None => without_currency(minor),
        };
        let all = [
            words.map(|words| format!("“{words}”")),
            self.category.map(|category| category.label().to_owned()),
            self.work_place.map(|place| place.label().to_owned()),
            self.budget_from
                .map(|minor| format!("from {}", bound(minor))),
            self.budget_to
                .map(|minor| format!("up to {}", bound(minor))),
            // An amount has the currency already.
            (self.currency)
                .filter(|_| self.budget_from.or(self.budget_to).is_none())
                .map(|currency| currency.code().to_owned()),
        ];
        all.into_iter().flatten().collect()
    }

    /// A name made of the filters, which its owner may change.
    #[must_use]
    pub fn suggested_name(&self) -> String {
        let words = Some(self.words.replace('"', "")).filter(|words| !words.trim().is_empty());
        let others = Self {
            words: String::new(),
            ..self.clone()
        };
        let mut name = String::new();
        for part in words.into_iter().chain(others.in_words()) {
            let separator = if name.is_empty() { "" } else { ", " };
            let longer = format!("{name}{separator}{part}");
            // Half an amount would be another amount.
            if longer.chars().count() > LONGEST_NAME && !name.is_empty() {
                break;
            }
            name = longer;
        }
        name.chars().take(LONGEST_NAME).collect()
    }

    const fn amount(&self, minor: i64) -> Money {
        let currency = match self.currency {
            Some(currency) => currency,
            None => Currency::Eur,
        };
        Money::from_minor(minor, currency)
    }
}

/// An amount whose currency does not matter: `1,500` or `1,500.50`.
fn without_currency(minor: i64) -> String {
    let whole = Money::from_minor(minor, Currency::Eur).to_string();
    let whole = whole.trim_start_matches('€');
    whole.strip_suffix(".00").unwrap_or(whole).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use time::macros::datetime;

    fn of(pairs: &[(&str, &str)]) -> (SavedFilter, Vec<FieldError>) {
        SavedFilter::read(|name| {
            let found = pairs.iter().find(|(given, _)| *given == name);
            found.map_or("", |(_, value)| value)
        })
    }

    #[test]
    fn a_search_is_read_from_the_lists_address_and_leads_back_to_it() {
        let (filter, errors) = of(&[
            ("q", " oak & \"shop window\" "),
            ("category", "trades"),
            ("currency", "EUR"),
            ("budget_from", "1,000"),
            ("budget_to", "2500.50"),
            ("work_place", "on_site"),
            ("closing", "today"),
            ("sort", "newest"),
        ]);
        assert_eq!(errors, []);
        assert_eq!(
            (filter.budget_from, filter.budget_to),
            (Some(100_000), Some(250_050))
        );
        let path = filter.path(Some(datetime!(2026-11-28 7:00 UTC)));
        assert_eq!(
            path,
            "/projects?q=oak+%26+%22shop+window%22&category=trades&currency=EUR&budget_from=1000.00&budget_to=2500.50\
             &work_place=on_site&since=2026-11-28T07%3A00%3A00Z"
        );
        assert_eq!(
            filter.suggested_name(),
            "oak & shop window, Crafts & on-site work, On site, from €1,000.00"
        );
        assert_eq!(SavedFilter::default().path(None), "/projects");
    }

    #[test]
    fn a_budget_in_any_currency_has_none() {
        let (filter, _) = of(&[("budget_from", "1500"), ("budget_to", "2000.50")]);
        assert_eq!(filter.in_words(), ["from 1,500", "up to 2,000.50"]);
    }

    #[test]
    fn what_is_wrong_is_named_and_left_out() {
        let (filter, errors) = of(&[
            ("category", "nothing"),
            ("budget_to", "cheap"),
            ("q", "oak"),
        ]);
        assert_eq!(filter.in_words(), ["“oak”"]);
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["category", "budget_to"]);
    }

    proptest! {
        #[test]
        fn its_parameters_mean_the_same_search(
            words in "[a-z \"&=%+-]{0,30}",
            category in prop::option::of(prop::sample::select(Category::ALL.to_vec())),
            currency in prop::option::of(prop::sample::select(Currency::ALL.to_vec())),
            from in prop::option::of(1..1_000_000_000_i64),
            to in prop::option::of(1..1_000_000_000_i64),
            place in prop::option::of(prop::sample::select(WorkPlaceKind::ALL.to_vec())),
        ) {
            let filter = SavedFilter {
                words: field::line(&words, 1, LONGEST_SEARCH).unwrap_or_default(),
                category,
                currency,
                budget_from: from,
                budget_to: to,
                work_place: place,
            };
            let pairs = filter.pairs();
            let pairs: Vec<_> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
            let (again, errors) = of(&pairs);
            prop_assert_eq!(errors, []);
            prop_assert_eq!(again, filter.clone());
            prop_assert!(filter.suggested_name().chars().count() <= LONGEST_NAME);
        }
    }
}
