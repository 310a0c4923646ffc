//! The demo's saved searches.

use super::{People, data::DemoSearch};
use anyhow::{Context, ensure};
use guildhall::{
    moment::Zone,
    saved_search::{self, SavedFilter, SearchChoices},
    store::Tx,
};

/// Saves these searches for the demo's buyers.
pub(super) async fn save_all(
    tx: &mut Tx<'_>,
    searches: &[DemoSearch],
    people: &People,
) -> anyhow::Result<()> {
    for search in searches {
        let (filter, errors) = SavedFilter::read(|name| match name {
            "q" => &search.q,
            "category" => &search.category,
            "budget_from" => &search.budget_from,
            "work_place" => &search.work_place,
            _ => "",
        });
        ensure!(
            errors.is_empty(),
            "the demo search {:?}: {errors:?}",
            search.name
        );
        let choices = SearchChoices::parse(&search.name, &search.frequency)?;
        let buyer = &people.buyers[search.buyer];
        saved_search::save(tx, buyer, &filter, &choices, &Zone::utc())
            .await
            .with_context(|| format!("the demo search {:?}", search.name))?;
    }
    Ok(())
}
