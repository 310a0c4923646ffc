//! SQL of notes. They are written with their bids, and deleted when those are undone.

use super::Note;
use crate::{Result, account::AccountId, bid::BidId, project::ProjectId, store::Connection};

/// A bid's note, with its buyer.
pub(super) struct NoteOf {
    pub bid: BidId,
    pub buyer: AccountId,
    pub note: Note,
}

/// The notes of these bids, if they are on this project.
pub(super) async fn notes(
    db: &mut Connection,
    project: ProjectId,
    bids: &[BidId],
) -> Result<Vec<NoteOf>> {
    let ids: Vec<i64> = bids.iter().map(|bid| bid.0).collect();
    let rows = sqlx::query!(
        r#"select id, buyer_id, note as "note!" from bid where id = any ($1) and project_id = $2 and note is not null"#,
        &ids,
        project.0
    )
    .fetch_all(db)
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| NoteOf {
            bid: BidId(row.id),
            buyer: AccountId(row.buyer_id),
            note: Note::stored(row.note),
        })
        .collect())
}
