use super::{
    DigestTime, MAX_SAVED, Refusal, SavedFilter, SavedSearch, SavedSearchId, SearchChoices, store,
};
use crate::{
    Error, Result,
    account::{self, Viewer},
    moment::Zone,
    project::SearchWords,
    store::{Connection, Tx, now},
};

/// Saves a search. Its digests, if any, come in the morning by the clocks of `zone`.
///
/// # Errors
/// `Refused(NothingToFind | StopWordsOnly | TooManySearches)`.
pub async fn save(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    filter: &SavedFilter,
    choices: &SearchChoices,
    zone: &Zone,
) -> Result<SavedSearchId> {
    if filter.is_empty() {
        return Err(Refusal::NothingToFind.into());
    }
    let words = SearchWords::parse(&filter.words);
    if !filter.words.is_empty() && !store::has_term(tx, &words).await? {
        return Err(Refusal::StopWordsOnly.into());
    }
    account::lock(tx, viewer.account).await?;
    if store::count(tx, viewer.account).await? >= MAX_SAVED {
        return Err(Refusal::TooManySearches { most: MAX_SAVED }.into());
    }
    let next_digest_at = choices
        .frequency
        .next_digest(zone, DigestTime::MORNING, now(tx).await?);
    let new = store::NewSearch {
        filter,
        words: &words,
        choices,
        zone,
        next_digest_at,
    };
    store::insert(tx, viewer.account, &new).await
}

/// The viewer's saved searches, by name.
///
/// # Errors
/// `Busy` or `Unexpected`.
pub async fn of_account(db: &mut Connection, viewer: &Viewer) -> Result<Vec<SavedSearch>> {
    store::of_account(db, viewer.account, None).await
}

/// One of the viewer's saved searches.
///
/// # Errors
/// `NotFound` if it is somebody else's.
pub async fn find(
    db: &mut Connection,
    viewer: &Viewer,
    search: SavedSearchId,
) -> Result<SavedSearch> {
    let mut found = store::of_account(db, viewer.account, Some(search)).await?;
    found.pop().ok_or(Error::NotFound)
}

/// Renames a search and changes how often its owner is told. What fits and was not told yet is told with the next digest,
/// or at once if there are no more digests.
///
/// # Errors
/// `NotFound` if it is somebody else's.
pub async fn change(
    tx: &mut Tx<'_>,
    viewer: &Viewer,
    search: SavedSearchId,
    choices: &SearchChoices,
    zone: &Zone,
) -> Result<()> {
    let now = now(tx).await?;
    let next_digest_at = choices
        .frequency
        .next_digest(zone, DigestTime::MORNING, now);
    match store::update(tx, viewer.account, search, choices, zone, next_digest_at).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}

/// Deletes a search.
///
/// # Errors
/// `NotFound` if it is somebody else's, or was deleted before.
pub async fn delete(db: &mut Connection, viewer: &Viewer, search: SavedSearchId) -> Result<()> {
    match store::delete(db, viewer.account, search).await? {
        true => Ok(()),
        false => Err(Error::NotFound),
    }
}
