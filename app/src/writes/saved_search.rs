//! Saved searches.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::{
        Error,
        disk::DataKind,
        receipt::form::{self, FormStart},
        saved_search::{self, Frequency, SavedFilter, SavedSearchId, SearchChoices},
    },
};

#[cfg(feature = "ssr")]
const PAGE: &str = "/account/searches";

/// The parameters of the list of open projects that a search saves, as in its address; empty ones filter nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SearchParameters {
    pub q: String,
    pub category: String,
    pub currency: String,
    pub budget_from: String,
    pub budget_to: String,
    pub work_place: String,
}

#[cfg(feature = "ssr")]
impl SearchParameters {
    fn read(&self) -> guildhall::Result<SavedFilter> {
        let (filter, errors) = SavedFilter::read(|name| match name {
            "q" => &self.q,
            "category" => &self.category,
            "currency" => &self.currency,
            "budget_from" => &self.budget_from,
            "budget_to" => &self.budget_to,
            "work_place" => &self.work_place,
            _ => "",
        });
        match errors.is_empty() {
            true => Ok(filter),
            false => Err(Error::Invalid(errors)),
        }
    }
}

/// Saves a search of the open projects under a name. Sending the same form again saves nothing twice.
///
/// # Errors
/// The errors of `saved_search::save`; `Invalid` for `name`, `frequency` or a parameter; `StalePage` for a malformed or
/// outdated key; `Unavailable` when the disk is nearly full.
#[server(prefix = "/writes", endpoint = "save-search", input = Json, output = Json, client = Fetch)]
pub async fn save_search(
    search: SearchParameters,
    name: String,
    frequency: String,
    form_key: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let choices = SearchChoices::parse(&name, &frequency)?;
        let filter = search.read()?;
        let arguments = (&search, &name, &frequency);
        let mark = form::mark(viewer.account, &form_key, "save_search", &arguments)?;
        if let FormStart::First(mut once) = form::begin(&context.pool, mark).await? {
            context.disk.must_take(DataKind::Follows)?;
            let zone = context.request.zone();
            let saved = saved_search::save(once.tx(), &viewer, &filter, &choices, &zone).await?;
            once.commit(saved).await?;
        }
        let when = match choices.frequency {
            Frequency::AtOnce => "as soon as a project that fits is posted",
            Frequency::Daily => "every morning on which new projects fit",
            Frequency::Weekly => "on Mondays, if new projects fit",
        };
        Ok(WriteSuccess {
            message: format!("Your search is saved. We tell you {when}."),
            location: PAGE.to_owned(),
        })
    })
    .await
}

/// Renames a saved search, and changes how often the viewer is told.
///
/// # Errors
/// `NotFound` if it is somebody else's; `Invalid` for `name` or `frequency`.
#[server(prefix = "/writes", endpoint = "change-search", input = Json, output = Json, client = Fetch)]
pub async fn change_search(
    search: i64,
    name: String,
    frequency: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let choices = SearchChoices::parse(&name, &frequency)?;
        let zone = context.request.zone();
        let mut tx = context.pool.begin().await?;
        let search = SavedSearchId(search);
        saved_search::change(&mut tx, &viewer, search, &choices, &zone).await?;
        tx.commit().await?;
        Ok(WriteSuccess {
            message: "Search updated.".to_owned(),
            location: PAGE.to_owned(),
        })
    })
    .await
}

/// Deletes a saved search.
///
/// # Errors
/// `NotFound` if it is somebody else's, or was deleted before.
#[server(prefix = "/writes", endpoint = "delete-search", input = Json, output = Json, client = Fetch)]
pub async fn delete_search(search: i64) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in()?;
        let db = &mut *context.pool.acquire().await?;
        saved_search::delete(db, &viewer, SavedSearchId(search)).await?;
        Ok(WriteSuccess {
            message: "Search deleted. You’ll get no more notifications for it.".to_owned(),
            location: PAGE.to_owned(),
        })
    })
    .await
}
