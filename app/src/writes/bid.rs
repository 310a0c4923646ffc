//! Bids, placed, withdrawn and undone by buyers.

use super::{Fetch, Refused, WriteSuccess, json::Json};
use guildhall::{bid::BidId, project::ProjectId};
use leptos::prelude::*;

#[cfg(feature = "ssr")]
use {
    super::context::write,
    guildhall::{
        account::{AccountId, Role},
        bid::{self, Note, Offer, Outcome, UndoneBid},
        disk::DataKind,
        field::ValueError,
        receipt::{
            self, Mark,
            form::{self, FormStart},
        },
    },
};

/// Places a bid for the whole project, or replaces the buyer's earlier one. `amount` is the text as typed, in the project's
/// currency. `note` is for the seller; a page of an earlier version does not send one. A bid that is sent twice with the
/// same `form_key` is placed once. `confirmed` is the amount that the buyer confirmed, as typed: an unusually low bid is
/// placed only if it is the same text as `amount`.
///
/// # Errors
/// The errors of `bid::place` and `bid::must_be_usual`, and `StalePage` for a malformed or outdated key.
#[server(prefix = "/writes", endpoint = "place-bid", input = Json, output = Json, client = Fetch)]
pub async fn place_bid(
    project: ProjectId,
    amount: String,
    note: Option<String>,
    form_key: String,
    confirmed: Option<String>,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in_as(Role::Buyer)?;
        let note = Note::parse(&note.unwrap_or_default());
        let mark = mark(viewer.account, &form_key, project, &amount, &note)?;
        context.disk.must_take(DataKind::Bids)?;
        let is_confirmed = confirmed.as_ref() == Some(&amount);
        let offer = Offer::from_input(amount).with_note(note);
        if !is_confirmed {
            let db = &mut *context.pool.acquire().await?;
            bid::must_be_usual(db, &viewer, project, &offer).await?;
        }
        let placed = bid::place(&context.bids, &viewer, project, offer.clone(), Some(mark));
        match placed.await? {
            Outcome::Placed(_) => {}
            // The form may have been sent again from the browser's history after its bid was withdrawn.
            Outcome::Repeated(_) => {
                let db = &mut *context.pool.acquire().await?;
                bid::must_be_live(db, &viewer, project, &offer).await?;
            }
            Outcome::Conflict(_) => return Err(receipt::Refusal::StalePage.into()),
        }
        Ok(WriteSuccess {
            message: "Your bid is in.".to_owned(),
            location: format!("/projects/{project}"),
        })
    })
    .await
}

/// The mark leaves out `confirmed`, so that a bid is the same request before and after its confirmation. It has the note
/// as cleaned, because browsers and islands send line breaks differently. Without a note, it is the same as that of the
/// version that had no notes.
#[cfg(feature = "ssr")]
fn mark(
    account: AccountId,
    form_key: &str,
    project: ProjectId,
    amount: &str,
    note: &Result<Option<Note>, ValueError>,
) -> guildhall::Result<Mark> {
    match note {
        Ok(Some(note)) => {
            let arguments = (project, amount, note.as_str());
            form::mark(account, form_key, "place_bid", &arguments)
        }
        // An offer with an invalid note is never accepted, so it gets no receipt.
        Ok(None) | Err(_) => form::mark(account, form_key, "place_bid", &(project, amount)),
    }
}

/// Withdraws `bid`, the one that the confirmation page showed; without `bid`, the buyer's current bid. This is possible
/// until the deadline.
///
/// # Errors
/// The errors of `bid::withdraw`, and `StalePage` for a malformed or outdated key.
#[server(prefix = "/writes", endpoint = "withdraw-bid", input = Json, output = Json, client = Fetch)]
pub async fn withdraw_bid(
    project: ProjectId,
    bid: Option<BidId>,
    form_key: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in_as(Role::Buyer)?;
        let mark = form::mark(viewer.account, &form_key, "withdraw_bid", &(project, bid))?;
        match form::begin::<BidId>(&context.pool, mark).await? {
            // A form sent again from the browser's history withdraws the bid that the buyer has now, if any.
            FormStart::Repeated(_) => {
                let mut tx = context.pool.begin().await?;
                match bid::withdraw(&mut tx, &viewer, project, bid).await {
                    Ok(_) => tx.commit().await?,
                    Err(error) if error.refused() == Some(&bid::Refusal::NoBid) => {}
                    Err(error) => return Err(error),
                }
            }
            FormStart::First(mut once) => {
                let withdrawn = bid::withdraw(once.tx(), &viewer, project, bid).await?;
                once.commit(withdrawn).await?;
            }
        }
        Ok(WriteSuccess {
            message:
                "Your bid is withdrawn. Until the deadline you can bid again, lower than before."
                    .to_owned(),
            location: format!("/projects/{project}"),
        })
    })
    .await
}

/// Undoes this bid of the buyer's, as if it had never been placed. This is possible for a minute.
///
/// # Errors
/// The errors of `bid::undo`, and `StalePage` for a malformed or outdated key.
#[server(prefix = "/writes", endpoint = "undo-bid", input = Json, output = Json, client = Fetch)]
pub async fn undo_bid(
    project: ProjectId,
    bid: BidId,
    form_key: String,
) -> Result<WriteSuccess, Refused> {
    write(async |context| {
        let viewer = context.signed_in_as(Role::Buyer)?;
        let mark = form::mark(viewer.account, &form_key, "undo_bid", &(project, bid))?;
        let undone = match form::begin::<UndoneBid>(&context.pool, mark).await? {
            FormStart::Repeated(undone) => undone,
            FormStart::First(mut once) => {
                let undone = bid::undo(once.tx(), &viewer, project, bid).await?;
                once.commit(undone).await?
            }
        };
        let message = match undone.restored {
            Some(earlier) => {
                format!("Your bid is undone. Your earlier bid of {earlier} is active again.")
            }
            None => "Your bid is undone, as if you had not placed it.".to_owned(),
        };
        Ok(WriteSuccess {
            message,
            location: format!("/projects/{project}"),
        })
    })
    .await
}
