//! Saved searches: what is saved, what fits, and who is told when.

mod account;
mod matching;
mod notice;

use crate::fixture::{HOUR, notices};
use guildhall::{
    Result,
    account::Viewer,
    moment::Zone,
    notice::Notice,
    project::{self, Details, FulfillmentInput, ProjectId, ProjectInput, Purpose},
    saved_search::{self, Frequency, SavedFilter, SavedSearchId, SearchChoices},
    store::now,
};
use sqlx::PgPool;
use time::OffsetDateTime;

fn words(words: &str) -> SavedFilter {
    SavedFilter {
        words: words.to_owned(),
        ..SavedFilter::default()
    }
}

async fn save(
    pool: &PgPool,
    viewer: &Viewer,
    filter: &SavedFilter,
    frequency: Frequency,
) -> Result<SavedSearchId> {
    let choices = SearchChoices {
        name: "Shop signs".to_owned(),
        frequency,
    };
    let mut tx = pool.begin().await.unwrap();
    let saved = saved_search::save(&mut tx, viewer, filter, &choices, &Zone::utc()).await?;
    tx.commit().await.unwrap();
    Ok(saved)
}

/// What a seller types into the form of a project of this name, open until then.
fn typed(name: &str, deadline: OffsetDateTime) -> ProjectInput<'_> {
    ProjectInput {
        name,
        summary: "Lettering for a small bakery",
        description: "Two panes of glass.",
        category: "trades",
        skills: "",
        currency: "EUR",
        budget: "1000",
        deadline: Ok(deadline),
        fulfillment: FulfillmentInput::default(),
    }
}

/// Publishes what `input` makes of a deadline in an hour.
async fn publish_typed<'a>(
    pool: &PgPool,
    seller: &Viewer,
    input: impl FnOnce(OffsetDateTime) -> ProjectInput<'a>,
) -> ProjectId {
    let mut tx = pool.begin().await.unwrap();
    let deadline = now(&mut tx).await.unwrap() + HOUR;
    let details = Details::parse(&input(deadline), Purpose::Publish).unwrap();
    let id = project::publish(&mut tx, seller, None, &details)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn publish(pool: &PgPool, seller: &Viewer, name: &str) -> ProjectId {
    publish_typed(pool, seller, |deadline| typed(name, deadline)).await
}

async fn texts(pool: &PgPool, viewer: &Viewer) -> Vec<String> {
    let all = notices(pool, viewer.account).await;
    all.iter().map(Notice::text).collect()
}
