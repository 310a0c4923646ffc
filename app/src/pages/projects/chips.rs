use super::{Query, query};
use crate::{chrome::use_chrome, form::Form, pages::search::Chip};
use guildhall::{moment::from_rfc3339, project::Category};

/// The applied filters, without refused ones. The order is not a filter.
pub(super) fn chips(query: &Query, form: &Form) -> Vec<Chip> {
    query
        .pairs()
        .into_iter()
        .filter(|(name, _)| form.error(name).is_none())
        .filter_map(|(name, value)| {
            let text = match name {
                "q" => format!("“{value}”"),
                "category" => value.parse::<Category>().ok()?.label().to_owned(),
                "currency" => value.to_owned(),
                "budget_from" => format!("From {value}"),
                "budget_to" => format!("Up to {value}"),
                "since" if value != "last-visit" => {
                    let since = from_rfc3339(value)?;
                    format!("New since {}", use_chrome().zone.minute(since))
                }
                _ => query::filter_text(name, value)?.to_owned(),
            };
            let url_without = query.url_without(name);
            Some(Chip { text, url_without })
        })
        .collect()
}
