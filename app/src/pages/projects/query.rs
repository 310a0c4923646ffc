use form_urlencoded::Serializer;

/// What the list was asked for, as it stands in the URL.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    pub q: String,
    /// A slug, or empty.
    pub category: String,
    /// A code, or empty.
    pub currency: String,
    pub budget_from: String,
    pub budget_to: String,
    /// A name of `Sort`, or empty for the default.
    pub sort: String,
}

impl Query {
    /// What is asked for, by its names in the URL; what is empty is left out.
    pub(super) fn pairs(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("q", self.q.as_str()),
            ("category", &self.category),
            ("currency", &self.currency),
            ("budget_from", &self.budget_from),
            ("budget_to", &self.budget_to),
            ("sort", &self.sort),
        ];
        all.into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// Where this page of it is.
    pub(super) fn url(&self, page: i64) -> String {
        let page = (page > 1).then(|| page.to_string());
        url(self
            .pairs()
            .into_iter()
            .chain(page.as_deref().map(|page| ("page", page))))
    }

    /// Where the same is without one of the names, from the first page on.
    pub(super) fn url_without(&self, left_out: &str) -> String {
        url(self
            .pairs()
            .into_iter()
            .filter(|(name, _)| *name != left_out))
    }
}

fn url<'a>(pairs: impl Iterator<Item = (&'static str, &'a str)>) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if query.is_empty() {
        "/projects".to_owned()
    } else {
        format!("/projects?{query}")
    }
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
    fn what_means_something_in_a_url_is_encoded() {
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
    fn a_filter_can_be_left_out() {
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
